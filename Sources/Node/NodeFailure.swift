package import Authority
import Envelope
package import Procedure
package import Registry

/// What a person at this replica asked that cannot be done. Each carries the fact; the words are the catalogue's.
package enum NodeFailure: Error, Sendable {
    case unknownDossier(String)
    case ambiguous(String)
    case unknownChange(String)
    case unknownUnit(String)
    case unknownDefinition(String)
    case definitionInvalid([ValidationIssue])
    case calendarInvalid([ValidationIssue])
    case unknownKey(String)
    case keyNeeded([String])
    case keyExists(String)
    case keyFileDamaged(String)
    case wrongPassphrase(String)
    case passphraseNeeded(String)
    /// A new one was typed twice, not the same; or nothing was typed.
    case passphrasesDiffer(String)
    case keyParameters(String)
    case notCertified(String)
    case noMandate(role: String)
    case notAdministrator
    case noNetwork
    case wrongFile(path: String, expected: String)
    case wrongNetwork(found: String)
    /// A request, invitation or certificate was refused.
    case enrolment(EnrolmentFailure)
    case entryRefused(EntryFailure)
    /// The store is behind its mark, or in another place than it was made.
    case copiedReplica(MarkFault)
    /// Repair was asked of a replica that is its mark's, and no key waits for a certificate.
    case nothingToRepair
    /// The chain of the key that is to certify goes on where this store does not know.
    case chainBehind(entry: String)
    /// No certificate that is in force is meant by this.
    case noCertificate(String)
    case unknownStep(String)
    /// The dossier has ended; the raw value of its end state.
    case closed(String)
    case unknownOutcome(String, known: [String])
    case unknownDocument(String, known: [String])
    case unknownField(String, known: [String])
    /// Nobody wrote that instance, or no act could name it.
    case unknownInstance(document: String, instance: Int, known: [Int])
    case badValue(field: String, value: String, expected: String)
    case badName(String)
    case titleTooLong(byteCount: Int, limit: Int)
    /// The act would have no effect: refused before it is signed.
    case noEffect(EngineReason, step: String, detail: String)
    case opinion(step: String, roles: [String])
    /// Its author may decide the step: it would be no opinion.
    case notAnOpinion(step: String)
    case notAuthorised(AuthorityReason)
    case contested(step: String)
    case nothingToSign
    case nothingToRule
    case missingOpenings(count: Int)
    /// The dossier is held back, or what was to be written would be beyond its budget.
    case heldBack(dossier: String, reason: String, found: Int, allowed: Int)
    /// Others wrote in a large dossier while an act in it was worked out, each time.
    case changedMeanwhile(dossier: String, attempts: Int)
    /// Only what is held back is taken up, and not without end.
    case notHeld(String)
    /// A value that is to be signed over was erased.
    case erasedValue(path: String, basis: String)
    /// Nothing of one's own unit to erase there.
    case nothingToErase(String)
    case confirmationNeeded(String)
    case tooManyOperations(count: Int)
    case fileTooLarge(path: String, byteCount: Int)
    case fileNotHere(String)
    /// A file of nothing, without being told that it is meant.
    case fileEmpty(String)
    /// It was written to while it was copied in.
    case fileChanged(String)
    /// A document names a file that is not here: nobody signs over what he cannot read.
    case documentFileNotHere(document: String, field: String)
    case agent(String)
    case dossierNotReadable(fact: String)
    case unknownFinding(String)
    /// A number of a letter register is leased, used or void.
    case numberTaken(register: String, first: Int, last: Int)
    /// Nothing is leased to this key any more.
    case noNumberLeft(register: String)
    case unknownRole(String, known: [String])
    case unknownEntry(String)
    /// Nobody was named who could put a new root key in force.
    case noRecoverySet
    /// The key to which the chain committed is not in this ring.
    case noSuccessorKey
    case consentForAnother(path: String)
    case alreadyInForce(String)
    case notForked(String)
    case notAParty(String)
    /// The change set has effect as it is, or is no plain work.
    case nothingToRatify(fact: String)
}
