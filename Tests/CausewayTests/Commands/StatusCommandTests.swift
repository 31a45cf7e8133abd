import Foundation
import Reconciliation
import Sandbox
import Store
import Testing

/// What `status` claims, and what it does not.
struct StatusCommandTests {
    private let account = AccountID("constant-contact")
    private let now = Timestamp(seconds: Int64(Date().timeIntervalSince1970))

    /// Connects both sides and writes into the store beside the program.
    private func prepare(_ bench: Bench, _ body: @escaping @Sendable (any SQLConnection) throws -> Void) async throws {
        try await bench.connect()
        let store = try await Store.open(dataDirectory: bench.data)
        try await store.database.write(body)
        await store.closeAndWait()
    }

    private func ofAccount(_ status: SandboxJSON?) -> SandboxJSON? {
        status?["accounts"]?.arrayValue?.first { $0["name"]?.stringValue == account.rawValue }
    }

    @Test(arguments: [true, false])
    func saysWhatCannotBeReadBackWhereThereIsARelay(hasRelay: Bool) async throws {
        try await Bench.with(members: 0) { bench in
            let (account, now) = (account, now)
            try await prepare(bench) { connection in
                for kind in CoverageGap.Kind.allCases {
                    try Coverage.tick(kind, of: account, at: now, isRunning: true, in: connection)
                }
                try Coverage.open(
                    CoverageGap(
                        account: account,
                        kind: .webhook,
                        cause: .killed,
                        beganAt: now.advanced(bySeconds: -5 * 86_400),
                        endedAt: now.advanced(bySeconds: -3600)
                    ),
                    in: connection
                )
                if hasRelay { try WebhookSecrets.noteGivenOut(of: account, on: connection) }
            }
            let coverage = ofAccount(try await bench.json("status").first)?["coverage"]
            let (from, to) = (now.advanced(bySeconds: -5 * 86_400), now.advanced(bySeconds: -3600 - 3 * 86_400))
            let lost = coverage?["unreadable"]?.arrayValue ?? []
            #expect(lost.map { $0["from"]?.stringValue } == (hasRelay ? [from.text] : []))
            #expect(lost.map { $0["to"]?.stringValue } == (hasRelay ? [to.text] : []))
            let text = try await bench.run("status").output
            let words = "but relay deliveries from \(from.text) to \(to.text) cannot be read back"
            #expect(text.contains(words) == hasRelay, "\(text)")
        }
    }

    @Test func saysThatNobodyIsAddedWhileAnAccountIsNotRead() async throws {
        try await Bench.with(members: 0) { bench in
            let (account, since) = (account, now.advanced(bySeconds: -7200))
            try await prepare(bench) { try Coverage.tick(.poll, of: account, at: since, isRunning: true, in: $0) }
            let additions = try await bench.json("status").first?["additions"]
            #expect(additions?["keptBack"]?.boolValue == true)
            #expect(additions?["accounts"]?.arrayValue?.map { $0["since"]?.stringValue } == [since.text])
            let text = try await bench.run("status").output
            #expect(text.contains("nobody is added to any list before constant-contact is read"), "\(text)")
            let patient = try await bench.run(
                ["status", "--json"],
                environment: ["CAUSEWAY_GAP_ADDITIONS_SECONDS": "36000"]
            )
            #expect(patient.documents.first?["additions"]?["keptBack"]?.boolValue == false)
        }
    }
}

extension Timestamp {
    /// The moment as the program prints it.
    fileprivate var text: String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
    }
}
