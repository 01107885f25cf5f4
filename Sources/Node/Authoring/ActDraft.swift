import CBOR
import Dossier
import Envelope
import History
import Procedure
import Registry
import Sodium
import Store

/// Levels of assurance (Protocol 4 §2.4): our own signature, a certified one, or a wet-ink scan attached.
package enum Assurance: UInt64, Sendable, CaseIterable {
    case `internal` = 0
    case certified
    case wetInkScan

    package var word: String {
        switch self {
        case .internal: "internal"
        case .certified: "certified"
        case .wetInkScan: "wetInkScan"
        }
    }
}

/// How an act is signed: which mandate is asked for, and what proof comes with it.
package struct ActOptions: Sendable {
    /// The role of the mandate to use; nil for the first that fits.
    package var role: String?
    package var assurance = Assurance.internal
    /// Path of the certified PDF or the scan.
    package var proof: String?
    /// Of the documents that it names.
    package var instances = InstanceChoice()

    package init() {}
}

/// The fields that every act carries (CDDL `act`).
struct ActDraft {
    let view: DossierView
    let author: Author
    let options: ActOptions
    let now: UInt64

    /// The mandate of this person in one of the roles that holds now; definitive ones first.
    func mandate(roles: [String]) throws -> EntryID {
        guard let own = view.own else { throw NodeFailure.noNetwork }
        var best: (entry: EntryID, capacity: UInt64)?
        var otherRole: String?
        let person = view.registry.person(of: author.key)
        for id in view.registry.mandates(of: own) {
            guard case .mandate(let mandate)? = view.registry.entry(id)?.body,
                mandate.person == person, mandate.holds(at: now),
                view.registry.standingRevocations(of: id).isEmpty, view.registry.stands(id),
                options.role.map({ $0 == mandate.role }) ?? true
            else { continue }
            guard roles.isEmpty || roles.contains(mandate.role) else {
                otherRole = mandate.role
                continue
            }
            if let current = best, current.capacity <= mandate.capacity.rawValue { continue }
            best = (id, mandate.capacity.rawValue)
        }
        if let best { return best.entry }
        // A mandate in another role signs an opinion, which the check before signing names.
        if otherRole != nil, let other = try? mandate(roles: []) { return other }
        throw NodeFailure.noMandate(role: options.role ?? roles.joined(separator: ", "))
    }

    /// Roles for names of roles and teams; a team's member signs in whatever role he has.
    func roles(_ names: [String]) -> [String] {
        names.contains { view.definition.team($0) != nil } ? [] : names
    }

    /// Whether this person signs for a role under a mandate, or for a team that he chairs.
    func signs(_ name: String, under mandate: EntryID) -> Bool {
        guard view.definition.team(name) == nil else {
            let person = view.registry.person(of: author.key).bytes
            return view.state.procedure.seats.contains {
                $0.team == name && $0.seat == "ketua" && $0.actor.unit == view.own?.raw && $0.actor.person == person
            }
        }
        guard case .mandate(let granted)? = view.registry.entry(mandate)?.body else { return false }
        return granted.role == name
    }

    /// Keys 20-25, with the text as shown committed.
    func fields(mandate: EntryID, shown: String, _ draft: inout FieldDraft) throws -> [(UInt64, CBORValue)] {
        let text = draft.commit(.text(shown.clipped(toByteCount: Value.textByteCountMax)), audience: .all)
        var fields: [(UInt64, CBORValue)] = [
            (20, .bytes(mandate.bytes)), (21, .unsigned(1)), (22, .text(author.language)), (23, text.item),
            (24, .unsigned(options.assurance.rawValue)),
        ]
        guard options.assurance != .internal else { return fields }
        guard let proof = options.proof else {
            throw NodeFailure.badValue(field: "--proof", value: "", expected: options.assurance.word)
        }
        let (id, size) = try draft.vault.take(proof)
        let file = draft.commit(.bytes(id.bytes), audience: .all, kind: .file, size: UInt64(size))
        fields.append((25, file.item))
        return fields
    }

