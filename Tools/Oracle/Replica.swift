import Authority
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium

/// What one replica holds: grows item by item, in the order of delivery.
struct Replica {
    var registry = Registry()
    var history: DossierHistory?
    var held: Set<String> = []

    /// The signatures were just made; a forged one is not the question here.
    mutating func take(_ name: String, in world: World) throws {
        if let entry = world.entries[name] {
            try registry.insert(Verified(storedBefore: entry))
        } else {
            let change = try world.change(name)
            var grown = history ?? DossierHistory(network: change.network)
            history = nil
            _ = try grown.insert(Verified(storedBefore: change), registry: registry)
            history = grown
        }
        held.insert(name)
    }

    func mayTake(_ item: Item) -> Bool { item.needs.allSatisfy(held.contains) }

    /// Everything that the comparison compares, in words, and the state hash.
    func result(_ names: [String], in world: World) throws -> (words: String, hash: Bytes32) {
        guard let history else { throw HistoryFailure.unknown("no dossier") }
        let state = DossierState.fold(history: history, registry: registry, definition: world.definition)
        var lines: [String] = []
        for name in names {
            guard let index = history.index(of: try world.change(name).id) else { throw HistoryFailure.unknown(name) }
            let verdict = state.verdicts[index]
            lines.append(
                "\(name),\(verdict.reason?.rawValue ?? "authorised"),\(bit(verdict.isValidAsSigned)),"
                    + "\(bit(verdict.isRivalEntitled)),\(bit(verdict.isDisputed)),\(word(state, index, history)),"
                    + bit(verdict.isProtected))
        }
        let step = state.procedure.activation(try world.activation("2"))
        let isContested = step?.state == .contested
        lines.append("\(step?.decided ?? "-"),\(bit(step?.isFinal ?? false)),\(bit(isContested))")
        return (words: lines.joined(separator: ";"), hash: state.hash)
    }

    private func bit(_ value: Bool) -> String { value ? "1" : "0" }

    /// What became of an outcome or ruling.
    private func word(_ state: DossierState, _ index: Int, _ history: DossierHistory) -> String {
        let code = history.items[index].operations.first?.code
        guard code == Code.outcome || code == Code.ruling, let verdict = state.verdict(onAct: index) else { return "-" }
        return verdict.code
    }
}
