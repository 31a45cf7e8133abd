import Foundation
import Sandbox

/// One request to a simulated service and its answer, as the exchange log has them.
struct Exchange: Sendable {
    var service: String
    var method: String
    /// The path without the query.
    var path: String
    var query: String
    var requestBody: SandboxJSON?
    var status: Int

    static func read(_ path: String) throws -> [Exchange] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").compactMap { line in
            guard let json = SandboxJSON(parsing: Array(line.utf8)) else { return nil }
            let url = (json["url"]?.stringValue ?? "").split(separator: "?", maxSplits: 1)
            return Exchange(
                service: json["service"]?.stringValue ?? "", method: json["method"]?.stringValue ?? "",
                path: url.first.map(String.init) ?? "", query: url.dropFirst().first.map(String.init) ?? "",
                requestBody: json["requestBody"]?.stringValue.flatMap { SandboxJSON(parsing: Array($0.utf8)) },
                status: json["status"]?.intValue ?? 0)
        }
    }
}
