/// What is held back, kept apart or not taken.
extension Catalogue {
    static let heldBack = Message(
        "Berkas ini ditahan: menghitungnya melebihi batas.", "This dossier is held back: folding it exceeds its budget."
    )
    static let changedMeanwhile = Message(
        "Berkas besar ini berubah selama tindakan Anda dihitung; tidak ada yang ditandatangani.",
        "This large dossier changed while your act was worked out; nothing was signed.")
    static let notHeld = Message(
        "Berkas ini tidak ditahan, atau sudah diangkat sejauh yang dapat.",
        "This dossier is not held back, or was taken up as far as can be.")
    static let tryTakeUp = Message(
        "Jika isinya memang diperlukan: mufakat take-up BERKAS", "If it is really needed: mufakat take-up DOSSIER")
    static let heldRows = Message(
        "! ditahan: yang tampak adalah hasil hitungan terakhir (mufakat take-up)",
        "! held back: shown is what was derived last (mufakat take-up)")
    static let equalButHere = Message("sama, kecuali {0} berkas ditahan", "equal but for {0} dossiers held back")
    static let equalButThere = Message(
        "sama, kecuali {0} berkas yang ditahan di sana", "equal but for {0} dossiers held back there")
    static let equalButBoth = Message(
        "sama, kecuali {0} berkas ditahan di sini dan {1} di sana",
        "equal but for {0} dossiers held back here and {1} there")
    static let heldLine = Message("berkas {0} ditahan: {1} {2} > {3}", "dossier {0} is held back: {1} {2} > {3}")
    static let slowLine = Message("{0} berkas menunggu dihitung", "{0} dossiers wait to be folded")
    static let waitingLine = Message(
        "{0} berkas dari {1} (kunci {2}) menunggu: unit ini belum menjadi pihak",
        "{0} dossiers from {1} (key {2}) wait: this unit is no party yet")
    static let quotaLine = Message(
        "{0} berkas baru dari {1} tidak diterima: terlalu banyak yang belum ditanggapi unit ini",
        "{0} new dossiers from {1} are not taken: too many that this unit has not answered")
    static let budgetLine = Message(
        "{0} berkas baru dari {1} tidak diterima: melebihi batas",
        "{0} new dossiers from {1} are not taken: beyond the budget")
    static let takenUp = Message(
        "Diangkat: berkas {0} boleh {1} kali batas di replika ini",
        "Taken up: dossier {0} may cost {1} times the budget on this replica")
    static let limitNames = [
        "changes": Message("perubahan", "change sets"), "bytes": Message("bita", "bytes"),
        "steps": Message("langkah hitung", "fold steps"),
    ]
}
