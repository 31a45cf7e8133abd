import ArgumentParser
import Foundation
import Simulation

/// Several processes of this program, each of which lives a share of the lives.
struct Fleet {
    /// What one of them could not do.
    struct Failure: Error, CustomStringConvertible {
        var share: Int
        var status: Int32
        var description: String { "the process of share \(share) ended with status \(status); its words are above" }
    }

    var size: Int
    /// Where each leaves what it came to.
    var directory: String

    /// Starts them with this process's own arguments, and reads what each left at its end.
    ///
    /// - Throws: `Failure`, and what reading its file throws.
    func run<Result: Decodable & Sendable>(_: Result.Type) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            for number in 0..<size {
                group.addTask { (number, try await run(share: number)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func run<Result: Decodable & Sendable>(share number: Int) async throws -> Result {
        let file = "\(directory)/share-\(number).json"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = CommandLine.arguments.dropFirst() + ["--share", "\(number)/\(size)", "--into", file]
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        guard status == 0 else { throw Failure(share: number, status: status) }
        return try JSONDecoder().decode(Result.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    }
}

extension Share: ExpressibleByArgument {
    /// A share as `1/2`: the second of two.
    public init?(argument: String) {
        let parts = argument.split(separator: "/").compactMap { Int($0) }
        guard parts.count == 2, parts[1] > 0, (0..<parts[1]).contains(parts[0]) else { return nil }
        self.init(number: parts[0], of: parts[1])
    }
}
