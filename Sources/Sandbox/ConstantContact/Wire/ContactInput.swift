import Foundation

/// What the body of `POST` or `PUT /contacts` says about a contact.
struct ContactInput {
    /// What it says about the email address.
    struct Email {
        var address: String
        /// Nil when nothing is said.
        var permission: String?
        var optOutReason: String?
    }

    var email: Email?
    var scalars = ContactScalars()
    /// Sub-resources: nil when absent, which leaves them as they are (constant-contact.md §6.3).
    var customFields: [(field: String, value: String)]?
    var phoneNumbers: [(number: String, kind: String?)]?
    var streetAddresses: [ImportedStreet]?
    var lists: [ContactList]?
    var taggings: [String]?
    var notes: [String]?
    var smsAddress: String?

    static let sources: Set<String> = ["Contact", "Account"]
    static let permissions: Set<String> = [
        "explicit", "implicit", "not_set", "pending_confirmation", "temp_hold", "unsubscribed",
    ]

    /// Reads the parts that creation and change have in common; problems are left in `body`.
    init(_ body: inout BodyReader, api: ConstantContactAPI) {
        email = Self.email(&body)
        scalars = Self.scalars(&body)
        readSubresources(&body, api: api)
    }

    private static func email(_ body: inout BodyReader) -> Email? {
        guard var member = body.member("email_address") else { return nil }
        let address = member.text("address", most: EmailSyntax.longest)?.trimmingCharacters(in: .whitespaces)
        if address == nil, member.problems.isEmpty { member.complain("email_address needs an address") }
        if let address, !EmailSyntax.isValid(address) { member.complain("The email address is invalid") }
        let email = Email(
            address: address ?? "",
            permission: member.choice("permission_to_send", of: permissions),
            optOutReason: member.text("opt_out_reason", most: 255)
        )
        body.takeProblems(of: member)
        return email
    }

    static func scalars(_ body: inout BodyReader) -> ContactScalars {
        let scalars = ContactScalars(
            firstName: body.text("first_name", most: 50),
            lastName: body.text("last_name", most: 50),
            jobTitle: body.text("job_title", most: 50),
            companyName: body.text("company_name", most: 50),
            birthdayMonth: body.integer("birthday_month"),
            birthdayDay: body.integer("birthday_day"),
            anniversary: body.text("anniversary", most: 10)
        )
        if let problem = DayRules.problem(month: scalars.birthdayMonth, day: scalars.birthdayDay) {
            body.complain(problem)
        }
        if let anniversary = scalars.anniversary, !DayRules.isAnniversary(anniversary) {
            body.complain("Invalid anniversary")
        }
        return scalars
    }

    private mutating func readSubresources(_ body: inout BodyReader, api: ConstantContactAPI) {
        if body.object["list_memberships"]?.arrayValue != nil {
            lists = api.existingLists(
                "list_memberships",
                in: &body,
                most: AccountState.mostListsOfAContact,
                isRequired: false
            )
        } else {
            _ = body.ids("list_memberships", most: AccountState.mostListsOfAContact)
        }
        taggings = body.ids("taggings", most: 50)
        customFields = Self.customFields(&body, account: api.account)
        phoneNumbers = Self.each("phone_numbers", most: 3, of: &body) { phone in
            (phone.text("phone_number", most: 25) ?? "", phone.text("kind", most: 50))
        }
        streetAddresses = Self.each("street_addresses", most: 3, of: &body) { address in
            ImportedStreet(
                kind: address.choice("kind", of: ["home", "work", "other"]) ?? address.complainAbout("kind"),
                street: address.text("street", most: 255),
                city: address.text("city", most: 50),
                state: address.text("state", most: 50),
                postalCode: address.text("postal_code", most: 50),
                country: address.text("country", most: 50)
            )
        }
        notes = Self.each("notes", most: 150, of: &body) { $0.text("content", most: 2_000) ?? "" }
        if var channel = body.member("sms_channel") {
            smsAddress = channel.text("full_sms_address", most: 32) ?? channel.text("sms_address", most: 32)
            body.takeProblems(of: channel)
        }
    }

    private static func customFields(
        _ body: inout BodyReader,
        account: AccountState
    ) -> [(field: String, value: String)]? {
        each("custom_fields", most: ImportRules.mostCustomFields, of: &body) { field in
            let value = field.text("value", most: 255) ?? ""
            guard let id = field.object["custom_field_id"]?.stringValue, let known = account.customField(id: id) else {
                field.complain("custom_field_id is not the id of a custom field")
                return ("", value)
            }
            return (known.id, value)
        }
    }

    /// Reads every object of an array, and passes its problems on.
    private static func each<Value>(
        _ name: String,
        most: Int,
        of body: inout BodyReader,
        _ read: (inout BodyReader) -> Value
    ) -> [Value]? {
        guard let members = body.members(name, most: most) else { return nil }
        return members.map { member in
            var member = member
            let value = read(&member)
            body.takeProblems(of: member)
            return value
        }
    }
}

extension BodyReader {
    /// Complains that a member is missing; the result stands in for it.
    fileprivate mutating func complainAbout(_ name: String) -> String {
        if problems.isEmpty { complain("\(name) is required") }
        return ""
    }
}
