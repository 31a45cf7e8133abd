/// A refusal: the problem document that Mailchimp answers with (mailchimp.md §3).
struct MailchimpProblem: Error {
    /// What is wrong with one field.
    struct FieldError: Sendable {
        var field: String
        var message: String
    }

    var status: Int
    var title: String
    var detail: String
    var errors: [FieldError] = []
    var headers: [(name: String, value: String)] = []

    /// The document as JSON.
    ///
    /// - Parameter instance: what identifies this occurrence.
    func json(instance: String, options: MailchimpOptions) -> SandboxJSON {
        var members: [String: SandboxJSON] = [
            "title": .string(title), "status": .int(status), "detail": .string(detail),
            "instance": .string(options.abridgesProblems ? "" : instance),
        ]
        if !options.abridgesProblems { members["type"] = "https://mailchimp.com/developer/marketing/docs/errors/" }
        if !errors.isEmpty {
            members["errors"] = .array(
                errors.map { ["field": .string($0.field), "message": .string($0.message)] }
            )
        }
        return .object(members)
    }

    /// The answer that carries the document.
    func response(instance: String, options: MailchimpOptions) -> SandboxResponse {
        let described = "<https://us1.api.mailchimp.com/schema/3.0/ProblemDetailDocument.json>; rel=\"describedBy\""
        return .json(
            json(instance: instance, options: options),
            status: status,
            headers: [("Link", described)] + headers,
            contentType: "application/problem+json; charset=utf-8"
        )
    }
}

extension MailchimpProblem {
    static func invalid(_ errors: [FieldError]) -> MailchimpProblem {
        MailchimpProblem(
            status: 400,
            title: "Invalid Resource",
            detail:
                "The resource submitted could not be validated. For field-specific details, see the 'errors' array.",
            errors: errors
        )
    }

    static func invalid(_ field: String, _ message: String) -> MailchimpProblem {
        invalid([FieldError(field: field, message: message)])
    }

    /// A refusal of a whole resource, without fields.
    static func invalid(detail: String) -> MailchimpProblem {
        MailchimpProblem(status: 400, title: "Invalid Resource", detail: detail)
    }

    static func mergeFields(_ errors: [FieldError]) -> MailchimpProblem {
        MailchimpProblem(
            status: 400,
            title: "Invalid Resource",
            detail: "Your merge fields were invalid.",
            errors: errors
        )
    }

    static func badRequest(_ detail: String) -> MailchimpProblem {
        MailchimpProblem(status: 400, title: "Bad Request", detail: detail)
    }

    static var unreadable: MailchimpProblem {
        MailchimpProblem(
            status: 400,
            title: "JSON Parse Exception",
            detail: "We encountered an unspecified JSON parsing error."
        )
    }

    static func memberExists(_ address: String) -> MailchimpProblem {
        MailchimpProblem(
            status: 400,
            title: "Member Exists",
            detail: "\(address) is already a list member. Use PUT to insert or update list members."
        )
    }

    static func compliance(_ address: String) -> MailchimpProblem {
        MailchimpProblem(
            status: 400,
            title: "Member In Compliance State",
            detail: "\(address) is in a compliance state due to unsubscribe, bounce, or compliance review "
                + "and cannot be subscribed."
        )
    }

    static func forgotten(_ address: String) -> MailchimpProblem {
        MailchimpProblem(
            status: 400,
            title: "Forgotten Email Not Subscribed",
            detail: "\(address) was permanently deleted and cannot be re-imported. "
                + "The contact must re-subscribe to get back on the list."
        )
    }

    static func unauthorized(missing: Bool) -> MailchimpProblem {
        MailchimpProblem(
            status: 401,
            title: missing ? "API Key Missing" : "API Key Invalid",
            detail: missing
                ? "Your request did not include an API key."
                : "Your API key may be invalid, or you've attempted to access the wrong datacenter."
        )
    }

    static func forbidden(_ detail: String, title: String = "Forbidden") -> MailchimpProblem {
        MailchimpProblem(status: 403, title: title, detail: detail)
    }

    static var notFound: MailchimpProblem {
        MailchimpProblem(
            status: 404,
            title: "Resource Not Found",
            detail: "The requested resource could not be found."
        )
    }

    static func methodNotAllowed(_ allowed: [String]) -> MailchimpProblem {
        MailchimpProblem(
            status: 405,
            title: "Method Not Allowed",
            detail: "The requested method and resource are not compatible. See the Allow header for this resource's "
                + "available methods.",
            headers: [("Allow", allowed.joined(separator: ", "))]
        )
    }

    static var notArchivable: MailchimpProblem {
        MailchimpProblem(
            status: 405,
            title: "Method Not Allowed",
            detail: "This list member cannot be removed. A contact that is bounced, pending or archived cannot be "
                + "archived."
        )
    }

    static var tooDeep: MailchimpProblem {
        MailchimpProblem(
            status: 414,
            title: "Resource Nesting Too Deep",
            detail: "The sub-resource requested is nested too deeply."
        )
    }

    static var invalidOverride: MailchimpProblem {
        MailchimpProblem(
            status: 422,
            title: "InvalidMethodOverride",
            detail: "Your request included a 'X-HTTP-Method-Override' header on a method that cannot be overridden."
        )
    }

    static var needsTLS: MailchimpProblem {
        MailchimpProblem(status: 426, title: "Upgrade Required", detail: "Use HTTPS to reach this service.")
    }

    static func tooMany(_ detail: String) -> MailchimpProblem {
        MailchimpProblem(status: 429, title: "TooManyRequests", detail: detail)
    }

    static var tooManyConnections: MailchimpProblem {
        tooMany("You have exceeded the limit of 10 simultaneous connections.")
    }

    static var internalError: MailchimpProblem {
        MailchimpProblem(
            status: 500,
            title: "InternalServerError",
            detail: "An unexpected internal error has occurred. Please contact Support for more information."
        )
    }

    /// The error that `X-Trigger-Error` names (mailchimp.md §3); nil for a name that is none.
    static func triggered(_ name: String) -> MailchimpProblem? {
        switch name {
        case "BadRequest": badRequest("Your request could not be processed.")
        case "InvalidAction":
            MailchimpProblem(status: 400, title: "Invalid Action", detail: "The action requested was not valid.")
        case "InvalidResource": invalid(detail: "The resource submitted could not be validated.")
        case "JSONParseError": unreadable
        case "MemberInComplianceState": compliance("The address")
        case "ForgottenEmailNotSubscribed": forgotten("The address")
        case "APIKeyMissing": unauthorized(missing: true)
        case "APIKeyInvalid": unauthorized(missing: false)
        case "Forbidden": forbidden("You are not permitted to access this resource.")
        case "UserDisabled": forbidden("This account has been disabled.", title: "User Disabled")
        case "WrongDatacenter": forbidden("The API key is of another data center.", title: "Wrong Datacenter")
        case "ResourceNotFound": notFound
        case "MethodNotAllowed": methodNotAllowed(["GET"])
        case "ResourceNestingTooDeep": tooDeep
        case "InvalidMethodOverride": invalidOverride
        case "TooManyRequests": tooManyConnections
        case "InternalServerError": internalError
        default: nil
        }
    }
}
