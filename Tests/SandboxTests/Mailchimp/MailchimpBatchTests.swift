import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Sandbox
import Testing

/// mailchimp.md §13 items 35 to 37: operations that are carried out later.
struct MailchimpBatchTests {
    private static let list = MailchimpPeer.audience

    private func submit(_ peer: MailchimpPeer, _ operations: [String], isWrong: Bool = false) async throws -> String {
        let answer = try await peer.post(
            "/batches",
            "{\"operations\":[\(operations.joined(separator: ","))]}",
            isWrong: isWrong
        )
        #expect(answer.json?["status"] == "pending", "\(answer.text)")
        return try #require(answer.json?["id"]?.stringValue)
    }

    private func put(_ email: String, id: String) -> String {
        #"{"method":"PUT","path":"\#(Self.list)/members/\#(MailchimpPeer.hash(email))","operation_id":"\#(id)","#
            + #""body":"{\"email_address\":\"\#(email)\",\"status_if_new\":\"subscribed\"}"}"#
    }

    private func address(_ peer: MailchimpPeer, _ batch: String) async throws -> String {
        let answer = try await peer.get("/batches/\(batch)")
        return try #require(answer.json?["response_body_url"]?.stringValue)
    }

    private func fetch(_ peer: MailchimpPeer, _ url: String, headers: [(String, String)] = []) async throws -> (
        status: Int, bytes: [UInt8]
    ) {
        var request = HTTPClientRequest(url: url)
        request.headers = .init(headers)
        let response = try await peer.client.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 16 << 20)
        return (Int(response.status.code), Array(buffer: body))
    }

    /// The files of an archive, unpacked by the system's own tar.
    private func unpack(_ archive: [UInt8]) throws -> (names: [String], rows: [SandboxJSON]) {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer {
            do { try FileManager.default.removeItem(at: folder) } catch { Issue.record(error) }
        }
        let file = folder.appendingPathComponent("results.tar.gz")
        try Data(archive).write(to: file)
        func tar(_ arguments: [String]) throws -> String {
            let process = Process(), output = Pipe()
            process.executableURL = URL(fileURLWithPath: "/bin/tar")
            process.arguments = arguments
            process.currentDirectoryURL = folder
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            return text
        }
        let names = try tar(["-tzf", file.path]).split(separator: "\n").map(String.init)
        _ = try tar(["-xzf", file.path])
        var rows: [SandboxJSON] = []
        for name in names where !name.hasSuffix("/") {
            let content = try Data(contentsOf: folder.appendingPathComponent(name))
            rows += SandboxJSON(parsing: Array(content))?.arrayValue ?? []
        }
        return (names, rows)
    }

    @Test func goesThroughFiveStates() async throws {
        try await MailchimpPeer.run(options: { $0.batchSeconds = 100 }) { peer async throws in
            let batch = try await submit(peer, (0..<10).map { put("m\($0)@example.org", id: "op\($0)") })
            var states: [String] = []
            var finished: [Int] = []
            for _ in 0..<5 {
                let answer = try await peer.get("/batches/\(batch)")
                states.append(answer.json?["status"]?.stringValue ?? "")
                finished.append(answer.json?["finished_operations"]?.intValue ?? -1)
                #expect(answer.json?["response_body_url"] == "")
                peer.clock.advance(by: 24)
            }
            #expect(states == ["pending", "preprocessing", "started", "started", "finalizing"])
            #expect(finished == [0, 0, 2, 8, 10])
            let last = try await peer.get("/batches/\(batch)")
            #expect(last.json?["status"] == "finished")
            #expect(last.json?["completed_at"] == "2026-01-05T09:01:40+00:00")
            #expect(last.json?["response_body_url"]?.stringValue?.contains(".tar.gz?") == true)
        }
    }

    @Test func packsRowsWithBodiesThatAreEncodedTwice() async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.add("left@example.org")
            try await peer.control("unsubscribe", #"{"email":"left@example.org"}"#)
            let hash = MailchimpPeer.hash("left@example.org")
            let batch = try await submit(
                peer,
                [
                    put("new@example.org", id: "good"),
                    #"{"method":"PATCH","path":"\#(Self.list)/members/\#(hash)","operation_id":"refused","#
                        + #""body":"{\"status\":\"subscribed\"}"}"#,
                    #"{"method":"POST","path":"\#(Self.list)/members/\#(hash)/tags","operation_id":"object","#
                        + #""body":{"tags":[]}}"#,
                    #"{"method":"GET","path":"/nowhere","operation_id":"lost"}"#,
                    #"{"method":"DELETE","path":"\#(Self.list)/members/\#(hash)","operation_id":"gone"}"#,
                ],
                isWrong: true
            )
            let state = try await peer.get("/batches/\(batch)")
            #expect(state.json?["status"] == "finished")
            #expect(state.json?["finished_operations"] == 5)
            #expect(state.json?["errored_operations"]?.intValue ?? 0 >= 3)
            let (status, bytes) = try await fetch(peer, try await address(peer, batch))
            #expect(status == 200)
            let (names, rows) = try unpack(bytes)
            #expect(names.first == "./")
            #expect(names.contains { $0.hasSuffix("-empty.json") })
            func row(_ id: String) -> SandboxJSON? { rows.first { $0["operation_id"]?.stringValue == id } }
            #expect(row("good")?["status_code"] == 200)
            let response = try #require(row("good")?["response"]?.stringValue)
            #expect(SandboxJSON(parsing: response)?["email_address"] == "new@example.org")
            #expect(row("object")?["status_code"] == 400)
            #expect(row("lost")?["status_code"] == 404)
            #expect(row("gone")?["status_code"] == 204)
            #expect(row("gone")?["response"] == "")
        }
    }

    @Test func carriesOperationsOutInAnyOrderAndPagesCollections() async throws {
        try await MailchimpPeer.run { peer async throws in
            let rows = (0..<250).map { #"{"email":"m\#($0)@example.org"}"# }.joined(separator: ",")
            try await peer.control("create-members", "{\"members\":[\(rows)]}")
            let pull = #"{"method":"GET","path":"\#(Self.list)/members","operation_id":"pull"}"#
            let some = #"{"method":"GET","path":"\#(Self.list)/members","operation_id":"some","params":{"count":5}}"#
            let batch = try await submit(peer, [pull, some])
            let state = try await peer.get("/batches/\(batch)")
            #expect(state.json?["total_operations"] == 4)
            #expect(state.json?["finished_operations"] == 4)
            let (names, answers) = try unpack(try await fetch(peer, try await address(peer, batch)).bytes)
            #expect(names.filter { !$0.hasSuffix("/") && !$0.contains("empty") }.count >= 3)
            let counts = answers.filter { $0["operation_id"] == "pull" }.compactMap { row in
                row["response"]?.stringValue.flatMap { SandboxJSON(parsing: $0) }?["members"]?.arrayValue?.count
            }
            #expect(counts.sorted() == [50, 100, 100])
            let ids = (0..<40).map { "op\($0)" }
            let shuffled = try await submit(peer, ids.map { put("x\($0)@example.org", id: $0) })
            let order = try unpack(try await fetch(peer, try await address(peer, shuffled)).bytes).rows
                .compactMap { $0["operation_id"]?.stringValue }
            #expect(order.sorted() == ids.sorted())
            #expect(order != ids)
        }
    }

    @Test func givesOutAddressesForTenMinutesToWhoeverShowsNoKey() async throws {
        try await MailchimpPeer.run { peer async throws in
            let batch = try await submit(peer, [put("a@example.org", id: "1")])
            let url = try await address(peer, batch)
            let keyed = try await fetch(peer, url, headers: [("Authorization", "Bearer \(peer.key)")])
            #expect(keyed.status == 400)
            #expect(try await fetch(peer, url + "0").status == 403)
            #expect(try await fetch(peer, url).status == 200)
            peer.clock.advance(by: 601)
            #expect(try await fetch(peer, url).status == 403)
            #expect(try await fetch(peer, try await address(peer, batch)).status == 200)
            let latest = try await address(peer, batch)
            #expect(try await peer.delete("/batches/\(batch)").status == 204)
            #expect(try await fetch(peer, latest).status == 404)
            #expect(try await peer.get("/batches/\(batch)").status == 404)
        }
    }

    @Test func forgetsABatchAfterSevenDays() async throws {
        try await MailchimpPeer.run { peer async throws in
            let batch = try await submit(peer, [put("a@example.org", id: "1")])
            peer.clock.advance(by: 6 * 86_400)
            #expect(try await peer.get("/batches").json?["total_items"] == 1)
            peer.clock.advance(by: 2 * 86_400)
            #expect(try await peer.get("/batches/\(batch)").status == 404)
            #expect(try await peer.status("a@example.org") == "subscribed")
        }
    }

    @Test func refusesMoreBatchesThanMayWait() async throws {
        try await MailchimpPeer.run(
            options: {
                $0.batchSeconds = 100
                $0.pendingBatchLimit = 2
            },
            { peer async throws in
                for index in 0..<2 { _ = try await submit(peer, [put("m\(index)@example.org", id: "1")]) }
                let body = "{\"operations\":[\(put("z@example.org", id: "1"))]}"
                #expect(try await peer.post("/batches", body).status == 429)
                peer.clock.advance(by: 101)
                #expect(try await peer.post("/batches", body).status == 200)
            }
        )
    }

    @Test(arguments: ["stuck", "not-an-archive", "truncated"])
    func endsBadlyWhenPlanned(outcome: String) async throws {
        try await MailchimpPeer.run { peer async throws in
            try await peer.control("batches", #"{"outcome":"\#(outcome)"}"#)
            let batch = try await submit(peer, [put("a@example.org", id: "1")])
            peer.clock.advance(by: 86_400)
            let state = try await peer.get("/batches/\(batch)")
            if outcome == "stuck" {
                #expect(state.json?["status"] == "started")
                #expect(state.json?["finished_operations"] == 0)
                return
            }
            #expect(state.json?["status"] == "finished")
            let (status, bytes) = try await fetch(peer, try await address(peer, batch))
            #expect(status == 200)
            #expect(Array(bytes.prefix(2)) == (outcome == "truncated" ? [0x1f, 0x8b] : Array("<h".utf8)))
        }
    }

    @Test func refusesABatchThatIsNone() async throws {
        try await MailchimpPeer.run { peer async throws in
            #expect(try await peer.post("/batches", "{}", isWrong: true).fields == ["operations"])
            let body = #"{"operations":[{"method":"HEAD","path":"/ping"}]}"#
            #expect(try await peer.post("/batches", body, isWrong: true).fields == ["operations.0.method"])
        }
    }
}
