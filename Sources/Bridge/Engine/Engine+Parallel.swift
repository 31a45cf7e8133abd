import Reconciliation

extension Engine {
    /// Does a piece of work for each element, as many at once as the CRM takes requests.
    ///
    /// Pieces begin in order. The first error ends those that are under way, and is thrown.
    ///
    /// - Returns: what the pieces gave, in the order in which they ended.
    @discardableResult
    func atOnce<Element: Sendable, Answer: Sendable>(
        _ elements: [Element],
        _ body: @escaping @Sendable (Element) async throws -> Answer
    ) async throws -> [Answer] {
        let limit = crm.capabilities.concurrency
        var answers: [Answer] = []
        if limit <= 1 || elements.count <= 1 {
            for element in elements { answers.append(try await body(element)) }
            return answers
        }
        return try await withThrowingTaskGroup(of: Answer.self) { group in
            for (index, element) in elements.enumerated() {
                if index >= limit, let answer = try await group.next() { answers.append(answer) }
                group.addTask { try await body(element) }
            }
            for try await answer in group { answers.append(answer) }
            return answers
        }
    }
}
