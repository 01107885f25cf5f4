import Dossier
import Envelope
import Logging
import Node
import Procedure
import Registry
import Sodium
import Store
import Synchronization
import TestSupport
import Transport

/// A replica in a folder of its own, with people whose keys have no passphrase.
final class TestOffice: Sendable {
    let folder: TestFolder
    let replica: Replica

    init() throws {
        folder = try TestFolder()
        replica = try Replica.create(folder.file("r"))
    }

    @discardableResult
    func key(_ name: String, _ kind: KeyKind) throws -> KeyFile {
        let file = try KeyFile.make(name: name, kind: kind, person: try Replica.newPerson(), passphrase: nil)
        try replica.keys.add(file)
        return file
    }

    func signer(_ name: String) throws -> any Signer { try replica.keys.signer(name, .none) }

    func author(_ name: String) throws -> Author {
        Author(key: try replica.keys.file(name), signer: try signer(name), language: "id")
    }

    func person(_ name: String, roles: [String]) throws {
        let file = try key(name, .device)
        _ = try replica.certify(KeyRequest(file, unitKind: "", name: name), by: try signer("root"))
        for role in roles { try grant(file.person, role) }
    }

    @discardableResult
    func grant(_ person: PersonID, _ role: String) throws -> EntryID {
        try replica.grant(
            Replica.MandateDraft(
                person: person, role: role, from: 0, until: nil, capacity: .definitive, instrument: "SK \(role)",
                title: "Pejabat \(role)"), by: try signer("root"))
    }

    func node() throws {
        let file = try key("node", .node)
        _ = try replica.certify(KeyRequest(file, unitKind: "", name: "Simpul"), by: try signer("root"))
    }

    func channel(limits: TransportLimits = .standard) throws -> Node {
        try Node(replica: replica, key: try replica.channelKey(nil, .none), limits: limits)
    }
}

/// Diskominfo with the network's root, an OPD and a vendor; the small definition and P6 are published.
struct TestCity {
    let hub: TestOffice
    let opd: TestOffice
    let units: (it: UnitID, opd: UnitID)

    init() throws {
        hub = try TestOffice()
        try hub.key("network", .network)
        _ = try hub.replica.createNetwork(name: "Kota", root: try hub.signer("network"))
        let root = try hub.key("root", .unitRoot)
        let it = try hub.replica.admit(
            KeyRequest(root, unitKind: "it_agency", name: "Diskominfo"), root: try hub.signer("network"))
        try hub.replica.beginUnit(it, root: try hub.signer("root"), person: root.person)
        _ = try hub.replica.publish(TestDefinitions.small, root: try hub.signer("network"))
        try hub.node()
        try hub.person("kabid", roles: ["it.field_head"])
        try hub.person("kadis", roles: ["it.head"])
        opd = try TestOffice()
        let unit = try Self.join(opd, hub, name: "Dinas Arsip", kind: "applicant")
        try opd.person("kaopd", roles: ["applicant.head"])
        units = (it, unit)
    }

    static func join(_ office: TestOffice, _ hub: TestOffice, name: String, kind: String) throws -> UnitID {
        let root = try office.key("root", .unitRoot)
        let unit = try hub.replica.admit(
            KeyRequest(root, unitKind: kind, name: name), root: try hub.signer("network"))
        _ = try office.replica.join(try hub.replica.joinFile(for: unit), path: "undangan")
        try office.replica.beginUnit(unit, root: try office.signer("root"), person: root.person)
        try office.node()
        return unit
    }

    func open(title: String = "Aplikasi") throws -> DossierID {
        try opd.replica.open(
            definition: "uji.kecil", parties: [("applicant", units.opd), ("it", units.it)], title: title,
            by: try opd.author("kaopd"))
    }
}

/// Serves an office while a closure runs; over a real socket.
func serving<Result: Sendable>(
    _ office: TestOffice, limits: TransportLimits = .standard, _ body: (Int) async throws -> Result
) async throws -> Result {
    try await serving(office.channel(limits: limits), body)
}

/// Serves a replica that was opened under other limits.
func serving<Result: Sendable>(_ node: Node, _ body: (Int) async throws -> Result) async throws -> Result {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let task = Task {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        try await node.serve(host: "127.0.0.1", port: 0, logger: logger) { port.yield($0) }
    }
    defer { task.cancel() }
    var bound = ports.makeAsyncIterator()
    guard let number = await bound.next() else { throw TestFailure.setUp("port") }
    return try await body(number)
}
