import Bridge
import Foundation
import HTTPTypes
import Reconciliation
import Testing
import Webhooks

/// Runs webhooks/workbooks/notify.php as Workbooks would, with a stand-in for what Workbooks gives it.
struct NotifyScriptTests {
    private static let secretText = "whsec_" + Data(repeating: 1, count: 32).base64EncodedString()

    /// The variables that the Process Engine sets before the script runs, taken from the environment.
    private static let prelude = """
        class StandIn {
            public function getDatabaseInstanceRef() { return '=kDM2gDN'; }
            public function log($text, $values = null, $level = 'info') {
                echo $level, ' ', $text, ' ', json_encode($values, JSON_UNESCAPED_SLASHES), "\\n";
            }
        }
        $workbooks = new StandIn();
        $params = json_decode(getenv('TEST_PARAMETERS'), true);
        if (getenv('TEST_RECORD') !== false) { $form_fields = json_decode(getenv('TEST_RECORD'), true); }
        require getenv('TEST_SCRIPT');
        """

    private func run(_ parameters: [String: String], record: String? = nil) async throws -> Program.Result {
        var environment = [
            "TEST_PARAMETERS": String(decoding: try JSONEncoder().encode(parameters), as: UTF8.self),
            "TEST_SCRIPT": Repository.webhooks.appending(path: "workbooks/notify.php").path,
        ]
        environment["TEST_RECORD"] = record
        let result = try await Program.run(
            "/usr/bin/env",
            ["php", "-d", "display_errors=1", "-d", "error_reporting=32767", "-r", Self.prelude],
            environment: environment
        )
        #expect(result.status == 0)
        #expect(!(result.output + result.errors).contains(Self.secretText.dropFirst(6)))
        return result
    }

    private func parameters(port: Int, _ changes: [String: String?] = [:]) -> [String: String] {
        var parameters: [String: String] = [
            "Bridge URL": "http://127.0.0.1:\(port)/webhooks/workbooks/workbooks",
            "Bridge Secret": Self.secretText,
            "Resource": "Private::Crm::Person",
        ]
        for (name, value) in changes { parameters[name] = value }
        return parameters
    }

    private func observations(of listener: TestListener) throws -> [[Observation]] {
        try listener.store.deliveries.map { delivery in
            try WebhookDecoder().observations(
                in: AcceptedDelivery(
                    account: delivery.account,
                    source: delivery.source.rawValue,
                    deliveryID: delivery.id,
                    body: delivery.body,
                    receivedAt: delivery.receivedAt
                )
            )
        }
    }

    @Test func tellsTheListenerWhichRecordChanged() async throws {
        let listener = try TestListener(clock: ManualClock(seconds: Int64(Date.now.timeIntervalSince1970)))
        try await listener.serve { client async throws in
            let result = try await run(
                parameters(port: client.port),
                record: #"{"id":"4711","lock_version":"12","name":"Ada Marsh"}"#
            )
            #expect(result.output == "info Bridge notified [\"Private::Crm::Person\",\"4711\",204]\n")
        }
        #expect(try observations(of: listener) == [[.changeHinted(.record(RecordID(.person, 4711)))]])
        #expect(listener.store.deliveries.first?.id.hasPrefix("wb_") == true)
    }

    @Test func saysThatSomethingChangedWithoutARecord() async throws {
        let listener = try TestListener(clock: ManualClock(seconds: Int64(Date.now.timeIntervalSince1970)))
        try await listener.serve { client async throws in
            _ = try await run(parameters(port: client.port, ["Resource": nil]))
        }
        #expect(try observations(of: listener) == [[.changeHinted(.anything)]])
    }

    @Test func sendsWhatTheContractSays() async throws {
        let recorder = RequestRecorder(answering: .noContent)
        try await recorder.serve { port in
            _ = try await run(parameters(port: port), record: #"{"id":"4711","lock_version":"12"}"#)
        }
        let request = try #require(recorder.received.first)
        #expect(recorder.received.count == 1)
        #expect(request.fields[.contentType] == "application/json")
        #expect(request.fields[.expect] == nil)
        #expect(
            request.body.contains(
                #""data":{"database":"=kDM2gDN","resource":"Private::Crm::Person","id":4711,"lock_version":12}}"#
            )
        )
    }

    @Test(arguments: [HTTPResponse.Status.serviceUnavailable, .badGateway])
    func triesOnceMoreWithTheSameIDAndBody(status: HTTPResponse.Status) async throws {
        let recorder = RequestRecorder(answering: status, .noContent)
        try await recorder.serve { port in
            let result = try await run(parameters(port: port), record: #"{"id":1}"#)
            #expect(result.output.hasSuffix(",204]\n"))
        }
        #expect(recorder.received.count == 2)
        #expect(recorder.received.first == recorder.received.last)
    }

    @Test(arguments: [HTTPResponse.Status.unauthorized, .notFound, .movedPermanently])
    func doesNotRepeatWhatIsRefused(status: HTTPResponse.Status) async throws {
        let recorder = RequestRecorder(answering: status)
        try await recorder.serve { port in
            let result = try await run(parameters(port: port), record: #"{"id":1}"#)
            #expect(result.output.hasPrefix("warning Bridge notified "))
        }
        #expect(recorder.received.count == 1)
    }

    @Test func givesUpAfterTwoTries() async throws {
        let recorder = RequestRecorder(answering: .serviceUnavailable)
        try await recorder.serve { port in
            let result = try await run(parameters(port: port), record: #"{"id":1}"#)
            #expect(result.output == "warning Bridge notified [\"Private::Crm::Person\",1,503]\n")
        }
        #expect(recorder.received.count == 2)
    }

    @Test func letsTheSaveGoOnWhenNobodyListens() async throws {
        let result = try await run(parameters(port: 1), record: #"{"id":1}"#)
        #expect(result.output == "warning Bridge notified [\"Private::Crm::Person\",1,0]\n")
    }

    @Test(arguments: ["", "secret", "whsec_", "whsec_c2hvcnQ=", "whsec_!!!"])
    func saysThatTheSecretIsWrong(secret: String) async throws {
        let result = try await run(parameters(port: 1, ["Bridge Secret": secret]), record: #"{"id":1}"#)
        #expect(result.output.hasPrefix("warning Bridge not notified "))
        #expect(secret.isEmpty || secret == "whsec_" || secret == "secret" || !result.output.contains(secret))
    }

    @Test(arguments: [["Bridge URL": nil as String?], ["Bridge Secret": nil], ["Bridge CA": "/nowhere.pem"]])
    func survivesMissingParameters(changes: [String: String?]) async throws {
        let result = try await run(parameters(port: 1, changes), record: #"{"id":{"odd":1}}"#)
        #expect(result.output.hasPrefix("warning Bridge not"))
        #expect(!result.output.contains("Warning:"))
    }
}
