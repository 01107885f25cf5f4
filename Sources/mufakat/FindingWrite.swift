import Dossier
import Envelope
import History
import Node
import Sodium

/// What one change set wrote into a finding.
struct FindingWrite {
    let item: Int
    /// Columns with their texts, in the order of their names.
    let cells: [(column: String, text: String)]

    /// All writes of a finding from the first on, so that each round is seen; in canonical order.
    static func list(_ row: DossierState.Row, _ view: DossierView, _ language: Language) -> [FindingWrite] {
        let written = Set(row.cells.map(\.write.item))
        return view.history.canonicalOrder.filter(written.contains).map { item in
            let cells = row.cells.filter { $0.write.item == item }.map {
                (column: $0.column, text: ViewText.shown($0.write.value, view, language))
            }
            return FindingWrite(
                item: item, cells: cells.sorted { $0.column.utf8.lexicographicallyPrecedes($1.column.utf8) })
        }
    }

    func text(_ view: DossierView) -> String {
        let stated = view.history.items[item].at
        return "\(TimeText.text(stated.milliseconds, zone: stated.zone)) \(view.authorName(of: item)): "
            + cells.map { "\($0.column) \($0.text)" }.joined(separator: "; ")
    }

    func object(_ view: DossierView) -> [String: Any] {
        [
            "change": view.history.items[item].id.hex, "at": view.history.items[item].at.milliseconds,
            "author": view.authorName(of: item),
            "cells": Dictionary(cells.map { ($0.column, $0.text) }, uniquingKeysWith: { first, _ in first }),
        ]
    }
}
