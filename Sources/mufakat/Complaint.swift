import Authority
import Node
import Procedure
import Store
import Transport

/// Three lines about what went wrong: what happened, the fact, what to try.
struct Complaint {
    let what: Message
    let fact: String
    let advice: Message
    /// 1 failed, 2 refused or in conflict.
    var code: Int32 = 1
    let language: Language

    /// What happened and the fact, in one line.
    var line: String { what.fill(language, [fact]) + (fact.isEmpty ? "" : ": " + Terminal.safe(fact)) }

    func print() {
        Terminal.note("mufakat: " + what.fill(language, [fact]))
        if !fact.isEmpty { Terminal.note("  " + Catalogue.fact.text(language) + ": " + Terminal.safe(fact)) }
        Terminal.note("  " + Catalogue.advice.text(language) + ": " + advice.fill(language, [fact]))
    }

    init(_ language: Language, _ what: Message, _ fact: String, _ advice: Message, code: Int32 = 1) {
        self.language = language
        self.what = what
        self.fact = fact
        self.advice = advice
        self.code = code
    }

    /// Nil for what the argument parser says itself.
    init?(_ error: any Error, _ language: Language) {
        switch error {
        case let failure as NodeFailure: self.init(failure, language)
        case let failure as StoreFailure: self.init(failure, language)
        case let failure as PeerFailure: self.init(failure, language)
        case let failure as GuidedFailure: self.init(failure, language)
        case let failure as PrintFailure: self.init(failure, language)
        case TransportFailure.otherNetworkOrVersion:
            self.init(language, Catalogue.otherNetworkOrVersion, "", Catalogue.tryVersion)
        case let failure as TransportFailure:
            self.init(language, Catalogue.connectionFailed, "\(failure)", Catalogue.tryConnection)
        case let failure as EvidenceFailure:
            self.init(language, Catalogue.evidenceRefused, "\(failure)", Catalogue.tryEvidence)
        default: return nil
        }
    }

    private init(_ failure: StoreFailure, _ language: Language) {
        switch failure {
        case .noReplica(let path): self.init(language, Catalogue.noReplica, path, Catalogue.tryReplica)
        case .alreadyThere(let path): self.init(language, Catalogue.alreadyThere, path, Catalogue.tryOtherFolder)
        case .busy(let path, let seconds):
            self.init(language, Catalogue.busy, "\(path), \(seconds) s", Catalogue.tryLater)
        case .unsafeFile(let path, let fact):
            self.init(language, Catalogue.unsafeFile, "\(path): \(fact)", Catalogue.tryMode)
        case .cannotRead(let path, let number):
            self.init(language, Catalogue.cannotRead, "\(path): errno \(number)", Catalogue.tryPath)
        case .cannotWrite(let path, let number):
            self.init(language, Catalogue.cannotWrite, "\(path): errno \(number)", Catalogue.tryPath)
        case .diskFull(let path): self.init(language, Catalogue.diskFull, path, Catalogue.trySpace)
        case .newerSchema(let found, let known):
            self.init(language, Catalogue.newerSchema, "\(found) > \(known)", Catalogue.tryUpdate)
        case .olderSchema(let found, let known):
            self.init(language, Catalogue.olderSchema, "\(found) < \(known)", Catalogue.tryOtherFolder)
        case .damaged(let path, let fact):
            self.init(language, Catalogue.damaged, "\(path): \(fact)", Catalogue.tryCheck)
        case .notDurable(let mode):
            self.init(language, Catalogue.damaged, "synchronous=\(mode)", Catalogue.tryCheck)
        case .tooLarge(let path, let count, let limit):
            self.init(language, Catalogue.tooLarge, "\(path): \(count) > \(limit) B", Catalogue.tryPath)
        }
    }

    private init(_ failure: PeerFailure, _ language: Language) {
        switch failure {
        case .revoked(let key):
            self.init(language, Catalogue.peerRevoked, key, Catalogue.tryAdministrator, code: 2)
        case .uncertified(let key):
            self.init(language, Catalogue.peerUncertified, key, Catalogue.tryAdministrator, code: 2)
        case .unproven(let key, let failure):
            self.init(
                language, Catalogue.peerUncertified, "\(key): \(failure)", Catalogue.tryAdministrator, code: 2)
        case .proofTooLong: self.init(language, Catalogue.proofTooLong, "", Catalogue.tryOtherReplica, code: 2)
        case .suspended(let unit):
            self.init(language, Catalogue.peerRevoked, unit, Catalogue.tryAdministrator, code: 2)
        case .closed: self.init(language, Catalogue.peerClosed, "", Catalogue.tryPeer)
        case .violation(let violation):
            self.init(language, Catalogue.peerViolation, "\(violation)", Catalogue.tryPeer)
        case .otherPeer: self.init(language, Catalogue.peerViolation, "identity", Catalogue.tryPeer)
        }
    }

