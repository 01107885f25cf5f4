package import Sodium

/// Who may keep a connection (Protocol 5 §4): a pure value; arrivals and identities in, numbers of connections to be
/// closed out. An arrival is always let in, and the oldest of whoever holds most makes room for it: a stranger who opens
/// many connections displaces himself.
package struct Admission: Sendable {
    package static let strangerCountMax = 16
    package static let memberCountMax = 64
    package static let unitCountMax = 16

    /// Connections, oldest first, with what they are counted by.
    private var strangers: [(number: Int, group: [UInt8])] = []
    private var members: [(number: Int, group: [UInt8])] = []

    package init() {}

    package var strangerCount: Int { strangers.count }
    package var memberCount: Int { members.count }

    /// Takes a connection from an address (IPv4: the address; IPv6: its first 64 bits); gives the one to be closed.
    package mutating func arrive(_ number: Int, from address: [UInt8]) -> Int? {
        strangers.append((number, address))
        return strangers.count > Self.strangerCountMax ? Self.displace(&strangers) : nil
    }

    /// Moves a stranger whose identity was judged to its unit; gives the connection to be closed. False for one that was
    /// displaced meanwhile.
    package mutating func identify(_ number: Int, as unit: Bytes32) -> (isHere: Bool, displaced: Int?) {
        guard let place = strangers.firstIndex(where: { $0.number == number }) else { return (false, nil) }
        strangers.remove(at: place)
        members.append((number, unit.bytes))
        if members.count(where: { $0.group == unit.bytes }) > Self.unitCountMax,
            let oldest = members.firstIndex(where: { $0.group == unit.bytes })
        {
            return (true, members.remove(at: oldest).number)
        }
        return (true, members.count > Self.memberCountMax ? Self.displace(&members) : nil)
    }

    package mutating func leave(_ number: Int) {
        strangers.removeAll { $0.number == number }
        members.removeAll { $0.number == number }
    }

    /// Removes the oldest of the group that holds most; of groups that hold the same, the one with the oldest.
    private static func displace(_ guests: inout [(number: Int, group: [UInt8])]) -> Int? {
        var counts: [[UInt8]: Int] = [:]
        for guest in guests { counts[guest.group, default: 0] += 1 }
        let most = guests.reduce(0) { max($0, counts[$1.group] ?? 0) }
        guard let place = guests.firstIndex(where: { counts[$0.group] == most }) else { return nil }
        return guests.remove(at: place).number
    }
}
