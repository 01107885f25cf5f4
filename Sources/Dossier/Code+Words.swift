extension Code {
    /// Whether an operation is done under a mandate (CDDL `act`), and so stands alone in its change set.
    package static func isAct(_ code: Int) -> Bool { (outcome...36).contains(code) && code != link }

    /// The names of operations, as in the CDDL.
    package static func word(_ code: Int) -> String { words[code] ?? "\(code)" }

    private static let words = [
        open: "open", set: "set", insert: "insert", remove: "remove", addRow: "add-row", setCell: "set-cell",
        deleteRow: "delete-row", comment: "comment", attach: "attach", outcome: "outcome", sign: "sign",
        ruling: "ruling", acknowledge: "acknowledge", accept: "accept", decline: "decline", ratify: "ratify",
        release: "release", erase: "erase", setAside: "set-aside", bind: "bind", unbind: "unbind",
        withdraw: "withdraw", cancel: "cancel", suspend: "suspend", resume: "resume", reassign: "reassign",
        link: "link", lease: "lease", void: "void", migrate: "migrate",
    ]
}
