import Dispatch
import Foundation
import Glibc
import Node
import Store

/// Paper from HTML, by a Chromium that is installed. It runs as a child with a profile of its own that goes with it, and
/// without a network: the page loads nothing.
enum PDFPrinter {
    static let programs = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    static let seconds = 60

    /// The first of ``programs`` on the path.
    static var program: String? {
        let folders = (Environment.value("PATH") ?? "").split(separator: ":").map(String.init)
        return programs.lazy.flatMap { name in folders.map { "\($0)/\(name)" } }.first {
            FileManager.default.isExecutableFile(atPath: $0)
        }
    }

    static func write(_ html: String, to path: String) throws {
        guard let program else { throw PrintFailure.noBrowser(programs) }
        let folder = FileManager.default.temporaryDirectory.path + "/mufakat-print-\(UUID().uuidString)"
        try PrivateFile.makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try PrivateFile.write(Array(html.utf8), to: "\(folder)/print.html")
        let made = "\(folder)/print.pdf"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments(profile: "\(folder)/profile", pdf: made, html: "\(folder)/print.html")
        process.environment = ["HOME": folder, "PATH": Environment.value("PATH") ?? "", "LANG": "C.UTF-8"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let ended = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in ended.signal() }
        try process.run()
        guard ended.wait(timeout: .now() + .seconds(seconds)) == .success else {
            kill(process.processIdentifier, SIGKILL)
            ended.wait()
            throw PrintFailure.browserFailed(program, fact: "> \(seconds) s")
        }
        guard process.terminationStatus == 0, PrivateFile.exists(made) else {
            throw PrintFailure.browserFailed(program, fact: "\(process.terminationStatus)")
        }
        try PrivateFile.write(try PrivateFile.readPublic(made, limit: 1 << 28), to: path, mode: 0o644)
    }

    private static func arguments(profile: String, pdf: String, html: String) -> [String] {
        var arguments = [
            "--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", "--disable-sync",
            "--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=\(profile)", "--print-to-pdf=\(pdf)",
        ]
        // Chromium refuses its sandbox to root; the page is ours, without scripts, and loads nothing.
        if geteuid() == 0 { arguments.append("--no-sandbox") }
        return arguments + ["file://\(html)"]
    }
}

/// What keeps a print from its paper.
enum PrintFailure: Error {
    case noBrowser([String])
    case browserFailed(String, fact: String)
}
