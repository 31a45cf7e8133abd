import COpenSSL
import Logging
import NIOCore
import NIOEmbedded
import TLSListener
import Testing

@Suite struct TLSHandlerTests {
    /// A listener's pipeline without a socket, and a client that is fed by hand.
    private final class Conversation {
        let channel: EmbeddedChannel
        let client: TestClient
        let statistics = TLSListenerStatistics()
        /// Bytes that are given to the listener at a time; nil gives them as they come.
        let segment: Int?
        private(set) var received: [UInt8] = []

        init(
            _ store: CertificateStore,
            client: TestClient,
            segment: Int? = nil,
            configuration: TLSListenerConfiguration = TLSListenerConfiguration()
        ) throws {
            self.client = client
            self.segment = segment
            channel = EmbeddedChannel()
            try channel.pipeline.syncOperations.addHandler(
                TLSHandler(
                    store: store,
                    configuration: configuration,
                    statistics: statistics,
                    logger: Logger(label: "test")
                )
            )
            channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
        }

        deinit {
            _ = try? channel.finish(acceptAlreadyClosed: true)
        }

        /// Moves what both sides have sent, until neither has more.
        func move() throws {
            var isMoving = true
            while isMoving {
                isMoving = false
                var outgoing = client.takeOutgoing()
                while outgoing.readableBytes > 0, channel.isActive {
                    isMoving = true
                    let count = min(segment ?? outgoing.readableBytes, outgoing.readableBytes)
                    try channel.writeInbound(outgoing.readSlice(length: count))
                }
                while case .byteBuffer(let buffer)? = try channel.readOutbound(as: IOData.self) {
                    isMoving = true
                    client.receive(buffer)
                }
                while let buffer = try channel.readInbound(as: ByteBuffer.self) {
                    received += Array(buffer.readableBytesView)
                }
            }
        }

        func shakeHands() throws {
            for _ in 0..<10 {
                let isComplete = try client.handshake()
                try move()
                if isComplete { return }
            }
            throw TestClientError()
        }

        func answer(_ bytes: [UInt8]) throws {
            try channel.writeOutbound(IOData.byteBuffer(ByteBuffer(bytes: bytes)))
            try move()
        }
    }

    private static let versions = [TLS1_2_VERSION, TLS1_3_VERSION]

    private func store() async throws -> CertificateStore {
        let authority = try await TestAuthority()
        return try CertificateStore(pairs: [try await authority.issue("server")])
    }

    @Test(arguments: versions)
    func carriesBytesBothWays(version: Int32) async throws {
        let conversation = try Conversation(try await store(), client: TestClient(version: version))
        try conversation.shakeHands()
        try conversation.client.write("question")
        try conversation.move()
        #expect(conversation.received == Array("question".utf8))
        try conversation.answer(Array("answer".utf8))
        #expect(conversation.client.read() == Array("answer".utf8))
        #expect(conversation.statistics.counts.handshakes == 1)
    }

    @Test(arguments: versions, [1, 2, 3, 7, 1000])
    func readsASessionThatComesInPieces(version: Int32, segment: Int) async throws {
        let conversation = try Conversation(
            try await store(),
            client: TestClient(version: version),
            segment: segment
        )
        try conversation.shakeHands()
        try conversation.client.write("one")
        try conversation.client.write("two")
        try conversation.move()
        #expect(conversation.received == Array("onetwo".utf8))
    }

    @Test(arguments: versions)
    func carriesAMebibyteBothWays(version: Int32) async throws {
        let conversation = try Conversation(try await store(), client: TestClient(version: version))
        try conversation.shakeHands()
        let bytes = (0..<1024 * 1024).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try conversation.client.write(bytes)
        try conversation.move()
        #expect(conversation.received == bytes)
        try conversation.answer(bytes)
        #expect(conversation.client.read() == bytes)
    }

    @Test func keepsTheOrderOfSmallAndLargeWrites() async throws {
        let conversation = try Conversation(try await store(), client: TestClient())
        try conversation.shakeHands()
        var expected: [UInt8] = []
        for (index, count) in [1, 20_000, 3, 9000, 5, 0, 8192].enumerated() {
            let bytes = [UInt8](repeating: UInt8(index), count: count)
            expected += bytes
            conversation.channel.write(IOData.byteBuffer(ByteBuffer(bytes: bytes)), promise: nil)
        }
        conversation.channel.flush()
        try conversation.move()
        #expect(conversation.client.read() == expected)
    }

    @Test func completesEveryPromiseOfAFlush() async throws {
        let conversation = try Conversation(try await store(), client: TestClient())
        try conversation.shakeHands()
        let promises = (0..<3).map { _ in conversation.channel.eventLoop.makePromise(of: Void.self) }
        for promise in promises {
            conversation.channel.write(IOData.byteBuffer(ByteBuffer(string: "x")), promise: promise)
        }
        conversation.channel.flush()
        try await EventLoopFuture.andAllSucceed(promises.map(\.futureResult), on: conversation.channel.eventLoop).get()
    }

