import Node
import Procedure

/// Everything that people read, in both languages, in one place.
enum Catalogue {
    static let fact = Message("Fakta", "Fact")
    static let advice = Message("Yang dapat dicoba", "What to try")

    // What happened.
    static let noReplica = Message("tidak ada replika di folder ini", "there is no replica in this folder")
    static let alreadyThere = Message("replika sudah ada di folder ini", "a replica is in this folder already")
    static let busy = Message("proses lain sedang menulis ke replika ini", "another process is writing to this replica")
    static let unsafeFile = Message(
        "berkas kunci tidak aman, tidak dibaca", "the key file is not safe and was not read")
    static let cannotRead = Message("berkas tidak dapat dibaca", "a file cannot be read")
    static let cannotWrite = Message("berkas tidak dapat ditulis", "a file cannot be written")
    static let diskFull = Message("disk penuh; tidak ada yang berubah", "the disk is full; nothing was changed")
    static let newerSchema = Message(
        "replika ini ditulis oleh versi yang lebih baru", "this replica was written by a later version")
    static let olderSchema = Message(
        "replika ini ditulis oleh versi sebelum terbitan pertama dan tidak dapat dibaca",
        "this replica was written by a version before the first release and cannot be read")
    static let damaged = Message("replika rusak", "the replica is damaged")
    static let tooLarge = Message("terlalu besar", "too large")
    static let connectionFailed = Message("sambungan gagal", "the connection failed")
    static let otherNetworkOrVersion = Message(
        "lawan bicara memakai jejaring lain atau versi lain", "the peer is of another network, or of another version")
    static let peerRevoked = Message("kunci lawan bicara sudah dicabut", "the peer's key is revoked")
    static let peerUncertified = Message(
        "lawan bicara tidak bersertifikat di jejaring ini", "the peer is not certified in this network")
    static let peerClosed = Message(
        "lawan bicara menutup sambungan (mungkin kunci kita tidak dikenal atau sudah dicabut)",
        "the peer closed the connection (it may not know our key, or hold it revoked)")
    static let proofTooLong = Message(
        "lawan bicara belum memegang sertifikat kunci ini, dan buktinya terlalu panjang untuk dikirim",
        "the peer does not hold this key's certificate, and its proof is too long to be sent")
    static let peerViolation = Message("lawan bicara melanggar protokol", "the peer broke the protocol")
    static let evidenceRefused = Message("berkas bukti ditolak", "the evidence file is refused")
    static let unknownDossier = Message("berkas tidak ditemukan", "no such dossier")
    static let ambiguous = Message("awalan ini tidak unik", "this prefix is not unique")
    static let unknownChange = Message("perubahan tidak ditemukan", "no such change set")
    static let unknownUnit = Message("unit tidak dikenal", "no such unit")
    static let unknownDefinition = Message("prosedur tidak dikenal", "no such procedure")
    static let definitionInvalid = Message("definisi prosedur tidak sah", "the procedure definition is not valid")
    static let unknownKey = Message("kunci atau orang tidak dikenal", "no such key or person")
    static let keyNeeded = Message("pilih kunci yang dipakai", "choose the key to use")
    static let keyExists = Message("kunci dengan nama itu sudah ada", "a key of that name exists")
    static let keyDamaged = Message("berkas kunci rusak", "the key file is damaged")
    static let keyParameters = Message(
        "parameter kunci di luar batas", "the key file's parameters are out of bounds")
    static let wrongPassphrase = Message("kata sandi salah", "wrong passphrase")
    static let passphraseNeeded = Message("kata sandi diperlukan", "a passphrase is needed")
    static let noNetwork = Message("replika ini belum bergabung ke jejaring", "this replica has not joined a network")
    static let wrongFile = Message("berkas ini bukan yang diharapkan", "this is not the expected kind of file")
    static let wrongNetwork = Message("berasal dari jejaring lain", "it belongs to another network")
    static let entryRefused = Message("entri registri ditolak", "a registry entry was refused")
    static let copied = Message(
        "folder replika ini hasil salinan atau pemulihan; tidak boleh menandatangani",
        "this replica folder was copied or restored; it may not sign")
    static let agentFailed = Message("agen kunci tidak menjawab", "the unlock agent did not answer")
    static let fileNotHere = Message("isi lampiran belum diterima", "the attachment has not arrived yet")
    static let badValue = Message("nilai tidak dapat dipakai", "the value cannot be used")
    static let badName = Message("nama tidak dapat dipakai", "the name cannot be used")
    static let titleTooLong = Message("panjang judul di luar batas", "the title's length is out of bounds")
    static let notCertified = Message("kunci ini tidak bersertifikat", "this key is not certified")
    static let noMandate = Message("tidak ada mandat yang berlaku", "no mandate that holds")
    static let notAdministrator = Message("bukan pengelola unit", "not an administrator of the unit")
    static let closed = Message("berkas ini sudah ditutup", "the dossier is closed")
    static let stepNotOpen = Message("langkah itu tidak terbuka", "that step is not open")
    static let unknownOutcome = Message(
        "hasil itu tidak ada pada langkah yang terbuka", "no open step has that outcome")
    static let unknownDocument = Message("dokumen tidak dikenal", "no such document")
    static let unknownField = Message("isian tidak dikenal", "no such field")
    static let unknownInstance = Message("dokumen tidak memiliki nomor urut itu", "no such instance of the document")
    static let tryInstance = Message("mufakat show BERKAS; 1 sampai 65535", "mufakat show DOSSIER; 1 to 65535")
    static let unknownFinding = Message("temuan tidak ditemukan", "no such finding")
    static let opinion = Message(
        "jabatan Anda tidak berwenang memutuskan langkah ini; hanya akan tercatat sebagai pendapat",
        "your role may not decide this step; it would count as an opinion only")
    static let notAnOpinion = Message(
        "jabatan Anda berwenang memutuskan langkah ini; catatan itu akan menjadi keputusan",
        "your role may decide this step; the record would be a decision")
    static let notAuthorised = Message("tidak berwenang", "not authorised")
    static let nothingToSign = Message("tidak ada yang menunggu tanda tangan Anda", "nothing waits for your signature")
    static let nothingToRule = Message("tidak ada sengketa untuk ditetapkan", "there is no conflict to rule on")
    static let missingOpenings = Message(
        "isi yang harus Anda baca belum diterima; tidak ditandatangani",
        "texts that you have to read have not arrived; nothing was signed")

