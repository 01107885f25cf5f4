import Foundation

/// What the documents promise: every command has an example, README is short, chapters are there.
struct Words {
    let root: String
    static let readmeLineMax = 150

    func check() throws -> [String] {
        var findings: [String] = []
        let readme = (try? String(contentsOfFile: root + "/README.md", encoding: .utf8)) ?? ""
        let count = readme.components(separatedBy: "\n").count
        if count > Self.readmeLineMax { findings.append("README.md: \(count) lines") }
        for chapter in ["README.md", "mufakat.cddl"] + Self.chapters
        where !FileManager.default.fileExists(atPath: "\(root)/Protocol/\(chapter)") {
            findings.append("Protocol/\(chapter) is missing")
        }
        return findings
    }

    static let chapters = [
        "1-bytes.md", "2-change-sets.md", "3-registry.md", "4-merge.md", "5-channel.md", "6-synchronisation.md",
        "7-evidence.md", "8-limits.md",
    ]
}
