import Foundation
import Sandbox
import Testing

extension SystemTests {
    @Suite
    struct CrashTests {
        /// Where a kill lands: while a call has taken effect and its answer is still under way, or after some calls.
        private enum Moment {
            case answerUnderWay(method: String, path: String, crm: Bool)
            case afterCalls(Int)
        }

        @Test(.timeLimit(.minutes(4)), arguments: [UInt64(1), 2])
        func killsInTheMiddleOfAFirstSyncLoseAndRepeatNothing(seed: UInt64) async throws {
            try await Installation.run(members: 5_000, configure: { options in
                options.seed = seed
                // Imports are under way for a while, and contacts are there before Causeway came.
                options.constantContact.activitySeconds = 0.5
            }) { installation in
                let oracle = try await CampaignOracle.read(installation.crm)
                let optedOut = oracle.optedOutAddresses.sorted()
                try await Self.addContacts(optedOut, to: installation.provider)
                try await installation.connectAndLink()

                var generator = SeededGenerator(seed: seed)
                for moment in Self.moments(using: &generator) {
                    let serving = try await installation.serve()
                    try await Self.waitUntilReached(moment, installation)
                    try await serving.child.killNow()
                    installation.world.workbooks.faults.removeAll()
                    installation.world.constantContact.faults.removeAll()
                }
                _ = try await installation.serve()
                let wanted = oracle.list(of: installation.campaign().id)
                try await installation.waitForList(of: wanted, within: .seconds(120))
                try await installation.waitForList(Installation.master, of: wanted, within: .seconds(30))
                try await installation.waitForQuiet()
                try await wait(for: "unsubscribes", within: .seconds(60), every: .milliseconds(250)) {
                    let state = try await ProviderState.read(installation.provider)
                    return Set(state.contacts.filter { $0.permission == "unsubscribed" }.map(\.address))
                        == Set(optedOut)
                }

                let state = try await ProviderState.read(installation.provider)
                let addresses = state.contacts.filter { !$0.isDeleted }.map(\.address)
                #expect(Set(addresses).count == addresses.count, "no address has two contacts")
                #expect(state.lists.filter { !$0.isDeleted }.count == 2, "no list was made twice")
                #expect(state.signUpFormCalls == 0 && state.resubscribeMails == 0)
                try Self.expectNoUnsafeRepetition(try installation.exchanges())
            }
        }

        /// The kills of one run: one in each kind of call that changes something, in an order of the seed's, and two
        /// at any moment.
        private static func moments(using generator: inout SeededGenerator) -> [Moment] {
            var late: [Moment] = [
                .answerUnderWay(method: "POST", path: "/contacts_json_import", crm: false),
                .answerUnderWay(method: "PUT", path: "/v3/contacts/", crm: false),
                .afterCalls(1 + generator.below(40)),
                .afterCalls(1 + generator.below(12)),
            ]
            late.shuffle(using: &generator)
            return [
                .answerUnderWay(method: "GET", path: "campaign_membership.api", crm: true),
                .answerUnderWay(method: "POST", path: "/v3/contact_lists", crm: false),
                .answerUnderWay(method: "POST", path: "/v3/contact_lists", crm: false),
            ] + late
        }

        private static func waitUntilReached(_ moment: Moment, _ installation: Installation) async throws {
            let start = installation.crm.calls + installation.provider.calls
            switch moment {
            case .afterCalls(let count):
                try await wait(for: "\(count) calls", within: .seconds(60), every: .milliseconds(1)) {
                    installation.crm.calls + installation.provider.calls >= start + count
                }
            case .answerUnderWay(let method, let path, let crm):
                let peer = crm ? installation.crm : installation.provider
                try peer.fail([
                    "kind": "latency", "method": .string(method), "path": .string(path), "delayMs": 60_000,
                ])
                // A call that was made in full before the kills came is not made again: then any moment will do.
                try await wait(for: "\(method) \(path)", within: .seconds(8), every: .milliseconds(1)) {
                    peer.server.faults.waiting.isEmpty || installation.crm.calls + installation.provider.calls > start + 60
                }
            }
        }

        /// Contacts that the account has from elsewhere, subscribed.
        private static func addContacts(_ addresses: [String], to provider: Peer) async throws {
            let contacts = addresses.map { SandboxJSON.object(["email": .string($0)]) }
            try await provider.act("create-contact", ["contacts": .array(contacts)])
        }

        /// The calls that constant-contact.md §6.5 forbids to repeat were answered once, whatever was killed between.
        private static func expectNoUnsafeRepetition(_ exchanges: [Exchange]) throws {
            let provider = exchanges.filter { $0.service == "constant-contact" && $0.method == "POST" }
            let lists = provider.filter { $0.path.hasSuffix("/contact_lists") }
            for (name, made) in Dictionary(grouping: lists, by: { $0.requestBody?["name"]?.stringValue ?? "" }) {
                #expect(made.map(\.status) == [201], "the list “\(name)” was asked for once")
            }
            let contacts = provider.filter { $0.path.hasSuffix("/v3/contacts") }
            let byAddress = Dictionary(grouping: contacts) {
                $0.requestBody?["email_address"]?["address"]?.stringValue ?? ""
            }
            for (address, made) in byAddress {
                #expect(made.count { $0.status == 201 } <= 1, "\(address) was made once")
            }
            #expect(!provider.contains { $0.path.contains("sign_up_form") || $0.path.contains("resubscribe") })
        }
    }
}
