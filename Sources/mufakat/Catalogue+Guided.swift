/// Words of `mufakat init --guided`.
extension Catalogue {
    static let guidedBegin = Message(
        "Penyiapan kantor. Enter memakai jawaban dalam kurung siku. Belum ada yang ditulis sampai Anda menyetujuinya.",
        "Setting up an office. Enter takes the answer in brackets. Nothing is written until you agree to it.")
    static let guidedAgain = Message(
        "Kunci unit sudah ada di sini; undangannya yang ditunggu.",
        "The unit's key is here; what it waits for is the invitation.")
    static let yes = Message("y", "y")
    static let no = Message("t", "n")

    // Questions.
    static let askMode = Message("Mendirikan jejaring, atau bergabung", "Found a network, or join one")
    static let modeFound = Message("dirikan", "found")
    static let modeJoin = Message("gabung", "join")
    static let modeFoundLabel = Message(
        "kantor ini yang pertama, dan memegang kunci jejaring", "this office is the first, and keeps the network's key")
    static let modeJoinLabel = Message(
        "kantor lain sudah mendirikannya", "another office has founded it")
    static let askNetwork = Message("Nama jejaring", "Name of the network")
    static let standardNetwork = Message("Pemerintah Daerah", "Regional government")
    static let askUnit = Message("Nama unit (kantor ini)", "Name of the unit (this office)")
    static let standardUnit = Message("Dinas Komunikasi dan Informatika", "Department of Communication and Informatics")
    static let standardApplicant = Message("Perangkat Daerah", "Regional office")
    static let askKind = Message("Jenis unit", "Kind of unit")
    static let kinds: [String: Message] = [
        "applicant": Message("pemohon sistem informasi", "asks for information systems"),
        "it_agency": Message("dinas yang membangunnya", "the agency that builds them"),
        "vendor": Message("penyedia", "a vendor"), "authority": Message("pembina", "an authority over it"),
    ]
    static let askNameFor = Message("Siapa yang melihat nama unit ini", "Who learns this unit's name")
    static let askOut = Message("Berkas permintaan yang ditulis", "Request file to write")
    static let standardOut = Message("permintaan.request", "unit.request")
    static let askInvitation = Message("Berkas undangan", "Invitation file")
    static let standardInvitation = Message("undangan.invitation", "unit.invitation")
    static let askCompared = Message(
        "Sudahkah sidik jari jejaring ini dicocokkan dengan pihak yang mengundang",
        "Has this fingerprint of the network been compared with whoever invited you")
    static let official = Message("Pejabat {0}:", "Official {0}:")
    static let askRole = Message("Peran dalam prosedur", "Role in the procedures")
    static let askTitle = Message("Jabatan", "Position")
    static let standardTitle = Message("Kepala", "Head")
    static let askKeyName = Message("Nama pendek kuncinya", "Short name of the key")
    static let keyName = Message("pejabat-{0}", "official-{0}")
    static let askInstrument = Message("Nomor SK atau surat perintah", "Number of the decree or order")
    static let standardInstrument = Message("belum bernomor", "no number yet")
    static let askMore = Message("Tambah pejabat lain", "Add another official")
    static let askGo = Message("Kerjakan sekarang", "Do it now")

    // What is wrong with an answer.
    static let answerUnusable = Message("terlalu panjang, atau bukan teks", "too long, or no text")
    static let answerYesNo = Message("jawab y atau t", "answer y or n")
    static let answerChoice = Message("pilih {0}", "choose {0}")
    static let answerRole = Message(
        "huruf kecil, angka, titik dan garis bawah, paling banyak 64",
        "lower-case letters, digits, dots and underscores, at most 64")
    static let answerKeyName = Message(
        "1 sampai 40 huruf, angka, -, _ atau titik; belum dipakai",
        "1 to 40 letters, digits, -, _ or dots; not used yet")
    static let answerExists = Message("berkas itu sudah ada", "that file exists already")

