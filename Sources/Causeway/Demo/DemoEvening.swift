import Bridge
import Foundation
import Sandbox
import Store

/// After the day: the first campaign goes to Mailchimp, too, and what is said at either provider reaches the other.
final class DemoEvening {
    /// The longest address that Mailchimp takes.
    private static let longestAddress = 254

    let stage: DemoStage
    let audience: DemoAudience
    private let options: SandboxOptions
    /// Calls that everything so far may have cost at Mailchimp.
    private(set) var allowed = DemoAudienceCalls()
    /// Addresses that the audience has, or had before.
    private var known: Set<String> = []
    /// Members whose mail bounced for good there.
    var cleaned: Set<String> = []

    init(stage: DemoStage, options: SandboxOptions) {
        self.stage = stage
        self.options = options
        audience = DemoAudience(server: stage.sides.world.mailchimp)
    }

    var campaign: DemoModel.Campaign { stage.model.campaigns[0] }

    /// The tag of the campaign.
    var tag: String { "WB:\(campaign.id) \(campaign.list)" }

    /// - Parameter show: runs a command and shows what it prints.
    func run(_ show: ([String]) async throws -> Void) async throws {
        Console.line()
        Console.line("── The evening: the first campaign goes to Mailchimp, too ──")
        let earlier = try await prepareAudience()
        try await connect(show)
        try await firstLoad(earlier, show)
        let person = try await personUnsubscribes()
        try await constantContactTellsMailchimp()
        try await personComplains()
        try await mailBounces()
        try await tagIsRenamed()
        try await personReturns(person)
        try await mailingGoesOut(show)
        try await nothingIsLeftToDo()
        try await stage.compareAll("The evening is over: both sides of the day were compared", within: .seconds(30))
        try await compareAudience("… and everybody in the audience", about: nil)
    }

    // MARK: The steps

    /// People whom the audience knows before Causeway comes: one of them unsubscribed there by himself.
    private func prepareAudience() async throws -> DemoModel.Record {
        let earlier = try stage.somebody(.both, kind: .person)
        let acquaintance = try stage.somebody(.both)
        try await audience.act(
            "create-members",
            [
                "members": [
                    ["email": .string(earlier.main), "status": "subscribed"],
                    [
                        "email": .string(acquaintance.main), "status": "subscribed",
                        "merge_fields": ["FNAME": "Nick", "LNAME": "Name"],
                    ],
                    ["email": "old.friend@example.org", "status": "subscribed"],
                ]
            ]
        )
        try await audience.act("unsubscribe", ["email": .string(earlier.main)])
        known = [earlier.main, acquaintance.main, "old.friend@example.org"]
        try await audience.act("options", ["webhookAuthority": .string(stage.workspace.authority)])
        return earlier
    }

    private func connect(_ show: ([String]) async throws -> Void) async throws {
        let key = try stage.workspace.secretFile("mailchimp-key", options.mailchimp.apiKey)
        try await show(
            [
                "connect", "mailchimp", "--api-key-file", key, "--audience", options.mailchimp.audienceID, "--api-url",
                "\(audience.server.baseURL)/3.0", "--per-second", "1000", "--poll-interval", "500ms",
            ]
        )
        try await show(["webhooks", "register", "mailchimp"])
    }

    private func firstLoad(_ earlier: DemoModel.Record, _ show: ([String]) async throws -> Void) async throws {
        try await step(
            "C1 §4",
            "The campaign becomes a tag; who had unsubscribed at Mailchimp is opted out everywhere",
            about: nil,
            looksAt: [earlier.main],
            costs: DemoCalls(changes: 1, reads: 1)
        ) {
            stage.model.optOutAtProvider(earlier.main)
            try await show(["link", campaign.reference, "--to", "mailchimp", "--yes"])
            let new = expectedOnTag.subtracting(known)
            allowed += DemoAudienceCalls(bulk: (new.count - 1) / 500 + 1, segments: 1, patches: 1)
        }
    }

    private func personUnsubscribes() async throws -> DemoModel.Record {
        let person = try stage.somebody(.both, kind: .person)
        try await step(
            "C1",
            "Somebody unsubscribes in a mail of Mailchimp's; a signed webhook tells",
            about: [person.main],
            costs: DemoCalls(changes: 1, reads: 1),
            allows: DemoAudienceCalls(segments: 1, reads: 1)
        ) {
            let mailing = try await audience.act("send-campaign", ["title": "News", "subject": "News of the evening"])
            try await audience.act(
                "unsubscribe",
                ["email": .string(person.main), "campaign_id": mailing["campaign_id"] ?? .null]
            )
            stage.model.optOutAtProvider(person.main)
        }
        return person
    }

    private func constantContactTellsMailchimp() async throws {
        let person = try stage.somebody(.both)
        try await step(
            "C1",
            "Somebody unsubscribes at Constant Contact, and is unsubscribed at Mailchimp as the account",
            about: [person.main],
            allows: DemoAudienceCalls(segments: 1, patches: 1, reads: 1)
        ) {
            try await stage.sides.act("unsubscribe", ["email": .string(person.main)])
            stage.model.optOutAtProvider(person.main)
        }
    }

    private func personComplains() async throws {
        let person = try stage.somebody(.both)
        try await step(
            "C2",
            "Somebody complains of spam at Mailchimp",
            about: [person.main],
            costs: DemoCalls(changes: 1, reads: 1),
            allows: DemoAudienceCalls(segments: 1, reads: 1)
        ) {
            try await audience.act("complain", ["email": .string(person.main)])
            stage.model.optOutAtProvider(person.main)
        }
    }

