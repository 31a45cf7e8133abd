import Sandbox
import Testing

/// The official client `mailchimp-marketing` drives the simulated service, so that its shapes are not only our reading.
struct OfficialClientTests {
    @Test(
        .enabled("the official client cannot be installed: no python3-venv here, or PyPI cannot be reached") {
            await OfficialClient.shared.value != nil
        },
        .timeLimit(.minutes(3))
    )
    func findsWhatItKnows() async throws {
        let official = try #require(await OfficialClient.shared.value)
        try await HookReceiver.run { receiver async throws in
            try await MailchimpPeer.run(options: { $0.batchSeconds = 30 }) { peer async throws in
                let rows = (0..<20).map { #"{"email":"m\#($0)@example.com"}"# }.joined(separator: ",")
                // Before the year that the program asks for: none of these has changed since.
                peer.clock.advance(by: -7 * 86_400)
                try await peer.control("create-members", "{\"members\":[\(rows)]}")
                try await peer.control(
                    "send-campaign",
                    #"{"subject":"Fair","opens":0.5,"clicks":0.2,"hard":0.1,"soft":0.1,"unsubscribes":0.1,"complaints":0.05}"#
                )
                peer.clock.advance(by: 7 * 86_400)
                let ticking = Task {
                    // A batch goes through its states while the program looks at it.
                    while !Task.isCancelled {
                        peer.clock.advance(by: 5)
                        try await Task.sleep(for: .milliseconds(50))
                    }
                }
                defer { ticking.cancel() }
                let (status, output) = try await official.run(
                    "drive.py",
                    [peer.server.baseURL, peer.key, "a1b2c3d4e5", receiver.baseURL]
                )
                #expect(status == 0, "\(output)")
            }
        }
        try official.remove()
    }
}
