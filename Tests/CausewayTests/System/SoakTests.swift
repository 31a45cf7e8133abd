import Foundation
import Sandbox
import Synchronization
import Testing

extension SystemTests {
    /// The real program under load, killed at random moments again and again.
    ///
    /// `CAUSEWAY_SOAK_SECONDS` says for how long (`make soak` takes five minutes) and `CAUSEWAY_SOAK_SEED` which moments.
    @Suite
    struct SoakTests {
        /// What was said while it ran, and has to have taken effect in the end.
        private struct Said: Sendable {
            /// Unsubscribes that were answered by a 204.
            var acknowledged: Set<String> = []
            /// People who unsubscribed at the provider.
            var atProvider: Set<String> = []
            /// Records whose flag somebody set in the CRM, by their main address.
            var flagged: Set<String> = []
            var kills = 0

            var all: Set<String> { acknowledged.union(atProvider).union(flagged) }
        }

        private static let seconds = number("CAUSEWAY_SOAK_SECONDS") ?? 20
        private static let seed = number("CAUSEWAY_SOAK_SEED") ?? 1

        private static func number(_ name: String) -> Int? {
            ProcessInfo.processInfo.environment[name].flatMap(Int.init)
        }

        @Test(.timeLimit(.minutes(15)))
        func nothingThatWasAcknowledgedIsLostHoweverOftenItIsKilled() async throws {
            try await Installation.run(
                members: 200 + Self.seconds * 10,
                campaigns: 2,
                configure: { options in
                    options.seed = UInt64(Self.seed)
                    options.constantContact.activitySeconds = 0.3
                }
            ) { installation in
                try await installation.connectAndLink()
                let relay = try await installation.relay()
                let said = try await Self.live(installation, relay)
                print("seed \(Self.seed): \(said.kills) kills, \(said.all.count) opt-outs")
                _ = try await installation.serve()
                try await Self.expectEverything(said, installation)
            }
        }

        /// Lets people act while the program is started and killed.
        private static func live(_ installation: Installation, _ relay: Relay) async throws -> Said {
            var generator = SeededGenerator(seed: UInt64(seed))
            var said = Said()
            var people = try await CampaignOracle.read(installation.crm).list(of: installation.campaign().id).sorted()
            people.shuffle(using: &generator)
            let end = ContinuousClock.now + .seconds(seconds)
            while ContinuousClock.now < end {
                // One in eight is killed while it starts.
                if generator.below(8) == 0 {
                    let child = try installation.startServing()
                    try await Task.sleep(for: .milliseconds(generator.below(400)))
                    try await child.killNow()
                    said.kills += 1
                }
                let serving = try await installation.serve()
                let leaving = Array(people.suffix(8))
                people.removeLast(leaving.count)
                async let taken = deliver(leaving, relay, serving)
                try await actOutside(&people, &said, &generator, installation)
                try await Task.sleep(for: .milliseconds(100 + generator.below(2_500)))
                try await serving.child.killNow()
                said.kills += 1
                said.acknowledged.formUnion(try await taken)
            }
            return said
        }

        /// Has people unsubscribe by webhook; those whose delivery was answered by a 204 are returned.
        private static func deliver(_ addresses: [String], _ relay: Relay, _ serving: Serving) async throws -> [String]
        {
            let deliveries = addresses.map { Relay.Delivery.unsubscribe($0) }
            let ids = Set(try await relay.sendWhileServed(deliveries, to: serving))
            return zip(addresses, deliveries).filter { ids.contains($0.1.id) }.map(\.0)
        }

        /// Somebody unsubscribes at the provider, and an operator sets a flag.
        private static func actOutside(
            _ people: inout [String],
            _ said: inout Said,
            _ generator: inout SeededGenerator,
            _ installation: Installation
        ) async throws {
            let contacts = try await ProviderState.read(installation.provider).contacts
            let mailable = Set(contacts.filter { $0.permission != "unsubscribed" && !$0.isDeleted }.map(\.address))
            if let index = people.lastIndex(where: { mailable.contains($0) }) {
                let address = people.remove(at: index)
                try await installation.provider.act("unsubscribe", ["email": .string(address), "reason": "enough"])
                said.atProvider.insert(address)
            }
            guard generator.below(2) == 0, let address = people.popLast() else { return }
            let oracle = try await CampaignOracle.read(installation.crm)
            guard let record = oracle.records(having: address).first(where: { $0.main == address }) else { return }
            let flag = record.resource == "crm/people" ? "no_email_soliciting" : "org_lead_party[no_email_soliciting]"
            try await installation.crm.act(
                "edit",
                ["resource": .string(record.resource), "id": .int(record.id), "set": .object([flag: .bool(true)])]
            )
            said.flagged.insert(address)
        }

        private static func expectEverything(_ said: Said, _ installation: Installation) async throws {
            try await wait(for: "flags on every record", within: .seconds(240), every: .milliseconds(500)) {
                let oracle = try await CampaignOracle.read(installation.crm)
                return said.all.allSatisfy { oracle.records(having: $0).allSatisfy(\.isOptedOut) }
            }
            for index in 0...1 {
                // What has no answer is read back, and given its time before it is repeated.
                try await wait(for: "agreement of both sides", within: .seconds(300), every: .milliseconds(500)) {
                    let campaign = installation.campaign(index)
                    let wanted = try await CampaignOracle.read(installation.crm).list(of: campaign.id)
                    return try await ProviderState.members(ofList: campaign.publicName, installation.provider) == wanted
                }
            }
            try await installation.waitForQuiet(within: .seconds(240))

            let oracle = try await CampaignOracle.read(installation.crm)
            let state = try await ProviderState.read(installation.provider)
            let mailable = state.contacts.filter { !$0.isDeleted && $0.permission != "unsubscribed" }
            #expect(oracle.optedOutAddresses.isSuperset(of: said.all))
            #expect(mailable.allSatisfy { !said.all.contains($0.address) }, "nobody who opted out can be mailed")
            let addresses = state.contacts.filter { !$0.isDeleted }.map(\.address)
            #expect(Set(addresses).count == addresses.count, "no address has two contacts")
            #expect(state.lists.filter { !$0.isDeleted }.count == 3, "no list was made twice")
            #expect(state.signUpFormCalls == 0 && state.resubscribeMails == 0)
            let ledger = try await installation.causeway(["ledger", "verify"])
            #expect(ledger.status == 0, "\(ledger.text)")
        }
    }
}
