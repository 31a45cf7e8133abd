import Reconciliation
import Testing

@Suite struct AddressTests {
    @Test(arguments: ["ada@example.org", " Ada@Example.ORG ", "\u{00A0}ADA@example.org\n", "\tada@EXAMPLE.org"])
    func comparesTrimmedAndLowerCased(typed: String) {
        #expect(Address(typed: typed) == Address(compared: "ada@example.org"))
    }

    @Test(arguments: ["\u{200B}Ada@example.org", "ada@example.org\u{FEFF}", " \u{2060} ada@example.org \u{00AD}"])
    func comparesWithoutInvisibleCharactersAroundIt(typed: String) {
        #expect(Address(typed: typed) == Address(compared: "ada@example.org"))
    }

    @Test func keepsInvisibleCharactersWithin() {
        #expect(Address(typed: "a\u{200B}da@example.org") != Address(typed: "ada@example.org"))
    }

    @Test func aRecordStillHasTheAddressThatComparedWithItsInvisibleCharacters() {
        let record = Make.record(main: " Ada@x.org\u{200B}", others: ["ben@x.org", "\u{FEFF}ben@x.org"])
        #expect(record.mainAddress?.text == "ada@x.org")
        #expect(record.addresses.map(\.text) == ["ada@x.org", "ben@x.org", "ada@x.org\u{200B}", "\u{FEFF}ben@x.org"])
    }

    @Test(arguments: ["", " ", "\n\t", "\u{2003}", "\u{200B}"])
    func isNothingForBlanks(typed: String) {
        #expect(Address(typed: typed) == nil)
    }

    @Test func keepsBlanksWithin() {
        #expect(Address(typed: " a b@x.org ")?.text == "a b@x.org")
    }

    @Test(arguments: [
        ("ada@example.org", "a***@example.org"), ("a@example.org", "a***@example.org"), ("@example.org", "***"),
        ("ada", "***"), ("\"a@b\"@example.org", "\"***@example.org"),
    ])
    func masksAllButTheFirstCharacterAndTheDomain(text: String, masked: String) {
        #expect(Address(compared: text).masked == masked)
    }

    @Test func ordersByTheComparedForm() {
        #expect(Address(compared: "a@x.org") < Address(compared: "b@x.org"))
    }

    @Test func aRecordHasEachOfItsAddressesOnceTheMainOneFirst() {
        let record = Make.record(main: "Ben@x.org", others: ["ada@x.org", "BEN@x.org", " ", "ada@X.org"])
        #expect(record.mainAddress?.text == "ben@x.org")
        #expect(record.addresses.map(\.text) == ["ben@x.org", "ada@x.org"])
        #expect(Make.record(main: " ").mainAddress == nil)
        #expect(Make.record(main: "", others: ["c@x.org"]).addresses.map(\.text) == ["c@x.org"])
    }
}
