package import Envelope
package import Sodium

/// Why entries do not prove a certificate (Protocol 5 §2).
package enum ProofFailure: Error, Equatable, Sendable {
    case entry(EntryFailure)
    /// An entry that does not follow from those before it, by its place and from 0 on: another chain, another key than
    /// the one in force, a body that proves nothing, or more than is needed.
    case broken(place: Int)
    /// The last entry is not the certificate that the identity names, or is of another key.
    case otherCertificate
    /// By what is known here an entry lies outside a cut, or its key was replaced or revoked.
    case ended(EntryID)
}

/// What puts a certificate in force, for somebody who does not hold it: rotations and recoveries of the network's root
/// key, the admission, the unit's genesis, rotations and recoveries, a delegation, the certificate. What else lies
/// between them is left out, so it is judged by signatures alone, for one connection, and never stored.
package struct CertificateProof: Sendable {
    package let unit: UnitID
    /// Parents first; each with the root key in force before it, but what an administrator signed.
    private let links: [Link]

    private struct Link: Sendable {
        let entry: Entry
        let root: PublicKey?
    }

    /// Follows the entries of a stranger. Each signature is checked when the entry follows from those before it, which
    /// begin with the network's own key: so a forged one is the last that costs anything.
    ///
    /// - Parameter registry: what the receiver holds of the network's chain; only the genesis is asked for.
    package init(
        _ encoded: [[UInt8]], of certificate: EntryID, key: PublicKey, in registry: Registry
    ) throws(ProofFailure) {
        guard let network = registry.network, case .networkGenesis(let genesis)? = registry.entry(network)?.body else {
            throw .broken(place: 0)
        }
        var walk = ProofWalk(network: network, genesis: genesis)
        var links: [Link] = []
        for (place, bytes) in encoded.enumerated() {
            let entry = try Self.decode(bytes, network: network)
            // The network's genesis is known, and may be among them.
            if entry.id == network, place == 0 { continue }
            guard !walk.isComplete, let step = walk.follow(entry) else { throw .broken(place: place) }
            guard Verified(checking: entry) != nil else { throw .entry(.badSignature) }
            links.append(Link(entry: entry, root: step.root))
        }
        guard let last = links.last?.entry, walk.isComplete, let unit = walk.unit, last.id == certificate,
            case .certify(let body) = last.body, body.key == key
        else { throw .otherCertificate }
        (self.unit, self.links) = (unit, links)
    }

    private static func decode(_ bytes: [UInt8], network: NetworkID) throws(ProofFailure) -> Entry {
        do {
            return try Entry.decode(bytes, network: network)
        } catch .otherNetwork {
            // A genesis says so by having no chain.
            do {
                return try Entry.decode(bytes, network: nil)
            } catch { throw .entry(error) }
        } catch { throw .entry(error) }
    }

    /// Judges it by all that is known: what is held has to stand; what is not held follows the key in force, for all
    /// that an earlier key signed inside its cut came before its successor.
    package func check(_ registry: Registry) throws(ProofFailure) {
        for link in links {
            let entry = link.entry
            if registry.contains(entry.id) {
                guard registry.stands(entry.id) else { throw .ended(entry.id) }
                if case .delegate = entry.body, !registry.standingRevocations(of: entry.id).isEmpty {
                    throw .ended(entry.id)
                }
            } else if let root = link.root, registry.isReplaced(root, in: entry.chain) {
                throw .ended(entry.id)
            }
        }
    }
}

/// The keys in force along a proof.
private struct ProofWalk {
    private let network: NetworkID
    private var networkTerms: Terms
    private var unitTerms: Terms?
    private var lastOfNetwork: Entry?
    private var lastOfUnit: Entry?
    private var hasGenesis = false
    private var administrator: (chain: EntryID, key: PublicKey)?
    private(set) var unit: UnitID?
    private(set) var isComplete = false

    /// Who is in force in a root chain, and what may take the key's place.
    private struct Terms {
        var key: PublicKey
        var next: Bytes32?
        var recovery: RecoverySet?

