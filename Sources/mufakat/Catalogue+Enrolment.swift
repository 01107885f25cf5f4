import Node
import Registry

/// Words of requests, invitations and certificates.
extension Catalogue {
    static let nameForWhom = Message("Nama untuk", "Name for")

    static func nameFor(_ audience: NameAudience) -> Message {
        switch audience {
        case .members: Message("semua anggota", "all members")
        case .parties: Message("pihak berkasnya saja", "its parties only")
        }
    }

    static func fileKind(_ kind: EnrolmentFileKind) -> Message {
        switch kind {
        case .unitRequest: Message("permintaan unit", "a unit's request")
        case .deviceRequest: Message("permintaan perangkat", "a device's request")
        case .recoveryRequest: Message("permintaan anggota pemulihan", "a recovery member's request")
        case .invitation: Message("undangan", "an invitation")
        case .certificate: Message("sertifikat", "a certificate")
        case .succession: Message("usulan kunci induk baru", "a proposal of a new root key")
        case .consent: Message("persetujuan anggota pemulihan", "a recovery member's consent")
        case .evidence: Message("berkas bukti", "an evidence file")
        case .key: Message("berkas kunci", "a key file")
        case .store: Message("basis data", "a database")
        case .procedure: Message("definisi prosedur", "a procedure definition")
        case .unknown: Message("bukan berkas Mufakat", "no file of Mufakat")
        }
    }

    // What happened.
    static let otherKind = Message("jenis berkas ini lain dari yang diminta", "this is another kind of file")
    static let fileDamaged = Message("berkas ini rusak atau terpotong", "this file is damaged or cut off")
    static let requestName = Message(
        "permintaan ini memuat nama yang tidak dapat dipakai", "this request carries a name that cannot be used")
    static let requestKind = Message(
        "permintaan ini memuat jenis unit yang tidak dikenal", "this request carries an unknown kind of unit")
    static let requestSignature = Message(
        "permintaan ini tidak ditandatangani oleh kuncinya sendiri", "this request is not signed by its own key")
    static let badUnitKind = Message("jenis unit tidak dikenal", "no such kind of unit")
    static let alreadyAdmitted = Message(
        "permintaan ini sudah dipakai: unitnya sudah diterima",
        "this request was used already: the unit is admitted")
    static let alreadyCertified = Message(
        "permintaan ini sudah dipakai: kuncinya sudah bersertifikat",
        "this request was used already: the key is certified")
    static let personKnown = Message(
        "permintaan ini memakai nomor orang yang sudah ada di unit; kunci itu akan memegang mandatnya",
        "this request carries the number of a person of the unit; the key would hold that person's mandates")
    static let tooManyAdministrators = Message(
        "unit sudah mempunyai pengelola sebanyak yang dapat diterima", "the unit has as many administrators as it may")
    static let otherPerson = Message(
        "permintaan ini atas nama orang lain dari yang disebut", "this request is for another person than named")
    static let keyNotHere = Message(
        "berkas ini untuk kunci yang tidak ada di replika ini", "this file is for a key that is not in this replica")
    static let otherUnit = Message("replika ini milik unit lain", "this replica belongs to another unit")
    static let fingerprintDiffers = Message(
        "sidik jari berbeda; tidak ada yang ditulis", "the fingerprint differs; nothing was written")
    static let notCompared = Message(
        "sidik jari belum dibandingkan; tidak ada yang ditulis", "the fingerprint was not compared; nothing was written"
    )
    static let passphrasesDiffer = Message(
        "kedua kata sandi tidak sama", "the two passphrases are not the same")

    static let nameEmpty = Message("kosong", "empty")
    static let nameLong = Message("{0} B, paling banyak {1}", "{0} B, at most {1}")
    static let nameUnprintable = Message("memuat karakter tak tampak {0}", "it holds the invisible character {0}")
    static let nameSpace = Message("spasi di awal atau akhir", "white space at the beginning or the end")

    // What to try.
    static let tryCopyAgain = Message(
        "salin ulang berkas dari asalnya; periksa namanya", "copy the file again from where it came; check its name")
    static let tryAskAgain = Message(
        "minta dibuatkan permintaan baru; bila ragu, hubungi pengirimnya",
        "ask for a new request; if in doubt, call the sender")
    static let tryName = Message(
        "1 sampai 200 B, tanpa karakter tak tampak, tanpa spasi di awal dan akhir",
        "1 to 200 B without invisible characters, and no white space around it")
    static let tryInvitation = Message(
        "mufakat unit invitation UNIT --out BERKAS menulis undangannya lagi",
        "mufakat unit invitation UNIT --out FILE writes the invitation again")
    static let tryCertificate = Message(
        "mufakat device certificate ORANG --out BERKAS menulis sertifikatnya lagi; untuk kunci lain: device request",
        "mufakat device certificate PERSON --out FILE writes the certificate again; for another key: device request")
    static let tryPerson = Message(
        "bila memang kunci kedua orang itu: --person NAMA; bila tidak, tolak",
        "if it is a second key of that person: --person NAME; if not, refuse")
    static let tryEndAdministrator = Message(
        "akhiri dahulu pengelola yang tidak bertugas lagi: mufakat revoke NAMA",
        "first end an administrator who no longer serves: mufakat revoke NAME")
    static let tryOtherPerson = Message(
        "tanyakan kepada pemintanya; tanpa --person untuk orang baru", "ask who made it; no --person for a new person")
    static let tryRightLaptop = Message(
        "pakai di laptop (atau --replica) tempat permintaannya dibuat",
        "use it on the laptop (or --replica) where the request was made")
    static let tryCall = Message(
        "hubungi kantor lain lewat jalur yang Anda percaya dan bandingkan sidik jarinya",
        "call the other office by a way that you trust, and compare the fingerprints")
    static let tryAdmit = Message("mufakat unit admit BERKAS", "mufakat unit admit FILE")
    static let tryCertify = Message("mufakat device certify BERKAS", "mufakat device certify FILE")
    static let tryRecoveryOption = Message(
        "--recovery BERKAS pada kunci induk yang dibuat", "--recovery FILE with the root key that is made")
    static let tryRecovery = Message(
        "mufakat recovery consent, atau --complete dan --consent",
        "mufakat recovery consent, or --complete and --consent")
    static let tryVerify = Message("mufakat evidence verify BERKAS", "mufakat evidence verify FILE")
    static let tryPublish = Message("mufakat procedure publish BERKAS", "mufakat procedure publish FILE")
    static let tryKeepSecret = Message(
        "berkas itu jangan dibawa ke mana-mana; minta berkas yang benar",
        "that file should not travel; ask for the right one")
    static let tryPassphraseTwice = Message(
        "ketik kata sandi yang sama dua kali", "type the same passphrase twice")

    // Comparing fingerprints.
    static let networkFingerprint = Message("Jejaring: {0}", "Network: {0}")
    static let networkWord = Message("Jejaring", "Network")
    static let compareQuestion = Message(
        "Sudahkah sidik jari ini dibandingkan dengan pihak lain, lewat telepon atau tatap muka? (y/t) [t] ",
        "Has this fingerprint been compared with the other side, by telephone or face to face? (y/n) [n] ")
    static let comparedNot = Message(
        "Sidik jari TIDAK dibandingkan (--fingerprint membandingkannya).",
        "The fingerprint was NOT compared (--fingerprint compares it).")
    static let compared = Message("Sidik jari cocok.", "The fingerprint matches.")
    static let joinedBefore = Message(
        "Berkas ini sudah diterima sebelumnya; tidak ada yang berubah.",
        "This file was taken before; nothing changed.")
}
