import Envelope

extension EvidenceVerdict {
    /// What a verifier that does not fold has to say as well: `<place>.<column>`.
    package var authorityFacts: [String: String] {
        var found = ["verdict": standing.rawValue, "acts": "\(approvals.count)", "title": title]
        for (place, line) in approvals.enumerated() {
            for column in line.columns where !AuditLine.foldedColumns.contains(column.name) {
                found["\(place).\(column.name)"] = column.value
            }
        }
        for (place, document) in documents.enumerated() {
            for field in document.fields { found["document.\(place).\(field.path)"] = field.text ?? "" }
        }
        return found
    }
}

extension EvidenceFile {
    /// Committed values of its documents: those that it opens, those that it does not, and how many of the opened ones
    /// were written for fewer than all parties.
    package var valueCounts: (open: Int, closed: Int, forFewer: Int) {
        let opened = Set(openings.map(\.commitment))
        var counts = (open: 0, closed: 0, forFewer: 0)
        for entry in contents.flatMap(\.entries) {
            guard case .committed(let committed) = entry.value else { continue }
            guard opened.contains(committed.commitment) else {
                counts.closed += 1
                continue
            }
            counts.open += 1
            if committed.audience != .all { counts.forFewer += 1 }
        }
        return counts
    }
}
