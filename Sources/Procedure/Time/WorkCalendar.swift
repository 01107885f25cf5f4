package import Sodium

/// One year of a working-day calendar (`calendar/1`): data that the network publishes, named by the hash of its bytes
/// (Protocol 4 §4).
package struct WorkCalendar: Sendable, Equatable {
    package enum DayKind: String, Sendable, CaseIterable {
        /// *hari libur nasional*
        case national
        /// *cuti bersama*
        case jointLeave
        /// Of a region or a unit.
        case local
    }

    package struct Holiday: Sendable, Equatable {
        package let day: Int
        package let kind: DayKind
        package let name: String
    }

    /// What definitions name.
    package var id = ""
    package var year = 0
    package var version = 0
    package var title = ""
    /// The decree that it rests on.
    package var decree = ""
    package var decreeDate = ""
    /// Only for dossiers of this zone; nil: of any.
    package var zone: Zone?
    /// The unit whose dossiers (as their IT unit) it adjusts; nil: the general calendar.
    package var unit: Bytes32?
    /// 5: Saturday and Sunday are free; 6: only Sunday. Nil in a unit's calendar: as the general one.
    package var workdays: Int?
    /// In the order of days, each once.
    package var holidays: [Holiday] = []

    package init() {}

    /// `id/year`, for a unit's own `id/year/unit`: the name under which it is published.
    package var name: String { "\(id)/\(year)" + (unit.map { "/" + $0.hex } ?? "") }

    package static let idByteCountMax = 30
    package static let holidayCountMax = 200
    package static let years = 2000...2200

    /// Monday 1 … Sunday 7.
    package static func isWorkday(_ weekday: Int, of workdays: Int) -> Bool { weekday <= workdays }
}

/// A calendar with the entry that published it.
package struct PublishedCalendar: Sendable, Equatable {
    package let entry: Bytes32
    package let calendar: WorkCalendar

    package init(entry: Bytes32, calendar: WorkCalendar) {
        (self.entry, self.calendar) = (entry, calendar)
    }

    /// The later of two of one name: the higher version, of equal ones the smaller entry.
    func precedes(_ other: PublishedCalendar) -> Bool {
        calendar.version != other.calendar.version
            ? calendar.version < other.calendar.version : entry > other.entry
    }
}
