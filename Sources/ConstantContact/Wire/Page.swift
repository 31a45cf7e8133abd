import HTTPCalls

/// One page of a collection: the elements under a name, and where the next page is.
struct Page<Element> {
    var elements: [Element] = []
    /// `_links.next.href` as written; nil on the last page, however that is expressed (constant-contact.md §2).
    var next: String?

    /// Reads a page whose elements stand under `name`; elements that cannot be read at all are left out.
    ///
    /// - Throws: `JSONReader.Malformed` also when there is no such array: an empty object is no empty page.
    static func read(
        _ reader: inout JSONReader,
        _ name: StaticString,
        _ element: (inout JSONReader) throws -> Element?
    ) throws -> Page {
        var page = Page()
        var isPresent = false
        try reader.members { reader, key in
            switch key {
            case name:
                isPresent = true
                page.elements.reserveCapacity(500)
                try reader.elements { reader in
                    if let found = try element(&reader) { page.elements.append(found) }
                }
            case "_links":
                page.next = try nextLink(&reader)
            default:
                try reader.skip()
            }
        }
        guard isPresent else { throw JSONReader.Malformed(offset: 0) }
        return page
    }

    private static func nextLink(_ reader: inout JSONReader) throws -> String? {
        var link: String?
        try reader.members { reader, key in
            guard case "next" = key else { return try reader.skip() }
            try reader.members { reader, key in
                guard case "href" = key else { return try reader.skip() }
                link = try reader.string()
            }
        }
        return link?.isEmpty == true ? nil : link
    }
}
