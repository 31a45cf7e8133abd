import Foundation
import Sandbox
import Testing

extension SystemTests {
    @Suite
    struct ErasureTests {
        @Test(.timeLimit(.minutes(2)))
        func erasesAndBacksUpBesideARunningServe() async throws {
            try await Installation.run(members: 40) { installation in
                try await installation.connectAndLink()
                let serving = try await installation.serve()
                let onList = try await installation.waitForFirstSync()
                try await installation.waitForQuiet()
                // The longest, which is no part of another one.
                let address = try #require(onList.sorted().max { $0.utf8.count < $1.utf8.count })

                try await installation.succeed("erase", address, "--yes")
                try await installation.waitForList(of: onList.subtracting([address]))
                try await wait(for: "flags", within: .seconds(20), every: .milliseconds(50)) {
                    let oracle = try await CampaignOracle.read(installation.crm)
                    return oracle.records(having: address).allSatisfy(\.isOptedOut)
                }
                try await installation.waitForQuiet()
                let backup = installation.folder.file("backup")
                try await installation.succeed("backup", backup)
                let refused = try await installation.causeway(["restore", backup])
                #expect(refused.status == 1)
                #expect(refused.errors.contains("stop it first"))
                try await installation.succeed("ledger", "verify")

                serving.child.signal(SIGTERM)
                _ = try await serving.child.waitForEnd(within: .seconds(20))
                for name in try FileManager.default.contentsOfDirectory(atPath: installation.dataDirectory) {
                    let path = "\(installation.dataDirectory)/\(name)"
                    let content = FileManager.default.contents(atPath: path) ?? Data()
                    #expect(!String(decoding: content, as: UTF8.self).lowercased().contains(address), "\(name)")
                }
                try await installation.succeed("restore", backup)
                try await installation.succeed("ledger", "verify")
            }
        }
    }
}
