import Reconciliation

extension Engine {
    /// Does a piece of work for each element, as many at once as the CRM takes requests.
    ///
    /// Pieces begin in order. The first error ends those that are under way, and is thrown.
    func atOnce<Element: Sendable>(
        _ elements: [Element],
        _ body: @escaping @Sendable (Element) async throws -> Void
    ) async throws {
        let limit = crm.capabilities.concurrency
        if limit <= 1 || elements.count <= 1 {
            for element in elements { try await body(element) }
            return
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, element) in elements.enumerated() {
                if index >= limit { try await group.next() }
                group.addTask { try await body(element) }
            }
            try await group.waitForAll()
        }
    }
}
