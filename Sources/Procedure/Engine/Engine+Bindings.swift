import CBOR
import Sodium

/// A unit bound to a slot.
struct Binding {
    let unit: Bytes32
    var isOpened = false
    /// The acts that bound it; none where only the opening did.
    var sources: [Int] = []
}

extension Engine {
    /// The number of a slot, which may be one that only an act or the opening names.
    mutating func slot(_ name: String) -> Int {
        let number = slotNames.number(name)
        if number == bindings.count { bindings.append([]) }
        return number
    }

    /// The one unit bound to a slot as an act has it; nil where there is none, and where there are more.
    func holder(of slot: Int, for act: Int) -> Bytes32? {
        guard removals.isEmpty else {
            let units = units(of: slot, for: act)
            return units.count == 1 ? units[0] : nil
        }
        return bindings[slot].count == 1 ? bindings[slot][0].unit : nil
    }

    mutating func add(_ unit: Bytes32, to slot: Int, by act: Int) {
        var list = bindings[slot]
        if let place = list.firstIndex(where: { $0.unit == unit }) {
            if !list[place].sources.contains(act) { list[place].sources.append(act) }
        } else {
            list.append(Binding(unit: unit, sources: [act]))
        }
        steps.add(list.count)
        memory.rights += 1
        bindings[slot] = list.sorted { $0.unit < $1.unit }
    }

    /// The units bound to a slot as an act has it; nil: as all have it. More than one: contested, hence not bound.
    ///
    /// A removed unit is bound for what had not seen the removal, its successor for what had: so nothing that a removed
    /// party signed before, and nothing that was decided then, changes its meaning (Protocol 4 §3.8).
    ///
    /// - Parameter onlySeen: bindings by acts of its own past alone, for the right to bind: or the order in which binding
    ///   acts are looked at would decide which of them count.
    func units(of slot: Int, for act: Int?, onlySeen: Bool = false) -> [Bytes32] {
        var list = bindings[slot]
        steps.add(list.count * (1 + removals.count))
        if onlySeen, let act {
            list = list.compactMap { binding in
                let sources = binding.sources.filter { context.isAncestor($0, of: act) }
                guard binding.isOpened || !sources.isEmpty else { return nil }
                return Binding(unit: binding.unit, isOpened: binding.isOpened, sources: sources)
            }
        }
        guard !removals.isEmpty else { return list.map(\.unit) }
        return list.filter { binding in
            !isRemoved(binding, for: act) && !isSuccessor(binding, of: list, unseenBy: act)
        }.map(\.unit)
    }

    /// Whether an act of its own may bind a slot: nobody is bound to it in the act's past, and where a step binds it
    /// somebody was, and was removed. One head could otherwise unbind any party by naming another unit for its slot.
    func mayBindAnew(_ slot: Int, _ name: String, _ act: Int) -> Bool {
        guard units(of: slot, for: act, onlySeen: true).isEmpty else { return false }
        guard slot < rules.isBoundAtStep.count, rules.isBoundAtStep[slot] else { return true }
        return removals.contains { removal in
            context.isAncestor(removal.act, of: act)
                && acts.indices.contains { index in
                    steps.add()
                    guard case .outcome(let outcome) = acts[index].body, context.isAncestor(index, of: removal.act)
                    else { return false }
                    return outcome.binds.contains { $0.slot == name && $0.unit == removal.unit }
                }
        }
    }

    private func isSeen(_ removal: Int, by act: Int?) -> Bool {
        act.map { context.isAncestor(removal, of: $0) } ?? true
    }

    /// Removed, and not bound again by an act that saw it.
    private func isRemoved(_ binding: Binding, for act: Int?) -> Bool {
        removals.contains { removal in
            removal.unit == binding.unit && isSeen(removal.act, by: act)
                && !binding.sources.contains { context.isAncestor(removal.act, of: $0) }
        }
    }

    /// Bound only by acts that saw the removal of another unit of the slot, of which an act knows nothing.
    private func isSuccessor(_ binding: Binding, of list: [Binding], unseenBy act: Int?) -> Bool {
        guard !binding.sources.isEmpty else { return false }
        return binding.sources.allSatisfy { source in
            removals.contains { removal in
                removal.unit != binding.unit && list.contains { $0.unit == removal.unit }
                    && context.isAncestor(removal.act, of: source) && !isSeen(removal.act, by: act)
            }
        }
    }

    /// Units that were removed and are bound to no slot any more; sorted.
    var removedUnits: [Bytes32] {
        let bound = bindings.indices.flatMap { units(of: $0, for: nil) }
        return Set(removals.map(\.unit)).subtracting(bound).sorted()
    }
}
