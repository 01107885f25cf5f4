import Authority
import CBOR
package import Dossier
package import Envelope
package import History
import Procedure
import Registry
import Sodium
import Store

/// What a person asks to erase.
package enum ErasureTarget: Sendable {
    /// Every value that was ever written to `DOCUMENT` or `DOCUMENT.FIELD`, or to a path such as `title`.
    case document(String)
    /// Every value of a change set.
    case change(ChangeSetID)
    /// A file with its name and type.
    case attachment(Dot)
    /// What an `erase` names, for whoever confirms it.
    case erasure(ChangeSetID)
}

/// What an erasure takes away, shown before anybody signs.
package struct ErasurePlan: Sendable {
    package struct Item: Sendable {
        package let written: WrittenValue
        /// The text where it is held; of a file the hash of its bytes.
        package let text: String?
        /// Bytes of a file.
        package var size: UInt64? { written.value.size }
    }

    package var items: [Item] = []
    /// Texts shown to signers of this unit that quote one of them; they go too.
    package var quotes: [Item] = []
    /// Texts that contain one of them and stay, by this unit or others.
    package var elsewhere: [Item] = []
    /// What lies at the target and was written by other units: they have to be asked.
    package var foreign: [Item] = []

    /// Sorted, unique.
    package var commitments: [Commitment] { Set((items + quotes).map(\.written.value.commitment)).sorted() }
}

extension DossierView {
    /// Shorter texts are in everything.
    private static let quoteByteCountMin = 4

    package func erasurePlan(_ target: ErasureTarget) throws -> ErasurePlan {
        let all = writtenValues()
        var chosen = try choose(target, all)
        // A file goes with its name and type, and they with it.
        let files = chosen.filter { $0.value.size != nil }.map(\.value.commitment)
        let attached = all.filter { $0.role == .file && files.contains($0.value.commitment) }
        for part in all where attached.contains(where: { $0.change == part.change && $0.operation == part.operation }) {
            if !chosen.contains(where: { $0.value.commitment == part.value.commitment }) { chosen.append(part) }
        }
        var plan = ErasurePlan()
        var seen: Set<Commitment> = []
        for written in chosen where reader.basis(written.item) == nil {
            guard seen.insert(written.value.commitment).inserted else { continue }
            if written.unit == own { plan.items.append(item(written)) } else { plan.foreign.append(item(written)) }
        }
        let texts = plan.items.filter { $0.size == nil }.compactMap(\.text).filter {
            $0.utf8.count >= Self.quoteByteCountMin
        }
        for written in all where written.value.size == nil && reader.basis(written.item) == nil {
            guard let text = reader.text(written.item), texts.contains(where: { text.contains($0) }),
                seen.insert(written.value.commitment).inserted
            else { continue }
            if written.role == .shown && written.unit == own {
                plan.quotes.append(item(written))
            } else {
                plan.elsewhere.append(item(written))
            }
        }
        return plan
    }

    private func item(_ written: WrittenValue) -> ErasurePlan.Item {
        ErasurePlan.Item(written: written, text: reader.text(written.item))
    }

    private func choose(_ target: ErasureTarget, _ all: [WrittenValue]) throws -> [WrittenValue] {
        switch target {
        case .document(let name): return all.filter { $0.isPart(of: name) }
        case .change(let id): return all.filter { $0.change == id }
        case .attachment(let dot):
            return all.filter { $0.change == dot.change && $0.operation == dot.index && $0.role != .shown }
        case .erasure(let id):
            guard let erasure = namedErasure(id) else { throw NodeFailure.unknownChange(id.hex) }
            return all.filter { erasure.commitments.contains($0.value.commitment) }
        }
    }

    /// The `erase` of a change set, whether it has authority or not.
    func namedErasure(_ id: ChangeSetID) -> (commitments: [Commitment], basis: Committed)? {
        guard let index = history.index(of: id) else { return nil }
        for operation in history.items[index].operations {
            if case .erase(let commitments, let basis) = DossierOperation(operation) { return (commitments, basis) }
        }
        return nil
    }

    /// The words in which an `erase` gives its legal basis.
    package func basis(ofErasure id: ChangeSetID) throws -> String {
        guard let erasure = namedErasure(id) else { throw NodeFailure.unknownChange(id.hex) }
        guard let text = reader.text(.committed(erasure.basis)) else { throw NodeFailure.missingOpenings(count: 1) }
        return text
    }
}

extension Replica {
    /// Signs that values of the own unit be erased, on a legal basis. Alone it changes nothing; it is complete when a
    /// second person signed too, one of both with the unit's root key (Protocol 4 §6).
    package func erase(
        _ dossier: DossierID, _ commitments: [Commitment], basis: String, options: ActOptions, by author: Author
    ) throws -> ChangeSet {
        guard (1...Value.textByteCountMax).contains(basis.utf8.count) else {
            throw NodeFailure.badValue(field: "--basis", value: "\(basis.utf8.count) B", expected: "1…32768 B")
        }
        guard commitments.count <= Self.namedValueCountMax else {
            throw NodeFailure.badValue(
                field: "erase", value: "\(commitments.count)", expected: "1…256, --document D.FIELD, --change ID")
        }
        return try write(dossier, isAct: true, by: author) { work, view, fields in
            let own = Set(view.writtenValues().filter { $0.unit == view.own }.map(\.value.commitment))
            guard !commitments.isEmpty, commitments.allSatisfy(own.contains) else {
                throw NodeFailure.nothingToErase(commitments.first { !own.contains($0) }?.hex ?? "")
            }
            let act = ActDraft(view: view, author: author, options: options, now: work.now)
            let text = fields.commit(.text(basis), audience: .all)
            var body: [(UInt64, CBORValue)] = [
                (1, .array(commitments.map { .bytes($0.bytes) })), (2, text.item),
            ]
            // What is erased must not be said again here.
            let shown =
                author.language == "en" ? "Erasure of \(commitments.count): " : "Penghapusan \(commitments.count): "
            body += try act.fields(mandate: try act.erasureGround(), shown: shown + basis, &fields)
            fields.add(Code.erase, body)
        }
    }
}

extension ActDraft {
    /// The root's own standing, or a mandate of the person.
    fileprivate func erasureGround() throws -> EntryID {
        guard author.key.kind == .unitRoot else { return try mandate(roles: []) }
        guard let own = view.own,
            let standing = view.registry.standing(
                of: author.key.publicKey, unit: own, in: view.registry.everything)
        else { throw NodeFailure.notCertified(author.key.name) }
        return standing.entry
    }
}
