import CBOR
import Dossier
import Envelope
import History
import Registry
import Sodium
import TestSupport

/// One way in which authority is had or lost (Protocol 3 §5 to §7).
struct Scene: Sendable {
    let name: String
    /// Lines that a verifier cannot decide without the fold.
    var undecidedCount = 0
    let play: @Sendable (inout Stage) throws -> Void

    static let all = grants + endings + chains + protections + manyRemovals

    private static let grants = [
        Scene(name: "decided, acknowledged, final") { stage in
            let needed = try stage.decide(by: stage.field)
            try stage.acknowledge(needed)
        },
        Scene(name: "a conflict and its ruling") { stage in
            let before = stage.dossier
            let yes = try stage.decide(by: stage.field)
            var no = yes
            try stage.concurrently(from: before) { no = try $0.refuse(by: $0.second, role: "it.field_head") }
            try stage.dossier.write(
                [
                    try stage.dossier.ruling(
                        "2", winner: yes, candidates: [yes, no], by: stage.chief, role: "it.head")
                ], by: stage.chief)
        },
        Scene(name: "mandates out of term, of others, and none") { stage in
            let ended = try stage.world.person(stage.field.unit, "Lama", roles: ["it.field_head"], until: 1_000)
            try stage.decide(by: ended)
            for mandates in [stage.second.mandates, ["it.field_head": stage.head.mandate("applicant.head")]] {
                try stage.decide(
                    by: TestPerson(
                        key: stage.field.key, unit: stage.field.unit, certificate: stage.field.certificate,
                        mandates: mandates))
            }
            for mandate in [stage.field.certificate, EntryID(.zero)] {
                try stage.decide(
                    by: TestPerson(
                        key: stage.field.key, unit: stage.field.unit, certificate: stage.field.certificate,
                        mandates: ["it.field_head": mandate]))
            }
        },
        Scene(name: "a node's key, an unknown feature, an act that is not alone") { stage in
            let key = TestKey(&stage.world.generator)
            // A person's too, or the act would be refused; the ground is the smaller one.
            let person = try stage.world.certify(key, stage.field.unit, "Orang")
            var certificate = try stage.world.certify(key, stage.field.unit, "Simpul", isNode: true)
            while person < certificate {
                certificate = try stage.world.certify(key, stage.field.unit, "Simpul", isNode: true)
            }
            try stage.decide(
                by: TestPerson(
                    key: key, unit: stage.field.unit, certificate: certificate, mandates: stage.field.mandates))
            let act = try stage.dossier.outcome("2", "perlu", by: stage.field, role: "it.field_head")
            try stage.dossier.write([act, TestDossier.set("x", .text("y"))], by: stage.field)
            try stage.dossier.write([act, Operation(code: 300, body: .map([]))], by: stage.field)
        },
        Scene(name: "a feature that the network enabled") { stage in
            try stage.world.append(chain: stage.world.network, .enable(feature: 1), by: stage.world.networkKey)
            try stage.dossier.write([Operation(code: 300, body: .map([]))], by: stage.field)
            try stage.decide(by: stage.field)
        },
        Scene(name: "later than a fork of its own key") { stage in
            let before = stage.dossier
            let left = try stage.decide(by: stage.field)
            try stage.concurrently(from: before) { _ = try $0.refuse(by: $0.field, role: "it.field_head") }
            try stage.acknowledge(left)
            try stage.decide(by: stage.field)
        },
        Scene(name: "a key that two units certify, and an administrator who is one twice") { stage in
            let (key, delegation) = try stage.world.administrator(stage.field.unit)
            try stage.world.certify(key, stage.field.unit, "Pengelola")
            try stage.world.certify(stage.field.key, stage.head.unit, "Tamu")
            let needed = try stage.decide(by: stage.field)
            try stage.cut(
                Code.accept, needed.raw, needed,
                by: TestPerson(key: key, unit: stage.field.unit, certificate: delegation, mandates: [:]))
        },
    ]

