import Logging
import Reconciliation
import Store

/// The list of everybody, and lists that are not there any more.
extension Engine {
    /// Walks the list of everybody when it is time, and makes it anew where somebody has deleted it.
    ///
    /// A contact that an import made whose answer was lost, and that has another address or has left the link's list by
    /// the time it is looked for, is on this list alone: an opt-out of its new address has to find it there.
    ///
    /// - Parameter isFull: whether to walk though it is not time.
    func walkMasterIfDue(of account: AccountID, provider: any EmailProvider, isFull: Bool) async throws {
        let started = clock.now
        let (master, last, size, links) = try await store.database.read { connection in
            let master = try Links.master(of: account, in: connection)
            return (
                master,
                try Cursors.position(of: CursorName.masterWalk, account: account, on: connection).flatMap(Int64.init),
                try master.map { try Contacts.count(on: $0, account: account, in: connection) } ?? 0,
                try Links.of(account, in: connection).count
            )
        }
        guard let master else { return }
        let pages = Int64(size / max(1, provider.capabilities.pageSize) + 1)
        let pause = max(86_400_000, 86_400_000 * pages * Int64(links + 1) / max(1, settings.walkCallsPerDay))
        // One that was just made has nobody on it to be found: its first walk is a day later.
        let isDue = last.map { $0 + pause <= started.milliseconds } ?? false
        if isFull || isDue {
            if try await !missing(of: [master], account: account, provider: provider).isEmpty { return }
            try await walk(.onLists([master]), of: account, provider: provider, through: "list walk")
        } else if last != nil {
            return
        }
        try await store.database.write {
            try Cursors.set(String(started.milliseconds), of: CursorName.masterWalk, account: account, on: $0)
        }
    }

    /// Whether a change of lists was refused because one of them is not there any more; that says nothing about its
    /// addresses, so they are decided again without it.
    ///
    /// Without the question an import would be halved down to single rows, each a call, and each row parked.
    func isForMissingLists(
        _ error: PortError,
        _ intent: Int64,
        onto lists: [ListID],
        account: AccountID,
        provider: any EmailProvider
    ) async throws -> Bool {
        guard error.code == .refused || error.code == .notFound,
            try await !missing(of: lists, account: account, provider: provider).isEmpty
        else { return false }
        try await giveUp(intent, error.description)
        return true
    }

    /// Finds out whether lists are not there any more: a link's is held, since somebody has to decide, and the list of
    /// everybody is made anew.
    ///
    /// - Returns: those that are missing.
    func missing(of lists: [ListID], account: AccountID, provider: any EmailProvider) async throws -> [ListID] {
        let present = Set(try await provider.lists().map(\.id))
        let missing = lists.filter { !present.contains($0) }
        if missing.isEmpty { return [] }
        let (master, links) = try await store.database.read { connection in
            (try Links.master(of: account, in: connection), try Links.of(account, in: connection))
        }
        for link in links {
            guard let list = link.list, missing.contains(list) else { continue }
            try await note(listIsDeleted(list, of: link), of: link)
        }
        if let master, missing.contains(master) {
            logger.warning("the list of everybody was deleted, and is made anew", metadata: ["account": "\(account)"])
            let now = clock.now
            try await store.database.write { try Links.masterIsGone(of: account, at: now, in: $0) }
            bells.ring(WorkerName.links(account))
        }
        return missing
    }
}
