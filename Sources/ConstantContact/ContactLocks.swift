import Reconciliation

/// Lets one reading-and-writing of a contact run at a time.
///
/// The service has no versions to write against: the last writer wins, and a PUT replaces what it does not carry
/// (constant-contact.md §2, *Concurrency*; §6.3). Within this process the lock keeps two changes of one contact apart;
/// between nodes the engine does, by working one address on one node at a time.
actor ContactLocks {
    /// Who waits for a contact that is being changed, in order of arrival; no entry when nobody changes it.
    private var waiting: [ContactID: [CheckedContinuation<Void, Never>]] = [:]

    /// Runs `body` while nobody else changes the contact.
    ///
    /// - Throws: what `body` throws; `CancellationError` when the caller was cancelled while it waited.
    func withLock<Value: Sendable>(
        on contact: ContactID,
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        await acquire(contact)
        defer { release(contact) }
        try Task.checkCancellation()
        return try await body()
    }

    private func acquire(_ contact: ContactID) async {
        guard waiting[contact] != nil else {
            waiting[contact] = []
            return
        }
        await withCheckedContinuation { waiting[contact]?.append($0) }
    }

    private func release(_ contact: ContactID) {
        guard var queue = waiting[contact], !queue.isEmpty else {
            waiting[contact] = nil
            return
        }
        let next = queue.removeFirst()
        waiting[contact] = queue
        next.resume()
    }
}