    static let erasedValue = Message(
        "isi yang diperlukan di sini sudah dihapus", "what is needed here was erased")
    static let nothingToErase = Message(
        "tidak ada isi milik unit ini untuk dihapus di sana", "nothing of this unit is there to erase")
    static let notConfirmed = Message("penghapusan tidak dilanjutkan", "nothing was erased")

    // What to try.
    static let tryReplica = Message(
        "mufakat network create, mufakat join, atau --replica FOLDER",
        "mufakat network create, mufakat join, or --replica FOLDER")
    static let tryOtherFolder = Message("pakai --replica dengan folder lain", "use --replica with another folder")
    static let tryLater = Message("ulangi sebentar lagi", "try again in a moment")
    static let tryMode = Message(
        "chmod 600 pada berkas itu; jangan memakai tautan", "chmod 600 the file; do not use a link")
    static let tryPath = Message("periksa nama berkas dan izinnya", "check the file's name and permissions")
    static let trySpace = Message("kosongkan ruang disk, lalu ulangi", "free some space, then try again")
    static let tryUpdate = Message("perbarui Mufakat", "update Mufakat")
    static let tryCheck = Message(
        "mufakat check; berkas dapat diambil lagi dari replika lain dengan mufakat sync",
        "mufakat check; dossiers can be fetched again from another replica by mufakat sync")
    static let tryConnection = Message(
        "periksa alamat, port, dan apakah `mufakat serve` berjalan di sana",
        "check address and port, and that `mufakat serve` runs there")
    static let tryAdministrator = Message("hubungi pengelola unit", "ask the unit's administrator")
    static let tryVersion = Message(
        "bandingkan `mufakat --version` dan kode jejaring di kedua pihak; yang lebih lama perlu diperbarui",
        "compare `mufakat --version` and the network's id on both sides; update the older one")
    static let tryPeer = Message("lihat catatan `mufakat serve` di pihak lain", "see the log of `mufakat serve` there")
    static let tryOtherReplica = Message(
        "sinkronkan dahulu dengan replika lain dari unit Anda, lalu replika itu dengan lawan bicara",
        "first synchronise with another replica of your unit, then that one with the peer")
    static let tryEvidence = Message(
        "minta berkas bukti yang baru; periksa sidik jari jejaring", "ask for a new file; check the network fingerprint"
    )
    static let tryList = Message("mufakat list", "mufakat list")
    static let tryLonger = Message("tulis lebih banyak angka", "give more digits")
    static let tryHistory = Message("mufakat history BERKAS", "mufakat history DOSSIER")
    static let tryUnits = Message("mufakat unit list", "mufakat unit list")
    static let tryProcedures = Message("mufakat procedure list", "mufakat procedure list")
    static let tryDefinition = Message(
        "perbaiki berkas lalu mufakat procedure check BERKAS", "mend the file, then mufakat procedure check FILE")
    static let tryKeys = Message("mufakat device list", "mufakat device list")
    static let tryAs = Message("tambahkan --as NAMA", "add --as NAME")
    static let tryOtherName = Message("pakai nama lain", "use another name")
    static let tryNewKey = Message("mufakat device request untuk kunci baru", "mufakat device request for a new key")
    static let tryPassphrase = Message("ulangi dengan kata sandi yang benar", "try again with the right passphrase")
    static let tryPassphraseSource = Message(
        "mufakat unlock, --passphrase-file, atau --passphrase-fd",
        "mufakat unlock, --passphrase-file, or --passphrase-fd")
    static let tryJoin = Message("mufakat join UNDANGAN", "mufakat join INVITATION")
    static let tryRepair = Message(
        "mufakat sync, lalu mufakat repair: kunci baru untuk orang yang sama, data tetap utuh",
        "mufakat sync, then mufakat repair: new keys for the same persons, the data is untouched")
    static let tryUnlock = Message("mufakat unlock --as NAMA", "mufakat unlock --as NAME")
    static let trySync = Message("mufakat sync ALAMAT:PORT", "mufakat sync HOST:PORT")
    static let tryMandate = Message(
        "mufakat mandate list; mufakat why BERKAS", "mufakat mandate list; mufakat why DOSSIER")
    static let tryOpinion = Message(
        "mufakat step … --opinion mencatat pendapat; mufakat why BERKAS",
        "mufakat step … --opinion records an opinion; mufakat why DOSSIER")
    static let tryFollowUp = Message(
        "mufakat new, lalu mufakat link BARU follow_up_of BERKAS",
        "mufakat new, then mufakat link NEW follow_up_of DOSSIER")
    static let tryWhy = Message("mufakat why BERKAS", "mufakat why DOSSIER")
    static let tryHelp = Message("lihat --help", "see --help")
    static let tryShorter = Message("kurangi ukurannya", "make it shorter")
    static let tryNewRevision = Message(
        "mufakat why BERKAS; sebelum menandatangani, tulis nilai baru dengan mufakat edit",
        "mufakat why DOSSIER; before signing write a new value by mufakat edit")
    static let tryOwnValues = Message(
        "mufakat history BERKAS; isi unit lain dihapus oleh unit itu sendiri",
        "mufakat history DOSSIER; what another unit wrote is erased by that unit")
    static let tryYes = Message("jawab {0}, atau tambahkan --yes", "answer {0}, or add --yes")
    static let tryFindings = Message("mufakat finding list BERKAS", "mufakat finding list DOSSIER")

