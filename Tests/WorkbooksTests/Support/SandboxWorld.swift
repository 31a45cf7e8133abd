import Bridge
import Foundation
import Reconciliation
import Sandbox
import Testing
import Workbooks

/// The sandbox's Workbooks on a socket, and a client of it.
struct SandboxWorld: Sendable {
    let server: SandboxServer
    let clock: SandboxClock
    let summary: WorkbooksSeedSummary
    let fixture: Fixture

    var client: WorkbooksClient { fixture.client }
    /// The campaign that was seeded first.
    var campaign: CampaignID { CampaignID(Int64(summary.campaigns[0].id)) }
    /// The requests of the client so far, by route.
    var calls: Int { server.calls.counts.values.reduce(0, +) }

    /// Runs `body` against a seeded database whose clock stands still.
    static func run(
        members: Int = 0,
        campaigns: Int = 1,
        key: String = WorkbooksOptions().apiKey,
        mapped: [RecordKind: [String]] = [:],
        publicNameField: String? = nil,
        _ body: (SandboxWorld) async throws -> Void
    ) async throws {
        let clock = SandboxClock(now: 1_780_000_000, frozen: true)
        let service = WorkbooksSandbox(clock: clock)
        let summary = await service.seed(members: members, campaigns: campaigns, seed: 7)
        let server = try await SandboxServer.start(service, clock: clock, log: try Self.log.get())
        do {
            try await Fixture.with(
                url: server.baseURL,
                key: key,
                clock: TestClock(seconds: 1_780_000_000),
                mapped: mapped,
                publicNameField: publicNameField
            ) { fixture in
                try await body(SandboxWorld(server: server, clock: clock, summary: summary, fixture: fixture))
            }
            await server.stop()
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Moves the sandbox's clock and the client's together.
    func advance(seconds: Int64) {
        clock.advance(by: Double(seconds))
        fixture.clock.advance(seconds: seconds)
    }

    /// Does what an operator does, and gives the record's id and lock version.
    @discardableResult
    func edit(_ resource: Resource, _ edit: [String: SandboxJSON]) async throws -> (id: Int64, lockVersion: Int64) {
        var json = edit
        json["resource"] = .string(resource.rawValue)
        let request = SandboxRequest(
            method: "POST",
            target: "/_sandbox/edit",
            headers: [("Content-Type", "application/json")],
            body: Array(SandboxJSON.object(json).text.utf8)
        )
        let response = await (server.service as? WorkbooksSandbox)?.control(request)
        let answer = try JSONDecoder().decode(Edited.self, from: Data(try #require(response).body))
        return (answer.id, answer.lock_version)
    }

    /// Makes a Person with these attributes.
    func person(_ attributes: [String: SandboxJSON]) async throws -> RecordID {
        var all = attributes
        all["name"] = all["name"] ?? "Ada Marsh"
        return RecordID(.person, try await edit(.people, ["create": .object(all)]).id)
    }

    /// Makes a Lead with these attributes.
    func lead(_ attributes: [String: SandboxJSON]) async throws -> RecordID {
        var all = attributes
        all["name"] = all["name"] ?? "Ben Ortiz"
        return RecordID(.lead, try await edit(.leads, ["create": .object(all)]).id)
    }

    /// Lets the next matching call meet a fault.
    func fail(_ fault: SandboxJSON) throws {
        server.faults.add(try #require(SandboxFault(fault)))
    }

    /// The record as it is now.
    func record(_ id: RecordID) async throws -> CRMRecord {
        try #require(try await client.records([id]).first)
    }

    /// Reads a source to the end of one poll.
    func poll(_ source: CRMSource, from position: ChangePosition) async throws -> (ids: [Int64], rest: ChangePosition) {
        var position = position
        var ids: [Int64] = []
        while true {
            let page = try await client.changes(of: source, after: position)
            ids += page.records.map(\.id.id) + page.members.map(\.id.rawValue)
            position = page.next
            if page.isLast { return (ids, position) }
        }
    }

    private struct Edited: Decodable {
        var id: Int64
        var lock_version: Int64
    }

    private static let log: Result<ExchangeLog?, any Error> = Result {
        try ProcessInfo.processInfo.environment["EXCHANGE_LOG_DIRECTORY"].map {
            try ExchangeLog(path: $0 + "/workbooks.ndjson")
        }
    }
}
