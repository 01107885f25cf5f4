import ArgumentParser
import Node
import QR
import Sodium

/// Whether a QR code of the fingerprint is shown.
struct QROptions: ParsableArguments {
    @Flag(help: "Show the fingerprint as a QR code, also where standard output is no terminal.")
    var qr = false

    /// As without the option.
    static var standard: QROptions { QROptions(isAsked: false) }

    init() {}

    private init(isAsked: Bool) { qr = isAsked }

    /// Never among JSON.
    func show(_ bytes: Bytes32, _ global: GlobalOptions) {
        guard !global.json, qr || Terminal.isShown, let code = QRCode(Fingerprint.text(bytes)) else { return }
        for line in QRText.lines(code, isColoured: Terminal.isShown) { Terminal.print(line) }
    }
}

/// How two people make sure that the key in a file is the one that the other made.
struct FingerprintOptions: ParsableArguments {
    @Option(help: "The fingerprint as the other side reads it out; another one is refused.")
    var fingerprint: String?

    @OptionGroup var code: QROptions

    /// Shows the fingerprint of a key or network and does not come back unless nothing speaks against it: given by
    /// option it is compared here; at a terminal a person is asked; else it is said that nobody compared it.
    func confirm(_ bytes: Bytes32, _ global: GlobalOptions) throws {
        let (language, text) = (global.language, Fingerprint.text(bytes))
        Terminal.note("  " + text)
        if let fingerprint {
            guard let isSame = Fingerprint.matches(fingerprint, bytes) else {
                throw NodeFailure.badValue(
                    field: "--fingerprint", value: fingerprint, expected: "0123 4567 89ab cdef 0123 4567 89ab cdef")
            }
            guard isSame else { throw NodeFailure.enrolment(.fingerprintDiffers(found: text, given: fingerprint)) }
            Terminal.note("  " + Catalogue.compared.text(language))
            return
        }
        guard Terminal.isAnswered else {
            Terminal.note("  " + Catalogue.comparedNot.text(language))
            return
        }
        code.show(bytes, global)
        Terminal.ask(Catalogue.compareQuestion.text(language))
        var input = LineReader()
        guard case .line(let answer) = input.next(), Answer.isYes(answer) == true else {
            throw NodeFailure.enrolment(.notCompared(fingerprint: text))
        }
    }
}
