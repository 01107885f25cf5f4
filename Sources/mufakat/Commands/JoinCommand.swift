import ArgumentParser
import Envelope
import Node
import Registry
import Store

struct JoinCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Take an invitation or a certificate file into this replica.",
        discussion: """
            The first file also says which network it is: compare its fingerprint with whoever gave you the file.
            Examples:
              mufakat join arsip.invitation --as root
              mufakat join kabid.certificate --fingerprint "91c2 …"
            """)
    @OptionGroup var global: GlobalOptions
    @OptionGroup var signer: SignerOptions
    @OptionGroup var comparison: FingerprintOptions
    @Option(help: "Request of a member of the unit's recovery set (mufakat recovery request); repeat.")
    var recovery: [String] = []
    @Option(help: "How many members have to consent.") var threshold: Int?
    @Argument(help: "The file.") var file: String

    func run() throws {
        let path = file
        let file = try JoinFile.read(path)
        guard Replica.exists(global.folder) else {
            throw NodeFailure.enrolment(.keyNotHere(path: path, name: String(file.subject.hex.prefix(12))))
        }
        let replica = try global.open()
        let seen = try replica.examine(file, path: path)
        if try replica.current().identity.network == nil || comparison.fingerprint != nil {
            Terminal.note(Catalogue.networkWord.text(global.language))
            try comparison.confirm(file.bundle.network.raw, global)
        }
        try SuccessionOptions.show(recovery, threshold: threshold)
        let officials = try SuccessionOptions.recoverySet(recovery, threshold: threshold)
        let hasToBegin = try seen.key.kind == .unitRoot && replica.current().registry.unit(seen.unit)?.genesis == nil
        let root = hasToBegin ? try replica.keys.signer(seen.key.name, signer.source) : nil
        let joined = try replica.join(file, path: path)
        if let root {
            let next = SuccessionOptions.successor(of: seen.key.name)
            let successor = replica.keys.names.contains(next) ? try replica.keys.file(next) : nil
            try replica.beginUnit(
                joined.unit, root: root, person: joined.key.person,
                terms: SuccessionTerms(successor: successor?.publicKey, recovery: officials))
        }
        if !joined.isNew { Terminal.note(Catalogue.joinedBefore.text(global.language)) }
        Output.identity(joined.unit.raw, global, kind: "unit")
    }
}
