import Dossier
import Envelope
import Foundation
import History
import Node
import Procedure
import Store

extension Bench {
    /// Row 25: every print that a dossier offers, each as a command of its own; the slowest of their medians.
    func printRows(_ hub: Replica) throws -> [Row] {
        say("prints")
        guard let dossier = try hub.store.read({ try $0.allDossiers() }).first else { return [] }
        let view = try hub.view(dossier)
        var prints = ["--history", "--receipt", "--disposition"].map { [$0] }
        for type in view.definition.documents {
            prints += view.state.instances(of: type.id).map { [type.id, "--instance", "\($0)"] }
        }
        var slowest = (seconds: 0.0, name: "")
        for arguments in prints {
            let times = try (0..<(isQuick ? 5 : 20)).map { _ in
                try Measure.run(
                    [program, "print", dossier.hex] + arguments + [
                        "--replica", folder + "/hub", "--out", folder + "/print.html",
                    ]
                ).seconds
            }
            if Measure.median(times) > slowest.seconds { slowest = (Measure.median(times), arguments[0]) }
        }
        return [
            .bound(
                25, "a print as a command, slowest of \(prints.count) (\(slowest.name))", 1_000 * slowest.seconds, "ms",
                must: 50, reach: 50)
        ]
    }
}
