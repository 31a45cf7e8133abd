/// A fault that a test or a seed injects: which calls it hits, how often, and what happens to them.
///
/// Kinds that any service has:
///
/// | kind | what happens |
/// |---|---|
/// | `latency` | the answer comes `delayMs` later |
/// | `slow` | the body comes in pieces over `delayMs` |
/// | `status` | `status` (default 503) with `body`; nothing is done, or everything with `"effect": true` |
/// | `html` | a page of HTML with `status` (default 200); effect as above |
/// | `empty` | `status` (default 200) without a body; effect as above |
/// | `truncated` | done, but the answer breaks off in the middle of its body |
/// | `unknown-keys` | done, and a JSON object in the answer has keys that nobody has heard of |
/// | `reset-before` | the connection is reset, nothing is done |
/// | `reset-after`, `token-lost` | done, but the connection is reset instead of an answer |
///
/// Any other kind (`throttled`, `quota`, `redirect-delay`, `redirect-login`, …) is the service's own.
package struct SandboxFault: Sendable {
    /// What happens.
    package var kind: String
    /// The method that is hit; nil for any.
    package var method: String?
    /// A part of the request target that is hit; nil for any.
    package var path: String?
    /// The status of the answer, for the kinds that have one.
    package var status: Int?
    /// The body of the answer, for the kinds that have one.
    package var body: String?
    /// The reason that a service names in its answer, such as a Workbooks `failure_reason`.
    package var reason: String?
    /// The pause in milliseconds.
    package var delayMilliseconds: Int?
    /// Whether the call takes effect although its answer is replaced.
    package var effect: Bool
    /// A number of the kind's own, such as the length of a chain of redirects.
    package var count: Int?
    /// How many calls it still hits.
    package var times: Int
    /// How many matching calls it lets pass first.
    package var after: Int
    /// How likely it hits a matching call; nil for always.
    package var probability: Double?
    /// The source of the probability.
    package var generator: SeededGenerator

    /// Reads a fault from the body of `POST /_sandbox/faults`; nil when it has no kind.
    package init?(_ json: SandboxJSON) {
        guard let kind = json["kind"]?.stringValue else { return nil }
        self.kind = kind
        method = json["method"]?.stringValue?.uppercased()
        path = json["path"]?.stringValue
        status = json["status"]?.intValue
        body = json["body"]?.stringValue
        reason = json["reason"]?.stringValue
        delayMilliseconds = json["delayMs"]?.intValue
        effect = json["effect"]?.boolValue ?? false
        count = json["count"]?.intValue
        times = json["times"]?.intValue ?? 1
        after = json["after"]?.intValue ?? 0
        probability = json["probability"]?.doubleValue
        generator = SeededGenerator(seed: UInt64(json["seed"]?.intValue ?? 1))
    }

    /// The pause in seconds, or `otherwise` when the fault names none.
    package func delay(otherwise: Double = 0) -> Double {
        delayMilliseconds.map { Double($0) / 1000 } ?? otherwise
    }

    /// Whether the fault is about this call.
    package func matches(method: String, target: String) -> Bool {
        (self.method ?? method) == method && (path.map(target.contains) ?? true)
    }

    /// The fault as `GET /_sandbox/faults` shows it.
    package var json: SandboxJSON {
        var members: [String: SandboxJSON] = [
            "kind": .string(kind), "times": .int(times), "after": .int(after), "effect": .bool(effect),
        ]
        members["method"] = method.map(SandboxJSON.string)
        members["path"] = path.map(SandboxJSON.string)
        members["status"] = status.map(SandboxJSON.int)
        members["reason"] = reason.map(SandboxJSON.string)
        members["delayMs"] = delayMilliseconds.map(SandboxJSON.int)
        members["count"] = count.map(SandboxJSON.int)
        members["probability"] = probability.map(SandboxJSON.number)
        return .object(members)
    }
}
