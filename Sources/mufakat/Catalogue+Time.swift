/// Words of calendars, due dates and registers.
extension Catalogue {
    static let calendarInvalid = Message("berkas kalender tidak sah", "the calendar file is not valid")
    static let tryCalendar = Message(
        "perbaiki berkas lalu mufakat calendar validate BERKAS", "mend the file, then mufakat calendar validate FILE")
    static let calendar = Message("Kalender", "Calendar")
    static let version = Message("Versi", "Version")
    static let due = Message("Tenggat", "Due")
    static let decree = Message("Dasar", "Rests on")
    static let workdaysWord = Message("Hari kerja", "Working days")
    static let daysFree = Message("Hari libur", "Free days")

    static let dueOn = Message("jatuh tempo {0}", "due {0}")
    static let dueToday = Message("jatuh tempo hari ini", "due today")
    static let plannedOn = Message("tentatif, direncanakan {0}", "tentative, planned for {0}")
    static let tentative = Message("tentatif", "tentative")
    static let noTarget = Message("menunggu tanggal target", "awaits its target date")
    static let sementara = Message("sementara", "provisional")
    static let paused = Message("ditangguhkan: hitungan hari berhenti", "suspended: no day counts")
    static let remaining = Message("sisa {0} hari kerja", "{0} working days left")
    static let late = Message(
        "terlambat {0} hari kerja ({1} hari kalender)", "late by {0} working days ({1} calendar days)")
    static let ageOf = Message("sudah {0} hari kerja", "{0} working days old")
    static let calendarMoved = Message(
        "jadwal berubah karena kalender, semula {0}", "moved by the calendar, before {0}")
    static let standard = Message("{0} hari kerja", "{0} working days")
    static let plainStandard = Message("{0} hari kalender", "{0} calendar days")

    static let dayKinds: [String: Message] = [
        "national": Message("libur nasional", "national holiday"),
        "jointLeave": Message("cuti bersama", "joint leave"), "local": Message("libur setempat", "local holiday"),
    ]
}