    /// An engine's reason in words.
    static func noEffect(_ reason: EngineReason) -> Message {
        switch reason {
        case .documentMissing: Message("dokumen belum ada atau belum lengkap", "a document is missing or incomplete")
        case .documentNotSigned: Message("dokumen belum ditandatangani", "a document is not signed yet")
        case .reasonMissing: Message("alasan wajib diisi (--reason)", "a reason is required (--reason)")
        case .missingItemsMissing:
            Message("kekurangan wajib disebut (--missing)", "missing items are required (--missing)")
        case .findingsMissing: Message("temuan wajib ada", "findings are required")
        case .responseKindMissing: Message("jenis tanggapan wajib diisi (--response)", "--response is required")
        case .targetDateMissing: Message("tanggal target wajib diisi (--target-date)", "--target-date is required")
        case .partyNotBound: Message("pihak belum ditunjuk (--bind)", "a party is not named (--bind)")
        case .seatsMissing: Message("susunan tim belum lengkap (--seat)", "the team is not complete (--seat)")
        case .guardNotSatisfied: Message("syarat langkah belum terpenuhi", "a condition of the step does not hold")
        case .otherRevision: Message("dokumen sudah berubah", "the document has changed since")
        case .roundsExceeded: Message("jumlah putaran habis", "no more rounds")
        case .recordedACandidate:
            Message(
                "Anda ikut mencatat salah satu hasil; penetapan harus oleh orang lain",
                "you recorded one of the outcomes; somebody else has to rule")
        case .notTheResolver: Message("bukan pejabat yang berwenang menetapkan", "not entitled to rule")
        case .notASigner: Message("jabatan Anda tidak diminta menandatangani", "your role is not asked to sign")
        default: Message("tidak akan berakibat; tidak ditandatangani", "it would have no effect; nothing was signed")
        }
    }

