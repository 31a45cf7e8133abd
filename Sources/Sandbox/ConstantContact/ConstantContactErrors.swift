/// A refusal in one of the shapes that Constant Contact uses (constant-contact.md §2.1).
struct ConstantContactRefusal: Error {
    /// The shape of the body.
    enum Shape {
        case array
        case object
        case gateway
        case oauth
    }

    var status: Int
    var shape = Shape.array
    var key: String
    var messages: [String]

    var response: SandboxResponse {
        var writer = JSONWriter()
        switch shape {
        case .array:
            writer.array(messages) { writer, message in
                writer.object { Self.write(key: key, message: message, to: &$0) }
            }
        case .object:
            writer.object { Self.write(key: key, message: messages.joined(separator: "; "), to: &$0) }
        case .gateway:
            writer.object { $0.field("message", messages.joined(separator: "; ")) }
        case .oauth:
            writer.object {
                $0.field("error", key)
                $0.field("error_description", messages.joined(separator: "; "))
            }
        }
        return .json(writer.text, status: status)
    }

    private static func write(key: String, message: String, to writer: inout JSONWriter) {
        writer.field("error_key", key)
        writer.field("error_message", message)
    }
}

extension ConstantContactRefusal {
    static func invalid(_ messages: String...) -> ConstantContactRefusal { invalid(messages) }

    static func invalid(_ messages: [String]) -> ConstantContactRefusal {
        ConstantContactRefusal(status: 400, key: "contacts.api.validation.error", messages: messages)
    }

    static func malformed(_ message: String) -> ConstantContactRefusal {
        ConstantContactRefusal(status: 400, key: "http.status.bad_request", messages: [message])
    }

    static func notFound(_ what: String) -> ConstantContactRefusal {
        ConstantContactRefusal(status: 404, key: "contacts.api.not_found", messages: ["No such \(what)"])
    }

    static func conflict(_ message: String) -> ConstantContactRefusal {
        ConstantContactRefusal(status: 409, key: "contacts.api.conflict", messages: [message])
    }

    static var wrongMediaType: ConstantContactRefusal {
        ConstantContactRefusal(
            status: 415,
            key: "http.status.unsupported_media_type",
            messages: ["The body must have the content type application/json"]
        )
    }

    static var unauthorized: ConstantContactRefusal {
        ConstantContactRefusal(status: 401, shape: .object, key: "unauthorized", messages: ["Unauthorized"])
    }

    /// What the gateway says to a call without a token or to a path that it does not know.
    static func gateway(_ status: Int) -> ConstantContactRefusal {
        ConstantContactRefusal(status: status, shape: .gateway, key: "", messages: ["Forbidden"])
    }

    static func forbidden(_ message: String) -> ConstantContactRefusal {
        ConstantContactRefusal(status: 403, key: "http.status.forbidden", messages: [message])
    }

    static var throttled: ConstantContactRefusal {
        ConstantContactRefusal(status: 429, shape: .object, key: "throttled", messages: ["Too Many Requests"])
    }

    static var quotaExceeded: ConstantContactRefusal {
        ConstantContactRefusal(status: 429, shape: .object, key: "quota_exceeded", messages: ["Limit Exceeded"])
    }

    static var queueFull: ConstantContactRefusal {
        ConstantContactRefusal(
            status: 429,
            key: "contacts.api.too_many_queued_activities",
            messages: ["Too many queued activities for this account"]
        )
    }

    static func oauth(_ error: String, status: Int = 400, _ description: String) -> ConstantContactRefusal {
        ConstantContactRefusal(status: status, shape: .oauth, key: error, messages: [description])
    }
}
