import Authority
import CBOR
import Dossier
import Envelope
import History
import Node
import Prints
import Procedure
import Sodium

/// Prints of the dossier itself.
enum DossierPrint: String, CaseIterable {
    case history, receipt, disposition

    var title: String {
        switch self {
        case .history: "Riwayat Berkas"
        case .receipt: "Tanda Terima Berkas"
        case .disposition: "Lembar Disposisi"
        }
    }
}

extension PrintBuilder {
    func sheet(_ print: DossierPrint) -> PrintSheet {
        let slot = print == .history ? "" : receiverSlot
        let own = view.own.map { view.unitName($0) } ?? ""
        let (head, note) =
            slot.isEmpty ? head(of: view.own, name: own) : head(of: unit(ofSlot: slot), name: unitName(ofSlot: slot))
        var sheet = PrintSheet(
            template: print.rawValue, title: print.title, letterhead: head,
            footer: footer(
                reference: PrintReference.text(
                    network: view.history.network, dossier: view.id, digest: view.history.digest)))
        sheet.paper = paper
        sheet.subject = subject
        sheet.notes = [note].compactMap { $0 }
        sheet.procedure = "\(view.definition.title) (\(view.definition.institution))"
        sheet.status = Output.status(ViewObject.status(view), .indonesian)
        (sheet.sender, sheet.receiver) = (unitName(ofSlot: applicantSlot), unitName(ofSlot: receiverSlot))
        switch print {
        case .history:
            sheet.parties = view.definition.parties.filter { unit(ofSlot: $0.slot) != nil }.map {
                PrintParty(position: $0.label, unit: unitName(ofSlot: $0.slot))
            }
            sheet.log = view.history.canonicalOrder.map(event)
        case .receipt:
            sheet.related = related(to: nil)
            sheet.received = received
            sheet.files = files
            sheet.log = acknowledgements
        case .disposition:
            sheet.related = related(to: nil)
            sheet.chain = view.definition.documents.filter { catalogue.template(of: $0.id) == "disposition" }
                .flatMap(chain)
        }
        return sheet
    }

    /// The party that receives what the applicant brings.
    private var receiverSlot: String {
        let applicant = unit(ofSlot: applicantSlot)
        let others = view.definition.parties.map(\.slot).filter { $0 != applicantSlot && unit(ofSlot: $0) != nil }
        return others.first { unit(ofSlot: $0) != applicant } ?? others.first ?? applicantSlot
    }

    /// Documents that the applicant's side wrote.
    private var received: [PrintDocument] {
        let applicant = unit(ofSlot: applicantSlot)
        var gaps = PrintGaps()
        var found: [PrintDocument] = []
        for type in view.definition.documents where issuer(of: type, stage: nil) == applicantSlot {
            for instance in view.state.instances(of: type.id) {
                let prefix = Path.documentPrefix(type.id, instance)
                let isTheirs = view.history.items.indices.contains { index in
                    view.state.verdicts[index].unit == applicant
                        && view.history.items[index].operations.contains {
                            $0.body[unsigned: 1]?.textValue?.hasPrefix(prefix) ?? false
                        }
                }
                guard isTheirs else { continue }
                found.append(document(type, instance, stage: stage(type, instance), isOwn: false, &gaps))
            }
        }
        return found
    }

    /// Names and sizes; internal files of others have no names here.
    private var files: [PrintFile] {
        view.state.members(.attachments, view.history).compactMap { element in
            guard let attachment = element.attachment, attachment.file.audience != .own else { return nil }
            var fingerprint = ""
            if case .bytes(let id)? = view.reader.open(.committed(attachment.file)) {
                fingerprint = PrintText.fingerprint(Hexadecimal.encode(id))
            }
            let size = Rupiah.grouped(Int64(clamping: attachment.file.size ?? 0))
            return PrintFile(
                name: ViewText.shown(.committed(attachment.name), view, .indonesian), size: "\(size) B",
                fingerprint: fingerprint)
        }
    }

