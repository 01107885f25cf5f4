import Foundation

/// Checks what a compiler does not: the arrows of the manifest, sizes, and calls that have no place below Node.
/// Prints one line for each finding and ends with 1 if there is any.
var findings: [String] = []
let root = FileManager.default.currentDirectoryPath
findings += try Manifest(root: root).check()
findings += try Sources(root: root).check()
findings += try Words(root: root).check()
for finding in findings { print(finding) }
print("tidy: \(findings.count) findings")
exit(findings.isEmpty ? 0 : 1)
