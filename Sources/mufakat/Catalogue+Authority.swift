/// Words of rotation, recovery, cuts and parties.
extension Catalogue {
    static let unknownEntry = Message("entri registri tidak ditemukan", "no such registry entry")
    static let noRecoverySet = Message(
        "unit ini tidak menetapkan para pemulih", "no recovery set was named for this root key")
    static let tryRecoverySet = Message(
        "pakai kunci pengganti: mufakat unit rotate", "use the committed key: mufakat unit rotate")
    static let noSuccessorKey = Message(
        "kunci pengganti tidak ada di folder ini", "the key that may take over is not in this folder")
    static let trySuccessorKey = Message(
        "salin kembali berkas kuncinya ke folder keys, atau mufakat unit recover",
        "copy its key file back into the keys folder, or mufakat unit recover")
    static let consentForAnother = Message(
        "persetujuan ini untuk usulan lain", "this consent is for another proposal")
    static let tryConsent = Message(
        "minta persetujuan baru atas berkas usulan yang sama", "ask for a new consent to the same proposal file")
    static let alreadyInForce = Message("kunci itu sudah berlaku", "that key is in force already")
    static let notForked = Message("rantai itu tidak bercabang", "that chain does not fork")
    static let tryForks = Message("mufakat forks", "mufakat forks")
    static let notAParty = Message("bukan pihak dalam berkas ini", "not a party to this dossier")
    static let nothingToRatify = Message(
        "tidak ada yang dapat disahkan: sudah berlaku, atau harus diputuskan dan ditandatangani baru",
        "nothing to ratify or accept: it has effect, or it has to be decided and signed anew")
}
