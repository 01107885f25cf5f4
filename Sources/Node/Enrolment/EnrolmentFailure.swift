package import Registry

/// A kind of file that passes between people, or is mistaken for one.
package enum EnrolmentFileKind: String, Sendable, CaseIterable {
    case unitRequest
    case deviceRequest
    case recoveryRequest
    case invitation
    case certificate
    case succession
    case consent
    case evidence
    case key
    case store
    case procedure
    case unknown
}

/// Why a file of the enrolment is refused. Nothing was written.
package enum EnrolmentFailure: Error, Sendable {
    case otherKind(path: String, found: EnrolmentFileKind, expected: EnrolmentFileKind)
    /// It begins like one of ours and does not hold together.
    case damaged(path: String, fact: String)
    case request(path: String, KeyRequestFailure)
    case name(NameRule.Fault)
    case unitKind(String)
    /// The key asked for admission before: a request serves once.
    case alreadyAdmitted(name: String)
    /// The key has a certificate or delegation, ended ones included.
    case alreadyCertified(name: String)
    /// The request carries the number of a person that the unit has; whoever held such a key would hold the mandates.
    case personKnown(name: String)
    /// `--person` names another than the request.
    case otherPerson(name: String)
    /// The unit has as many administrators as a chain takes.
    case tooManyAdministrators(limit: Int)
    /// It is for a key that is not in this replica.
    case keyNotHere(path: String, name: String)
    /// This replica belongs to another unit.
    case otherUnit(name: String)
    case fingerprintDiffers(found: String, given: String)
    /// The person at the terminal said no.
    case notCompared(fingerprint: String)
}
