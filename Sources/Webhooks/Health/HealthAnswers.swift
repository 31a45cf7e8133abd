import Bridge
import Foundation
import HTTPTypes
import Hummingbird

/// The answers to probes, kept for about a second.
struct HealthAnswers: Sendable {
    private static let maximumAge: Int64 = 1000

    private let reports: Cached<Response>
    private let readinesses: Cached<Response>

    init(_ source: HealthSource, clock: any WallClock) {
        reports = Cached(clock: clock) {
            await Self.response {
                try await source.report()
            } isFine: {
                $0.status != .failing
            }
        }
        readinesses = Cached(clock: clock) {
            await Self.response {
                try await source.readiness()
            } isFine: {
                $0.isReady
            }
        }
    }

    func report() async -> Response { await Self.kept(reports) }

    func readiness() async -> Response { await Self.kept(readinesses) }

    private static func kept(_ cached: Cached<Response>) async -> Response {
        do {
            return try await cached.value(maximumAge: maximumAge)
        } catch {
            return failing
        }
    }

    private static func response<Value: Encodable>(
        _ read: () async throws -> Value,
        isFine: (Value) -> Bool
    ) async -> Response {
        do {
            let value = try await read()
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let body = Array(try encoder.encode(value))
            return Answer.json(isFine(value) ? .ok : .serviceUnavailable, body)
        } catch {
            // Nobody can say how it goes, which a load balancer must take as not going.
            return failing
        }
    }

    private static let failing = Answer.json(.serviceUnavailable, Array(#"{"status":"failing"}"#.utf8))
}