    private static let endings = [
        Scene(name: "ended: inside its cut, outside, and stated after") { stage in
            let inside = try stage.decide(by: stage.field)
            let before = stage.dossier
            let effective = stage.world.clock + 3_600_000
            let ended = try stage.world.revoke(stage.field.certificate, of: stage.field.unit, effective: effective)
            try stage.accept(ended.raw, inside, by: stage.field.unit)
            try stage.cut(Code.accept, ended.raw, inside, by: stage.second)
            try stage.concurrently(from: before) { stage in
                try stage.decide(by: stage.field, tips: [])
                try stage.decide(by: stage.field, at: effective, tips: [])
            }
        },
        Scene(name: "signed after the revocation was seen, disputed, declined") { stage in
            let first = try stage.decide(by: stage.field)
            try stage.acknowledge(first)
            let other = try stage.decide(by: stage.second)
            try stage.acknowledge(other)
            let ended = try stage.world.revoke(stage.field.certificate, of: stage.field.unit, effective: 1)
            _ = try stage.world.revoke(
                stage.second.mandate("it.field_head"), of: stage.second.unit, effective: 1)
            try stage.cut(Code.decline, ended.raw, first, by: try stage.world.rootPerson(stage.field.unit))
            try stage.decide(by: stage.field)
        },
        Scene(name: "plain work ratified, a choice not") { stage in
            stage.dossier = stage.opened
            let other = try stage.world.person(stage.head.unit, "Pengganti", roles: ["applicant.head"])
            let done = try stage.dossier.write(
                [
                    try stage.dossier.outcome(
                        "1", "done", by: stage.head, role: "applicant.head", documents: ["request"])
                ], by: stage.head)
            let choice = try stage.decide(by: stage.field)
            _ = try stage.world.revoke(
                stage.head.certificate, of: stage.head.unit, effective: stage.world.clock + 1)
            _ = try stage.world.revoke(
                stage.field.certificate, of: stage.field.unit, effective: stage.world.clock + 1)
            let all = stage.dossier.history.items.filter { $0.author == stage.head.key.publicKey }.map(\.id)
            try stage.dossier.write([stage.dossier.ratify(all, by: other, role: "applicant.head")], by: other)
            try stage.dossier.write(
                [stage.dossier.ratify([choice, done], by: stage.second, role: "it.field_head")], by: stage.second)
        },
        Scene(name: "a suspended unit, accepted by another, then lifted") { stage in
            let known = try stage.decide(by: stage.field)
            let suspension = try stage.world.append(
                chain: stage.world.network,
                .suspend(Suspension(unit: stage.field.unit, from: stage.world.clock)), by: stage.world.networkKey)
            try stage.accept(suspension.id.raw, known, by: stage.field.unit)
            try stage.accept(suspension.id.raw, known, by: stage.head.unit)
            try stage.decide(by: stage.second)
            try stage.world.append(
                chain: stage.world.network, .lift(suspension: suspension.id), by: stage.world.networkKey)
            try stage.decide(by: stage.second)
        },
        Scene(name: "a vendor removed by two units, accepted, and bound again") { stage in
            let vendor = try stage.world.unit("PT", kind: "vendor")
            let staff = try stage.world.person(vendor, "Direktur", roles: ["vendor.head"])
            try stage.dossier.write(
                [stage.dossier.bind("vendor", vendor, by: stage.chief, role: "it.head")], by: stage.chief)
            func note(_ stage: inout Stage) throws -> ChangeSetID {
                let first = stage.dossier.history.items[0].id
                return try stage.dossier.write(
                    [stage.dossier.acknowledge(first, by: staff, role: "vendor.head")], by: staff)
            }
            _ = try note(&stage)
            let before = stage.dossier
            let proposal = try stage.dossier.write(
                [stage.dossier.unbind(vendor, by: stage.chief, role: "it.head")], by: stage.chief)
            try stage.dossier.write(
                [stage.dossier.unbind(vendor, seconding: proposal, by: stage.field, role: "it.field_head")],
                by: stage.field)
            let removal = try stage.dossier.write(
                [stage.dossier.unbind(vendor, seconding: proposal, by: stage.head, role: "applicant.head")],
                by: stage.head)
            var unseen = removal
            try stage.concurrently(from: before) { unseen = try note(&$0) }
            try stage.accept(removal.raw, unseen, by: vendor)
            _ = try note(&stage)
            try stage.accept(removal.raw, unseen, by: stage.head.unit)
            try stage.dossier.write(
                [stage.dossier.bind("vendor", vendor, by: stage.head, role: "applicant.head")], by: stage.head)
            _ = try note(&stage)
        },
    ]

