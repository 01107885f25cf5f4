import Node
import Registry

extension Complaint {
    /// Files that people carry, and who asks for what.
    init(_ failure: EnrolmentFailure, _ language: Language) {
        switch failure {
        case .otherKind(let path, let found, let expected):
            let kinds = [expected, found].map { Catalogue.fileKind($0).text(language) }
            self.init(
                language, Catalogue.otherKind, path + ": " + kinds[1] + " ≠ " + kinds[0],
                Self.advice(found: found, expected: expected), code: 2)
        case .damaged(let path, let fact):
            self.init(language, Catalogue.fileDamaged, "\(path): \(fact)", Catalogue.tryCopyAgain, code: 2)
        case .request(let path, let failure): self.init(path, failure, language)
        case .name(let fault): self.init(language, Catalogue.badName, Self.fact(fault, language), Catalogue.tryName)
        case .unitKind(let kind):
            self.init(
                language, Catalogue.badUnitKind, "\(kind) ∉ {\(KeyRequest.unitKinds.joined(separator: ", "))}",
                Catalogue.tryHelp)
        case .alreadyAdmitted(let name):
            self.init(language, Catalogue.alreadyAdmitted, name, Catalogue.tryInvitation, code: 2)
        case .alreadyCertified(let name):
            self.init(language, Catalogue.alreadyCertified, name, Catalogue.tryCertificate, code: 2)
        case .personKnown(let name):
            self.init(language, Catalogue.personKnown, name, Catalogue.tryPerson, code: 2)
        case .otherPerson(let name):
            self.init(language, Catalogue.otherPerson, name, Catalogue.tryOtherPerson, code: 2)
        case .tooManyAdministrators(let limit):
            self.init(
                language, Catalogue.tooManyAdministrators, "\(limit)", Catalogue.tryEndAdministrator, code: 2)
        case .keyNotHere(let path, let name):
            self.init(language, Catalogue.keyNotHere, "\(path): \(name)", Catalogue.tryRightLaptop, code: 2)
        case .otherUnit(let name):
            self.init(language, Catalogue.otherUnit, name, Catalogue.tryOtherFolder, code: 2)
        case .fingerprintDiffers(let found, let given):
            self.init(language, Catalogue.fingerprintDiffers, "\(found) ≠ \(given)", Catalogue.tryCall, code: 2)
        case .notCompared(let fingerprint):
            self.init(language, Catalogue.notCompared, fingerprint, Catalogue.tryCall, code: 2)
        }
    }

    /// A conversation that ended before anything was done.
    init(_ failure: GuidedFailure, _ language: Language) {
        switch failure {
        case .inputEnded: self.init(language, Catalogue.inputEnded, "", Catalogue.tryGuided)
        case .tooManyAnswers(let question):
            self.init(language, Catalogue.tooManyAnswers, question, Catalogue.tryGuided)
        case .declined: self.init(language, Catalogue.declined, "", Catalogue.tryGuided)
        }
    }

    private init(_ path: String, _ failure: KeyRequestFailure, _ language: Language) {
        switch failure {
        case .name(let fault):
            self.init(
                language, Catalogue.requestName, "\(path): \(Self.fact(fault, language))", Catalogue.tryAskAgain,
                code: 2)
        case .unitKind(let kind):
            self.init(language, Catalogue.requestKind, "\(path): \(kind)", Catalogue.tryAskAgain, code: 2)
        case .badSignature:
            self.init(language, Catalogue.requestSignature, path, Catalogue.tryAskAgain, code: 2)
        case .tooLarge(let count, let limit):
            self.init(language, Catalogue.tooLarge, "\(path): \(count) > \(limit) B", Catalogue.tryPath)
        case .envelope, .malformed, .malformedBody:
            self.init(language, Catalogue.fileDamaged, "\(path): \(failure)", Catalogue.tryCopyAgain, code: 2)
        }
    }

    /// Where somebody holds the right file for another command, which one.
    private static func advice(found: EnrolmentFileKind, expected: EnrolmentFileKind) -> Message {
        switch found {
        case .unitRequest: Catalogue.tryAdmit
        case .deviceRequest: Catalogue.tryCertify
        case .recoveryRequest: Catalogue.tryRecoveryOption
        case .invitation, .certificate: Catalogue.tryJoin
        case .succession, .consent: Catalogue.tryRecovery
        case .evidence: Catalogue.tryVerify
        case .procedure: Catalogue.tryPublish
        case .key, .store: Catalogue.tryKeepSecret
        case .unknown: Catalogue.tryCopyAgain
        }
    }

    static func fact(_ fault: NameRule.Fault, _ language: Language) -> String {
        switch fault {
        case .empty: return Catalogue.nameEmpty.text(language)
        case .tooLong(let count, let limit): return Catalogue.nameLong.text(language, "\(count)", "\(limit)")
        case .unprintable(let scalar):
            return Catalogue.nameUnprintable.text(language, "U+" + String(scalar, radix: 16, uppercase: true))
        case .outerSpace: return Catalogue.nameSpace.text(language)
        }
    }
}
