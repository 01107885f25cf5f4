import Foundation
import Sodium
import TestSupport

// Folds histories that Tests/Processes/oracle.py made, in every order of delivery, and says in words what became of
// them. Arguments: the procedure definition, and how many shuffles a long history gets. The first line of the input is
// what all histories begin with; every other line is the rest of one.

let arguments = CommandLine.arguments
guard arguments.count == 3, let data = FileManager.default.contents(atPath: arguments[1]),
    let shuffleCount = Int(arguments[2])
else {
    FileHandle.standardError.write(Data("usage: Oracle <procedure.json> <shuffles of a long history>\n".utf8))
    exit(2)
}

var base: Base?
while let line = readLine() {
    do {
        if let base {
            say(try base.run(line, shuffles: shuffleCount))
        } else {
            base = try Base(line, definition: Array(data))
            say("ready")
        }
    } catch {
        say("error \(error)")
    }
}

/// One line, at once: the other side waits for it.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}
