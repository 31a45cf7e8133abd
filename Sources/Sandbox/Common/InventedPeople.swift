/// Makers of names and addresses that belong to nobody; all addresses are on `example.org` (RFC 2606).
package enum InventedPeople {
    /// An invented person.
    package struct Person: Sendable {
        /// The given name.
        package var firstName: String
        /// The family name.
        package var lastName: String
        /// An address that no other `number` has.
        package var address: String
        /// Both names.
        package var name: String { firstName + " " + lastName }
    }

    /// The person of a number: equal numbers and generators give equal people, and every number its own address.
    package static func person(_ number: Int, using generator: inout SeededGenerator) -> Person {
        let first = firstNames[generator.below(firstNames.count)]
        let last = lastNames[generator.below(lastNames.count)]
        return Person(
            firstName: first,
            lastName: last,
            address: "\(first.lowercased()).\(last.lowercased()).\(number)@example.org"
        )
    }

    /// The name of an invented company.
    package static func company(using generator: inout SeededGenerator) -> String {
        places[generator.below(places.count)] + " " + trades[generator.below(trades.count)]
    }

    /// A town.
    package static func town(using generator: inout SeededGenerator) -> String { places[generator.below(places.count)] }

    private static let firstNames = [
        "Ada", "Ben", "Clara", "Dev", "Edith", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Liam", "Mona",
        "Nils", "Olga", "Piotr", "Quinn", "Rosa", "Sami", "Tara", "Umar", "Vera", "Wim", "Xenia", "Yara", "Zeno",
    ]
    private static let lastNames = [
        "Marsh", "Ortiz", "Lindqvist", "Okoye", "Tanaka", "Brandt", "Moreau", "Silva", "Novak", "Haines", "Keller",
        "Rossi", "Fischer", "Dunn", "Varga", "Olsen", "Petit", "Quist", "Reyes", "Stone", "Thorne", "Underhill",
    ]
    private static let places = [
        "Ely", "Harrow", "Larkfield", "Millbrook", "Northgate", "Oakham", "Pinewood", "Redcliff", "Saltby", "Thornton",
        "Upwell", "Westmere",
    ]
    private static let trades = ["Optics Ltd", "Instruments", "Printing GmbH", "Foods", "Timber & Sons", "Software"]
}
