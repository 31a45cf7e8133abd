// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
]
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let httpClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

let package = Package(
    name: "causeway",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "causeway", targets: ["Causeway"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    ],
    targets: [
        .systemLibrary(
            name: "COpenSSL",
            pkgConfig: "libssl libcrypto",
            providers: [.apt(["libssl-dev"])]
        ),
        .systemLibrary(
            name: "CZlib",
            pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"])]
        ),
        .target(
            name: "TLSListener",
            dependencies: nio + [
                "COpenSSL", hummingbirdCore, logging, httpTypes, lifecycle,
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
            ],
            swiftSettings: settings
        ),
        .target(name: "Reconciliation", swiftSettings: settings),
        .target(
            name: "Store",
            dependencies: [
                "Reconciliation", crypto, logging,
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "GRDBSQLite", package: "GRDB.swift"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Bridge",
            dependencies: ["Reconciliation", "Store", crypto, logging, lifecycle],
            swiftSettings: settings
        ),
        .target(
            name: "Workbooks",
            dependencies: nio + [
                "Bridge", "Reconciliation", httpClient, logging,
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
            ],
            swiftSettings: settings
        ),
        // What the clients of JSON services over HTTP have in common; knows none of them.
        .target(
            name: "HTTPCalls",
            dependencies: nio + ["Bridge", "Reconciliation", httpClient],
            swiftSettings: settings
        ),
        .target(
            name: "ConstantContact",
            dependencies: nio + ["Bridge", "HTTPCalls", "Reconciliation", httpClient, logging],
            swiftSettings: settings
        ),
        .target(
            name: "Mailchimp",
            dependencies: nio + ["Bridge", "CZlib", "HTTPCalls", "Reconciliation", httpClient, crypto, logging],
            swiftSettings: settings
        ),
        .target(
            name: "Webhooks",
            dependencies: nio + [
                "Bridge", "Reconciliation", "Store", hummingbird, crypto, logging, httpTypes,
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Sandbox",
            dependencies: nio + [
                crypto, httpClient,
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTPCompression", package: "swift-nio-extras"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Causeway",
            dependencies: [
                "Bridge", "ConstantContact", "HTTPCalls", "Mailchimp", "Reconciliation", "Sandbox", "Store",
                "TLSListener", "Webhooks", "Workbooks", httpClient, hummingbird, lifecycle, logging, crypto,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        // The simulated world; nothing that is shipped links it.
        .target(
            name: "Simulation",
            dependencies: [
                "Bridge", "Reconciliation", "Store", logging,
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "causeway-simulate",
            dependencies: ["Simulation", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            path: "Sources/CausewaySimulate",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "causeway-bench",
            dependencies: ["Reconciliation"],
            path: "Benchmarks/Decide",
            swiftSettings: settings
        ),
        .testTarget(
            name: "TLSListenerTests",
            dependencies: nio + [
                "TLSListener", "COpenSSL", hummingbird, hummingbirdCore, lifecycle, logging,
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(name: "ReconciliationTests", dependencies: ["Reconciliation"], swiftSettings: settings),
        .testTarget(name: "StoreTests", dependencies: ["Store", "Reconciliation", crypto], swiftSettings: settings),
        .testTarget(
            name: "BridgeTests",
            dependencies: ["Bridge", "Simulation", "Store", "Reconciliation", logging],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WorkbooksTests",
            dependencies: nio + ["Workbooks", "Bridge", "Reconciliation", "Sandbox", httpClient, logging],
            swiftSettings: settings
        ),
        .testTarget(name: "HTTPCallsTests", dependencies: ["HTTPCalls"], swiftSettings: settings),
        // What every client of an email provider has to pass, whichever it is.
        .target(
            name: "ProviderConformance",
            dependencies: ["Bridge", "Reconciliation"],
            path: "Tests/ProviderConformance",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ConstantContactTests",
            dependencies: [
                "ConstantContact", "Bridge", "HTTPCalls", "ProviderConformance", "Reconciliation", "Sandbox",
                httpClient,
                logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "MailchimpTests",
            dependencies: nio + [
                "Mailchimp", "Bridge", "HTTPCalls", "ProviderConformance", "Reconciliation", "Sandbox", httpClient,
                logging,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "WebhooksTests",
            dependencies: nio + [
                "Webhooks", "Bridge", "Store", "Reconciliation", hummingbird, crypto, logging, httpTypes,
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SandboxTests",
            dependencies: nio + ["Sandbox", httpClient, crypto, .product(name: "NIOSSL", package: "swift-nio-ssl")],
            exclude: ["Mailchimp/Official/drive.py"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CausewayTests",
            dependencies: nio + ["Store", "Reconciliation", "Sandbox", httpClient, logging, crypto],
            swiftSettings: settings
        ),
    ]
)
