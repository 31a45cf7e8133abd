/// What tests and the demonstration do to the account behind the API's back (constant-contact.md §9 items 26 to 31, 51).
///
/// | control | body |
/// |---|---|
/// | `POST unsubscribe` | `email`; `reason`, `by` (`contact` or `account`), `campaign_activity_id` |
/// | `POST leave-list` | `email`, `list_id`: the recipient leaves one list by the preference page |
/// | `POST opt-in` | `email`; `list_ids`: the person comes back by a link of the account's |
/// | `POST owner-resubscribe` | `email`; `list_ids`: the owner subscribes the contact in the product |
/// | `POST confirm-resubscribe` | `email`: the person follows the link in the mail that `resubscribe` sent |
/// | `POST delete-contact` | `email` |
/// | `POST change-address` | `email`, `to` |
/// | `POST create-contact` | one contact, or `contacts` with several |
/// | `POST rename-list`, `POST delete-list` | `list_id`, `name` |
/// | `POST delete-custom-field` | `custom_field_id` or `name` |
/// | `POST send-email` | `name`, `list_ids`, `draft`, shares of `MailingOutcomes`: answers the ids of the mail |
/// | `POST resend-email` | `campaign_id`, shares: repeats the mail for those who did not open it |
/// | `POST delete-email` | `campaign_id` |
/// | `POST report-event` | `email`, `campaign_activity_id`, `kind`; `bounce_code`, `reason`, `url` |
/// | `POST activities` | `outcome`, `count`, `share`: how the next activities end |
/// | `POST options`, `GET options` | any of `ConstantContactOptions` by name |
/// | `POST revoke`, `POST expire-tokens`, `POST switch-account`, `POST add-refresh-token`, `POST requests-today` | |
/// | `GET state`, `GET contacts?email=`, `GET list-members?list_id=` | |
extension ConstantContactSandbox {
    package func control(_ request: SandboxRequest) async -> SandboxResponse? {
        let name = request.segments.dropFirst().joined(separator: "/")
        do {
            if request.method == "GET" { return try view(name, request) }
            guard request.method == "POST" else { return nil }
            guard let object = request.body.isEmpty ? [:] : request.json?.objectValue else {
                throw ConstantContactRefusal.malformed("The body is not a JSON object")
            }
            return try act(name, ControlBody(object: object))
        } catch let refusal as ConstantContactRefusal {
            return refusal.response
        } catch let error as OptionError {
            return ConstantContactRefusal.malformed(error.reason).response
        } catch {
            return ConstantContactRefusal.malformed("\(error)").response
        }
    }

    private func view(_ name: String, _ request: SandboxRequest) throws -> SandboxResponse? {
        let view = ConstantContactStateView(account: currentAccount())
        switch name {
        case "state":
            return .json(
                view.state(requestsToday: requestsToday, withContacts: request.queryValue("contacts") != "false")
            )
        case "contacts": return .json(try view.contacts(address: request.queryValue("email")))
        case "list-members": return .json(try view.members(ofList: request.queryValue("list_id") ?? ""))
        case "options": return .json(.object(try options.currentMembers()))
        default: return nil
        }
    }

    private func act(_ name: String, _ body: ControlBody) throws -> SandboxResponse? {
        switch name {
        case "options":
            apply(try options.changed(by: body.object))
            return .json(.object(try options.currentMembers()))
        case "revoke": grants.revoke(account: currentAccount().id)
        case "expire-tokens": grants.expireAccessTokens()
        case "switch-account": switchAccount(to: try body.text("encoded_account_id"))
        case "requests-today": setRequestsToday(body.integer("count") ?? 0)
        case "add-refresh-token":
            let token = body.object["refresh_token"]?.stringValue ?? "sandbox-refresh-\(Int(now * 1_000))"
            let scopes = body.texts("scopes") ?? options.scopes
            grants.addGrant(account: currentAccount().id, scopes: scopes, refreshToken: token, at: now)
            return .json(["refresh_token": .string(token)])
        default:
            let controls = AccountControls(account: currentAccount(), now: now)
            return try controls.act(name, body)
        }
        return .json([:])
    }
}

/// The body of a control.
struct ControlBody {
    let object: [String: SandboxJSON]

    /// A text that has to be there.
    func text(_ name: String) throws -> String {
        guard let text = object[name]?.stringValue else {
            throw ConstantContactRefusal.malformed("\(name) is required")
        }
        return text
    }

    func optionalText(_ name: String) -> String? { object[name]?.stringValue }

    func integer(_ name: String) -> Int? { object[name]?.intValue }

    func texts(_ name: String) -> [String]? { object[name]?.arrayValue?.compactMap(\.stringValue) }
}