    @Test func answersAChangeOfKeys() async throws {
        let conversation = try Conversation(try await store(), client: TestClient())
        try conversation.shakeHands()
        conversation.client.updateKeys()
        try conversation.client.write("after")
        try conversation.move()
        try conversation.answer(Array("answer".utf8))
        #expect(conversation.received == Array("after".utf8))
        #expect(conversation.client.read() == Array("answer".utf8))
    }

    @Test(arguments: versions)
    func answersACloseWithAClose(version: Int32) async throws {
        let conversation = try Conversation(try await store(), client: TestClient(version: version))
        try conversation.shakeHands()
        conversation.client.sendCloseNotify()
        try conversation.move()
        #expect(!conversation.channel.isActive)
        _ = conversation.client.read()
        #expect(conversation.client.hasReceivedCloseNotify)
    }

    @Test func answersAfterThePeerClosedItsSide() async throws {
        let conversation = try Conversation(try await store(), client: TestClient())
        conversation.channel.allowRemoteHalfClosure = true
        try conversation.shakeHands()
        try conversation.client.write("question")
        conversation.client.sendCloseNotify()
        try conversation.move()
        #expect(conversation.received == Array("question".utf8))
        #expect(conversation.channel.isActive)
        try conversation.answer(Array("answer".utf8))
        #expect(conversation.client.read() == Array("answer".utf8))
        conversation.channel.close(mode: .output, promise: nil)
        try conversation.move()
        #expect(!conversation.channel.isActive)
        _ = conversation.client.read()
        #expect(conversation.client.hasReceivedCloseNotify)
    }

    @Test func sendsWhatIsPendingBeforeItCloses() async throws {
        let conversation = try Conversation(try await store(), client: TestClient())
        try conversation.shakeHands()
        conversation.channel.write(IOData.byteBuffer(ByteBuffer(string: "last")), promise: nil)
        conversation.channel.close(promise: nil)
        try conversation.move()
        #expect(conversation.client.read() == Array("last".utf8))
        #expect(conversation.client.hasReceivedCloseNotify)
    }

    @Test func closesWithAnAlertWhatIsNotTLS() async throws {
        let conversation = try Conversation(try await store(), client: TestClient())
        try conversation.channel.writeInbound(ByteBuffer(string: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"))
        #expect(!conversation.channel.isActive)
        #expect(conversation.statistics.counts.failedHandshakes == 1)
    }

    @Test func closesWhenARecordWasTamperedWith() async throws {
        let conversation = try Conversation(try await store(), client: TestClient())
        try conversation.shakeHands()
        try conversation.client.write("secret")
        var record = conversation.client.takeOutgoing()
        let last = record.writerIndex - 1
        record.setInteger((record.getInteger(at: last, as: UInt8.self) ?? 0) ^ 1, at: last)
        try conversation.channel.writeInbound(record)
        #expect(!conversation.channel.isActive)
        #expect(try conversation.channel.readInbound(as: ByteBuffer.self) == nil)
    }

    @Test func closesWhenTheHandshakeTakesTooLong() async throws {
        let conversation = try Conversation(try await store(), client: TestClient())
        _ = try conversation.client.handshake()
        var hello = conversation.client.takeOutgoing()
        try conversation.channel.writeInbound(hello.readSlice(length: 20))
        conversation.channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(conversation.channel.isActive)
        conversation.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!conversation.channel.isActive)
        #expect(conversation.statistics.counts.handshakeTimeouts == 1)
        #expect(conversation.statistics.counts.failedHandshakes == 0)
    }

    @Test func cutsAConnectionThatDoesNotDrain() async throws {
        let conversation = try Conversation(try await store(), client: TestClient())
        try conversation.shakeHands()
        conversation.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        conversation.channel.embeddedEventLoop.advanceTime(by: .seconds(9))
        #expect(conversation.channel.isActive)
        conversation.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
        #expect(!conversation.channel.isActive)
        #expect(conversation.statistics.counts.cutWhileDraining == 1)
    }

    @Test func refusesAProtocolThatItDoesNotSpeak() async throws {
        let conversation = try Conversation(try await store(), client: TestClient(applicationProtocol: "h2"))
        #expect(throws: TestClientError.self) { try conversation.shakeHands() }
        #expect(!conversation.channel.isActive)
    }

    @Test func failsWritesAfterTheClose() async throws {
        let conversation = try Conversation(try await store(), client: TestClient())
        try conversation.shakeHands()
        conversation.client.sendCloseNotify()
        try conversation.move()
        #expect(throws: (any Error).self) {
            try conversation.channel.writeOutbound(IOData.byteBuffer(ByteBuffer(string: "late")))
        }
    }
}
