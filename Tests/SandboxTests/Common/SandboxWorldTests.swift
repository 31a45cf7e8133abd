import Sandbox
import Testing

struct SandboxWorldTests {
    @Test func startsAllServicesWithOneClock() async throws {
        var options = SandboxOptions()
        options.members = 10
        let world = try await SandboxWorld.start(options)
        let description = world.description
        let crm = try #require(description["workbooks"]?["control"]?.stringValue)
        let provider = try #require(description["constantContact"]?["control"]?.stringValue)
        try await call("POST", crm + "/clock", body: #"{"frozen":true,"now":1780000000}"#)
        let clock = try await call("GET", provider + "/clock")
        #expect(clock.json?["now"]?.doubleValue == 1_780_000_000)
        #expect(description["workbooks"]?["seeded"]?["memberships"] == 20)
        let api = try #require(description["constantContact"]?["apiUrl"]?.stringValue)
        #expect(try await call("GET", api + "/contacts").status == 401)
        let mailchimp = try #require(description["mailchimp"])
        let key = try #require(mailchimp["apiKey"]?.stringValue)
        let audience = try #require(mailchimp["audience"]?.stringValue)
        let list = try await call(
            "GET",
            (mailchimp["apiUrl"]?.stringValue ?? "") + "/lists/" + audience,
            headers: [("Authorization", "Bearer \(key)")]
        )
        #expect(list.json?["id"]?.stringValue == audience)
        let control = try #require(mailchimp["control"]?.stringValue)
        #expect(try await call("GET", control + "/clock").json?["now"]?.doubleValue == 1_780_000_000)
        await world.stop()
        await #expect(throws: (any Error).self) { try await call("GET", crm + "/clock") }
    }

    @Test func refusesAPortThatIsTaken() async throws {
        let world = try await SandboxWorld.start()
        var options = SandboxOptions()
        options.portBase = world.workbooks.port
        await #expect(throws: (any Error).self) { try await SandboxWorld.start(options) }
        await world.stop()
    }
}
