import Bridge
import HTTPCalls
import Reconciliation

/// Makes the engine's contacts of the service's members, with what a member does not show of itself.
extension MailchimpClient {
    func contact(from document: MemberDocument) async throws -> ProviderContact {
        guard let contact = try await contacts(from: [document]).first else {
            throw PortError(.notFound, operation: "read a contact", detail: "the contact went while it was read")
        }
        return contact
    }

    /// The contacts of members, in their order; one that is gone by now is left out.
    ///
    /// What is missing is read: contact ids and tags that some collections do not show, tags beyond the fifty that a
    /// member shows, and complaints where somebody cannot be reached any more.
    func contacts(from documents: [MemberDocument]) async throws -> [ProviderContact] {
        let whole = try await completed(documents)
        let complaints = whole.contains(where: \.isCleaned) ? try await complaints() : .read([])
        return whole.map { $0.contact(bounce: complaints.bounce(of: $0.email)) }
    }

    private func completed(_ documents: [MemberDocument]) async throws -> [MemberDocument] {
        let wanting = documents.indices.filter { documents[$0].contactID.isEmpty || documents[$0].hidesTags }
        if wanting.isEmpty { return documents }
        var found: [MemberDocument?] = documents
        try await withThrowingTaskGroup(of: (Int, MemberDocument?).self) { group in
            var waiting = wanting[...]
            for index in waiting.prefix(settings.concurrency) {
                group.addTask { (index, try await self.completed(documents[index])) }
            }
            waiting = waiting.dropFirst(settings.concurrency)
            while let (index, document) = try await group.next() {
                found[index] = document
                guard let index = waiting.popFirst() else { continue }
                group.addTask { (index, try await self.completed(documents[index])) }
            }
        }
        return found.compactMap(\.self)
    }

    /// A member with its contact id and all of its tags; nil when it is gone.
    private func completed(_ document: MemberDocument) async throws -> MemberDocument? {
        do {
            var document = document
            if document.contactID.isEmpty || document.tags == nil {
                document = try await self.document(named: document.hash, "read a contact")
            }
            if document.hidesTags { document.tags = try await tags(of: document) }
            return document
        } catch let error as PortError where error.code == .notFound {
            try await confirmAudience()
            return nil
        }
    }

    private func tags(of document: MemberDocument) async throws -> [Int] {
        let query = [("fields", "tags.id,total_items")]
        return try await all("read a contact's tags", path(ofMember: document.hash, "/tags"), query, under: "tags") {
            try TagDocument.id(&$0)
        }
    }

    /// Who complained of the audience's mail, as far as that can be read.
    private enum Complaints {
        case read(Set<Address>)
        case unreadable

        /// Why somebody who cannot be reached any more is so (design §3, C8).
        func bounce(of email: String) -> ContactBounce {
            switch self {
            case .read(let addresses):
                Address(typed: email).map(addresses.contains) == true ? .complaint : .hard
            case .unreadable:
                .unclear
            }
        }
    }

    /// Reads the complaints.
    ///
    /// - Throws: `PortError` when it may work later; what is refused for good leaves it unclear.
    private func complaints() async throws -> Complaints {
        do {
            let query = [("fields", "abuse_reports.email_address,total_items")]
            let addresses = try await all("read complaints", path("/abuse-reports"), query, under: "abuse_reports") {
                reader in
                var address: Address?
                try reader.members { reader, key in
                    guard case "email_address" = key else { return try reader.skip() }
                    address = try reader.string().flatMap { Address(typed: $0) }
                }
                return address
            }
            return .read(Set(addresses))
        } catch let error as PortError {
            switch error.code {
            case .forbidden, .notFound, .refused, .unreadableAnswer, .conflict:
                return .unreadable
            case .needsAuthorisation, .throttled, .quotaSpent, .queueFull, .unavailable, .unknownOutcome, .otherAccount:
                throw error
            }
        }
    }
}
