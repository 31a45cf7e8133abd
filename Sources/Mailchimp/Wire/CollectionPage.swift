import HTTPCalls

/// One page of a collection: the elements under a name, and how many match in all.
struct CollectionPage<Element> {
    var elements: [Element] = []
    /// The elements that were on the page, those that could not be read included.
    var count = 0
    /// `total_items`; nil where the answer does not say.
    var total: Int?

    /// Reads a page whose elements stand under `name`; elements that cannot be read at all are left out.
    ///
    /// - Throws: `JSONReader.Malformed` also when there is no such array: an empty object is no empty page.
    static func read(
        _ reader: inout JSONReader,
        _ name: StaticString,
        _ element: (inout JSONReader) throws -> Element?
    ) throws -> CollectionPage {
        var page = CollectionPage()
        var isPresent = false
        try reader.members { reader, key in
            switch key {
            case name:
                isPresent = try reader.elements { reader in
                    page.count += 1
                    if let found = try element(&reader) { page.elements.append(found) }
                }
            case "total_items":
                page.total = try reader.integer()
            default:
                try reader.skip()
            }
        }
        guard isPresent else { throw JSONReader.Malformed(offset: 0) }
        return page
    }
}
