import Dossier
import Envelope
import History
import TestSupport

extension Scene {
    /// Up to so many removals of a unit each line tells; of more only the one that decides (Protocol 3 §7 B.7).
    static let manyRemovals = [
        Scene(name: "sixteen removals of a unit, each told") { try $0.removeVendor(times: 16) },
        Scene(name: "seventeen removals of a unit, of which the deciding one is told") {
            try $0.removeVendor(times: 17)
        },
    ]
}

extension Stage {
    /// A vendor takes itself out again and again, of which another of its people knows nothing; the other units accept
    /// what he wrote as to the first removal, by id. Then it is bound again.
    fileprivate mutating func removeVendor(times count: Int) throws {
        let vendor = try world.unit("PT", kind: "vendor")
        let staff = try world.person(vendor, "Direktur", roles: ["vendor.head"])
        let other = try world.person(vendor, "Wakil", roles: ["vendor.head"])
        try dossier.write([dossier.bind("vendor", vendor, by: chief, role: "it.head")], by: chief)
        let first = dossier.history.items[0].id
        let before = dossier
        var removals: [ChangeSetID] = []
        for _ in 0..<count {
            removals.append(try dossier.write([dossier.unbind(vendor, by: staff, role: "vendor.head")], by: staff))
        }
        var unseen = first
        try concurrently(from: before) { stage in
            unseen = try stage.dossier.write(
                [stage.dossier.acknowledge(first, by: other, role: "vendor.head")], by: other)
        }
        if let smallest = removals.min() { try accept(smallest.raw, unseen, by: head.unit) }
        try dossier.write([dossier.acknowledge(first, by: other, role: "vendor.head")], by: other)
        try dossier.write([dossier.bind("vendor", vendor, by: head, role: "applicant.head")], by: head)
        try dossier.write([dossier.acknowledge(first, by: staff, role: "vendor.head")], by: staff)
    }
}
