/// One request to the service as its caller means it; redirects and repeats belong to the transport.
struct WorkbooksCall: Sendable {
    /// What the service does with the call.
    enum Kind: Sendable, Hashable {
        case read
        /// Never repeated; when its answer is lost the outcome is unknown.
        case write
        case login
    }

    var kind: Kind
    /// The endpoint, such as `crm/people.api`.
    var endpoint: String
    var parameters: FormBody
    /// What is being done, for errors and logs: constant text.
    var operation: String

    static func read(_ query: ListQuery, operation: String) -> WorkbooksCall {
        WorkbooksCall(
            kind: .read,
            endpoint: "\(query.resource.rawValue).api",
            parameters: query.parameters,
            operation: operation
        )
    }

    static func write(_ batch: WriteBatch, to resource: Resource, operation: String) -> WorkbooksCall {
        WorkbooksCall(
            kind: .write,
            endpoint: "\(resource.rawValue).api",
            parameters: batch.parameters,
            operation: operation
        )
    }
}
