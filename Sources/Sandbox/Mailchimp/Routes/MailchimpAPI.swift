/// One call of the API: the account that it is about and the time at which it happens.
///
/// Every operation is a method that gives JSON (nil for a 204) or throws a `MailchimpProblem`; the subjects are in
/// extensions.
struct MailchimpAPI {
    let account: MailchimpAccount
    let options: MailchimpOptions
    let request: SandboxRequest
    /// The time in whole seconds, which is all that answers show.
    let now: Double
    /// Scheme and host under which the service was called.
    let origin: String
    /// What became of the check of a webhook's address; nil before it.
    var checkedAddress: WebhookAddressCheck?
    /// Events of batch webhooks that have not been delivered.
    var waitingBatchEvents = 0

    /// The parameters of the query.
    var query: MailchimpQuery { MailchimpQuery(request: request, options: options) }

    /// Answers a call.
    ///
    /// - Throws: `MailchimpProblem`, or `WebhookAddressCheck.Needed` when an address has to be called first.
    func perform(_ path: [String]) throws -> SandboxJSON? {
        let (route, values) = try MailchimpRoute.find(request.method, path)
        try authorize(route)
        guard let answer = try route.answer(self, values) else { return nil }
        let filter = try FieldFilter(request)
        return options.addsUnknownKeys ? Self.surprising(try filter.prune(answer)) : try filter.prune(answer)
    }

    /// Refuses what the user's role does not allow.
    private func authorize(_ route: MailchimpRoute) throws {
        guard route.method != "GET" else { return }
        if options.role == "viewer" {
            throw MailchimpProblem.forbidden("The user's role does not allow this action.")
        }
        if options.review == .forbidden {
            throw MailchimpProblem.forbidden("This account is under compliance review.")
        }
    }

    /// The body as an object.
    ///
    /// - Throws: `MailchimpProblem` when it is none.
    func body() throws -> MailchimpBody {
        guard let json = request.json else { throw MailchimpProblem.unreadable }
        guard let object = json.objectValue else {
            throw MailchimpProblem.invalid("", "Schema describes object, \(MailchimpBody.kind(json)) found instead")
        }
        return MailchimpBody(object)
    }

    /// A member of an audience that a path names.
    ///
    /// - Throws: `MailchimpProblem` when there is none.
    func member(_ name: String, in audience: Audience) throws -> AudienceMember {
        guard let member = audience.member(named: name) else { throw MailchimpProblem.notFound }
        return member
    }

    /// The member as an answer shows it; now and then with a status that nobody has heard of, if the options say so.
    func json(_ member: AudienceMember, of audience: Audience) -> SandboxJSON {
        audience.json(member, options: options) { member in
            options.unknownStatusShare > 0 && account.fraction() < options.unknownStatusShare
                ? "hibernating" : member.status.rawValue
        }
    }

    /// A page of a collection.
    ///
    /// - Throws: `MailchimpProblem` for a page that cannot be asked for.
    func collection<Row>(
        _ key: String,
        _ rows: [Row],
        _ others: [String: SandboxJSON] = [:],
        _ json: (Row) throws -> SandboxJSON
    ) throws -> SandboxJSON {
        var members = others
        members[key] = .array(try query.page(rows).map(json))
        members["total_items"] = .int(rows.count)
        members["_links"] = []
        return .object(members)
    }

    /// What a change of this call is part of.
    var occasion: Audience.Occasion { Audience.Occasion(source: .api, at: now) }

    private static func surprising(_ value: SandboxJSON) -> SandboxJSON {
        switch value {
        case .object(var members):
            for (name, member) in members {
                if case .array = member { members[name] = surprising(member) }
            }
            members["x_future_key"] = ["nested": [1, nil, "two"]]
            return .object(members)
        case .array(let elements): return .array(elements.map(surprising))
        default: return value
        }
    }
}
