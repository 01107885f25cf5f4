import Dossier
import Envelope
import History
import Procedure

/// Which instances of documents a person asked for: one for all that an act names, or one for each by name.
package struct InstanceChoice: Sendable {
    private var common: Int?
    private var byDocument: [String: Int] = [:]

    package init() {}

    package init(_ instance: Int?) { common = instance }

    package mutating func choose(_ instance: Int, of document: String?) {
        if let document { byDocument[document] = instance } else { common = instance }
    }

    /// Nil where nothing was asked for.
    package subscript(document: String) -> Int? { byDocument[document] ?? common }

    /// Documents that were named; an act that does not name them did not do what was asked.
    var documents: [String] { byDocument.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    func allows(_ claims: [DocumentClaim]) -> Bool {
        claims.allSatisfy { claim in self[claim.document].map { $0 == claim.instance } ?? true }
    }
}

extension DossierView {
    /// Instances that are named by what has effect: nobody moves them by writing.
    private func namedInstances(_ document: String) -> Set<Int> {
        var found: Set<Int> = []
        for (record, verdict) in zip(state.acts, state.procedure.verdicts) where verdict == .effective {
            for claim in Self.claims(record.act.body) where claim.document == document { found.insert(claim.instance) }
        }
        return found
    }

    static func claims(_ body: Act.Body) -> [DocumentClaim] {
        switch body {
        case .outcome(let outcome): outcome.documents
        case .sign(let sign): sign.documents
        default: []
        }
    }

    /// What the outcome in effect of the last round that named the document says of it; nil where none did.
    private func decidedClaim(_ document: String) -> DocumentClaim? {
        for activation in state.procedure.activations.reversed() where activation.state == .done {
            guard let decided = activation.candidates.first(where: { $0.outcome == activation.decided }),
                let record = decided.completing ?? decided.acts.last,
                let claim = Self.claims(state.acts[record].act.body).first(where: { $0.document == document })
            else { continue }
            return claim
        }
        return nil
    }

    /// The *latest* instance (Protocol 4 §2.5): the one that the outcome in effect of the last round names, else 1. What
    /// anybody wrote besides moves it nowhere.
    package func latestInstance(_ document: String) -> Int { decidedClaim(document)?.instance ?? 1 }

    /// The latest instance; in a new round the smallest that nothing in effect names. What a party brings stays one
    /// document: a checklist that was returned is filled up, not begun anew.
    package func instanceToWrite(_ document: String) -> Int {
        guard let claim = decidedClaim(document) else { return 1 }
        let isBrought = definition.steps.contains { $0.brings.contains { $0.document == document } }
        if isBrought || !isCompleted(claim) { return claim.instance }
        let named = namedInstances(document)
        return DocumentInstance.range.first { !named.contains($0) } ?? claim.instance
    }

    /// The instance in work where a step that brings or gives the document is open and somebody wrote it, else the
    /// latest: what an act names and a print shows where nobody asks for another.
    package func currentInstance(_ document: String) -> Int {
        let latest = latestInstance(document)
        let isOpen = state.procedure.open.contains { activation in
            definition.step(activation.step).map { $0.brings + $0.gives + $0.outcomes.flatMap { $0.gives ?? [] } }?
                .contains { $0.document == document } ?? false
        }
        guard isOpen else { return latest }
        let place = instanceToWrite(document)
        return state.instances(of: document).contains(place) ? place : latest
    }

    /// The instance that a person asked for.
    ///
    /// - Parameter isNew: whether it may be one that nobody wrote yet.
    package func instance(_ asked: Int, of document: String, isNew: Bool = false) throws -> Int {
        let known = state.instances(of: document)
        guard DocumentInstance.range.contains(asked), isNew || known.contains(asked) else {
            throw NodeFailure.unknownInstance(document: document, instance: asked, known: known)
        }
        return asked
    }

    /// A document with stages is written on until the last of them, and one whose step was opened again by a return is
    /// revised: nobody types anew what others have read.
    private func isCompleted(_ claim: DocumentClaim) -> Bool {
        if isReturned(claim.document) { return false }
        let last = definition.document(claim.document)?.stages.last
        return last == nil || claim.stage == last
    }

    private func isReturned(_ document: String) -> Bool {
        state.procedure.open.contains { activation in
            guard let step = definition.step(activation.step),
                (step.brings + step.gives).contains(where: { $0.document == document })
            else { return false }
            return activation.causes.contains { cause in
                guard let source = state.procedure.activation(cause.activation) else { return false }
                return definition.step(source.step)?.outcome(cause.outcome)?.effect == .return
            }
        }
    }
}