    private static let chains = [
        Scene(name: "a rotated root, whose accepts the new one repeats") { stage in
            let needed = try stage.decide(by: stage.field)
            let ended = try stage.world.revoke(
                stage.field.certificate, of: stage.field.unit, effective: stage.world.clock + 1)
            let old = try stage.world.rootPerson(stage.field.unit)
            let drawn = try stage.cut(Code.accept, ended.raw, needed, by: old)
            let change = try stage.world.succession(of: stage.field.unit)
            try stage.world.take(change)
            // The old key again, now that it is replaced.
            try stage.cut(Code.accept, ended.raw, needed, by: old)
            try stage.accept(change.entry.id.raw, drawn, by: stage.field.unit)
        },
        Scene(name: "a recovered root, and what a thief wrote beyond the cut") { stage in
            guard let cut = stage.world.registry.tipToExtend(stage.field.unit) else { throw TestFailure.setUp("tip") }
            try stage.decide(by: stage.field)
            let stolen = stage.world.root(of: stage.field.unit)
            let puppet = try stage.puppet(of: stolen, stage.field.unit)
            try stage.decide(by: puppet)
            let thief = try stage.world.rootPerson(stage.field.unit)
            let undone = try stage.world.revoke(stage.field.certificate, of: stage.field.unit, effective: 1)
            try stage.cut(Code.accept, undone.raw, stage.dossier.history.items[0].id, by: thief)
            try stage.world.take(
                try stage.world.succession(of: stage.field.unit, recovering: true, after: cut))
            let fresh = try stage.world.person(stage.field.unit, "Baru", roles: ["it.field_head"])
            try stage.decide(by: fresh)
        },
        Scene(name: "a recovery that overrules a rotation, in the network's chain too") { stage in
            for chain in [stage.field.unit, stage.world.network] {
                guard let cut = stage.world.registry.tipToExtend(chain) else { throw TestFailure.setUp("tip") }
                let rotated = try stage.world.succession(of: chain)
                try stage.world.insert(rotated.entry)
                try stage.world.take(try stage.world.succession(of: chain, recovering: true, after: cut))
            }
            try stage.world.append(chain: stage.world.network, .enable(feature: 1), by: stage.world.networkKey)
            try stage.dossier.write([Operation(code: 300, body: .map([]))], by: stage.field)
            let fresh = try stage.world.person(stage.field.unit, "Baru", roles: ["it.field_head"])
            try stage.decide(by: fresh)
        },
        Scene(name: "an administrator's chain and its cut") { stage in
            let (key, delegation) = try stage.world.administrator(stage.field.unit)
            let kept = try stage.puppet(of: key, delegation)
            let cut = stage.world.registry.tipToExtend(delegation)?.id
            let late = try stage.puppet(of: key, delegation)
            try stage.decide(by: kept)
            try stage.decide(by: late)
            let person = TestPerson(key: key, unit: stage.field.unit, certificate: delegation, mandates: [:])
            try stage.cut(Code.accept, delegation.raw, stage.dossier.history.items[0].id, by: person)
            try stage.world.append(
                chain: stage.field.unit,
                .revoke(
                    Revocation(
                        target: delegation, reason: .compromised, effective: stage.world.clock + 1, cut: cut)),
                by: stage.world.root(of: stage.field.unit))
        },
        Scene(name: "a forked chain, before and after its parent names a branch") { stage in
            guard let tip = stage.world.registry.tipToExtend(stage.field.unit) else { throw TestFailure.setUp("tip") }
            let root = stage.world.root(of: stage.field.unit)
            let person = try stage.world.person(stage.field.unit, "Cabang", roles: ["it.field_head"])
            let other = TestKey(&stage.world.generator)
            let right = try stage.world.compose(
                chain: stage.field.unit,
                .certify(
                    Certificate(
                        key: other.publicKey, agreement: .zero, isNode: false, person: other.person,
                        name: stage.world.commit(.text("Lain"), by: root.publicKey))), by: root, previous: tip)
            try stage.decide(by: person)
            try stage.world.insert(right)
            try stage.decide(by: person)
            try stage.world.append(
                chain: stage.world.network, .branch(Branch(entry: person.certificate, isNetwork: true)),
                by: stage.world.networkKey)
            try stage.decide(by: person)
        },
    ]

