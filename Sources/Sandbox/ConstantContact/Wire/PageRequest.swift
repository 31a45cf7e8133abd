import Foundation

/// Which page of a collection a request asks for: its first one by parameters, a later one by a cursor.
///
/// A cursor carries the parameters of the first page and the position after the page before, in Base64; a client that
/// builds its own, or adds parameters to one, is refused (constant-contact.md §2).
struct PageRequest {
    /// The name of the collection, which its cursors carry.
    let collection: String
    /// The parameters of the first page.
    let parameters: [(name: String, value: String)]
    /// Where the page starts: a number that the collection gave out.
    let position: Int
    /// The most rows of a page.
    let limit: Int

    private let path: String

    /// - Throws: `ConstantContactRefusal` for a cursor or a limit that is none.
    init(_ request: SandboxRequest, collection: String, standard: Int = 50, most: Int = 500) throws {
        self.collection = collection
        path = request.path
        if let cursor = request.queryValue("cursor") {
            guard request.query.count == 1 else {
                throw ConstantContactRefusal.invalid("A cursor takes no further parameters")
            }
            (parameters, position) = try Self.read(cursor, of: collection)
        } else {
            parameters = request.query
            position = 0
        }
        guard let text = parameters.first(where: { $0.name == "limit" })?.value else {
            limit = standard
            return
        }
        guard let wanted = Int(text), (1...most).contains(wanted) else {
            throw ConstantContactRefusal.invalid("limit must be between 1 and \(most)")
        }
        limit = wanted
    }

    /// The first parameter of a name that is not empty.
    func value(_ name: String) -> String? {
        parameters.first { $0.name == name && !$0.value.isEmpty }?.value
    }

    /// The values of a parameter that takes several, separated by commas; nil when it is absent.
    func values(_ name: String) -> [String]? {
        let given = parameters.filter { $0.name == name && !$0.value.isEmpty }
        guard !given.isEmpty else { return nil }
        return given.flatMap { $0.value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
    }

    /// A parameter that is true or false.
    func flag(_ name: String) throws -> Bool {
        switch value(name) {
        case nil, "false": false
        case "true": true
        default: throw ConstantContactRefusal.invalid("\(name) must be true or false")
        }
    }

    /// A parameter that is a time, in seconds since 1970.
    func time(_ name: String) throws -> Double? {
        guard let text = value(name) else { return nil }
        guard let time = SandboxTime.parseISO8601(text) else {
            throw ConstantContactRefusal.invalid("\(name) must be an ISO-8601 date")
        }
        return time
    }

    /// The address, without scheme and host, of the page that starts at a position.
    func next(from position: Int) -> String {
        let pairs = parameters.filter { $0.name != "limit" }.map { "\($0.name)=\(Self.escaped($0.value))" }
        let text = ([collection, "limit=\(limit)"] + pairs + ["next=\(position)"]).joined(separator: "&")
        return "\(path)?cursor=\(Self.escaped(Data(text.utf8).base64EncodedString()))"
    }

    private static func read(
        _ cursor: String,
        of collection: String
    ) throws -> (parameters: [(name: String, value: String)], position: Int) {
        guard let data = Data(base64Encoded: cursor) else { throw ConstantContactRefusal.invalid("Invalid cursor") }
        var pairs = SandboxRequest.formDecoded(String(decoding: data, as: UTF8.self)[...])
        guard pairs.count >= 2, pairs[0].name == collection, let last = pairs.popLast(), last.name == "next",
            let position = Int(last.value)
        else { throw ConstantContactRefusal.invalid("Invalid cursor") }
        return (Array(pairs.dropFirst()), position)
    }

    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
    }
}
