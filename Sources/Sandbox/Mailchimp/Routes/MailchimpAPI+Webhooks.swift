/// What became of calling a webhook's address before it is taken (mailchimp.md §9).
enum WebhookAddressCheck {
    /// It answered with a status.
    case answered(Int)
    /// It could not be called.
    case failed(String)

    /// Thrown by an operation that needs an address checked: the service calls it and performs the operation again.
    struct Needed: Error {
        var url: String
    }
}

/// Webhooks of audiences and of batches.
extension MailchimpAPI {
    func webhooks(of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        return [
            "webhooks": .array(audience.hooks.map { json($0, list: list) }), "list_id": .string(list),
            "total_items": .int(audience.hooks.count), "_links": [],
        ]
    }

    func webhook(_ id: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        return json(audience.hooks[try index(id, in: audience.hooks)], list: list)
    }

    func createWebhook(for list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        var body = try body()
        let url = address(&body, isRequired: true) ?? ""
        // What is not named is off; the real defaults are undocumented (§9).
        var hook = AudienceWebhook(id: account.newID(), url: url, events: [], sources: [])
        apply(&body, to: &hook)
        try body.finish()
        try refuseDoubles(of: url, among: audience.hooks)
        guard audience.hooks.count < options.webhookLimit else {
            throw MailchimpProblem.badRequest("An audience has \(options.webhookLimit) webhooks at most.")
        }
        try verify(url)
        if options.signsWebhooks { hook.secret = account.hex(40) }
        audience.hooks.append(hook)
        return hook.json(list: list, showsSecret: true, form: options.disabledWebhooks)
    }

    func updateWebhook(_ id: String, of list: String) throws -> SandboxJSON {
        let audience = try account.audience(list)
        let index = try index(id, in: audience.hooks)
        var hook = audience.hooks[index]
        var body = try body()
        let url = address(&body, isRequired: false)
        apply(&body, to: &hook)
        try body.finish()
        if let url, url != hook.url {
            try refuseDoubles(of: url, among: audience.hooks.filter { $0.id != id })
            try verify(url)
            hook.url = url
        }
        hook.isDisabled = false
        audience.hooks[index] = hook
        return json(hook, list: list)
    }

    func deleteWebhook(_ id: String, of list: String) throws -> SandboxJSON? {
        let audience = try account.audience(list)
        audience.hooks.remove(at: try index(id, in: audience.hooks))
        return nil
    }

    // MARK: Batch webhooks

    func batchWebhooks() throws -> SandboxJSON {
        try collection("webhooks", account.batchHooks) { $0.batchJSON(showsSecret: false) }
    }

    func batchWebhook(_ id: String) throws -> SandboxJSON {
        account.batchHooks[try index(id, in: account.batchHooks)].batchJSON(showsSecret: false)
    }

    func createBatchWebhook() throws -> SandboxJSON {
        var body = try body()
        let url = address(&body, isRequired: true) ?? ""
        let isEnabled = body.flag("enabled") ?? true
        try body.finish()
        try refuseDoubles(of: url, among: account.batchHooks)
        guard account.batchHooks.count < options.batchWebhookLimit else {
            throw MailchimpProblem.badRequest("An account has \(options.batchWebhookLimit) batch webhooks at most.")
        }
        try verify(url)
        var hook = AudienceWebhook(id: account.newID(), url: url, events: [], sources: [])
        hook.isDisabled = !isEnabled
        if options.signsWebhooks { hook.secret = account.hex(40) }
        account.batchHooks.append(hook)
        return hook.batchJSON(showsSecret: true)
    }

    func updateBatchWebhook(_ id: String) throws -> SandboxJSON {
        let index = try index(id, in: account.batchHooks)
        var hook = account.batchHooks[index]
        var body = try body()
        let url = address(&body, isRequired: false)
        if let isEnabled = body.flag("enabled") { hook.isDisabled = !isEnabled }
        try body.finish()
        if let url, url != hook.url {
            try verify(url)
            hook.url = url
        }
        account.batchHooks[index] = hook
        return hook.batchJSON(showsSecret: false)
    }

    func deleteBatchWebhook(_ id: String) throws -> SandboxJSON? {
        account.batchHooks.remove(at: try index(id, in: account.batchHooks))
        return nil
    }

    // MARK: Rules

    private func index(_ id: String, in hooks: [AudienceWebhook]) throws -> Int {
        guard let index = hooks.firstIndex(where: { $0.id == id }) else { throw MailchimpProblem.notFound }
        return index
    }

    private func json(_ hook: AudienceWebhook, list: String) -> SandboxJSON {
        hook.json(list: list, showsSecret: false, form: options.disabledWebhooks)
    }

    private func address(_ body: inout MailchimpBody, isRequired: Bool) -> String? {
        guard let url = body.text("url", isRequired: isRequired)?.trimmingBlanks() else { return nil }
        if !url.hasPrefix("https://"), !url.hasPrefix("http://") { body.complain("url", "Please enter a valid URL.") }
        return url
    }

    private func apply(_ body: inout MailchimpBody, to hook: inout AudienceWebhook) {
        for (member, names) in [
            ("events", AudienceWebhook.eventNames + AudienceWebhook.betaEventNames),
            ("sources", AudienceWebhook.sourceNames),
        ] {
            guard let given = body.member(member) else { continue }
            var inner = MailchimpBody(given, prefix: member + ".")
            for name in names {
                guard let isOn = inner.flag(name) else { continue }
                if member == "events" {
                    if isOn { hook.events.insert(name) } else { hook.events.remove(name) }
                } else if isOn {
                    hook.sources.insert(name)
                } else {
                    hook.sources.remove(name)
                }
            }
            body.take(inner)
        }
    }

    private func refuseDoubles(of url: String, among hooks: [AudienceWebhook]) throws {
        if hooks.contains(where: { $0.hasAddress(url) }) {
            throw MailchimpProblem.invalid("url", "Sorry, you can't set up multiple WebHooks for one URL.")
        }
    }

    /// Has the address called, once, and refuses one that does not answer with 200.
    private func verify(_ url: String) throws {
        let failure: String
        switch checkedAddress {
        case nil: throw WebhookAddressCheck.Needed(url: url)
        case .answered(200): return
        case .answered(let status): failure = "it returned the HTTP code \(status)"
        case .failed(let reason): failure = "it could not be reached (\(reason)), HTTP code 0"
        }
        throw MailchimpProblem.invalid("url", "We couldn't verify the provided URL: \(failure).")
    }
}
