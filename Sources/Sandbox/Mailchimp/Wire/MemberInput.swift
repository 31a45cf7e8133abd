import NIOCore

/// What a body says about a member, read strictly (mailchimp.md §5).
struct MemberInput {
    /// The call that the body belongs to.
    enum Call {
        case create, upsert, update, bulkRow
    }

    var address: String?
    var status: MemberStatus?
    var statusIfNew: MemberStatus?
    var emailType: String?
    var mergeFields: [String: SandboxJSON]?
    var interests: [(id: String, isChosen: Bool)] = []
    var permissions: [(id: String, isGiven: Bool)] = []
    var language: String?
    var isVIP: Bool?
    var latitude: Double?
    var longitude: Double?
    var ipSignup: String?
    var ipOpt: String?
    /// A time, or nil inside for an empty text.
    var timestampSignup: Double??
    var timestampOpt: Double??
    var tags: [String] = []
    /// Whether tags were given at all.
    var hasTags = false

    /// - Throws: `MailchimpProblem` with everything that is wrong.
    init(_ object: [String: SandboxJSON], for call: Call) throws {
        var body = MailchimpBody(object)
        let isAddressRequired = call == .create || call == .upsert
        address = body.text("email_address", isRequired: isAddressRequired)?.trimmingBlanks()
        let statuses = call == .update ? MemberStatus.patchable : MemberStatus.writable
        status = body.choice("status", of: statuses, isRequired: call == .create).flatMap(MemberStatus.init)
        if call == .upsert {
            statusIfNew = body.choice("status_if_new", of: MemberStatus.writable).flatMap(MemberStatus.init)
        }
        emailType = body.choice("email_type", of: ["html", "text"])
        mergeFields = body.member("merge_fields")
        language = body.text("language")
        isVIP = body.flag("vip")
        readChoices(&body)
        readLocation(&body)
        ipSignup = Self.ip("ip_signup", &body)
        ipOpt = Self.ip("ip_opt", &body)
        timestampSignup = Self.time("timestamp_signup", &body)
        timestampOpt = Self.time("timestamp_opt", &body)
        if call == .update, body.has("tags") { body.complain("tags", "This field is not accepted here.") }
        if let texts = body.texts("tags") {
            tags = texts.map { $0.trimmingBlanks() }.filter { !$0.isEmpty }
            hasTags = true
        }
        try body.finish()
        if let address, !EmailSyntax.isValid(address) {
            throw MailchimpProblem.invalid(detail: "Please provide a valid email address.")
        }
    }

    private mutating func readChoices(_ body: inout MailchimpBody) {
        for (id, value) in body.member("interests") ?? [:] {
            guard let isChosen = value.boolValue else {
                body.complain("interests", "Schema describes boolean, \(MailchimpBody.kind(value)) found instead")
                continue
            }
            interests.append((id, isChosen))
        }
        for element in body.elements("marketing_permissions") ?? [] {
            guard let id = element["marketing_permission_id"]?.stringValue, let isGiven = element["enabled"]?.boolValue
            else {
                body.complain("marketing_permissions", "Each permission has an id and is enabled or not.")
                continue
            }
            permissions.append((id, isGiven))
        }
    }

    private mutating func readLocation(_ body: inout MailchimpBody) {
        guard let location = body.member("location") else { return }
        latitude = location["latitude"]?.doubleValue
        longitude = location["longitude"]?.doubleValue
        if latitude == nil || longitude == nil {
            body.complain("location", "A location has a latitude and a longitude.")
        }
    }

    private static func ip(_ name: String, _ body: inout MailchimpBody) -> String? {
        guard let text = body.text(name), !text.isEmpty else { return nil }
        do {
            _ = try SocketAddress(ipAddress: text, port: 0)
            return text
        } catch {
            body.complain(name, "Please enter a valid IP address.")
            return nil
        }
    }

    private static func time(_ name: String, _ body: inout MailchimpBody) -> Double?? {
        guard let text = body.text(name) else { return nil }
        if text.isEmpty { return .some(nil) }
        guard let time = SandboxTime.parseISO8601(text) else {
            body.complain(name, "Value must be a date and time such as 2026-01-05T09:15:00+00:00.")
            return nil
        }
        return .some(time)
    }
}
