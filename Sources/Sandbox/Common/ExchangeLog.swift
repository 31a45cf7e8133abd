import Foundation
import Synchronization

/// A file of every request and its answer, one JSON object a line, for `check-exchanges`.
///
/// Secrets (authorisation, cookies, API keys, tokens) are written as `***`.
package final class ExchangeLog: Sendable {
    private let file: Mutex<FileHandle>

    /// Opens the file for appending and makes it where it is missing, readable by its owner only.
    ///
    /// - Throws: when the file cannot be made or opened.
    package init(path: String) throws {
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        file = Mutex(handle)
    }

    /// Appends one exchange; `response` is what the service answered, whether or not it arrived.
    ///
    /// - Throws: when the line cannot be written.
    package func record(service: String, request: SandboxRequest, response: SandboxResponse) throws {
        var line = "{\"service\":"
        SandboxJSON.quote(service, into: &line)
        line += ",\"method\":"
        SandboxJSON.quote(request.method, into: &line)
        line += ",\"url\":"
        SandboxJSON.quote(Redaction.parameters(request.target), into: &line)
        line += ",\"requestHeaders\":"
        Self.write(request.headers, to: &line)
        line += ",\"requestBody\":"
        if request.body.isEmpty {
            line += "null"
        } else {
            let isForm = request.mediaType == "application/x-www-form-urlencoded"
            SandboxJSON.quote(isForm ? Redaction.parameters(request.bodyText) : request.bodyText, into: &line)
        }
        line += ",\"status\":\(response.status),\"responseHeaders\":"
        Self.write(response.headers, to: &line)
        line += ",\"responseBody\":"
        if response.body.isEmpty {
            line += "null"
        } else {
            SandboxJSON.quote(Redaction.members(response.bodyText), into: &line)
        }
        line += response.injected ? ",\"injected\":true}\n" : "}\n"
        let bytes = Data(line.utf8)
        try file.withLock { try $0.write(contentsOf: bytes) }
    }

    private static func write(_ headers: [(name: String, value: String)], to line: inout String) {
        line += "{"
        for (index, header) in headers.enumerated() {
            if index > 0 { line += "," }
            SandboxJSON.quote(header.name, into: &line)
            line += ":"
            SandboxJSON.quote(Redaction.header(header.name, header.value), into: &line)
        }
        line += "}"
    }
}
