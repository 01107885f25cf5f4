import Foundation
import Glibc

/// A folder that goes when the test is over.
package final class TestFolder: Sendable {
    package let path: String

    package init() throws {
        var template = Array("/tmp/mufakat-test-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
        }
        guard let made else { throw TestFailure.setUp("mkdtemp") }
        path = made
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    package func file(_ name: String) -> String { "\(path)/\(name)" }
}
