import Foundation
import GRDB

extension Row {
    /// A blob column as bytes; empty for NULL.
    func bytes(_ column: Int) -> [UInt8] {
        guard let data = try? withUnsafeData(atIndex: column, { $0.map { [UInt8]($0) } }) else { return [] }
        return data
    }
}

extension Array where Element == UInt8 {
    /// For binding.
    var databaseBytes: Data { Data(self) }
}
