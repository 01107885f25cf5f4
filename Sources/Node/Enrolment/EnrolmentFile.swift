import CBOR
package import Envelope
package import Registry
import Store

/// Files that people carry between laptops: which kind one is, and how a request is read.
package enum EnrolmentFile {
    /// What a file says of itself at its beginning; whether it holds together is another question.
    package static func kind(_ bytes: [UInt8]) -> EnrolmentFileKind {
        var reader = CBORReader(bytes)
        if bytes.starts(with: Array("SQLite format 3\0".utf8)) { return .store }
        if bytes.first == UInt8(ascii: "{") { return .procedure }
        if (try? reader.readTag()) == 18 { return signedKind(&reader) }
        reader = CBORReader(bytes)
        guard (try? reader.readArrayHeader()) != nil else { return .unknown }
        let start = reader
        if let format = try? reader.readText(maxBytes: 64) {
            let known: [(String, EnrolmentFileKind)] = [
                (JoinFile.invitationFormat, .invitation), (JoinFile.certificateFormat, .certificate),
                (EvidenceFile.format, .evidence), (SuccessionProposal.format, .succession),
                (ConsentFile.format, .consent),
            ]
            return known.first { $0.0.utf8.elementsEqual(format.utf8) }?.1 ?? .unknown
        }
        reader = start
        return (try? reader.readMapHeader()) == 9 ? .key : .unknown
    }

    /// Of signed objects only a request lies in a file of its own; its first field says for what.
    private static func signedKind(_ reader: inout CBORReader) -> EnrolmentFileKind {
        guard (try? reader.readArrayHeader()) == 4, let headers = try? reader.readBytes(),
            let protected = try? CBORValue.decode(headers),
            let typ = protected[unsigned: 16]?.textValue, typ.utf8.elementsEqual("mufakat/request".utf8)
        else { return .unknown }
        guard (try? reader.readMapHeader()) == 0, let payload = try? reader.readBytes(),
            let item = try? CBORValue.decode(payload),
            let kind = item[unsigned: 1]?.unsignedValue.flatMap({ KeyRequest.Kind(rawValue: $0) })
        else { return .deviceRequest }
        return fileKind(kind)
    }

    private static func fileKind(_ kind: KeyRequest.Kind) -> EnrolmentFileKind {
        switch kind {
        case .unitRoot: .unitRequest
        case .administrator, .device, .node: .deviceRequest
        case .recovery: .recoveryRequest
        }
    }

    /// Reads a request for a unit; for a device, administrator or node; or of a member of a recovery set.
    ///
    /// - Parameter expected: `unitRequest`, `deviceRequest` or `recoveryRequest`.
    package static func request(_ path: String, _ expected: EnrolmentFileKind) throws -> KeyRequest {
        // Most files of other kinds are larger than a request: read so much that the kind can be said.
        let bytes = try PrivateFile.readPublic(path, limit: JoinFile.byteCountMax)
        return try decode(bytes, path: path, expected)
    }

    package static func decode(
        _ bytes: [UInt8], path: String, _ expected: EnrolmentFileKind
    ) throws -> KeyRequest {
        let found = kind(bytes)
        guard [.unitRequest, .deviceRequest, .recoveryRequest].contains(found) else {
            throw NodeFailure.enrolment(.otherKind(path: path, found: found, expected: expected))
        }
        let request: KeyRequest
        do {
            request = try KeyRequest.decode(bytes)
        } catch { throw NodeFailure.enrolment(.request(path: path, error)) }
        // Only now is its kind the statement of the key.
        let stated = fileKind(request.kind)
        guard stated == expected else {
            throw NodeFailure.enrolment(.otherKind(path: path, found: stated, expected: expected))
        }
        return request
    }
}

extension KeyRequest {
    /// About a key of this replica.
    ///
    /// - Parameters:
    ///   - unitKind: empty unless a unit asks.
    ///   - nameAudience: who shall learn the unit's name; nil: what is usual for its kind.
    package init(
        _ file: KeyFile, unitKind: String, name: String, network: NetworkID? = nil,
        nameAudience: NameAudience? = nil
    ) {
        let kind: Kind
        switch file.kind {
        case .network, .unitRoot, .successor: kind = .unitRoot
        case .administrator: kind = .administrator
        case .device: kind = .device
        case .node: kind = .node
        case .recovery: kind = .recovery
        }
        self.init(
            kind: kind, key: file.publicKey, agreement: file.agreement, person: file.person, unitKind: unitKind,
            name: name, network: network, nameAudience: nameAudience)
    }

    package func sealed(by signer: any Signer) throws -> [UInt8] {
        precondition(signer.publicKey == key, "a request is signed by the key it carries")
        do {
            return try sealed(sign: { try signer.sign($0) })
        } catch let failure as KeyRequestFailure { throw NodeFailure.enrolment(failure.own) }
    }
}

extension KeyRequestFailure {
    /// As a failure of what was typed here rather than of a file.
    var own: EnrolmentFailure {
        switch self {
        case .name(let fault): .name(fault)
        case .unitKind(let kind): .unitKind(kind)
        default: .damaged(path: "", fact: "\(self)")
        }
    }
}
