import Foundation
import Sandbox

/// The simulated Mailchimp audience, read and acted on through its controls, never through what Causeway believes.
struct DemoAudience: Sendable {
    /// A member of the audience.
    struct Member: Sendable, Hashable {
        /// In Mailchimp's words.
        var status: String
        var tags: Set<String>
    }

    let server: SandboxServer

    /// Something that a person or a user of the product does.
    @discardableResult
    func act(_ name: String, _ body: SandboxJSON) async throws -> SandboxJSON {
        try await call("POST", name, body: body)
    }

    /// What the account has, but for its members.
    func state() async throws -> SandboxJSON { try await call("GET", "state?members=false") }

    /// Everybody whom the audience has, by address in lower case.
    func members() async throws -> [String: Member] {
        var members: [String: Member] = [:]
        for json in try await call("GET", "members").arrayValue ?? [] {
            members[DemoModel.compared(json["email"]?.stringValue ?? "")] = Member(
                status: json["status"]?.stringValue ?? "",
                tags: Set((json["tags"]?.arrayValue ?? []).compactMap(\.stringValue))
            )
        }
        return members
    }

    private func call(_ method: String, _ control: String, body: SandboxJSON? = nil) async throws -> SandboxJSON {
        let request = SandboxRequest(
            method: method,
            target: "/_sandbox/\(control)",
            headers: [("Content-Type", "application/json")],
            body: body.map { Array($0.text.utf8) } ?? []
        )
        guard let response = await server.service.control(request), (200..<300).contains(response.status) else {
            throw DemoSides.Refused(
                description: "the sandbox refused \(method) \(control) \(body?.text ?? "")"
            )
        }
        return SandboxJSON(parsing: response.body) ?? .null
    }
}

extension DemoAudience.Member {
    /// In a line, for a difference.
    static func text(_ member: DemoAudience.Member?) -> String {
        guard let member else { return "no member" }
        return member.status + " with "
            + (member.tags.isEmpty ? "no tag" : member.tags.sorted().joined(separator: ", "))
    }
}
