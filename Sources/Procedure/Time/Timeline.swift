package import Sodium

/// What a folded dossier says of time: days of activation and completion, standards, targets, pauses, and which
/// calendars lay in the past of what. Everything that due dates are computed from, and no due date: those depend on
/// calendars that a viewer may learn of later, so they are worked out when somebody looks.
package struct Timeline: Equatable, Sendable {
    package struct Party: Equatable, Sendable {
        package let slot: String
        package let unit: Bytes32

        package init(slot: String, unit: Bytes32) { (self.slot, self.unit) = (slot, unit) }
    }

    package enum Standing: UInt64, Sendable {
        case open, done
        /// Its lane or its dossier ended without it, or it is frozen.
        case ended
    }

    package struct Step: Equatable, Sendable {
        package var step = ""
        package var round = 1
        /// The party of the usual actor.
        package var slot = ""
        package var standing = Standing.open
        package var isReturn = false
        /// Day 0 of its standard.
        package var since = 0
        package var closed: Int?
        package var rule = DueRule.none
        /// Bits of ``Timeline/calendars`` in the past of what activated it.
        package var calendarsAtStart: UInt64 = 0
        /// The same of what closed it.
        package var calendarsAtEnd: UInt64 = 0

        package init() {}

        package var working: Int? { if case .working(let count) = rule { count } else { nil } }
    }

    package var zone = Zone.wib
    /// The id that the definition names.
    package var calendar = ""
    package var opened = 0
    /// The day on which the dossier ended.
    package var ended: Int?
    package var isSuspended = false
    package var pauses: [Pause] = []
    package var parties: [Party] = []
    /// Entries that publish a calendar of that id; at most 64.
    package var calendars: [Bytes32] = []
    package var findingCount = 0
    package var openFindingCount = 0
    /// In the order of activation.
    package var steps: [Step] = []

    package init() {}

    package func unit(_ slot: String) -> Bytes32? { parties.first { $0.slot == slot }?.unit }
    package var openSteps: [Step] { steps.filter { $0.standing == .open } }

    package static let calendarCountMax = 64
}