    private var acknowledgements: [PrintEvent] {
        view.state.acts.compactMap { record in
            guard case .acknowledge(let named) = record.act.body, record.act.isAuthorised else { return nil }
            var line = event(record.item)
            if let target = ChangeSetID(named.bytes).flatMap(view.history.index) { line.text = event(target).text }
            return line
        }
    }

    // MARK: History

    /// What a change set did, without what it says: an annex for auditors holds no personal data.
    func event(_ index: Int) -> PrintEvent {
        let item = view.history.items[index]
        let verdict = view.state.verdicts[index]
        let act = view.state.verdict(onAct: index)
        let effect =
            verdict.reason.map { "tanpa akibat: " + Catalogue.words($0).indonesian }
            ?? act.map { Catalogue.short($0).indonesian } ?? "berlaku"
        let erased = view.erasedBases(in: index).map { Catalogue.erased.text(.indonesian, $0) }
        let isAct = item.operations.contains { Code.isAct($0.code) }
        return PrintEvent(
            stated: Self.time(item.at.milliseconds, zone: item.at.zone), position: position(of: index),
            unit: verdict.unit.map { view.unitName($0) } ?? "", basis: view.instrument(of: index) ?? "",
            text: (unique(item.operations.map { words($0, of: index) }) + erased).joined(separator: "; "),
            effect: effect,
            level: isAct ? Self.words(level(of: index)) : "", change: String(item.id.hex.prefix(16)))
    }

    private func words(_ operation: Operation, of index: Int) -> String {
        let body = operation.body
        switch operation.code {
        case Code.outcome, Code.sign:
            let step = body[unsigned: 1]?.textValue ?? ""
            let title = view.definition.step(step)?.title ?? ""
            let outcome = body[unsigned: 3]?.textValue ?? ""
            let documents = (body[unsigned: 4]?.mapValue ?? []).compactMap(\.key.textValue).map(documentTitle)
            let isParaf = view.state.acts.contains { $0.item == index && view.state.isParaf($0, view.definition) }
            let head =
                operation.code == Code.outcome
                ? "hasil \(outcome)" + (isParaf ? " (paraf)" : "")
                : (isParaf ? "paraf" : "tanda tangan") + " atas \(outcome)"
            let tail = documents.isEmpty ? "" : " [\(documents.joined(separator: "; "))]"
            return "langkah \(step). \(title): \(head)\(tail)"
        case Code.set, Code.addRow, Code.insert:
            let parts = (body[unsigned: 1]?.textValue ?? "").split(separator: "/").map(String.init)
            guard parts.count >= 3, parts[0] == "doc" else {
                return parts == ["title"] ? "judul" : parts == ["findings"] ? "temuan baru" : "isian"
            }
            return "isi \(documentTitle(parts[1])) #\(parts[2])"
        default: return Self.actWords[operation.code] ?? Code.word(operation.code)
        }
    }

    private func documentTitle(_ code: String) -> String { view.definition.document(code)?.title ?? code }

    private static let actWords = [
        Code.open: "membuka berkas", Code.remove: "menghapus unsur", Code.setCell: "mengubah baris",
        Code.deleteRow: "menghapus baris", Code.comment: "komentar", Code.attach: "melampirkan berkas",
        Code.ruling: "penetapan", Code.acknowledge: "tanda terima", Code.accept: "menerima sampai batas",
        Code.decline: "menolak di luar batas", Code.ratify: "pengesahan", Code.release: "membuka isi bagi pihak",
        Code.erase: "penghapusan", Code.setAside: "mengesampingkan", Code.bind: "menetapkan pihak",
        Code.unbind: "mengeluarkan pihak", Code.withdraw: "menarik permohonan", Code.cancel: "membatalkan",
        Code.suspend: "menunda", Code.resume: "melanjutkan", Code.reassign: "mengalihkan tugas",
        Code.link: "menautkan berkas", 34: "menyewa nomor", 35: "membatalkan nomor", 36: "pindah versi",
    ]
}
