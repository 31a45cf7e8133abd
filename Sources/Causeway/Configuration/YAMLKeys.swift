/// The keys of a settings file, as paths: enough of YAML to find a key that nothing reads.
///
/// Block mappings are followed by their indentation; lists, texts over several lines and mappings in braces belong to
/// the key that they stand under.
enum YAMLKeys {
    /// The paths of the keys that hold a value, such as `optIn.clearFlag`, in the order of the file.
    static func paths(in text: String) -> [String] {
        var open: [(indentation: Int, path: String, hasChildren: Bool)] = []
        var found: [String] = []
        var blockIndentation: Int?
        func close(to indentation: Int) {
            while let last = open.last, last.indentation >= indentation {
                if !last.hasChildren { found.append(last.path) }
                open.removeLast()
            }
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let content = line.drop { $0 == " " }
            guard let first = content.first, first != "#", first != "\r" else { continue }
            let indentation = line.count - content.count
            if let block = blockIndentation {
                if indentation > block { continue }
                blockIndentation = nil
            }
            guard first != "-", first != "%", let (key, value) = keyAndValue(of: content) else { continue }
            close(to: indentation)
            if !open.isEmpty { open[open.count - 1].hasChildren = true }
            open.append((indentation, (open.last.map { $0.path + "." } ?? "") + key, false))
            if value.hasPrefix("|") || value.hasPrefix(">") { blockIndentation = indentation }
        }
        close(to: -1)
        return found
    }

    private static func keyAndValue(of content: Substring) -> (key: String, value: Substring)? {
        guard let colon = content.firstIndex(of: ":") else { return nil }
        let rest = content[content.index(after: colon)...]
        guard rest.isEmpty || rest.first == " " || rest.first == "\r" else { return nil }
        let key = String(content[..<colon]).trimmingBlanks
        return (key.filter { $0 != "\"" && $0 != "'" }, rest.drop { $0 == " " })
    }
}