    private init(_ failure: NodeFailure, _ language: Language) {
        if let refusal = Self.refusal(failure, language) {
            self = refusal
            return
        }
        switch failure {
        case .numberTaken(let register, let first, let last):
            self.init(
                language, Catalogue.numberTaken, "\(register): \(first)…\(last)", Catalogue.tryNumbers, code: 2)
        case .noNumberLeft(let register):
            self.init(language, Catalogue.noNumberLeft, register, Catalogue.tryLease, code: 2)
        case .unknownDossier(let text): self.init(language, Catalogue.unknownDossier, text, Catalogue.tryList)
        case .ambiguous(let text): self.init(language, Catalogue.ambiguous, text, Catalogue.tryLonger)
        case .unknownChange(let text): self.init(language, Catalogue.unknownChange, text, Catalogue.tryHistory)
        case .unknownUnit(let text): self.init(language, Catalogue.unknownUnit, text, Catalogue.tryUnits)
        case .unknownDefinition(let text):
            self.init(language, Catalogue.unknownDefinition, text, Catalogue.tryProcedures)
        case .definitionInvalid(let issues):
            let lines = issues.map { $0.line(file: "procedure", inIndonesian: language == .indonesian) }
            self.init(language, Catalogue.definitionInvalid, lines.joined(separator: "\n  "), Catalogue.tryDefinition)
        case .calendarInvalid(let issues):
            let lines = issues.map { $0.line(file: "calendar", inIndonesian: language == .indonesian) }
            self.init(language, Catalogue.calendarInvalid, lines.joined(separator: "; "), Catalogue.tryCalendar)
        case .unknownKey(let name): self.init(language, Catalogue.unknownKey, name, Catalogue.tryKeys)
        case .keyNeeded(let names):
            self.init(language, Catalogue.keyNeeded, names.joined(separator: ", "), Catalogue.tryAs)
        case .keyExists(let name): self.init(language, Catalogue.keyExists, name, Catalogue.tryOtherName)
        case .keyFileDamaged(let name): self.init(language, Catalogue.keyDamaged, name, Catalogue.tryNewKey)
        case .keyParameters(let name): self.init(language, Catalogue.keyParameters, name, Catalogue.tryNewKey)
        case .wrongPassphrase(let name): self.init(language, Catalogue.wrongPassphrase, name, Catalogue.tryPassphrase)
        case .passphraseNeeded(let name):
            self.init(language, Catalogue.passphraseNeeded, name, Catalogue.tryPassphraseSource)
        case .noNetwork: self.init(language, Catalogue.noNetwork, "", Catalogue.tryJoin)
        case .passphrasesDiffer(let name):
            self.init(language, Catalogue.passphrasesDiffer, name, Catalogue.tryPassphraseTwice)
        case .wrongFile(let path, let expected):
            self.init(language, Catalogue.wrongFile, "\(path) ≠ \(expected)", Catalogue.tryPath)
        case .enrolment(let enrolment): self.init(enrolment, language)
        case .wrongNetwork(let found): self.init(language, Catalogue.wrongNetwork, found, Catalogue.tryOtherFolder)
        case .entryRefused(let entry): self.init(language, Catalogue.entryRefused, "\(entry)", Catalogue.tryPeer)
        case .copiedReplica(let fault):
            self.init(language, Catalogue.copied, FaultText.text(fault, language), Catalogue.tryRepair, code: 2)
        case .nothingToRepair: self.init(language, Catalogue.nothingToRepair, "", Catalogue.tryNothing, code: 2)
        case .chainBehind(let entry):
            self.init(language, Catalogue.chainBehind, entry, Catalogue.trySyncFirst, code: 2)
        case .noCertificate(let text): self.init(language, Catalogue.noCertificate, text, Catalogue.tryCertificates)
        case .agent(let name): self.init(language, Catalogue.agentFailed, name, Catalogue.tryUnlock)
        case .fileNotHere(let name): self.init(language, Catalogue.fileNotHere, name, Catalogue.trySync)
        case .changedMeanwhile(let dossier, let attempts):
            self.init(
                language, Catalogue.changedMeanwhile, "\(dossier.prefix(8)), \(attempts) ×", Catalogue.tryLater)
        case .dossierNotReadable(let fact): self.init(language, Catalogue.damaged, fact, Catalogue.tryCheck)
        default: self.init(language, Catalogue.badValue, "\(failure)", Catalogue.tryHelp)
        }
    }

