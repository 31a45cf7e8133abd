/// One call of the API: the account that it is about and the time at which it happens.
///
/// Every operation is a method that answers or throws a `ConstantContactRefusal`; the subjects are in extensions.
struct ConstantContactAPI {
    let account: AccountState
    let options: ConstantContactOptions
    let stamps: Timestamps
    let request: SandboxRequest
    let now: Double

    /// Answers an operation.
    ///
    /// - Throws: `ConstantContactRefusal`.
    func perform(_ operation: ConstantContactOperation) throws -> SandboxResponse {
        if operation.isBulk, account.queuedActivities >= options.queuedActivityLimit {
            throw ConstantContactRefusal.queueFull
        }
        switch operation {
        case .accountSummary: return accountSummary()
        case .userPrivileges: return userPrivileges()
        case .lists: return try lists()
        case .createList: return try createList()
        case .list(let id): return try list(id)
        case .updateList(let id): return try updateList(id)
        case .deleteList(let id): return try deleteList(id)
        case .contacts: return try contacts()
        case .createContact: return try createContact()
        case .contactCounts: return contactCounts()
        case .signUpForm: return try signUp()
        case .contact(let id): return try contact(id)
        case .updateContact(let id): return try updateContact(id)
        case .deleteContact(let id): return try deleteContact(id)
        case .resubscribe(let id): return try resubscribe(id)
        case .customFields: return try customFields()
        case .createCustomField: return try createCustomField()
        case .customField(let id): return try customField(id)
        case .updateCustomField(let id): return try updateCustomField(id)
        case .deleteCustomField(let id): return try deleteCustomField(id)
        case .importContacts: return try importContacts()
        case .addMemberships: return try changeMemberships(adding: true)
        case .removeMemberships: return try changeMemberships(adding: false)
        case .deleteContacts: return try deleteContacts()
        case .deleteLists: return try deleteLists()
        case .exportContacts: return try exportContacts()
        case .activities: return try activities()
        case .activity(let id): return try activity(id)
        case .exportFile(let id): return try exportFile(id)
        case .emails: return try emails()
        case .campaignSummaries: return try campaignSummaries()
        case .email(let id): return try email(id)
        case .activityStats(let ids): return try activityStats(ids)
        case .emailActivity(let id): return try emailActivity(id)
        case .sendHistory(let id): return try sendHistory(id)
        case .sendReport(let id): return try report("em_sends", of: id)
        case .openReport(let id): return try report("em_opens", of: id)
        case .uniqueOpenReport(let id): return try report("em_opens", of: id, isUnique: true)
        case .clickReport(let id): return try report("em_clicks", of: id)
        case .optOutReport(let id): return try report("em_optouts", of: id)
        case .bounceReport(let id): return try report("em_bounces", of: id)
        case .contactDetails(let id): return try contactDetails(id)
        }
    }

    /// The body as an object.
    ///
    /// - Throws: `ConstantContactRefusal` when it is none.
    func body() throws -> BodyReader {
        guard let object = request.json?.objectValue else {
            throw ConstantContactRefusal.malformed("The body is not a JSON object")
        }
        return BodyReader(object)
    }

    /// An answer in the making.
    func writer() -> JSONWriter { JSONWriter(writesNulls: options.writesNulls) }

    /// Writes `_links` of a page, in the way that the options ask for where there is no next one.
    func writeLinks(next: String?, to writer: inout JSONWriter) {
        if let next {
            writer.object("_links") { $0.object("next") { $0.field("href", next) } }
            return
        }
        switch options.lastPageLinks {
        case .empty: writer.object("_links") { _ in }
        case .null: writer.null("_links")
        case .nullNext: writer.object("_links") { $0.null("next") }
        case .absent: break
        }
    }

    /// Adds members that no document mentions, when the options ask for them.
    func writeUnknown(to writer: inout JSONWriter) {
        guard options.addsUnknownKeys else { return }
        writer.object("x_future_object") { $0.field("kind", "unheard-of") }
        writer.null("x_future_value")
    }

    /// The list ids of a body, which all have to exist.
    func existingLists(_ name: String, in body: inout BodyReader, most: Int, isRequired: Bool) -> [ContactList] {
        guard let ids = body.ids(name, most: most) else {
            if isRequired, body.problems.isEmpty { body.complain("\(name) is required") }
            return []
        }
        if isRequired, ids.isEmpty { body.complain("\(name) must not be empty") }
        return ids.compactMap { id in
            let list = account.list(id: id)
            if list == nil { body.complain("There is no list \(id)") }
            return list
        }
    }
}
