import Node
import Procedure

/// A step's time in words, for the screen.
enum DueText {
    /// The date, provisional where it is; empty where there is none.
    static func date(_ time: StepTime, _ language: Language) -> String {
        guard let due = time.due else { return "" }
        return CivilDay.text(due.day) + (due.isProvisional ? " " + Catalogue.sementara.text(language) : "")
    }

    static func late(_ lateness: Lateness, _ language: Language) -> String {
        Catalogue.late.text(language, "\(lateness.workingDays)", "\(lateness.calendarDays)")
    }

    /// Of an open step: when it is due, and how it stands; of a closed one only that it was late. Nil: nothing to say.
    static func words(_ time: StepTime, _ language: Language) -> String? {
        switch time.step.standing {
        case .ended: return nil
        case .done: return time.lateness.map { late($0, language) }
        case .open: break
        }
        var parts: [String] = []
        if time.isPaused { parts.append(Catalogue.paused.text(language)) }
        switch (time.step.rule, time.due) {
        case (.tentative, let due?): parts.append(Catalogue.plannedOn.text(language, CivilDay.text(due.day)))
        case (.tentative, nil): parts.append(Catalogue.tentative.text(language))
        case (.target, nil): parts.append(Catalogue.noTarget.text(language))
        case (_, _?):
            parts.append(Catalogue.dueOn.text(language, date(time, language)))
            parts.append(standing(time, language))
        case (_, nil): break
        }
        if time.due == nil { parts.append(Catalogue.ageOf.text(language, "\(time.age)")) }
        if let before = time.before {
            parts.append(Catalogue.calendarMoved.text(language, CivilDay.text(before)))
        }
        return parts.joined(separator: ", ")
    }

    private static func standing(_ time: StepTime, _ language: Language) -> String {
        if let lateness = time.lateness { return late(lateness, language) }
        if time.due?.day == time.today { return Catalogue.dueToday.text(language) }
        return Catalogue.remaining.text(language, "\(time.remaining)")
    }

    /// For a column: the date, and how late.
    static func short(_ time: StepTime?, _ language: Language) -> String {
        guard let time, time.due != nil else { return "" }
        let mark = time.lateness.map { " +\($0.workingDays)" } ?? ""
        return date(time, language) + mark
    }

    static func versions(_ due: DueDate) -> [String] { due.calendars.map { "\($0.name) v\($0.version)" } }

    static func object(_ time: StepTime) -> [String: Any] {
        var object: [String: Any] = [
            "since": CivilDay.text(time.step.since), "age": time.age, "party": time.step.slot,
        ]
        if let closed = time.step.closed { object["closed"] = CivilDay.text(closed) }
        if let due = time.due {
            object["due"] = CivilDay.text(due.day)
            object["provisional"] = due.isProvisional
            object["planned"] = due.isPlanned
            object["calendars"] = versions(due)
            if time.step.standing == .open { object["remaining"] = time.remaining }
        }
        if let lateness = time.lateness {
            object["late"] = ["workingDays": lateness.workingDays, "calendarDays": lateness.calendarDays]
        }
        if let before = time.before { object["dueBefore"] = CivilDay.text(before) }
        if time.isPaused { object["suspended"] = true }
        return object
    }
}
