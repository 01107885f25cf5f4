extension DocumentType {
    /// Where official numbers are written, of a document that has one: `number` by the side that signs first,
    /// `number_<slot>` by every other party that signs. Each is an optional text, and part of what is signed.
    package var numberFields: [Field] {
        guard hasNumber else { return [] }
        let rules = ([sign].compactMap { $0 } + signByStage.map(\.rule)).flatMap(\.need)
        var slots: [String] = []
        for signer in rules where !signer.name.hasPrefix("team.") {
            let slot = signer.name.split(separator: ".").first.map(String.init) ?? ""
            if !slots.contains(slot) { slots.append(slot) }
        }
        let names = ["number"] + slots.dropFirst().map { "number_\($0)" }
        return names.filter { name in !fields.contains { $0.name == name } }.map {
            Field(name: $0, kind: .text, isOptional: true)
        }
    }
}
