/// Words about keys, copies and forks.
extension Catalogue {
    // What is wrong between a store and its mark.
    static let markMissing = Message(
        "tanda replika (berkas mark) tidak ada: kunci ini pernah dipakai di tempat lain",
        "the replica's mark is missing: its keys were used elsewhere")
    static let markDamaged = Message("tanda replika (berkas mark) rusak", "the replica's mark is damaged")
    static let markOtherMachine = Message(
        "replika ini dibuat di mesin lain ({0} berbeda)", "this replica was made on another machine ({0} differ)")
    static let markOtherFile = Message(
        "berkas ini salinan, bukan berkas aslinya: {0}", "this file is a copy and not the original: {0}")
    static let markBehind = Message(
        "isi replika lebih lama dari yang sudah ditandatangani ({0} dari {1}): dipulihkan dari cadangan",
        "the replica is older than what was signed ({0} of {1}): restored from a backup")
    static let markUnknown = Message(
        "yang terakhir ditandatangani tidak ada di replika ini ({0}): dipulihkan dari cadangan",
        "what was signed last is not in this replica ({0}): restored from a backup")
    static let markAhead = Message(
        "replika lain memegang tanda tangan kunci {0} yang tidak ada di sini ({1}): kunci ini dipakai di dua tempat",
        "other replicas hold signatures of key {0} that were not here ({1}): the key signs in two places")

    // Refusals.
    static let nothingToRepair = Message("tidak ada yang perlu diperbaiki", "there is nothing to repair")
    static let chainBehind = Message(
        "rantai registri kunci ini sudah lebih jauh daripada yang ada di sini; tidak ditandatangani",
        "the registry chain of this key went on beyond what is here; nothing was signed")
    static let noCertificate = Message(
        "tidak ada sertifikat berlaku yang dimaksud", "no certificate in force is meant by this")
    static let tryNothing = Message("lanjutkan seperti biasa", "go on as usual")
    static let trySyncFirst = Message(
        "mufakat sync ALAMAT:PORT dahulu; kalau entri itu hilang selamanya: --accept-loss",
        "mufakat sync HOST:PORT first; where the entry is lost for ever: --accept-loss")
    static let tryCertificates = Message(
        "mufakat device certificates; sebut nama sertifikat, nomor orang, atau awal id",
        "mufakat device certificates; give the certificate's name, the person's number, or the beginning of its id")

    static let person = Message("Orang", "Person")

    // What was done.
    static let newKeyCertified = Message("kunci baru {0}: sertifikat {1}", "new key {0}: certificate {1}")
    static let requestWritten = Message("permintaan {0}  {1}", "request {0}  {1}")
    static let tryCertifyReplaces = Message(
        "di pengelola: mufakat device certify BERKAS --replaces NAMA --out BERKAS, lalu di sini: mufakat join BERKAS",
        "at the administrator's: mufakat device certify FILE --replaces NAME --out FILE, then here: mufakat join FILE")
    static let rootsKept = Message(
        "kunci {0} tetap di sini; pastikan salinan lainnya tidak dipakai lagi",
        "key {0} stays here; make sure that no other copy of it is used")
    static let acceptedIn = Message("diterima dalam {0} berkas", "accepted in {0} dossiers")
    static let mayNotSign = Message("replika ini tidak boleh menandatangani: {0}", "this replica may not sign: {0}")

    // Forks.
    static let forkOfLog = Message(
        "Kunci {0} ({1}) bercabang dalam berkas {2}, urutan {3}", "Key {0} ({1}) forked in dossier {2}, seq {3}")
    static let forkOfChain = Message(
        "Kunci {0} ({1}) bercabang dalam rantai registri {2}, tinggi {3}",
        "Key {0} ({1}) forked in registry chain {2}, height {3}")
    static let forkIsSettled = Message(
        "kunci itu sudah diakhiri; tidak ada yang perlu dilakukan", "that key has ended; nothing is left to do")
    static let forkIsOwn = Message("mufakat repair di replika ini", "mufakat repair at this replica")
    static let forkIsOurs = Message(
        "minta pemegangnya menjalankan mufakat repair, atau ganti: mufakat device certify --replaces",
        "ask its holder to run mufakat repair, or replace it: mufakat device certify --replaces")
    static let forkIsTheirs = Message(
        "beri tahu pengelola unit itu; yang sudah ditandatangani tetap berlaku",
        "tell that unit's administrator; what was signed stays in effect")
}
