// swift-tools-version: 6.2
// The layers, lowest first; an arrow only ever points down.
import PackageDescription

/// What every target of ours is compiled with.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "mufakat",
    products: [
        .executable(name: "mufakat", targets: ["mufakat"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache.git", from: "2.1.1"),
    ],
    targets: [
        .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
        .systemLibrary(name: "CLinux"),
        .target(name: "Sodium", dependencies: ["CSodium"], swiftSettings: strict),
        .systemLibrary(name: "CQRencode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .target(name: "QR", dependencies: ["CQRencode"], swiftSettings: strict),
        .systemLibrary(name: "CXlsxwriter", pkgConfig: "xlsxwriter", providers: [.apt(["libxlsxwriter-dev"])]),
        .target(name: "Spreadsheet", dependencies: ["CXlsxwriter"], swiftSettings: strict),
        .target(name: "CBOR", swiftSettings: strict),
        .target(name: "Envelope", dependencies: ["CBOR", "Sodium"], swiftSettings: strict),
        .target(name: "Registry", dependencies: ["CBOR", "Envelope", "Sodium"], swiftSettings: strict),
        .target(name: "History", dependencies: ["CBOR", "Envelope", "Registry", "Sodium"], swiftSettings: strict),
        .target(
            name: "Authority", dependencies: ["CBOR", "Envelope", "History", "Registry", "Sodium"],
            swiftSettings: strict),
        .target(
            name: "Procedure", dependencies: ["CBOR", "Sodium"],
            resources: [.embedInCode("Definitions"), .embedInCode("Calendars")], swiftSettings: strict),
        .target(
            name: "Dossier",
            dependencies: ["Authority", "CBOR", "Envelope", "History", "Procedure", "Registry", "Sodium"],
            swiftSettings: strict),
        .target(name: "Noise", dependencies: ["Sodium"], swiftSettings: strict),
        .target(
            name: "Sync", dependencies: ["CBOR", "Envelope", "History", "Registry", "Sodium"], swiftSettings: strict),
        .target(
            name: "Store",
            dependencies: [
                "CBOR", "CLinux", "Dossier", "Envelope", "History", "Registry", "Sodium",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Transport",
            dependencies: [
                "Noise", "Sodium",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Node",
            dependencies: [
                "Authority", "CBOR", "CLinux", "Dossier", "Envelope", "History", "Procedure", "Registry", "Sodium",
                "Store", "Sync", "Transport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Prints",
            dependencies: [.product(name: "Mustache", package: "swift-mustache")],
            resources: [.embedInCode("Templates"), .embedInCode("Tables")], swiftSettings: strict
        ),
        .executableTarget(
            name: "mufakat",
            dependencies: [
                "Authority", "CBOR", "Dossier", "Envelope", "History", "Node", "Prints", "Procedure", "QR", "Registry",
                "Sodium", "Spreadsheet", "Store", "Transport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: strict
        ),
        .executableTarget(name: "Tidy", path: "Tools/Tidy", swiftSettings: strict),
        .executableTarget(
            name: "Vectors",
            dependencies: [
                "CBOR", "Dossier", "Envelope", "History", "Node", "Registry", "Sodium", "TestSupport",
            ], path: "Tools/Vectors", swiftSettings: strict),
        .executableTarget(
            name: "Oracle",
            dependencies: [
                "Authority", "CBOR", "Dossier", "Envelope", "History", "Procedure", "Registry", "Sodium", "TestSupport",
            ],
            path: "Tools/Oracle", swiftSettings: strict),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "Authority", "CBOR", "Dossier", "Envelope", "History", "Node", "Procedure", "Registry", "Sodium",
                "Store",
                "Sync", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
            ], path: "Tools/Bench", swiftSettings: strict),
        .target(
            name: "TestSupport",
            dependencies: ["CBOR", "Dossier", "Envelope", "History", "Procedure", "Registry", "Sodium"],
            path: "Tests/TestSupport", swiftSettings: strict),
        .target(
            name: "SyncSupport", dependencies: ["CBOR", "Envelope", "Sodium", "Sync"], path: "Tests/SyncSupport",
            swiftSettings: strict),
        .testTarget(name: "SodiumTests", dependencies: ["Sodium", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "CBORTests", dependencies: ["CBOR", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "QRTests", dependencies: ["QR"], swiftSettings: strict),
        .testTarget(
            name: "PrintsTests", dependencies: ["Prints", "QR", "TestSupport"], exclude: ["Golden"],
            swiftSettings: strict),
        .testTarget(
            name: "SpreadsheetTests", dependencies: ["Spreadsheet", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "EnvelopeTests", dependencies: ["CBOR", "Envelope", "Sodium", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "RegistryTests", dependencies: ["CBOR", "Envelope", "Registry", "Sodium", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "HistoryTests",
            dependencies: ["CBOR", "Dossier", "Envelope", "History", "Registry", "Sodium", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "DossierTests",
            dependencies: [
                "Authority", "CBOR", "Dossier", "Envelope", "History", "Procedure", "Registry", "Sodium", "TestSupport",
            ], swiftSettings: strict),
        .testTarget(
            name: "ProcedureTests", dependencies: ["Procedure", "Sodium", "TestSupport"], exclude: ["Expected"],
            swiftSettings: strict),
        .testTarget(name: "NoiseTests", dependencies: ["Noise", "Sodium", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "SyncTests",
            dependencies: ["CBOR", "Envelope", "History", "Registry", "Sodium", "Sync", "SyncSupport", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Envelope", "History", "Sodium", "Store", "TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "TransportTests",
            dependencies: ["Sodium", "Transport", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: strict),
        .testTarget(
            name: "NodeTests",
            dependencies: [
                "Authority", "CBOR", "Dossier", "Envelope", "History", "Node", "Procedure", "Registry", "Sodium",
                "Store",
                "Sync", "TestSupport", "Transport", .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: strict),
        .testTarget(
            name: "ConformanceTests",
            dependencies: ["CBOR", "Envelope", "History", "Node", "Registry", "Sodium", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "TranscriptTests",
            dependencies: [
                "Authority", "Dossier", "Envelope", "History", "Node", "Procedure", "Registry", "Sodium", "Store",
                "TestSupport", "mufakat",
            ], swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)

// The fuzzers (Tools/fuzz) need coverage compiled into what they fuzz, and a driver from the compiler's own runtime.
if let runtime = Context.environment["FUZZ_RUNTIME"] {
    for target in package.targets where target.type == .regular {
        target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-sanitize=fuzzer"])]
    }
    package.products.append(.executable(name: "Fuzz", targets: ["Fuzz"]))
    package.targets.append(
        .executableTarget(
            name: "Fuzz", dependencies: ["CBOR", "Envelope", "Sodium", "Sync", "SyncSupport"], path: "Tools/Fuzz",
            swiftSettings: strict + [.unsafeFlags(["-sanitize=fuzzer", "-parse-as-library"])],
            linkerSettings: [.unsafeFlags([runtime, "-lstdc++", "-lm"])]))
}