    private func mailBounces() async throws {
        let person = try stage.somebody(.both)
        try await step(
            "C8",
            "A mail of Mailchimp's bounces for good: off the lists of both, marked, and not opted out",
            about: [person.main],
            costs: DemoCalls(removals: 1),
            allows: DemoAudienceCalls(segments: 1, reads: 1)
        ) {
            try await audience.act("bounce", ["email": .string(person.main), "kind": "hard"])
            stage.model.bounced.insert(person.main)
            cleaned.insert(person.main)
        }
    }

    private func tagIsRenamed() async throws {
        let person = try stage.somebody(.both)
        try await step(
            "§4",
            "The tag is renamed by hand: it gets its name back, since a tag is known by its number",
            about: [person.main],
            verifies: true
        ) {
            try await audience.act("rename-tag", ["name": .string(tag), "to": "Something else"])
        }
    }

    private func personReturns(_ person: DemoModel.Record) async throws {
        try await step(
            "C7",
            "The one who unsubscribed in a mail signs up again at Mailchimp's form: back on both",
            about: [person.main],
            costs: DemoCalls(imports: 1, changes: 1, reads: 1),
            allows: DemoAudienceCalls(segments: 1, reads: 1)
        ) {
            try await audience.act("subscribe", ["email": .string(person.main)])
            stage.model.optInAtProvider(person.main)
        }
    }

    private func nothingIsLeftToDo() async throws {
        let (before, beforeThere) = (DemoAudienceCalls(counted: audience.server), stage.constantContactReads)
        _ = try await stage.children.run(["sync", "--full", "--json"])
        let after = DemoAudienceCalls(counted: audience.server)
        let writes = after.writes - before.writes
        allowed.reads += after.reads - before.reads
        stage.allowed.reads += stage.constantContactReads - beforeThere
        stage.add(
            result(
                "§1",
                "A whole round with verification at both providers, when nothing has happened",
                expected: "0 writes",
                found: "\(writes) writes",
                differences: writes == 0 ? [] : ["\(writes) writes where nothing had changed"]
            )
        )
    }

    // MARK: Expected and found

    /// Who belongs on the tag: also who was deleted at the other provider, and whose address only that one refuses.
    var expectedOnTag: Set<String> {
        var model = stage.model
        model.deleted = []
        return model.expectedOnList(of: campaign, longest: Self.longestAddress)
    }

    private func expected() -> [String: DemoAudience.Member] {
        let onTag = expectedOnTag
        known.formUnion(onTag)
        var members: [String: DemoAudience.Member] = [:]
        for address in known {
            let status =
                cleaned.contains(address) ? "cleaned" : stage.model.isOptedOut(address) ? "unsubscribed" : "subscribed"
            members[address] = DemoAudience.Member(status: status, tags: onTag.contains(address) ? [tag] : [])
        }
        return members
    }

    /// One step: it happens, and then Workbooks, Constant Contact and Mailchimp are looked at.
    ///
    /// - Parameters:
    ///   - addresses: whom it is about at Mailchimp; nil for everybody.
    ///   - others: whom it is about elsewhere; nil for the same.
    func step(
        _ rules: String,
        _ title: String,
        about addresses: [String]?,
        looksAt others: [String]? = nil,
        verifies: Bool = false,
        costs: DemoCalls = DemoCalls(),
        allows: DemoAudienceCalls = DemoAudienceCalls(),
        _ act: () async throws -> Void
    ) async throws {
        allowed += allows
        let before = DemoAudienceCalls(counted: audience.server)
        try await stage.step(
            rules,
            title,
            about: others ?? addresses ?? [],
            verifies: verifies,
            costs: costs,
            act
        )
        if verifies { allowed.reads += DemoAudienceCalls(counted: audience.server).reads - before.reads }
        try await compareAudience(title, about: addresses, rules: rules)
    }

    private func compareAudience(_ title: String, about addresses: [String]?, rules: String = "all") async throws {
        let expected = expected()
        let started = ContinuousClock.now
        var found: [String: DemoAudience.Member] = [:]
        var differing: [String] = []
        repeat {
            found = try await audience.members()
            let looked = addresses.map(Set.init) ?? Set(expected.keys).union(found.keys)
            differing = looked.filter { expected[$0] != found[$0] }.sorted()
            if differing.isEmpty { break }
            try await Task.sleep(for: .milliseconds(100))
        } while ContinuousClock.now - started < .seconds(30)
        let result = result(
            rules,
            title,
            expected: summary(expected, addresses),
            found: summary(found, addresses),
            differences: differing.map {
                "\($0): expected \(DemoAudience.Member.text(expected[$0])), found \(DemoAudience.Member.text(found[$0]))"
            }
        )
        stage.add(result)
        Console.line("    Mailchimp         \(result.foundAtProvider)  \((ContinuousClock.now - started).seconds)")
        for difference in result.differences.prefix(12) { Console.line("    ! \(difference)") }
    }

    private func summary(_ members: [String: DemoAudience.Member], _ addresses: [String]?) -> String {
        let those = addresses.map { $0.compactMap { members[$0] } } ?? Array(members.values)
        let tagged = those.count { $0.tags.contains(tag) }
        return "\(those.count { $0.status == "unsubscribed" }) of \(those.count) unsubscribed, "
            + "\(those.count { $0.status == "cleaned" }) cleaned, \(tagged) with the tag"
    }

    private func result(
        _ rules: String,
        _ title: String,
        expected: String,
        found: String,
        differences: [String]
    ) -> DemoResult {
        DemoResult(
            rules: rules,
            title: title,
            expectedInCRM: "",
            foundInCRM: "",
            expectedAtProvider: expected,
            foundAtProvider: found,
            differences: differences,
            provider: "Mailchimp"
        )
    }
}
