import CBOR
import Sodium

/// As a store keeps it: derived, made anew by `rebuild`, never exchanged.
extension Timeline {
    package var encoded: [UInt8] {
        var writer = CBORWriter()
        writer.arrayHeader(11)
        writer.integer(Int64(zone.offsetHours))
        writer.text(calendar)
        writer.integer(Int64(opened))
        Self.write(ended, to: &writer)
        writer.bool(isSuspended)
        writer.arrayHeader(pauses.count)
        for pause in pauses {
            writer.arrayHeader(2)
            writer.integer(Int64(pause.from))
            Self.write(pause.until, to: &writer)
        }
        writer.arrayHeader(parties.count)
        for party in parties {
            writer.arrayHeader(2)
            writer.text(party.slot)
            writer.bytes(party.unit.bytes)
        }
        writer.arrayHeader(calendars.count)
        for calendar in calendars { writer.bytes(calendar.bytes) }
        writer.unsigned(UInt64(findingCount))
        writer.unsigned(UInt64(openFindingCount))
        writer.arrayHeader(steps.count)
        for step in steps { Self.write(step, to: &writer) }
        return writer.bytes
    }

    private static func write(_ day: Int?, to writer: inout CBORWriter) {
        if let day { writer.integer(Int64(day)) } else { writer.null() }
    }

    private static func write(_ step: Step, to writer: inout CBORWriter) {
        writer.arrayHeader(11)
        writer.text(step.step)
        writer.unsigned(UInt64(step.round))
        writer.text(step.slot)
        writer.unsigned(step.standing.rawValue)
        writer.bool(step.isReturn)
        writer.integer(Int64(step.since))
        write(step.closed, to: &writer)
        let (kind, number) = step.rule.image
        writer.unsigned(kind)
        write(number, to: &writer)
        writer.unsigned(step.calendarsAtStart)
        writer.unsigned(step.calendarsAtEnd)
    }

    /// Nil for bytes that this build did not write: the row is damaged.
    package init?(_ bytes: [UInt8]) {
        do {
            var reader = CBORReader(bytes)
            guard try reader.readArrayHeader() == 11 else { return nil }
            let offset = Int(try reader.readInteger())
            guard let zone = Zone.allCases.first(where: { $0.offsetHours == offset }) else { return nil }
            self.zone = zone
            calendar = try reader.readText()
            opened = Int(try reader.readInteger())
            ended = try Self.readDay(&reader)
            isSuspended = try reader.readBool()
            for _ in 0..<(try reader.readArrayHeader()) {
                guard try reader.readArrayHeader() == 2 else { return nil }
                pauses.append(Pause(from: Int(try reader.readInteger()), until: try Self.readDay(&reader)))
            }
            for _ in 0..<(try reader.readArrayHeader()) {
                guard try reader.readArrayHeader() == 2 else { return nil }
                let slot = try reader.readText()
                guard let unit = Bytes32(try reader.readBytes()) else { return nil }
                parties.append(Party(slot: slot, unit: unit))
            }
            for _ in 0..<(try reader.readArrayHeader()) {
                guard let entry = Bytes32(try reader.readBytes()) else { return nil }
                calendars.append(entry)
            }
            findingCount = Int(clamping: try reader.readUnsigned())
            openFindingCount = Int(clamping: try reader.readUnsigned())
            for _ in 0..<(try reader.readArrayHeader()) {
                guard let step = try Self.readStep(&reader) else { return nil }
                steps.append(step)
            }
            try reader.finish()
        } catch { return nil }
    }

    private static func readDay(_ reader: inout CBORReader) throws(CBORFailure) -> Int? {
        if try reader.peekType() == .simple {
            try reader.readNull()
            return nil
        }
        return Int(try reader.readInteger())
    }

    private static func readStep(_ reader: inout CBORReader) throws(CBORFailure) -> Step? {
        guard try reader.readArrayHeader() == 11 else { return nil }
        var step = Step()
        step.step = try reader.readText()
        step.round = Int(clamping: try reader.readUnsigned())
        step.slot = try reader.readText()
        guard let standing = Standing(rawValue: try reader.readUnsigned()) else { return nil }
        step.standing = standing
        step.isReturn = try reader.readBool()
        step.since = Int(try reader.readInteger())
        step.closed = try readDay(&reader)
        let kind = try reader.readUnsigned()
        guard let rule = DueRule(image: kind, try readDay(&reader)) else { return nil }
        step.rule = rule
        step.calendarsAtStart = try reader.readUnsigned()
        step.calendarsAtEnd = try reader.readUnsigned()
        return step
    }
}

extension DueRule {
    fileprivate var image: (kind: UInt64, number: Int?) {
        switch self {
        case .none: (0, nil)
        case .working(let count): (1, count)
        case .calendar(let count): (2, count)
        case .target(let day): (3, day)
        case .tentative(let day): (4, day)
        }
    }

    fileprivate init?(image kind: UInt64, _ number: Int?) {
        switch (kind, number) {
        case (0, nil): self = .none
        case (1, let count?): self = .working(count)
        case (2, let count?): self = .calendar(count)
        case (3, _): self = .target(number)
        case (4, _): self = .tentative(number)
        default: return nil
        }
    }
}
