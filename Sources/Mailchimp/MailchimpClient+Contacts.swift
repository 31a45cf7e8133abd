import Bridge
import HTTPCalls
import NIOHTTP1
import Reconciliation

/// Reading contacts, who are the audience's members (mailchimp.md §5, §8).
extension MailchimpClient {
    package func contacts(_ query: ContactQuery, cursor: String?) async throws -> ContactPage {
        let operation = "read contacts"
        switch query {
        case .having(let address):
            return try await page(having: address, operation)
        case .onLists(let lists):
            guard lists.count == 1, let list = lists.first else {
                let detail = "a query names one tag, not \(lists.count)"
                throw PortError(.refused, operation: operation, detail: detail)
            }
            return try await page(of: list, cursor: cursor, operation)
        case .everybody, .optedOut, .unsubscribed, .deleted, .created:
            return try await page(of: MemberPass.passes(of: query), cursor: cursor, operation)
        }
    }

    package func contact(_ id: ContactID) async throws -> ProviderContact? {
        do {
            return try await contact(from: try await document(named: id.rawValue, "read a contact"))
        } catch let error as PortError where error.code == .notFound {
            try await confirmAudience()
            return nil
        }
    }

    /// Reads one member.
    ///
    /// - Parameter name: its contact id or its hash.
    /// - Throws: `PortError` with `notFound` when there is none of that name, or the audience is gone.
    func document(named name: String, _ operation: String) async throws -> MemberDocument {
        let query = [("fields", MemberDocument.fields)]
        return try await caller.call(caller.read(operation, path(ofMember: name), query)) { try Self.member(in: $0) }
    }

    /// The path of a member, or of something below it.
    ///
    /// - Parameter name: the hash; for reads the contact id will do, too.
    func path(ofMember name: String, _ suffix: String = "") -> String {
        path("/members/\(PercentEncoding.encode(name))\(suffix)")
    }

    static func member(in answer: ServiceAnswer) throws -> MemberDocument {
        guard let member = try answer.decode({ try MemberDocument.read(&$0) }) else {
            throw JSONReader.Malformed(offset: 0)
        }
        return member
    }

    // MARK: Pages

    private func page(having address: Address, _ operation: String) async throws -> ContactPage {
        let query = [("fields", MemberDocument.fields)]
        let request = caller.read(operation, path(ofMember: SubscriberHash.of(address.text)), query)
        do {
            let (member, time) = try await caller.call(request) { (try Self.member(in: $0), Self.time(of: $0)) }
            return ContactPage(contacts: [try await contact(from: member)], next: nil, serverTime: time)
        } catch let error as PortError where error.code == .notFound {
            try await confirmAudience()
            return ContactPage(contacts: [], next: nil, serverTime: nil)
        }
    }

    private func page(of list: ListID, cursor: String?, _ operation: String) async throws -> ContactPage {
        let place = try Self.place(cursor, below: 1, operation)
        let query =
            [("include_unsubscribed", "true"), ("include_cleaned", "true"), ("include_transactional", "true")]
            // Which names these rows have is described too narrowly to ask for them by name: one that the service does
            // not know there would fail the call.
            + [("exclude_fields", "_links,members._links,members.interests,members.stats,members.location")]
        do {
            let request = walkRequest(operation, path(of: list, "/members"), query, place)
            return try await page(of: [MemberPass()], at: place, request, isSorted: false, operation)
        } catch let error as PortError where error.code == .notFound {
            try await confirmAudience()
            throw error
        }
    }

    private func page(of passes: [MemberPass], cursor: String?, _ operation: String) async throws -> ContactPage {
        let place = try Self.place(cursor, below: passes.count, operation)
        let pass = passes[place.pass]
        var query = pass.filters
        if let since = place.since ?? pass.since {
            query.append(("since_last_changed", ServiceTime.formatWithOffset(since)))
        }
        query += [("sort_field", "last_changed"), ("sort_dir", "ASC"), ("fields", MemberDocument.pageFields)]
        let request = walkRequest(operation, path("/members"), query, place)
        return try await inAudience(operation) {
            try await page(of: passes, at: place, request, isSorted: true, operation)
        }
    }

    private func walkRequest(
        _ operation: String,
        _ path: String,
        _ query: [(String, String)],
        _ place: WalkPlace
    ) -> ServiceRequest {
        let bounds = [("count", String(MailchimpLimits.pageSize)), ("offset", String(place.offset))]
        return caller.read(operation, path, query + bounds)
    }

    private func page(
        of passes: [MemberPass],
        at place: WalkPlace,
        _ request: ServiceRequest,
        isSorted: Bool,
        _ operation: String
    ) async throws -> ContactPage {
        let (page, time) = try await caller.call(request) { answer in
            let page = try answer.decode { try CollectionPage.read(&$0, "members") { try MemberDocument.read(&$0) } }
            return (page, Self.time(of: answer))
        }
        let next: WalkPlace?
        if place.missed(before: page) {
            guard place.returns < WalkPlace.mostReturns else {
                let detail = "the audience changes faster than it can be read; it is read again later"
                throw PortError(.unavailable, operation: operation, detail: detail)
            }
            next = place.returned
        } else if let following = place.next(after: page, bound: passes[place.pass].since, isSorted: isSorted) {
            next = following
        } else {
            next = place.pass + 1 < passes.count ? place.nextPass : nil
        }
        var rows = page.elements
        if rows.first?.hash == place.anchor { rows.removeFirst() }
        return ContactPage(contacts: try await contacts(from: rows), next: next?.text, serverTime: time)
    }

    private static func place(_ cursor: String?, below passes: Int, _ operation: String) throws -> WalkPlace {
        guard let cursor else { return WalkPlace() }
        guard let place = WalkPlace(cursor), place.pass < passes else {
            throw PortError(.refused, operation: operation, detail: "the place in the walk cannot be read")
        }
        return place
    }

    private static func time(of answer: ServiceAnswer) -> Timestamp? {
        answer.headers.first(name: "Date").flatMap(ServiceTime.parseHTTPDate)
    }
}
