import AsyncHTTPClient
import Bridge
import Foundation
import Logging
import NIOCore
import Reconciliation
import Synchronization

/// The CRM port for a Workbooks database, reached with an API key (`workbooks.md`).
///
///     let client = try WorkbooksClient(
///         url: "https://secure.workbooks.com", apiKey: key,
///         http: HTTPClient(configuration: WorkbooksConfiguration.httpClient()),
///         gate: gate, clock: clock, logger: logger)
///     let identity = try await client.identify()
///
/// Reads are repeated after failures that pass by themselves. Writes are never repeated: when the answer to one is
/// lost, the caller gets `unknownOutcome` and reads back. What is kept between calls is the database's metadata and
/// nothing else.
package final class WorkbooksClient: CRM {
    package let capabilities = CRMCapabilities(
        readBatch: ListQuery.pageSize,
        writeBatch: ListQuery.pageSize,
        concurrency: 5,
        startingRate: 2
    )

    let transport: WorkbooksTransport
    let walk: ChangeWalk
    private let state: Mutex<State>

    /// A client of one database.
    ///
    /// - Parameters:
    ///   - url: the base URL; `https`, or `http` to a loopback address.
    ///   - http: has to be made with `WorkbooksConfiguration.httpClient`, which follows no redirect by itself.
    ///   - mappedAttributes: the attributes of each kind that go into `CRMRecord.fields`, by read name.
    /// - Throws: `PortError` with `refused` for any other URL.
    package init(
        url: String,
        apiKey: String,
        http: HTTPClient,
        gate: any CallGate,
        clock: any WallClock,
        logger: Logger,
        mappedAttributes: [RecordKind: [String]] = [:],
        configuration: WorkbooksConfiguration = WorkbooksConfiguration()
    ) throws(PortError) {
        transport = WorkbooksTransport(
            address: try WorkbooksAddress(url),
            apiKey: apiKey,
            http: http,
            gate: gate,
            clock: clock,
            configuration: configuration,
            logger: logger
        )
        walk = ChangeWalk(overlapSeconds: configuration.overlapSeconds, pageSize: ListQuery.pageSize)
        state = Mutex(State(mappedAttributes: mappedAttributes))
    }

    /// The attributes of each kind that are read into `CRMRecord.fields`, by read name; they can change at any time.
    ///
    /// Dates are given as `2009-05-22` and moments as `2010-07-12T16:03:09Z`, whatever the database shows.
    package var mappedAttributes: [RecordKind: [String]] {
        get { state.withLock(\.mappedAttributes) }
        set {
            state.withLock { state in
                // A new mapping may name an attribute that was made since metadata was read.
                if state.mappedAttributes != newValue { state.schema = nil }
                state.mappedAttributes = newValue
            }
        }
    }

    /// The schema that was read last, if any was.
    var knownSchema: DatabaseSchema? { state.withLock(\.schema)?.schema }

    /// The schema that was read within the last day.
    var recentSchema: DatabaseSchema? {
        let oldest = transport.clock.now.advanced(bySeconds: -86_400)
        return state.withLock { $0.schema.flatMap { $0.readAt >= oldest ? $0.schema : nil } }
    }

    /// Keeps a schema for the calls to come.
    func keep(_ schema: DatabaseSchema) {
        let now = transport.clock.now
        state.withLock { $0.schema = (schema, now) }
    }

    /// One page of rows.
    func rows<Row: Decodable & Sendable>(
        _ query: ListQuery,
        as row: Row.Type,
        operation: String,
        context: [CodingUserInfoKey: any Sendable] = [:]
    ) async throws -> [Row] {
        try await rows(.read(query, operation: operation), as: row, context: context)
    }

    /// The rows in the answer to a reading call.
    func rows<Row: Decodable & Sendable>(
        _ call: WorkbooksCall,
        as row: Row.Type,
        context: [CodingUserInfoKey: any Sendable] = [:]
    ) async throws -> [Row] {
        try await transport.perform(call) { body in
            try Self.decodeList(body, as: row, operation: call.operation, context: context)
        }
    }

    /// Every row of a query in id order, page after page by key.
    func allRows<Row: Decodable & Sendable>(
        of resource: Resource,
        columns: [String],
        filter: Filter?,
        operation: String,
        context: [CodingUserInfoKey: any Sendable] = [:],
        id: (Row) -> Int64
    ) async throws -> [Row] {
        var found: [Row] = []
        var last: Int64 = 0
        while true {
            let query = ListQuery.keyset(resource, columns: columns, filter: filter, after: last)
            let page = try await rows(query, as: Row.self, operation: operation, context: context)
            found += page
            guard page.count >= query.limit, let row = page.last, id(row) > last else { return found }
            last = id(row)
        }
    }

    private static func decodeList<Row: Decodable>(
        _ body: ByteBuffer,
        as row: Row.Type,
        operation: String,
        context: [CodingUserInfoKey: any Sendable]
    ) throws -> [Row] {
        let decoder = JSONDecoder()
        decoder.userInfo = context
        let answer = try decoder.decode(ListAnswer<Row>.self, from: Data(body.readableBytesView))
        guard answer.success else {
            let said = SaidByService.clean(answer.failures.joined(separator: "; "), hiding: "")
            let reason = said.isEmpty ? "no reason given" : said
            throw PortError(.refused, operation: operation, detail: "Workbooks refused: \(reason)", status: 200)
        }
        return answer.rows
    }

    private struct State {
        var mappedAttributes: [RecordKind: [String]]
        var schema: (schema: DatabaseSchema, readAt: Timestamp)?
    }
}
