import Logging
import Reconciliation
import Store

extension Engine {
    /// The first walk of a whole account: everybody it knows, so that nobody is added before the opt-outs that stand
    /// there have been read through (design §3, *After a restore*).
    package func readBaseline(of account: AccountID) async throws {
        guard let provider = providers[account] else { return }
        let isDone = try await store.database.read {
            try Cursors.position(of: CursorName.baseline, account: account, on: $0) != nil
        }
        if isDone { return }
        // Without a server's time: what is said during the walk is read again.
        let began = clock.now
        try await Lane.$current.withValue(.optOuts) {
            let start = try await walk(
                .everybody,
                of: account,
                provider: provider,
                through: "first walk",
                isBaseline: true
            )
            let serverTime = start ?? began
            let now = clock.now
            try await store.database.write { connection in
                try Cursors.set(
                    String(serverTime.milliseconds),
                    of: CursorName.optOuts,
                    account: account,
                    on: connection
                )
                try Cursors.set(
                    String(now.milliseconds),
                    of: CursorName.unsubscribedWalk,
                    account: account,
                    on: connection
                )
                try Cursors.set(String(now.milliseconds), of: CursorName.baseline, account: account, on: connection)
                try Accounts.answered(account, at: now, on: connection)
            }
        }
        bells.ringAll()
    }

    /// One opt-out poll (constant-contact.md §7.1): from the watermark less the overlap, with no upper bound; the
    /// watermark moves only when every page was recorded.
    package func readOptOuts(of account: AccountID) async throws {
        guard let provider = providers[account] else { return }
        try await checkIdentity(of: account)
        try await readBaseline(of: account)
        try await Lane.$current.withValue(.optOuts) {
            let stored = try await store.database.read {
                try Cursors.position(of: CursorName.optOuts, account: account, on: $0)
            }
            let watermark = Timestamp(milliseconds: stored.flatMap(Int64.init) ?? 0)
            let after = watermark.advanced(bySeconds: -15 * 60)
            let start = try await walk(
                .optedOut(after: after),
                of: account,
                provider: provider,
                through: "opt-out poll"
            )
            let next = max(watermark, start ?? watermark)
            let now = clock.now
            try await store.database.write { connection in
                try Cursors.set(
                    String(next.milliseconds),
                    of: CursorName.optOuts,
                    account: account,
                    on: connection
                )
                try Accounts.answered(account, at: now, on: connection)
            }
        }
    }

    /// The daily full walk (constant-contact.md §7.2): everybody who is unsubscribed; who no longer is, is read by id.
    package func readUnsubscribed(of account: AccountID, isDue: Bool = false) async throws {
        guard let provider = providers[account] else { return }
        let stored = try await store.database.read {
            try Cursors.position(of: CursorName.unsubscribedWalk, account: account, on: $0)
        }
        let last = Timestamp(milliseconds: stored.flatMap(Int64.init) ?? 0)
        let started = clock.now
        guard isDue || last.advanced(bySeconds: 86_400) <= started else { return }
        try await Lane.$current.withValue(.optOuts) {
            let known = try await store.database.read { try Contacts.unsubscribed(account: account, in: $0) }
            var seen: Set<ContactID> = []
            _ = try await walk(.unsubscribed, of: account, provider: provider, through: "full walk") { page in
                seen.formUnion(page.map(\.id))
            }
            for vanished in known.subtracting(seen).sorted() {
                try await readContact(vanished, of: account, provider: provider, through: "full walk")
            }
            if isDue {
                _ = try await walk(.deleted, of: account, provider: provider, through: "full walk")
            }
            try await store.database.write { connection in
                try Cursors.set(
                    String(started.milliseconds),
                    of: CursorName.unsubscribedWalk,
                    account: account,
                    on: connection
                )
            }
        }
    }

    /// Walks a query page by page and records each page.
    ///
    /// - Returns: the server's time of the first page.
    @discardableResult
    func walk(
        _ query: ContactQuery,
        of account: AccountID,
        provider: any EmailProvider,
        through: String,
        isBaseline: Bool = false,
        each: (([ProviderContact]) throws -> Void)? = nil
    ) async throws -> Timestamp? {
        var cursor: String?
        var start: Timestamp?
        repeat {
            let page = try await provider.contacts(query, cursor: cursor)
            if start == nil { start = page.serverTime }
            let recorder = recorder(through: through, isBaseline: isBaseline)
            let findings = try await store.database.write { connection in
                try recorder.record(page.contacts, account: account, in: connection)
            }
            if findings.optOuts > 0 {
                logger.info(
                    "opt-outs recorded",
                    metadata: ["account": "\(account)", "count": "\(findings.optOuts)", "through": "\(through)"]
                )
                bells.ringAll()
            }
            for left in findings.left {
                try await considerDeparture(left, account: account, provider: provider)
            }
            try each?(page.contacts)
            cursor = page.next
        } while cursor != nil
        return start
    }

    /// Reads one contact by id and records it; one that is gone is recorded as deleted.
    @discardableResult
    func readContact(
        _ id: ContactID,
        of account: AccountID,
        provider: any EmailProvider,
        through: String
    ) async throws -> ProviderContact? {
        let contact = try await provider.contact(id)
        let recorder = recorder(through: through)
        try await store.database.write { connection in
            if let contact {
                try recorder.record([contact], account: account, in: connection)
            } else if var shadow = try Contacts.load([id], account: account, in: connection)[id] {
                shadow.contact.isDeleted = true
                // Its last state cannot be read: an unsubscribe cannot be ruled out (C9).
                if shadow.contact.permission != .unsubscribed { shadow.contact.permission = .vanished }
                try recorder.record([shadow.contact], account: account, in: connection)
            }
        }
        return contact
    }

    /// Whether the opt-outs that stand at every connected account have been read through.
    func everyBaselineIsDone(in connection: any SQLConnection) throws -> Bool {
        for account in try Accounts.all(on: connection) where account.role == .provider {
            if try Cursors.position(of: CursorName.baseline, account: account.name, on: connection) == nil {
                return false
            }
        }
        return true
    }
}
