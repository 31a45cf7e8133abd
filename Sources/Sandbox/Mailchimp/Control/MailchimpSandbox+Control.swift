/// What tests and the demonstration do behind the API's back: people at their mailboxes, and users in the product.
///
/// Every control about a contact takes `email`, and `list_id` where there is more than one audience.
///
/// | control | body |
/// |---|---|
/// | `POST subscribe` | `email`; `merge_fields`: the hosted form, which asks for a confirmation with double opt-in |
/// | `POST confirm` | `email`: the person follows the link of the confirmation mail |
/// | `POST unsubscribe` | `email`; `campaign_id`, `reason`; `by` (`user` or `admin`) |
/// | `POST complain` | `email`; `campaign_id` |
/// | `POST bounce` | `email`; `campaign_id`, `kind` (`hard` or `soft`) |
/// | `POST clean` | `email`: an administrator cleans the address |
/// | `POST change-address` | `email`, `to`; `by` |
/// | `POST profile` | `email`, `merge_fields`; `by` |
/// | `POST archive`, `POST resubscribe`, `POST delete-permanent` | `email`: an administrator does so in the product |
/// | `POST create-members` | `members`: each an `email`, with `status`, `merge_fields`, `tags`; no events |
/// | `POST send-campaign` | `subject`; `title`, `segment_id`, `draft`, `status`; shares `opens`, `machine_opens`, … |
/// | `POST open`, `POST click` | `email`, `campaign_id`; `machine`, `times`, `url` |
/// | `POST delete-campaign` | `campaign_id` |
/// | `POST audience` | `name`, `double_optin`, `marketing_permissions` (texts) |
/// | `POST delete-audience` | `list_id` |
/// | `POST rename-tag`, `POST delete-tag`, `POST empty-tag` | `segment_id` or `name`; `to` |
/// | `POST merge-field`, `POST delete-merge-field` | `tag`; `type`, `name`, `required` |
/// | `POST add-webhook` | `url`; `events`, `sources`, `signed`: made by hand, without a check of its address |
/// | `POST change-webhook`, `POST delete-webhook` | `id` or `url`; `to`, `events`, `sources`, `disabled` |
/// | `POST batches` | `outcome` (`stuck`, `not-an-archive`, `truncated`, `finishes`), `count` |
/// | `POST`, `GET`, `DELETE delivery-faults` | as `faults`; `path` is matched with `<type> <url>` |
/// | `GET deliveries?idle=SECONDS` | the deliveries of webhooks, once none is due |
/// | `POST redeliver` | `id`: sends a delivery again, with the same body |
/// | `POST options`, `GET options`, `POST revoke` | any of `MailchimpOptions` by name |
/// | `GET state`, `GET members?email=`, `GET segment-members?segment_id=` | the truth |
///
/// Kinds of delivery faults: `duplicate` (`count`), `reorder` (goes after `count` others), `drop`, `delay` (`delayMs`),
/// `unsigned`, `bad-signature`, `stale`, `no-action`, `missing-keys`, `doubled-keys`, `unknown-keys`, `unknown-type`,
/// `garbage` (`body`).
extension MailchimpSandbox {
    package func control(_ request: SandboxRequest) async -> SandboxResponse? {
        let name = request.segments.dropFirst().joined(separator: "/")
        do {
            switch (request.method, name) {
            case ("GET", "deliveries"): return .json(.array(await settledDeliveries(request)))
            case ("GET", "delivery-faults"): return .json(.array(deliveryFaults.waiting.map(\.json)))
            case ("POST", "delivery-faults"): return try addDeliveryFaults(request)
            case ("DELETE", "delivery-faults"):
                deliveryFaults.removeAll()
                return .empty(status: 204)
            case ("GET", _): return try view(name, request)
            case ("POST", _):
                guard let object = request.body.isEmpty ? [:] : request.json?.objectValue else {
                    throw OptionError(reason: "the body is not a JSON object")
                }
                defer { dispatchEvents() }
                return try act(name, MailchimpInstruction(object: object))
            default: return nil
            }
        } catch let problem as MailchimpProblem {
            return problem.response(instance: "control", options: options)
        } catch let error as OptionError {
            return .json(["error": .string(error.reason)], status: 400)
        } catch {
            return .json(["error": .string("\(error)")], status: 400)
        }
    }

    private func addDeliveryFaults(_ request: SandboxRequest) throws -> SandboxResponse {
        guard let json = request.json else { throw OptionError(reason: "the body is not JSON") }
        for fault in json.arrayValue ?? [json] {
            guard let fault = SandboxFault(fault) else { throw OptionError(reason: "a fault has a kind") }
            deliveryFaults.add(fault)
        }
        return .json(.array(deliveryFaults.waiting.map(\.json)))
    }

    /// The deliveries, once nothing is due or the wait is over.
    private func settledDeliveries(_ request: SandboxRequest) async -> [SandboxJSON] {
        let end = ContinuousClock.now + .seconds(request.queryValue("idle").flatMap(Double.init) ?? 0)
        dispatchEvents()
        while deliveries.isBusy(at: now), ContinuousClock.now < end {
            do { try await Task.sleep(for: .milliseconds(10)) } catch { break }
        }
        return deliveries.all.map(\.json)
    }

    private func view(_ name: String, _ request: SandboxRequest) throws -> SandboxResponse? {
        _ = call(request)
        let view = MailchimpStateView(account: account)
        switch name {
        case "state":
            return .json(
                view.state(inFlight: slots.inFlight, withMembers: request.queryValue("members") != "false")
            )
        case "members": return .json(view.members(address: request.queryValue("email")))
        case "segment-members": return .json(view.segmentMembers(request.queryValue("segment_id") ?? ""))
        case "options": return .json(.object(try options.currentMembers()))
        default: return nil
        }
    }

    private func act(_ name: String, _ instruction: MailchimpInstruction) throws -> SandboxResponse? {
        account.settle(at: now)
        switch name {
        case "options":
            options = try options.changed(by: instruction.object)
            return .json(.object(try options.currentMembers()))
        case "revoke":
            grants.revokeAll()
            return .json([:])
        case "redeliver":
            guard let id = instruction.integer("id"), deliveries.repeatDelivery(id, at: now) else {
                throw OptionError(reason: "there is no delivery of this id")
            }
            return .json([:])
        case "batches":
            guard let outcome = MailchimpBatch.Outcome(rawValue: try instruction.text("outcome")) else {
                throw OptionError(reason: "there is no such outcome")
            }
            account.plannedOutcomes += Array(repeating: outcome, count: instruction.integer("count") ?? 1)
            return .json([:])
        default:
            let controls = MailchimpControls(account: account, options: options, now: now, instruction: instruction)
            return try controls.act(name).map { .json($0) }
        }
    }
}
