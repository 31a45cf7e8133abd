import Bridge
import Foundation
import NIOCore
import Reconciliation

extension WorkbooksClient {
    /// The position at the newest `updated_at` of a source; the first poll from it reads its overlap again.
    package func latestPosition(of source: CRMSource) async throws -> ChangePosition {
        let began = transport.clock.now
        return walk.resting(at: try await newestSecond(of: source) ?? 0, foundAt: began)
    }

    /// One page of changes, by one request; `ChangeWalk` says how positions are made.
    ///
    /// Storing `next` after every page is safe, and calling again with it goes on from there: the overlap is read at
    /// the beginning of a poll only, that is from the position that a page with `isLast` gave. A poll that finds
    /// nothing costs one request; one of several pages costs one more than it has pages.
    package func changes(of source: CRMSource, after position: ChangePosition) async throws -> ChangePage {
        let began = transport.clock.now
        var page = ChangePage(next: position, isLast: true)
        let stamps: [ChangeWalk.Stamp]
        switch source.kind {
        case nil:
            let query = self.query(source.resource, MemberRow.columns, after: position)
            page.members = try await rows(query, as: MemberRow.self, operation: "read changed members").map(\.member)
            stamps = page.members.map { ChangeWalk.Stamp(second: $0.updatedAt.seconds, id: $0.id.rawValue) }
        case .some(let kind):
            page.records = try await withColumns(of: kind) { columns in
                let query = self.query(source.resource, columns.selected, after: position)
                let context: [CodingUserInfoKey: any Sendable] = [.workbooksColumns: columns]
                let rows = try await rows(
                    query,
                    as: RecordRow.self,
                    operation: "read changed records",
                    context: context
                )
                return try await normalised(rows.map(\.record), of: columns)
            }
            stamps = page.records.map { ChangeWalk.Stamp(second: $0.updatedAt.seconds, id: $0.id.id) }
        }
        var newest: Int64?
        if walk.needsNewestSecond(after: position, rows: stamps.count) {
            let found = try await newestSecond(of: source)
            // It was found after the page was read, and may be newer than that by the time between.
            let elapsed = max(0, transport.clock.now.milliseconds - began.milliseconds)
            newest = found.map { $0 - (elapsed + 999) / 1000 }
        }
        (page.next, page.isLast) = walk.next(after: position, page: stamps, began: began, newest: newest)
        return page
    }

    private func query(_ resource: Resource, _ columns: [String], after position: ChangePosition) -> ListQuery {
        switch walk.criterion(after: position) {
        case .since(let second):
            return ListQuery(
                resource: resource,
                columns: columns,
                filter: .all([.test("updated_at", .atLeast, String(second)), .deletedOrNot]),
                order: [ListQuery.Order(column: "updated_at"), ListQuery.Order(column: "id")]
            )
        case .within(let second, let id):
            return ListQuery(
                resource: resource,
                columns: columns,
                filter: .all([
                    .test("updated_at", .equal, String(second)), .deletedOrNot, .test("id", .greater, String(id)),
                ])
            )
        }
    }

    private func newestSecond(of source: CRMSource) async throws -> Int64? {
        let query = ListQuery(
            resource: source.resource,
            columns: StampRow.columns,
            filter: .deletedOrNot,
            order: [
                ListQuery.Order(column: "updated_at", descending: true),
                ListQuery.Order(column: "id", descending: true),
            ],
            limit: 1
        )
        let rows = try await rows(query, as: StampRow.self, operation: "find the latest change")
        return rows.first?.updatedAt.seconds
    }
}

extension CRMSource {
    /// Where the source is read.
    var resource: Resource {
        switch self {
        case .people: .people
        case .leads: .leads
        case .members: .members
        }
    }

    /// The kind of record that the source holds; nil for memberships.
    fileprivate var kind: RecordKind? {
        switch self {
        case .people: .person
        case .leads: .lead
        case .members: nil
        }
    }
}
