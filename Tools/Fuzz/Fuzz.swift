import Foundation

/// libFuzzer's driver, from the compiler's runtime: the executable keeps its own `main`.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Calls what `MUFAKAT_FUZZ` names with inputs that the driver makes up. Whatever a peer may send must end in a
/// violation or in nothing: a trap, a hang or too much memory is a find.
@main enum Fuzz {
    static func main() {
        var count = CommandLine.argc
        var arguments = unsafe CommandLine.unsafeArgv
        switch ProcessInfo.processInfo.environment["MUFAKAT_FUZZ"] {
        case "session": _ = unsafe runDriver(&count, &arguments, fuzzSessionInput)
        default: _ = unsafe runDriver(&count, &arguments, fuzzMessageInput)
        }
    }
}

private func fuzzMessageInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    MessageFuzz.run(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private func fuzzSessionInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    SessionFuzz.run(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
