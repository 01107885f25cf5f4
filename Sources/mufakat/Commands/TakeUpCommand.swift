import ArgumentParser
import Envelope
import Node
import Sodium
import Store

struct TakeUpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "take-up", abstract: "Take up a dossier that is held back.",
        discussion: """
            Allows it four times what it was allowed on this replica, and folds it. A new dossier that was not taken is \
            named by its whole id, and comes with the next synchronisation.
            Example:
              mufakat take-up 3fa1
            """)
    @OptionGroup var global: GlobalOptions
    @Argument(help: "Dossier.") var dossier: String

    func run() throws {
        let replica = try global.open()
        let id = try replica.heldDossier(dossier)
        let multiple = try replica.takeUp(id)
        if global.json {
            Terminal.json(["dossier": id.hex, "multiple": multiple])
        } else {
            Terminal.print(Catalogue.takenUp.text(global.language, String(id.hex.prefix(8)), "\(multiple)"))
        }
    }
}

/// What a replica has not taken, or not yet, in words.
enum ReserveText {
    static func limit(_ reason: String, _ language: Language) -> String {
        Catalogue.limitNames[reason]?.text(language) ?? reason
    }

    static func line(_ held: HeldDossier, _ language: Language) -> String {
        Catalogue.heldLine.text(
            language, String(held.id.hex.prefix(8)), limit(held.reason, language), "\(held.found)", "\(held.allowed)")
    }

    /// Whether both sides hold the same, and of how many dossiers they did not speak.
    static func equality(_ report: SyncReport, _ language: Language) -> String {
        guard report.areEqual else { return Message("belum sama", "not equal yet").text(language) }
        let (here, there) = ("\(report.leftOutHereCount)", "\(report.leftOutThereCount)")
        switch (report.leftOutHereCount > 0, report.leftOutThereCount > 0) {
        case (false, false): return Message("sama", "equal").text(language)
        case (true, false): return Catalogue.equalButHere.text(language, here)
        case (false, true): return Catalogue.equalButThere.text(language, there)
        case (true, true): return Catalogue.equalButBoth.text(language, here, there)
        }
    }

    static func lines(_ reserve: Reserve, _ replica: Replica, _ language: Language) throws -> [String] {
        guard !reserve.isEmpty else { return [] }
        let (registry, _) = try replica.current(.network([]))
        var lines = reserve.held.map { line($0, language) }
        if reserve.slowCount > 0 { lines.append(Catalogue.slowLine.text(language, "\(reserve.slowCount)")) }
        for item in reserve.waiting {
            lines.append(
                Catalogue.waitingLine.text(
                    language, "\(item.count)", replica.name(of: item.unit, registry), String(item.key.hex.prefix(8))))
        }
        for item in reserve.turnedAway {
            let words = item.reason == TurnedAway.quota ? Catalogue.quotaLine : Catalogue.budgetLine
            lines.append(words.text(language, "\(item.count)", replica.name(of: item.unit, registry)))
        }
        return lines
    }

    static func object(_ reserve: Reserve) -> [String: Any] {
        [
            "held": reserve.held.map {
                ["dossier": $0.id.hex, "reason": $0.reason, "found": $0.found, "allowed": $0.allowed] as [String: Any]
            },
            "slow": reserve.slowCount,
            "waiting": reserve.waiting.map {
                ["unit": $0.unit.hex, "key": $0.key.hex, "count": $0.count] as [String: Any]
            },
            "turnedAway": reserve.turnedAway.map {
                ["unit": $0.unit.hex, "reason": $0.reason, "count": $0.count] as [String: Any]
            },
        ]
    }
}