        /// Whether a succession is by the key to which the chain committed, or has the consents.
        func allow(_ entry: Entry) -> Bool {
            switch entry.body {
            case .rotate: Succession.commitment(to: entry.author) == next
            case .recover(let succession): recovery?.isReached(by: succession.consents) ?? false
            default: entry.author == key
            }
        }
    }

    init(network: NetworkID, genesis: NetworkGenesis) {
        self.network = network
        networkTerms = Terms(key: genesis.root, next: genesis.next, recovery: genesis.recovery)
    }

    /// The root key in force before an entry; none in an administrator's chain.
    struct Step {
        let root: PublicKey?
    }

    /// Nil where an entry does not follow.
    mutating func follow(_ entry: Entry) -> Step? {
        if entry.chain == network { return followNetwork(entry).map { Step(root: $0) } }
        if let administrator, entry.chain == administrator.chain {
            guard case .certify = entry.body, entry.author == administrator.key else { return nil }
            isComplete = true
            return Step(root: nil)
        }
        return followUnit(entry).map { Step(root: $0) }
    }

    private mutating func followNetwork(_ entry: Entry) -> PublicKey? {
        guard unit == nil, entry.height > 0, Self.comesAfter(entry, lastOfNetwork), networkTerms.allow(entry) else {
            return nil
        }
        let key = networkTerms.key
        switch entry.body {
        case .rotate(let body) where body.person == nil, .recover(let body) where body.person == nil:
            (networkTerms.key, networkTerms.next) = (entry.author, body.next)
        case .admit(let admission):
            unit = entry.id
            unitTerms = Terms(key: admission.root, next: nil, recovery: nil)
        default: return nil
        }
        lastOfNetwork = entry
        return key
    }

    private mutating func followUnit(_ entry: Entry) -> PublicKey? {
        guard entry.chain == unit, let terms = unitTerms, administrator == nil, Self.comesAfter(entry, lastOfUnit),
            (entry.height == 0) == !hasGenesis, terms.allow(entry)
        else { return nil }
        switch entry.body {
        case .unitGenesis(let genesis) where !hasGenesis:
            hasGenesis = true
            unitTerms = Terms(key: entry.author, next: genesis.next, recovery: genesis.recovery)
        case .rotate(let body) where hasGenesis && body.person != nil,
            .recover(let body) where hasGenesis && body.person != nil:
            unitTerms = Terms(key: entry.author, next: body.next, recovery: terms.recovery)
        case .delegate(let delegation) where hasGenesis: administrator = (entry.id, delegation.key)
        case .certify where hasGenesis: isComplete = true
        default: return nil
        }
        lastOfUnit = entry
        return terms.key
    }

    /// Heights grow; the next one names the last.
    private static func comesAfter(_ entry: Entry, _ last: Entry?) -> Bool {
        guard let last else { return true }
        return entry.height > last.height && (entry.height > last.height + 1 || entry.previous == last.id)
    }
}

extension Registry {
    /// What proves a certificate to somebody who holds only the network's genesis, parents first; nil where it is more
    /// than a proof may have.
    package func proof(of certificate: EntryID) -> [Entry]? {
        guard var top = entry(certificate) else { return nil }
        var path = [top]
        if let opener = entry(top.chain), case .delegate = opener.body {
            path.append(opener)
            top = opener
        }
        guard let unit = unitID(ofChain: top.chain), let admission = entry(unit) else { return nil }
        for entry in [top, admission] {
            if entry.id == unit { path.append(admission) }
            var ground = reign(before: entry)?.ground
            while let id = ground, id != network, let accession = self.entry(id) {
                path.append(accession)
                guard path.count <= RegistryLimits.proofEntryCountMax else { return nil }
                ground = reign(before: accession)?.ground
            }
        }
        let isTooLarge = path.reduce(0) { $0 + $1.bytes.count } > RegistryLimits.proofByteCountMax
        return isTooLarge ? nil : path.reversed()
    }
}