    // Words of listings.
    static let status: [String: Message] = [
        "active": Message("berjalan", "active"), "waiting": Message("menunggu tanda tangan", "awaits signatures"),
        "contested": Message("sengketa", "in conflict"), "suspended": Message("ditangguhkan", "suspended"),
        "completed": Message("selesai", "completed"), "rejected": Message("ditolak", "rejected"),
        "discontinued": Message("tidak dilanjutkan", "discontinued"), "withdrawn": Message("ditarik", "withdrawn"),
        "cancelled": Message("dibatalkan", "cancelled"), "done": Message("selesai", "done"),
        "frozen": Message("dibekukan", "frozen"), "ended": Message("berakhir", "ended"),
    ]
    static let taskKinds: [String: Message] = [
        "act": Message("kerjakan", "act"), "sign": Message("tanda tangani", "sign"),
        "rule": Message("tetapkan", "rule"), "ratify": Message("sahkan", "ratify"),
        "remove": Message("akhiri akses", "end access"),
        "migrate": Message("setujui pindah versi", "sign the migration"),
    ]
    static let paraf = Message("paraf", "initials")
    static let dossier = Message("Berkas", "Dossier")
    static let title = Message("Judul", "Title")
    static let statusWord = Message("Status", "Status")
    static let step = Message("Langkah", "Step")
    static let task = Message("Tugas", "Task")
    static let role = Message("Jabatan", "Role")
    static let changed = Message("Diubah", "Changed")
    static let unit = Message("Unit", "Unit")
    static let name = Message("Nama", "Name")
    static let kind = Message("Jenis", "Kind")
    static let final = Message("final", "final")
    static let provisional = Message("sementara", "provisional")
    static let skipped = Message("dilewati", "skipped")
    static let stages = Message("tahap", "stages")
    static let notReceived = Message("(isi belum diterima)", "(not received yet)")
    static let erased = Message("dihapus: {0}", "erased: {0}")
    static let othersOnly = Message("(bukan untuk unit ini)", "(not for this unit)")
    static let nothing = Message("Tidak ada.", "Nothing.")
    static let stale = Message(
        "* menunggu dihitung ulang setelah pencabutan; `mufakat show` sudah benar",
        "* waits to be folded anew after a revocation; `mufakat show` is right already")
    static let more = Message("… dan {0} lagi (--limit)", "… and {0} more (--limit)")
    static let findings = Message("Temuan", "Findings")
    static let documents = Message("Dokumen", "Documents")
    static let comments = Message("Komentar", "Comments")
    static let attachments = Message("Lampiran", "Attachments")
    static let parties = Message("Para pihak", "Parties")
    static let internalNote = Message("catatan internal", "internal note")
    static let author = Message("Oleh", "By")
    static let stated = Message("Waktu (menurut penulis)", "Time (as stated)")
    static let what = Message("Isi", "What")
    static let effect = Message("Akibat", "Effect")
    static let conflict = Message("BENTROK", "CONFLICT")
}
