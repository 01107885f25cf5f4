import Foundation

/// One measured row.
struct Row: Encodable {
    let row: Int
    let name: String
    let value: Double
    let unit: String
    /// What it is compared with; nil where the row has an absolute bound.
    var floor: Double?
    var ratio: Double?
    let must: String
    let reach: String
    let met: Bool

    enum CodingKeys: String, CodingKey {
        case row
        case name
        case value
        case unit
        case floor
        case ratio
        case must
        case reach
        case met
    }

    /// Every key every time: null where a row has no floor.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(row, forKey: .row)
        try container.encode(name, forKey: .name)
        try container.encode(value, forKey: .value)
        try container.encode(unit, forKey: .unit)
        try container.encode(floor, forKey: .floor)
        try container.encode(ratio, forKey: .ratio)
        try container.encode(must, forKey: .must)
        try container.encode(reach, forKey: .reach)
        try container.encode(met, forKey: .met)
    }

    /// A bound on the value itself.
    static func bound(_ row: Int, _ name: String, _ value: Double, _ unit: String, must: Double, reach: Double) -> Row {
        Row(
            row: row, name: name, value: value, unit: unit, must: "<= \(must)", reach: "<= \(reach)", met: value <= must
        )
    }

    /// A bound on the ratio to a floor.
    static func ratio(
        _ row: Int, _ name: String, _ value: Double, _ unit: String, floor: Double, must: Double, reach: Double
    ) -> Row {
        Row(
            row: row, name: name, value: value, unit: unit, floor: floor, ratio: value / floor,
            must: "<= \(must) x floor", reach: "<= \(reach) x floor", met: value / floor <= must)
    }

    static func printJSON(_ rows: [Row]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(rows), as: UTF8.self))
    }

    static func printTable(_ rows: [Row]) {
        for row in rows {
            let ratio = row.ratio.map { String(format: "%6.2f x", $0) } ?? "        "
            let value = String(format: "%12.3f", row.value)
            let number = String(format: "%2d", row.row)
            print(
                "\(number) \(value) \(row.unit)  \(ratio)  must \(row.must)  \(row.met ? "met" : "NOT MET")  \(row.name)"
            )
        }
    }
}
