import Bridge
import HTTPCalls
import Reconciliation

/// The audience itself, and what a connection needs of it.
extension MailchimpClient {
    /// Makes sure of what the client needs in the audience: its own two fields (mailchimp.md §7).
    ///
    /// - Throws: `PortError`: `refused` when the audience takes no more fields; `notFound` when it is gone.
    package func prepare() async throws {
        let operation = "prepare the audience"
        let present = Set(try await mergeFieldDocuments().map(\.tag))
        for (tag, name) in [(MergeFields.record.kind, "Workbooks type"), (MergeFields.record.id, "Workbooks id")]
        where !present.contains(tag) {
            _ = try await createMergeField(tag: tag, name: name, operation)
        }
    }

    /// The audience's facts.
    ///
    /// - Parameter maximumAge: how old they may be, in seconds; nil for some minutes.
    /// - Throws: `PortError` with `notFound` when there is no such audience.
    func audienceFacts(maximumAge: Int64? = nil) async throws -> AudienceFacts {
        let load: @Sendable () async throws -> AudienceFacts = {
            let operation = "read the audience"
            do {
                let query = [("fields", AudienceFacts.fields)]
                return try await self.caller.call(self.caller.read(operation, self.path(), query)) { answer in
                    guard let facts = try answer.decode({ try AudienceFacts.read(&$0) }) else {
                        throw JSONReader.Malformed(offset: 0)
                    }
                    return facts
                }
            } catch let error as PortError where error.code == .notFound {
                throw self.audienceIsGone(operation, error.status)
            }
        }
        if let maximumAge { return try await audience.facts(at: clock.now, maximumAge: maximumAge, load: load) }
        return try await audience.facts(at: clock.now, load: load)
    }

    /// Makes sure that something is missing by itself, and not with the whole audience.
    ///
    /// Without it, an audience that was deleted would look like one that everybody has left.
    ///
    /// - Throws: `PortError` with `notFound` when the audience is gone.
    func confirmAudience() async throws {
        _ = try await audienceFacts(maximumAge: 30)
    }

    /// Turns "not found" of something that is always there in an audience into the word that the audience is gone.
    func inAudience<Value>(_ operation: String, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as PortError where error.code == .notFound {
            throw audienceIsGone(operation, error.status)
        }
    }

    private func audienceIsGone(_ operation: String, _ status: Int?) -> PortError {
        let detail =
            "Mailchimp has no audience \(settings.audience), or not for this credential; if it was deleted, connect the"
            + " account anew with another one"
        return PortError(.notFound, operation: operation, detail: detail, status: status)
    }
}
