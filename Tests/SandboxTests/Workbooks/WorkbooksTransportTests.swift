import Foundation
import Sandbox
import Testing

/// Items 1 to 11, 48 and 51 to 53 of workbooks.md §11.
struct WorkbooksTransportTests {
    private let form = ("Content-Type", "application/x-www-form-urlencoded")

    @Test func setsASessionCookieOnEveryResponse() async throws {
        try await WorkbooksWorld.run { world in
            let first = try #require(try await world.list("crm/people").header("Set-Cookie"))
            let second = try #require(try await world.list("crm/people").header("Set-Cookie"))
            #expect(first.hasPrefix("Workbooks-Session=") && first.hasSuffix("; path=/; secure; HttpOnly"))
            #expect(first != second)
        }
    }

    @Test func speaksHTTPWithAReasonPhrase() async throws {
        try await WorkbooksWorld.run { world in
            let url = "\(world.server.baseURL)/crm/people.api?client=api&api_key=\(WorkbooksWorld.apiKey)"
            let text = try await curl(["-si", "-A", "Tests/1", url])
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.contains("\r\nSet-Cookie: Workbooks-Session="))
        }
    }

    @Test func takesParametersFromTheURLAndTheBodyAlike() async throws {
        try await WorkbooksWorld.run(members: 30) { world in
            let parameters = [
                ("api_key", WorkbooksWorld.apiKey), ("client", "api"), ("_start", "0"), ("_limit", "5"),
                ("_sort", "id"),
            ]
            let text = WorkbooksWorld.form(parameters)
            let url = "\(world.server.baseURL)/crm/people.api"
            let answers = [
                try await call("GET", "\(url)?\(text)", headers: [("User-Agent", "T/1")]).text,
                try await call("GET", url, headers: [("User-Agent", "T/1"), form], body: text).text,
                try await call(
                    "POST",
                    "\(url)?_dc=1",
                    headers: [("User-Agent", "T/1"), form],
                    body: "_method=GET&\(text)"
                )
                .text,
            ]
            #expect(Set(answers).count == 1)
            #expect(answers[0].contains("\"total\""))
        }
    }

    @Test(arguments: ["GET", "PUT"])
    func refusesAWrongOrMissingKey(method: String) async throws {
        try await WorkbooksWorld.run(misuses: true) { world in
            for body in ["client=api&api_key=wrong", "client=api"] {
                let answer = try await call(
                    method,
                    world.server.baseURL + "/crm/people.api",
                    headers: [("User-Agent", "T/1"), form],
                    body: body
                )
                #expect(answer.status == 401)
                #expect(answer.json?["failure_reason"] != nil)
            }
        }
    }

    @Test func logsInAndAsksForATokenOnWrites() async throws {
        try await WorkbooksWorld.run { world in
            let base = world.server.baseURL
            let login = try await call(
                "POST",
                base + "/login.api",
                headers: [("User-Agent", "Tests/1"), form],
                body: "client=api&api_version=1&username=api%40example.org&password=sandbox&_application_name=causeway"
            )
            let token = try #require(login.json?["authenticity_token"]?.stringValue)
            let session = try #require(login.json?["session_id"]?.stringValue)
            let headers = [("User-Agent", "T/1"), form, ("Cookie", "Workbooks-Session=\(session)")]
            let write =
                "client=api&_strict_attribute_checking=1&_ff=id&_ft=eq&_fc=0"
                + "&__method[]=POST&id[]=0&lock_version[]=0&name[]=X"
            let refused = try await call("PUT", base + "/crm/people.api", headers: headers, body: write)
            #expect(refused.status == 403)
            let made = try await call(
                "PUT",
                base + "/crm/people.api",
                headers: headers,
                body: write + "&_authenticity_token=\(token)"
            )
            #expect(made.json?["affected_objects"]?.arrayValue?.first?["created_through"] == "causeway")
            let lost = try await call(
                "GET",
                base + "/crm/people.api?client=api",
                headers: [("User-Agent", "T/1"), ("Cookie", "Workbooks-Session=old")]
            )
            #expect(lost.status == 302)
            #expect(lost.header("Location")?.hasSuffix("/login") == true)
        }
    }

    @Test func describesEveryAttribute() async throws {
        try await WorkbooksWorld.run { world in
            let types = try await world.rows("metadata/types", [("class_names[]", "Private::Crm::MarketingCampaign")])
            let fields = try #require(types.first?["fields"]?.arrayValue)
            let publicName = try #require(fields.first { $0["title"] == "Public name" })
            #expect(publicName["name"] == "cf_campaign_public_name")
            #expect(publicName["datatype"] == "string")
            #expect(publicName["max_length"] == 255)
            let people = try await world.list("crm/people/metadata")
            let names = people.json?["data"]?["fields"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
            for name in ["main_location[email]", "no_email_soliciting", "cf_person_region", "lock_version"] {
                #expect(names.contains(name))
            }
            let custom = try await world.rows(
                "admin/custom_fields",
                [("_ff", "resource_type"), ("_ft", "ct"), ("_fc", "lead")]
            )
            #expect(
                Set(custom.compactMap { $0["value_column_name"]?.stringValue }) == [
                    "cf_lead_region", "cf_sales_lead_score",
                ]
            )
        }
    }

    @Test func redirectsToADelayingURLAndRunsTheRequestOnce() async throws {
        try await WorkbooksWorld.run { world in
            try await world.control("POST", "options", #"{"redirectDelay":0.05}"#)
            try await world.control("POST", "faults", #"{"kind":"redirect-delay","method":"PUT","count":2}"#)
            let redirect = try await world.change("crm/people", [.init(method: "POST", attributes: ["name": "A"])])
            #expect(redirect.status == 302)
            let hop = try await call("GET", try #require(redirect.header("Location")))
            #expect(hop.status == 302)
            let last = try #require(hop.header("Location"))
            let answer = try await call("GET", last)
            #expect(answer.json?["affected_objects"]?.arrayValue?.first?["name"] == "A")
            let again = try await call("GET", last)
            #expect(again.text == answer.text)
            #expect(try await world.list("crm/people").json?["total"] == 1)
        }
    }

    @Test func answersTheDelayingURLWithoutWaitingForABody() async throws {
        try await WorkbooksWorld.run { world in
            try await world.control("POST", "faults", #"{"kind":"redirect-delay","delayMs":10}"#)
            let redirect = try await world.list("crm/people")
            let location = try #require(redirect.header("Location"))
            let text = try await curl(["-s", "-m", "10", "-H", "Content-Length: 500", location])
            #expect(text.contains("\"total\":0"))
        }
    }

    @Test func keepsThePaceWithRedirects() async throws {
        var options = WorkbooksOptions()
        options.pacePerSecond = 0.001
        options.paceBurst = 2
        options.redirectDelay = 0.01
        try await WorkbooksWorld.run(options: options) { world in
            var statuses: [Int] = []
            for _ in 0..<3 { statuses.append(try await world.list("crm/people").status) }
            #expect(statuses == [200, 200, 302])
        }
    }

    @Test(arguments: [
        (#"{"kind":"redirect-login"}"#, 302), (#"{"kind":"status","status":500}"#, 500),
        (#"{"kind":"status","status":403,"reason":"database_being_migrated"}"#, 403), (#"{"kind":"html"}"#, 200),
    ])
    func suffersFaults(fault: String, status: Int) async throws {
        try await WorkbooksWorld.run { world in
            try await world.control("POST", "faults", fault)
            #expect(try await world.list("crm/people").status == status)
            #expect(try await world.list("crm/people").json?["success"] == true)
            let calls = try await world.control("GET", "calls")
            #expect(calls.json == ["GET /crm/people.api": 2])
        }
    }
}

/// Runs curl, which can do what a well-behaved client refuses to do.
private func curl(_ arguments: [String]) async throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let reading = Task.detached { try output.fileHandleForReading.readToEnd() ?? Data() }
    let data = try await reading.value
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
}
