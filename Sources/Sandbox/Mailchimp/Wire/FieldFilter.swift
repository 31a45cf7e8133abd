/// What `fields` or `exclude_fields` leave of an answer: comma-separated paths from its root (mailchimp.md §3).
struct FieldFilter {
    private var paths: [[String]] = []
    private var excludes = false

    /// Members that an object has at times only, so that their absence is no proof of a mistake.
    private static let optionalNames: Set<String> = [
        "unsubscribe_reason", "last_note", "sms_phone_number", "sms_subscription_status",
        "sms_subscription_last_updated", "response_body_url", "constraints", "last_open", "opens", "activity",
        "total_contacts", "signing_secret", "options", "marketing_permissions", "campaign_id", "segment_opts",
    ]
    /// Objects whose members are data.
    private static let maps: Set<String> = ["merge_fields", "interests"]

    /// - Throws: `MailchimpProblem` when both are given.
    init(_ request: SandboxRequest) throws {
        let fields = Self.paths(request.queryValues("fields"))
        let excluded = Self.paths(request.queryValues("exclude_fields"))
        guard fields.isEmpty || excluded.isEmpty else {
            throw MailchimpProblem.badRequest("The parameters fields and exclude_fields are mutually exclusive.")
        }
        excludes = !excluded.isEmpty
        paths = fields + excluded
    }

    /// Whether there is nothing to leave out.
    var isEmpty: Bool { paths.isEmpty }

    /// The part of an answer that was asked for.
    ///
    /// - Throws: `MailchimpProblem` for a path to a field that does not exist.
    func prune(_ value: SandboxJSON) throws -> SandboxJSON {
        for path in paths where !Self.exists(path[...], in: value) {
            throw MailchimpProblem.invalid("fields", "The field \(path.joined(separator: ".")) does not exist.")
        }
        if paths.isEmpty { return value }
        return excludes ? Self.without(paths.map { $0[...] }, value) : Self.only(paths.map { $0[...] }, value)
    }

    private static func paths(_ texts: [String]) -> [[String]] {
        texts.flatMap { $0.split(separator: ",") }.map { path in
            path.split(separator: ".").map { String($0).trimmingBlanks() }
        }.filter { !$0.isEmpty }
    }

    private static func exists(_ path: ArraySlice<String>, in value: SandboxJSON) -> Bool {
        guard let name = path.first else { return true }
        switch value {
        case .array(let elements): return elements.isEmpty || elements.contains { exists(path, in: $0) }
        case .object(let members):
            guard let member = members[name] else { return optionalNames.contains(name) }
            return maps.contains(name) || exists(path.dropFirst(), in: member)
        default: return false
        }
    }

    private static func only(_ paths: [ArraySlice<String>], _ value: SandboxJSON) -> SandboxJSON {
        switch value {
        case .array(let elements): return .array(elements.map { only(paths, $0) })
        case .object(let members):
            var kept: [String: SandboxJSON] = [:]
            for (name, member) in members {
                let inner = paths.filter { $0.first == name }.map { $0.dropFirst() }
                if inner.contains(where: \.isEmpty) {
                    kept[name] = member
                } else if !inner.isEmpty {
                    kept[name] = only(inner, member)
                }
            }
            return .object(kept)
        default: return value
        }
    }

    private static func without(_ paths: [ArraySlice<String>], _ value: SandboxJSON) -> SandboxJSON {
        switch value {
        case .array(let elements): return .array(elements.map { without(paths, $0) })
        case .object(let members):
            var kept: [String: SandboxJSON] = [:]
            for (name, member) in members {
                let inner = paths.filter { $0.first == name }.map { $0.dropFirst() }
                if inner.contains(where: \.isEmpty) { continue }
                kept[name] = inner.isEmpty ? member : without(inner, member)
            }
            return .object(kept)
        default: return value
        }
    }
}

extension String {
    /// The text without blanks and line ends at its ends.
    func trimmingBlanks() -> String {
        let kept = drop(while: \.isWhitespace)
        return String(kept.reversed().drop(while: \.isWhitespace).reversed())
    }
}
