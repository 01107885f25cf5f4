import Mustache

/// Official forms as HTML for paper. Data in, text out; Mustache escapes every value.
package enum OfficialPrint {
    package static func html(_ sheet: PrintSheet) throws -> String {
        let library = try PrintTemplates.library(for: sheet.template)
        guard let html = library.render(PrintContext(sheet).root, withTemplate: sheet.template) else {
            preconditionFailure("no template \(sheet.template)")
        }
        return html
    }
}
