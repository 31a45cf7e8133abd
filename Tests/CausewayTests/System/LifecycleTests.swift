import Foundation
import Sandbox
import Testing

extension SystemTests {
    @Suite
    struct LifecycleTests {
        @Test(.timeLimit(.minutes(2)))
        func sigtermUnderLoadEndsWithZeroAndLosesNoAnsweredDelivery() async throws {
            try await Installation.run(
                members: 1_000, configure: { $0.constantContact.activitySeconds = 3 }
            ) { installation in
                try await installation.connectAndLink()
                let relay = try await installation.relay()
                let serving = try await installation.serve()
                // In the middle of a first sync, with a call that hangs and deliveries that keep coming.
                try await wait(for: "import") {
                    installation.provider.writes["POST /v3/activities/contacts_json_import", default: 0] > 0
                }
                try installation.provider.fail(["kind": "latency", "delayMs": 60_000, "times": 2])
                let deliveries = (0..<400).map { Relay.Delivery.unsubscribe("visitor.\($0)@example.org") }
                async let sent = relay.sendWhileServed(deliveries, to: serving)
                try await wait(for: "deliveries") {
                    try await serving.health().json?["inbox"] != nil
                }

                let clock = ContinuousClock()
                let asked = clock.now
                serving.child.signal(SIGTERM)
                let ending = try await serving.child.waitForEnd(within: .seconds(20))
                #expect(ending == .init(status: 0, wasSignal: false))
                #expect(clock.now - asked < .seconds(20))
                for id in try await sent {
                    let rows = try await installation.inboxRows(id: id)
                    #expect(rows == 1, "what was answered by a 204 is there")
                }
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func replacedCertificatesAreServedWithoutDroppingAConnection() async throws {
            try await Installation.run(members: 0) { installation in
                let certificates = installation.certificates
                let serving = try await installation.serve()
                let first = try await certificates.fingerprint()
                #expect(try await certificates.servedFingerprint(port: serving.port) == first)

                // One connection that asks every 200 ms, over both changes.
                let visitor = try ChildProcess(
                    [
                        "curl", "--silent", "--show-error", "--rate", "5/s", "--cacert", certificates.authority,
                        "--output", "/dev/null", "--write-out", "%{num_connects} %{http_code}\n",
                        serving.url("/health?[1-25]"),
                    ], folder: installation.folder.url, name: "visitor")
                try await wait(for: "a first answer") { !visitor.outputText.isEmpty }

                try await certificates.replace()
                serving.child.signal(SIGHUP)
                let second = try await certificates.fingerprint()
                #expect(second != first)
                try await wait(for: "the new certificate", within: .seconds(5), every: .milliseconds(50)) {
                    try await certificates.servedFingerprint(port: serving.port) == second
                }

                // A bad file is not taken, and the log says so.
                let good = try String(contentsOfFile: certificates.certificate, encoding: .utf8)
                try "no certificate".write(toFile: certificates.certificate, atomically: true, encoding: .utf8)
                serving.child.signal(SIGHUP)
                try await wait(for: "a warning", within: .seconds(5)) {
                    serving.child.errorText.contains("certificates kept")
                }
                #expect(try await certificates.servedFingerprint(port: serving.port) == second)

                // Put right, the file is read by itself.
                try good.write(toFile: certificates.certificate, atomically: true, encoding: .utf8)
                #expect(try await certificates.servedFingerprint(port: serving.port) == second)

                try await visitor.waitForEnd(within: .seconds(20))
                let answers = visitor.outputText.split(separator: "\n")
                #expect(answers.count == 25)
                #expect(answers.filter { $0.hasPrefix("1 ") }.count == 1, "one connection for all: \(answers)")
                #expect(answers.allSatisfy { $0.hasSuffix(" 200") }, "\(answers)")
                #expect(serving.child.ending == nil)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func filesThatChangeAreServedWithinTwoSecondsWithoutASignal() async throws {
            try await Installation.run(members: 0) { installation in
                let serving = try await installation.serve()
                try await installation.certificates.replace()
                let replaced = try await installation.certificates.fingerprint()
                // Two seconds of the design, and what openssl takes on a busy machine.
                try await wait(for: "the new certificate", within: .seconds(5), every: .milliseconds(50)) {
                    try await installation.certificates.servedFingerprint(port: serving.port) == replaced
                }
            }
        }
    }
}
