/// What stands at the top of a unit's papers (*kop*). Local to a replica; nothing of it is signed.
package struct Letterhead: Sendable, Equatable {
    package var government = ""
    package var name: String
    package var address = ""
    package var phone = ""
    package var email = ""
    package var web = ""
    /// Where letters are dated from.
    package var city = ""
    package var logo: Logo?
    /// Nothing was set for the unit that issues the document.
    package var isPlain = false

    package init(name: String) { self.name = name }

    /// A picture of bounded size that a page embeds.
    package struct Logo: Sendable, Equatable {
        package let mediaType: String
        package let bytes: [UInt8]

        package static let byteCountMax = 131_072
        /// Pixels on a side.
        package static let sizeMax = 2_000

        /// PNG or JPEG, by their first bytes. A drawing (SVG) may hold references and scripts, and is refused.
        package init?(_ bytes: [UInt8]) {
            guard bytes.count <= Self.byteCountMax else { return nil }
            if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52])
            {
                guard bytes.count > 33 else { return nil }
                func number(_ place: Int) -> Int {
                    bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
                }
                guard (1...Self.sizeMax).contains(number(16)), (1...Self.sizeMax).contains(number(20)) else {
                    return nil
                }
                mediaType = "image/png"
            } else if bytes.starts(with: [0xff, 0xd8, 0xff]), bytes.suffix(2) == [0xff, 0xd9] {
                mediaType = "image/jpeg"
            } else {
                return nil
            }
            self.bytes = bytes
        }
    }
}