    private static let protections = [
        Scene(name: "a handover that two of its unit and another unit stand for") { stage in
            let needed = try stage.decide(by: stage.field)
            try stage.decide(by: stage.second)
            try stage.acknowledge(needed)
            _ = try stage.world.revoke(stage.field.mandate("it.field_head"), of: stage.field.unit, effective: 1)
        },
        Scene(name: "a sole signatory disowned") { stage in
            let needed = try stage.decide(by: stage.field)
            try stage.acknowledge(needed)
            _ = try stage.world.revoke(stage.field.mandate("it.field_head"), of: stage.field.unit, effective: 1)
        },
        Scene(name: "a compromise confirmed one level up") { stage in
            let needed = try stage.decide(by: stage.field)
            try stage.decide(by: stage.second)
            try stage.acknowledge(needed)
            let stolen = try stage.world.revoke(
                stage.field.certificate, of: stage.field.unit, effective: 1, reason: .compromised)
            try stage.world.append(
                chain: stage.world.network, .countersign(Countersignature(revocation: stolen, isNetwork: true)),
                by: stage.world.networkKey)
        },
        Scene(name: "a rival that nobody ruled out") { stage in
            let before = stage.dossier
            let needed = try stage.decide(by: stage.field)
            try stage.decide(by: stage.second)
            try stage.concurrently(from: before) { _ = try $0.refuse(by: $0.chief, role: "it.head") }
            try stage.acknowledge(needed)
            _ = try stage.world.revoke(stage.field.certificate, of: stage.field.unit, effective: 1)
        },
        Scene(name: "a rival that a ruling put out") { stage in
            let before = stage.dossier
            let needed = try stage.decide(by: stage.field)
            var no = needed
            try stage.concurrently(from: before) { no = try $0.refuse(by: $0.second, role: "it.field_head") }
            try stage.dossier.write(
                [
                    try stage.dossier.ruling(
                        "2", winner: needed, candidates: [needed, no], by: stage.chief, role: "it.head")
                ], by: stage.chief)
            try stage.acknowledge(needed)
            _ = try stage.world.revoke(stage.field.certificate, of: stage.field.unit, effective: 1)
        },
        Scene(name: "a decision and a ruling on which the next step rests") { stage in
            let before = stage.dossier
            let needed = try stage.decide(by: stage.field)
            var no = needed
            try stage.concurrently(from: before) { no = try $0.refuse(by: $0.second, role: "it.field_head") }
            try stage.dossier.write(
                [
                    try stage.dossier.ruling(
                        "2", winner: needed, candidates: [needed, no], by: stage.chief, role: "it.head")
                ], by: stage.chief)
            try stage.dossier.write([TestDossier.set("doc/record/1/result", .text("baik"))], by: stage.head)
            try stage.dossier.write(
                [
                    try stage.dossier.outcome(
                        "3", "sesuai", by: stage.head, role: "applicant.head", documents: ["record"])
                ], by: stage.head)
            try stage.dossier.write(
                [
                    try stage.dossier.sign(
                        "3", "sesuai", by: stage.second, role: "it.field_head", documents: ["record"])
                ], by: stage.second)
            for person in [stage.field, stage.chief] {
                _ = try stage.world.revoke(person.certificate, of: person.unit, effective: 1)
            }
        },
        Scene(name: "a handover by a party that was bound later", undecidedCount: 1) { stage in
            let vendor = try stage.world.unit("PT", kind: "vendor")
            let one = try stage.world.person(vendor, "Direktur", roles: ["vendor.head"])
            let two = try stage.world.person(vendor, "Wakil", roles: ["vendor.head"])
            try stage.dossier.write(
                [stage.dossier.bind("vendor", vendor, by: stage.chief, role: "it.head")], by: stage.chief)
            let needed = try stage.decide(by: one, role: "vendor.head")
            try stage.decide(by: two, role: "vendor.head")
            try stage.acknowledge(needed)
            _ = try stage.world.revoke(one.mandate("vendor.head"), of: vendor, effective: 1)
        },
        Scene(name: "a protected signer of a suspended unit") { stage in
            let needed = try stage.decide(by: stage.field)
            try stage.decide(by: stage.second)
            try stage.acknowledge(needed)
            _ = try stage.world.revoke(stage.field.certificate, of: stage.field.unit, effective: 1)
            let suspension = try stage.world.append(
                chain: stage.world.network,
                .suspend(Suspension(unit: stage.field.unit, from: stage.world.clock)), by: stage.world.networkKey)
            let tip = stage.dossier.history.items.last { $0.author == stage.second.key.publicKey }?.id ?? needed
            try stage.accept(suspension.id.raw, tip, by: stage.head.unit)
        },
    ]
}
