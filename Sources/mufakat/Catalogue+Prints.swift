/// Words about prints.
extension Catalogue {
    static let printing = Message("Perintah", "Command")
    static let noLetterhead = Message(
        "Kop belum diatur. Berikutnya: mufakat letterhead set --from BERKAS",
        "No letterhead is set. Next: mufakat letterhead set --from FILE")
    static let noBrowser = Message(
        "PDF memerlukan Chromium, yang tidak ditemukan", "PDF needs Chromium, which was not found")
    static let tryBrowser = Message(
        "pasang Chromium (Debian: apt install chromium), atau cetak tanpa --pdf lalu buka di peramban",
        "install Chromium (Debian: apt install chromium), or print without --pdf and open the file in a browser")
    static let numberTaken = Message(
        "nomor itu sudah disewa, dipakai atau dibatalkan", "that number is leased, used or void already")
    static let tryNumbers = Message(
        "mufakat number list --register REGISTER", "mufakat number list --register REGISTER")
    static let noNumberLeft = Message(
        "tidak ada nomor sewaan yang tersisa bagi kunci ini", "no number is left of what was leased to this key")
    static let tryLease = Message(
        "minta pencatat: mufakat number lease BERKAS --register REGISTER --from N --until N --to KUNCI",
        "ask the registrar: mufakat number lease DOSSIER --register REGISTER --from N --until N --to KEY")
    static let browserFailed = Message("Chromium tidak membuat PDF", "Chromium made no PDF")
    static let tryHTML = Message(
        "cetak tanpa --pdf, lalu buka berkas itu di peramban", "print without --pdf, then open the file in a browser")
}

extension Complaint {
    init(_ failure: PrintFailure, _ language: Language) {
        switch failure {
        case .noBrowser(let names):
            self.init(language, Catalogue.noBrowser, names.joined(separator: ", "), Catalogue.tryBrowser)
        case .browserFailed(let program, let fact):
            self.init(language, Catalogue.browserFailed, "\(program): \(fact)", Catalogue.tryHTML)
        }
    }
}