    /// What a person may not, or not yet.
    private static func refusal(_ failure: NodeFailure, _ language: Language) -> Complaint? {
        func complaint(_ what: Message, _ fact: String, _ advice: Message, _ code: Int32 = 2) -> Complaint {
            Complaint(language, what, fact, advice, code: code)
        }
        switch failure {
        case .notCertified(let name): return complaint(Catalogue.notCertified, name, Catalogue.tryAdministrator)
        case .noMandate(let role): return complaint(Catalogue.noMandate, role, Catalogue.tryMandate)
        case .notAdministrator: return complaint(Catalogue.notAdministrator, "", Catalogue.tryAdministrator)
        case .heldBack(let dossier, let reason, let found, let allowed):
            let fact = "\(dossier.prefix(8)): \(ReserveText.limit(reason, language)) \(found) > \(allowed)"
            return complaint(Catalogue.heldBack, fact, Catalogue.tryTakeUp)
        case .notHeld(let dossier): return complaint(Catalogue.notHeld, dossier, Catalogue.tryList)
        case .unknownStep(let step): return complaint(Catalogue.stepNotOpen, step, Catalogue.tryWhy)
        case .closed(let end):
            return complaint(Catalogue.closed, Output.status(end, language), Catalogue.tryFollowUp)
        case .unknownOutcome(let name, let known):
            return complaint(Catalogue.unknownOutcome, "\(name) ∉ {\(known.joined(separator: ", "))}", Catalogue.tryWhy)
        case .unknownDocument(let name, let known):
            return complaint(
                Catalogue.unknownDocument, "\(name) ∉ {\(known.joined(separator: ", "))}", Catalogue.tryWhy, 1)
        case .unknownField(let name, let known):
            return complaint(
                Catalogue.unknownField, "\(name) ∉ {\(known.joined(separator: ", "))}", Catalogue.tryHelp, 1)
        case .unknownInstance(let document, let instance, let known):
            let first = known.prefix(20).map(String.init).joined(separator: ", ") + (known.count > 20 ? ", …" : "")
            return complaint(
                Catalogue.unknownInstance, "\(document): \(instance) ∉ {\(first)}", Catalogue.tryInstance, 1)
        case .badValue(let field, let value, let expected):
            return complaint(Catalogue.badValue, "\(field) = \(value) (\(expected))", Catalogue.tryHelp, 1)
        case .badName(let name): return complaint(Catalogue.badName, name, Catalogue.tryOtherName, 1)
        case .titleTooLong(let count, let limit):
            return complaint(Catalogue.titleTooLong, "\(count) B (1…\(limit))", Catalogue.tryShorter, 1)
        case .noEffect(let reason, let step, let detail):
            let fact = [step, reason.rawValue, detail].filter { !$0.isEmpty }.joined(separator: ": ")
            return complaint(Catalogue.noEffect(reason), fact, Catalogue.tryWhy)
        case .opinion(let step, let roles):
            return complaint(Catalogue.opinion, "\(step): \(roles.joined(separator: ", "))", Catalogue.tryOpinion)
        case .notAnOpinion(let step): return complaint(Catalogue.notAnOpinion, step, Catalogue.tryWhy)
        case .notAuthorised(let reason):
            return complaint(Catalogue.notAuthorised, reason.rawValue, Catalogue.tryMandate)
        case .nothingToSign: return complaint(Catalogue.nothingToSign, "", Catalogue.tryWhy)
        case .nothingToRule: return complaint(Catalogue.nothingToRule, "", Catalogue.tryWhy)
        case .missingOpenings(let count):
            return complaint(Catalogue.missingOpenings, "\(count)", Catalogue.trySync)
        case .erasedValue(let path, let basis):
            return complaint(Catalogue.erasedValue, "\(path): \(basis)", Catalogue.tryNewRevision)
        case .nothingToErase(let fact): return complaint(Catalogue.nothingToErase, fact, Catalogue.tryOwnValues)
        case .confirmationNeeded(let word): return complaint(Catalogue.notConfirmed, word, Catalogue.tryYes)
        case .tooManyOperations(let count):
            return complaint(Catalogue.tooLarge, "\(count) > 512", Catalogue.tryShorter, 1)
        case .fileEmpty(let path): return complaint(Catalogue.fileEmpty, path, Catalogue.tryEmpty, 1)
        case .fileChanged(let path): return complaint(Catalogue.fileChanged, path, Catalogue.tryLater)
        case .documentFileNotHere(let document, let field):
            return complaint(Catalogue.documentFileNotHere, "\(document).\(field)", Catalogue.trySync)
        case .fileTooLarge(let path, let count):
            return complaint(Catalogue.tooLarge, "\(path): \(count) B > 256 MiB", Catalogue.tryShorter, 1)
        case .unknownEntry(let text): return complaint(Catalogue.unknownEntry, text, Catalogue.tryMandate, 1)
        case .noRecoverySet: return complaint(Catalogue.noRecoverySet, "", Catalogue.tryRecoverySet)
        case .noSuccessorKey: return complaint(Catalogue.noSuccessorKey, "", Catalogue.trySuccessorKey)
        case .consentForAnother(let path):
            return complaint(Catalogue.consentForAnother, path, Catalogue.tryConsent)
        case .alreadyInForce(let name): return complaint(Catalogue.alreadyInForce, name, Catalogue.tryKeys)
        case .notForked(let text): return complaint(Catalogue.notForked, text, Catalogue.tryForks, 1)
        case .notAParty(let name): return complaint(Catalogue.notAParty, name, Catalogue.tryWhy, 1)
        case .nothingToRatify(let fact): return complaint(Catalogue.nothingToRatify, fact, Catalogue.tryWhy)
        case .unknownFinding(let text): return complaint(Catalogue.unknownFinding, text, Catalogue.tryFindings, 1)
        default: return nil
        }
    }
}
