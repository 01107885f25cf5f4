package import Envelope

/// Something that `check` found to be other than what was signed.
package enum CheckProblem: Equatable, Sendable {
    case entrySignature(EntryID)
    case changeSignature(DossierID, ChangeSetID)
    case stateHash(DossierID)
    case digest(DossierID)
    /// Its rows cannot be read.
    case unreadable(DossierID, fact: String)
    /// A text does not fit its commitment; it was set apart.
    case text(DossierID, path: String)
    /// Bytes of a file are gone, or others.
    case file(DossierID, path: String)
    /// A name of the registry does not fit its commitment; it was set apart.
    case name(Commitment)
    /// A definition or calendar does not have its hash; it was set apart.
    case blob(BlobID)
    /// A definition that is marked as checked breaks the rules; the mark was removed.
    case rules(BlobID)
    /// What listings show was not what the facts give; it was made anew.
    case derived(DossierID, tables: [String])
    /// The log holds commits that cannot be read.
    case log(lostCommits: Int)
}

extension CheckProblem: CustomStringConvertible {
    /// As `--json` says it.
    package var description: String {
        switch self {
        case .entrySignature(let id): "entry \(id.hex) signature"
        case .changeSignature(let dossier, let id): "\(Self.short(dossier)) change \(id.hex) signature"
        case .stateHash(let dossier): "\(Self.short(dossier)) state-hash"
        case .digest(let dossier): "\(Self.short(dossier)) digest"
        case .unreadable(let dossier, let fact): "\(Self.short(dossier)) \(fact)"
        case .text(let dossier, let path): "\(Self.short(dossier)) text \(path)"
        case .file(let dossier, let path): "\(Self.short(dossier)) file \(path)"
        case .name(let commitment): "name \(commitment.hex)"
        case .blob(let blob): "blob \(blob.hex)"
        case .rules(let blob): "blob \(blob.hex) rules"
        case .derived(let dossier, let tables): "\(Self.short(dossier)) derived \(tables.joined(separator: ","))"
        case .log(let count): "log \(count)"
        }
    }

    package static func short(_ dossier: DossierID) -> String { String(dossier.hex.prefix(8)) }
}
