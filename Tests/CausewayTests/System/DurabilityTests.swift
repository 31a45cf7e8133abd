import Foundation
import Sandbox
import Testing

extension SystemTests {
    @Suite
    struct DurabilityTests {
        @Test(.timeLimit(.minutes(2)))
        func everyUnsubscribeThatWasAnsweredTakesEffectAfterAKill() async throws {
            try await Installation.run(members: 200) { installation in
                try await installation.connectAndLink()
                let relay = try await installation.relay()
                let first = try await installation.serve()
                let onList = try await installation.waitForFirstSync()
                let leaving = Array(onList.sorted().prefix(50))

                let answers = try await relay.send(leaving.map { .unsubscribe($0) }, to: first)
                try await first.child.killNow()
                #expect(answers.map(\.status) == Array(repeating: 204, count: 50))

                _ = try await installation.serve()
                try await installation.waitForList(of: onList.subtracting(leaving))
                try await installation.waitForList(Installation.master, of: onList.subtracting(leaving))
                try await wait(for: "flags on every record", every: .milliseconds(100)) {
                    let oracle = try await CampaignOracle.read(installation.crm)
                    return leaving.allSatisfy { address in
                        let records = oracle.records(having: address)
                        return !records.isEmpty && records.allSatisfy(\.isOptedOut)
                    }
                }
                try await wait(for: "statuses of every member", every: .milliseconds(100)) {
                    let oracle = try await CampaignOracle.read(installation.crm)
                    return leaving.allSatisfy { address in
                        oracle.members(of: installation.campaign().id, standingFor: address)
                            .allSatisfy { $0.status == "Unsubscribed" }
                    }
                }
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aReplayedDeliveryIsOneRow() async throws {
            try await Installation.run(members: 20) { installation in
                try await installation.connectAndLink()
                let relay = try await installation.relay()
                let serving = try await installation.serve()
                let address = try #require(try await installation.waitForFirstSync().sorted().first)
                let delivery = Relay.Delivery.unsubscribe(address)

                let answers = try await relay.send([delivery, delivery, delivery], to: serving)
                #expect(answers.map(\.status) == [204, 204, 204])
                #expect(try await installation.inboxRows(id: delivery.id) == 1)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func aFullDiskIsAnsweredByA503AndNothingIsHalfWritten() async throws {
            try await Installation.run(members: 20) { installation in
                try await installation.connectAndLink()
                let relay = try await installation.relay()
                guard let disk = try await SmallDisk.mount(in: installation.folder, megabytes: 8) else {
                    // Only root may mount; StoreTests fills the disk of the database by other means.
                    print("skipped: mounts are not permitted here")
                    return
                }
                do {
                    try await Self.fill(disk, installation, relay)
                } catch {
                    try await disk.unmount()
                    throw error
                }
                try await disk.unmount()
            }
        }

        private static func fill(_ disk: SmallDisk, _ installation: Installation, _ relay: Relay) async throws {
            try await disk.adopt(installation.dataDirectory)
            let serving = try await installation.serve(environment: ["CAUSEWAY_DATA": disk.path])
            let onList = try await installation.waitForFirstSync().sorted()

            try disk.fill()
            var refused: [Relay.Delivery] = []
            try await wait(for: "refusal for want of space") {
                // Free pages inside the database take a few deliveries before it has to grow.
                let delivery = Relay.Delivery(Data(repeating: UInt8(ascii: " "), count: 200_000) + unsubscribe(onList[0]))
                let answer = try await relay.send(delivery, to: serving)
                #expect(answer.status == 204 || answer.status == 503)
                if answer.status == 503 {
                    #expect(!answer.retryAfter.isEmpty, "a 503 says when to come again")
                    refused.append(delivery)
                }
                return !refused.isEmpty
            }
            #expect(serving.child.ending == nil, "a full disk does not end serve")

            try disk.free()
            // The sender comes again, and now it is taken.
            try await wait(for: "acceptance after the disk has room") {
                try await relay.send(.unsubscribe(onList[1]), to: serving).status == 204
            }
            try await wait(for: "both opt-outs") {
                let oracle = try await CampaignOracle.read(installation.crm)
                return oracle.records(having: onList[1]).allSatisfy(\.isOptedOut)
            }
            try await serving.child.killNow()
            let check = try await Program.run(["sqlite3", "\(disk.path)/causeway.sqlite", "PRAGMA integrity_check"])
            #expect(check.output.hasPrefix("ok") || check.status == 127, "\(check.text)")
        }

        private static func unsubscribe(_ address: String) -> Data { Relay.Delivery.unsubscribe(address).body }
    }
}
