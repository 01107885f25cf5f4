/// What authority has to ask about the procedure, without knowing procedures: change sets by index.
package protocol AuthorityPolicy {
    /// Whether a change set is plain work that a person in this role may ratify (Protocol 3 §7 B.3).
    func mayRatify(_ index: Int, inRole role: String) -> Bool
    /// Whether acts that rest on an outcome, signature or ruling protect it from the end of its signer (B.4).
    ///
    /// - Parameters:
    ///   - verdicts: with the protection clause as far as they are made: all change sets after this one; the others
    ///     count as not authorised.
    ///   - unprotected: of all change sets, without the clause.
    func protects(_ index: Int, verdicts: [Verdict], unprotected: [Verdict]) -> Bool
}

/// For histories without a definition: nothing is plain work of a step, nothing is protected.
package struct NoPolicy: AuthorityPolicy {
    package init() {}
    package func mayRatify(_ index: Int, inRole role: String) -> Bool { false }
    package func protects(_ index: Int, verdicts: [Verdict], unprotected: [Verdict]) -> Bool { false }
}