    // The plan.
    static let planHead = Message("Yang akan dibuat di {0}:", "To be made in {0}:")
    static let planNetwork = Message(
        "jejaring \"{0}\", dengan kunci \"{1}\" dan penggantinya \"{1}.2\"",
        "the network \"{0}\", with the key \"{1}\" and \"{1}.2\", which may take over")
    static let planUnit = Message(
        "unit \"{0}\" ({1}), dengan kunci \"{2}\" dan penggantinya \"{2}.2\"",
        "the unit \"{0}\" ({1}), with the key \"{2}\" and \"{2}.2\", which may take over")
    static let planProcedures = Message("prosedur {0} diterbitkan", "the procedures {0} are published")
    static let planRequest = Message("berkas permintaan {0}", "the request file {0}")
    static let planJoin = Message("unit \"{0}\" masuk jejaring dengan {1}", "the unit \"{0}\" joins by {1}")
    static let planOfficial = Message(
        "kunci \"{0}\" untuk {1}: {2}, menurut {3}", "the key \"{0}\" for {1}: {2}, by {3}")
    static let planNode = Message(
        "kunci simpul \"{0}\" tanpa kata sandi, untuk sinkronisasi",
        "the node's key \"{0}\" without a passphrase, for synchronising")
    static let planPassphrase = Message(
        "Kunci berikut disegel dengan kata sandi: {0}", "These keys are sealed with a passphrase: {0}")

    // The end.
    static let done = Message("Selesai.", "Done.")
    static let nextHead = Message("Berikutnya:", "Next:")
    static let nextKeep = Message(
        "simpan salinan folder {0}/keys di tempat terkunci; tanpa kunci itu tidak ada yang dapat masuk lagi",
        "keep a copy of the folder {0}/keys locked away; without these keys nobody can be admitted again")
    static let nextSuccessor = Message(
        "pindahkan kunci pengganti (keys/*.2.key) ke stik di lemari besi: pencuri folder ini tidak boleh memegang keduanya",
        "move the keys that may take over (keys/*.2.key) to a stick in a safe: a thief of this folder should not have both"
    )
    static let nextAdmit = Message(
        "kantor lain: mufakat init --guided di sana, lalu di sini mufakat unit admit BERKAS --as network --out UNDANGAN",
        "other offices: mufakat init --guided there, then here mufakat unit admit FILE --as network --out INVITATION")
    static let nextFingerprint = Message(
        "sidik jari jejaring, untuk dibacakan kepada mereka: {0}", "the network's fingerprint, to be read to them: {0}")
    static let nextDevice = Message(
        "laptop lain: mufakat device request di sana, lalu di sini mufakat device certify BERKAS --as root --out SERTIFIKAT",
        "other laptops: mufakat device request there, then here mufakat device certify FILE --as root --out CERTIFICATE"
    )
    static let nextServe = Message(
        "bertukar data: mufakat serve di satu kantor, mufakat sync ALAMAT:PORT di yang lain",
        "exchange: mufakat serve at one office, mufakat sync HOST:PORT at the other")
    static let nextNew = Message(
        "berkas pertama: mufakat new p4 --help", "the first dossier: mufakat new p4 --help")
    static let nextCarry = Message(
        "bawa {0} kepada pemegang kunci jejaring dan bacakan sidik jari ini: {1}",
        "carry {0} to whoever holds the network's key, and read this fingerprint to them: {1}")
    static let nextContinue = Message(
        "bila undangannya sudah diterima: mufakat init --guided lagi, di folder yang sama",
        "when the invitation has come: mufakat init --guided once more, in the same folder")

    // Ends before the end.
    static let inputEnded = Message("masukan berakhir; tidak ada yang dibuat", "the input ended; nothing was made")
    static let tooManyAnswers = Message(
        "tiga kali jawaban yang tidak dapat dipakai; tidak ada yang dibuat",
        "three answers that cannot be used; nothing was made")
    static let declined = Message("dibatalkan; tidak ada yang dibuat", "declined; nothing was made")
    static let tryGuided = Message("ulangi mufakat init --guided", "mufakat init --guided again")
    static let stoppedDone = Message("Terhenti. Sudah dibuat:", "Stopped. Made so far:")
    static let stoppedNothing = Message("Terhenti. Belum ada yang dibuat.", "Stopped. Nothing was made so far.")
    static let stoppedRest = Message(
        "Bila penyebabnya sudah diatasi, teruskan dengan:", "When the cause is mended, go on with:")
}
