import ArgumentParser
import Envelope
import Node
import Registry

struct NetworkCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "network", abstract: "Found a network, or show the one of this replica.",
        subcommands: [
            Create.self, Show.self, NetworkRotateCommand.self, NetworkRecoverCommand.self, NetworkBranchCommand.self,
            NetworkEnableCommand.self, NetworkArbiterCommand.self,
        ])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Found a network; its root key is kept in this replica.",
            discussion: "Example:\n  mufakat network create --name \"Kota Tangerang Selatan\"")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var seal: SealOptions
        @OptionGroup var succession: SuccessionOptions
        @Option(help: "Name of the network.") var name: String
        @Option(help: "Name of the root key.") var key = "network"
        @Flag(help: "Publish none of the national calendars that ship with the program.") var noCalendars = false

        func run() throws {
            if let fault = NameRule.fault(name) { throw NodeFailure.enrolment(.name(fault)) }
            let replica = try global.openOrCreate()
            try SuccessionOptions.show(succession.recovery, threshold: succession.threshold)
            let root = try seal.makeRoot(replica, name: key, kind: .network, hasSuccessor: !succession.noSuccessor)
            let network = try replica.keys.withNewKey(key, and: root.successor?.name) {
                try replica.createNetwork(
                    name: name, root: root.key, terms: try succession.terms(successor: root.successor))
            }
            if !noCalendars { try replica.publishShippedCalendars(root: root.key) }
            Output.identity(network.raw, global, kind: "network")
            SuccessionOptions.announce(root.successor, global)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show the network's id and fingerprint.",
            discussion: "Example:\n  mufakat network show --qr")
        @OptionGroup var global: GlobalOptions
        @OptionGroup var code: QROptions

        func run() throws {
            let (_, identity) = try global.open().current()
            guard let network = identity.network else { throw NodeFailure.noNetwork }
            Output.identity(network.raw, global, kind: "network")
            code.show(network.raw, global)
        }
    }
}