    /// `{document: [instance, revision, ?stage]}` as the documents stand now.
    ///
    /// - Parameter isDone: names what the latest round gave, and not what is in work.
    func documents(
        _ references: [DocumentReference], isDone: Bool = false
    ) throws -> (item: CBORValue, names: [String]) {
        var pairs: [CBORPair] = []
        var names: [String] = []
        for reference in references {
            guard let type = view.definition.document(reference.document), !names.contains(type.id) else { continue }
            let asked = try options.instances[type.id].map { try view.instance($0, of: type.id) }
            let instance = asked ?? (isDone ? view.latestInstance(type.id) : view.currentInstance(type.id))
            let content = view.state.content(of: type, instance: instance, view.history)
            if content.entries.isEmpty && reference.isOptional { continue }
            try refuseMissingOpenings(content)
            names.append(type.id)
            pairs.append(
                CBORPair(
                    key: .text(type.id),
                    value: claim(instance, content.revision(stage: reference.stage), reference.stage)))
        }
        for document in options.instances.documents where !names.contains(document) {
            throw NodeFailure.unknownDocument(document, known: references.map(\.document))
        }
        return (.map(pairs), names)
    }

    func claim(_ instance: Int, _ revision: Bytes32, _ stage: String?) -> CBORValue {
        .array([.unsigned(UInt64(instance)), .bytes(revision.bytes)] + (stage.map { [.text($0)] } ?? []))
    }

    /// Nobody signs over a text that he was meant to read and has not received, or that is erased: then a new revision
    /// has to be written.
    func refuseMissingOpenings(_ content: DocumentContent) throws {
        let mine = Dictionary(
            view.places.filter { $0.isMine }.map { ($0.commitment, $0.opening != nil) }, uniquingKeysWith: { $0 && $1 })
        for entry in content.entries {
            guard case .committed(let committed) = entry.value, mine[committed.commitment] == false,
                let basis = view.reader.basis(entry.value)
            else { continue }
            throw NodeFailure.erasedValue(path: entry.path.text, basis: basis)
        }
        let missing = content.entries.filter { entry in
            guard case .committed(let committed) = entry.value else { return false }
            return mine[committed.commitment] == false
        }
        guard missing.isEmpty else { throw NodeFailure.missingOpenings(count: missing.count) }
        try refuseMissingFiles(content)
    }

    /// Nor over a file that is not here as it was signed: its bytes are read.
    private func refuseMissingFiles(_ content: DocumentContent) throws {
        let files = Dictionary(
            view.places.filter { $0.kind == .file && $0.isMine }.map { ($0.commitment, $0) },
            uniquingKeysWith: { first, _ in first })
        for entry in content.entries {
            guard case .committed(let committed) = entry.value, let place = files[committed.commitment] else {
                continue
            }
            guard place.holding == .held, let file = place.file, try view.vault.isIntact(file, size: place.size) else {
                let prefix = Path.documentPrefix(content.document, content.instance)
                throw NodeFailure.documentFileNotHere(
                    document: content.document, field: String(entry.path.text.dropFirst(prefix.count)))
            }
        }
    }

    /// The proofs that other signers attached to a decision are part of what is signed.
    func refuseMissingProofs(_ candidate: Candidate) throws {
        let changes = Set(candidate.acts.map { view.history.items[view.state.acts[$0].item].id })
        for place in view.places where place.kind == .file && place.isMine && changes.contains(place.change) {
            let isIntact = try place.file.map { try view.vault.isIntact($0, size: place.size) } ?? false
            let isHere = place.holding == .held && isIntact
            guard isHere || place.isErased else {
                throw NodeFailure.documentFileNotHere(document: candidate.outcome, field: "proof")
            }
        }
    }
}
