import Foundation
import NIOCore
import TLSListener
import Testing

/// Time-outs, caps and draining over real sockets.
@Suite(.serialized) struct LimitTests {
    private func certificates() async throws -> (CertificateStore, TestAuthority) {
        let authority = try await TestAuthority()
        return (try CertificateStore(pairs: [try await authority.issue("server")]), authority)
    }

    @Test func closesAConnectionThatSaysNothing() async throws {
        let (store, _) = try await certificates()
        try await TestListener.run(store) {
            $0.handshakeTimeout = .milliseconds(300)
        } _: { listener in
            let connected = try await Command.run([
                "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(listener.port); timeout 5 cat <&3; echo ended $?",
            ])
            #expect(connected.outputText == "ended 0\n", "\(connected.text)")
            #expect(listener.statistics.counts.handshakeTimeouts == 1)
        }
    }

    @Test func closesAConnectionWhoseHeaderTrickles() async throws {
        let (store, authority) = try await certificates()
        try await TestListener.run(store) {
            $0.headerTimeout = .milliseconds(800)
        } _: { listener in
            let (_, duration) = try await listener.openssl(
                authority,
                sending:
                    "printf 'GET /hello HTTP/1.1\\r\\n'; for i in 1 2 3 4 5 6 7 8; do sleep 0.2; printf 'A: b\\r\\n'; done"
            )
            #expect(duration < .seconds(6))
            #expect(listener.statistics.counts.headerTimeouts == 1)
        }
    }

    @Test func closesAConnectionWhoseSecondHeaderTrickles() async throws {
        let (store, authority) = try await certificates()
        try await TestListener.run(store) {
            $0.headerTimeout = .milliseconds(600)
        } _: { listener in
            // The second header is begun after the first response has been read.
            let outcome = try await Command.run([
                "bash", "-c",
                """
                coproc client { openssl s_client -connect 127.0.0.1:\(listener.port) -quiet \
                -CAfile '\(authority.certificate)' 2>/dev/null; }
                printf 'GET /hello HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' >&${client[1]}
                while read -r line <&${client[0]} && [ "$line" != $'\\r' ]; do :; done
                read -r -N 5 body <&${client[0]}
                echo "$body"
                printf 'GET /' >&${client[1]}
                timeout 20 cat <&${client[0]}
                echo "ended $?"
                """,
            ])
            #expect(outcome.outputText == "hello\nended 0\n", "\(outcome.errorText)")
            #expect(listener.statistics.counts.headerTimeouts == 1)
        }
    }

    @Test func closesAConnectionWhoseBodyTrickles() async throws {
        let (store, authority) = try await certificates()
        try await TestListener.run(store) {
            $0.bodyTimeout = .milliseconds(500)
        } _: { listener in
            _ = try await listener.openssl(
                authority,
                sending:
                    "printf 'POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 9\\r\\n\\r\\n'; for i in 1 2 3 4 5; do sleep 0.2; printf x; done"
            )
            #expect(listener.statistics.counts.bodyTimeouts == 1)
        }
    }

    @Test func closesAnIdleConnection() async throws {
        let (store, authority) = try await certificates()
        try await TestListener.run(store) {
            $0.idleTimeout = .milliseconds(400)
        } _: { listener in
            let (outcome, duration) = try await listener.openssl(
                authority,
                sending: "printf 'GET /hello HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'; sleep 2"
            )
            #expect(outcome.outputText.hasSuffix("hello"))
            #expect(duration < .seconds(6))
            #expect(listener.statistics.counts.idleTimeouts == 1)
        }
    }

    @Test func waitsForASlowResponse() async throws {
        let (store, authority) = try await certificates()
        try await TestListener.run(store) {
            $0.headerTimeout = .milliseconds(200)
            $0.bodyTimeout = .milliseconds(200)
            $0.idleTimeout = .milliseconds(200)
        } _: { listener in
            let outcome = try await listener.curl(authority, [listener.url("/slow/1000")])
            #expect(outcome.outputText == "slow", "\(outcome.errorText)")
        }
    }

