import ArgumentParser
import Envelope
import Node
import Procedure

struct ReminderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reminder", abstract: "Text about what is due in a dossier, to paste in a message.",
        discussion: "In Indonesian, always.\nExample:\n  mufakat reminder 3fa1")
    @OptionGroup var global: GlobalOptions
    @Argument(help: "Dossier.") var dossier: String

    func run() throws {
        let replica = try global.open()
        let view = try replica.view(try replica.dossier(dossier))
        var times = try replica.times()
        let timeline = view.timeline
        let texts = timeline.openSteps.map { Reminder.text(times.facts($0, in: timeline), view, now: times.now) }
        if global.json {
            Terminal.json(texts)
            return
        }
        guard !texts.isEmpty else {
            Terminal.note(Catalogue.nothing.text(global.language))
            return
        }
        for (place, text) in texts.enumerated() {
            if place > 0 { Terminal.print("") }
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                Terminal.print(Terminal.safe(String(line)))
            }
        }
    }
}

/// A reminder in formal Indonesian.
enum Reminder {
    static let months = [
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
        "Desember",
    ]
    static let weekdays = ["Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"]

    /// `Selasa, 31 Maret 2026`.
    static func long(_ day: Int) -> String {
        let date = CivilDay.date(day)
        return "\(weekdays[CivilDay.weekday(day) - 1]), \(date.day) \(months[date.month - 1]) \(date.year)"
    }

    static func text(_ time: StepTime, _ view: DossierView, now: UInt64) -> String {
        let step = view.definition.step(time.step.step)
        let roles = (step?.by ?? []).map { view.slotTitle($0) }.joined(separator: " atau ")
        let unit = view.timeline.unit(time.step.slot).map { view.unitName(UnitID($0)) }
        let title = ViewText.title(view, .indonesian)
        let name =
            "langkah \(time.step.step) “\(step?.title ?? "")”"
            + (time.step.round > 1 ? " (putaran \(time.step.round))" : "")
        var lines = [
            "Yth. \(roles)" + (unit.map { ", \($0)" } ?? ""), "",
            "Dengan hormat, kami ingatkan bahwa \(name) pada berkas “\(title)” (nomor \(view.id.hex.prefix(8))) "
                + "berjalan sejak \(long(time.step.since)). \(standing(time))",
        ]
        if let before = time.before {
            lines.append("Jadwal berubah karena kalender; semula \(long(before)).")
        }
        lines += ["", basis(time, view, now: now)]
        return lines.joined(separator: "\n")
    }

    private static func standing(_ time: StepTime) -> String {
        if time.isPaused { return "Berkas sedang ditangguhkan; hitungan hari berhenti." }
        guard let due = time.due else {
            switch time.step.rule {
            case .tentative: return "Waktunya tentatif dan belum direncanakan; sudah \(time.age) hari kerja."
            case .target: return "Tanggal targetnya belum ditetapkan; sudah \(time.age) hari kerja."
            default: return "Langkah ini tanpa baku waktu; sudah \(time.age) hari kerja."
            }
        }
        if due.isPlanned { return "Waktunya tentatif, direncanakan \(long(due.day))." }
        let standard: String
        switch time.step.rule {
        case .working(let count): standard = " (\(count) hari kerja)"
        case .calendar(let count): standard = " (\(count) hari kalender)"
        default: standard = " (tanggal target)"
        }
        let date = "Jatuh tempo \(long(due.day))\(standard)" + (due.isProvisional ? ", sementara" : "")
        if let lateness = time.lateness {
            return "\(date): terlambat \(lateness.workingDays) hari kerja (\(lateness.calendarDays) hari kalender)."
        }
        return time.remaining == 0 ? "\(date): hari ini." : "\(date): sisa \(time.remaining) hari kerja."
    }

    private static func basis(_ time: StepTime, _ view: DossierView, now: UInt64) -> String {
        let stated = TimeText.text(now, zone: view.timeline.zone.rawValue)
        guard let due = time.due, !due.calendars.isEmpty else {
            let isCounted = time.due?.isProvisional ?? false
            return "Keadaan per \(stated)."
                + (isCounted ? " Kalender tahun itu belum ada di sini; tanggal di atas sementara." : "")
        }
        let names = due.calendars.map { "\($0.name) versi \($0.version)" }.joined(separator: ", ")
        return "Keadaan per \(stated), menurut kalender \(names)."
            + (due.isProvisional ? " Sebagian tahun belum berkalender; tanggal di atas sementara." : "")
    }
}
