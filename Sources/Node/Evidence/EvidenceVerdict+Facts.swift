extension EvidenceVerdict {
    /// What a verifier that does not fold has to say as well: `<place>.<column>`.
    package var authorityFacts: [String: String] {
        var found = ["verdict": standing.rawValue, "acts": "\(approvals.count)", "title": title]
        for (place, line) in approvals.enumerated() {
            for column in line.columns where !AuditLine.foldedColumns.contains(column.name) {
                found["\(place).\(column.name)"] = column.value
            }
        }
        return found
    }
}