    @Test func refusesConnectionsAboveTheCapOfAnAddress() async throws {
        let (store, authority) = try await certificates()
        try await TestListener.run(store) {
            $0.maximumConnectionsPerAddress = 2
        } _: { listener in
            let outcome = try await Command.run([
                "bash", "-c",
                """
                exec 3<>/dev/tcp/127.0.0.1/\(listener.port) 4<>/dev/tcp/127.0.0.1/\(listener.port)
                sleep 0.5
                timeout 5 curl --silent --cacert '\(authority.certificate)' \
                --resolve localhost:\(listener.port):127.0.0.1 \(listener.url("/hello"))
                """,
            ])
            #expect(outcome.outputText == "")
            #expect(outcome.status != 0)
            #expect(listener.statistics.counts.refusedPerAddress == 1)
            #expect(listener.statistics.counts.accepted == 2)
            let areClosed = await eventually { listener.statistics.counts.open == 0 }
            #expect(areClosed)
            let served = try await listener.curl(authority, [listener.url("/hello")])
            #expect(served.outputText == "hello")
        }
    }

    @Test func refusesConnectionsAboveTheCapInTotal() async throws {
        let (store, authority) = try await certificates()
        try await TestListener.run(store) {
            $0.maximumConnections = 1
        } _: { listener in
            let outcome = try await Command.run([
                "bash", "-c",
                """
                exec 3<>/dev/tcp/127.0.0.1/\(listener.port)
                sleep 0.5
                timeout 5 curl --silent --cacert '\(authority.certificate)' \
                --resolve localhost:\(listener.port):127.0.0.1 \(listener.url("/hello"))
                """,
            ])
            #expect(outcome.status != 0)
            #expect(listener.statistics.counts.refusedInTotal == 1)
        }
    }

    @Test func closesIdleConnectionsWhenItShutsDown() async throws {
        let (store, authority) = try await certificates()
        let duration = try await TestListener.run(store) {
            $0.drainTimeout = .seconds(20)
        } _: { listener in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    let (outcome, duration) = try await listener.openssl(
                        authority,
                        sending: "printf 'GET /hello HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'; sleep 2"
                    )
                    #expect(outcome.outputText.hasSuffix("hello"))
                    #expect(duration < .seconds(10))
                }
                let isServed = await eventually { listener.statistics.counts.handshakes == 1 }
                #expect(isServed)
                try await Task.sleep(for: .milliseconds(300))
                await listener.shutDown()
                try await tasks.waitForAll()
            }
        }
        #expect(duration < .seconds(10))
    }

    @Test func answersWhatItHasBegunWhenItShutsDown() async throws {
        let (store, authority) = try await certificates()
        try await TestListener.run(store) {
            $0.drainTimeout = .seconds(20)
        } _: { listener in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    let outcome = try await listener.curl(authority, ["--include", listener.url("/slow/1500")])
                    #expect(outcome.outputText.hasSuffix("slow"), "\(outcome.errorText)")
                    #expect(outcome.outputText.lowercased().contains("connection: close"))
                }
                let isServed = await eventually { listener.statistics.counts.handshakes == 1 }
                #expect(isServed)
                try await Task.sleep(for: .milliseconds(300))
                await listener.shutDown()
                try await tasks.waitForAll()
            }
        }
    }

    @Test func cutsARequestThatDoesNotEndWhenItShutsDown() async throws {
        let (store, authority) = try await certificates()
        let duration = try await TestListener.run(store) {
            $0.drainTimeout = .seconds(1)
        } _: { listener in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    _ = try await listener.openssl(
                        authority,
                        sending: "printf 'POST /echo HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 9\\r\\n\\r\\n'; sleep 4"
                    )
                }
                let isServed = await eventually { listener.statistics.counts.handshakes == 1 }
                #expect(isServed)
                try await Task.sleep(for: .milliseconds(300))
                await listener.shutDown()
                let isCut = await eventually(within: .seconds(4)) { listener.statistics.counts.cutWhileDraining == 1 }
                #expect(isCut)
                try await tasks.waitForAll()
            }
        }
        #expect(duration < .seconds(5))
    }
}
