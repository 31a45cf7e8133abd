import Reconciliation
import Testing

@Suite struct AddressProblemTests {
    @Test(arguments: [
        "ada@example.org", "ADA@EXAMPLE.ORG", "  ada@example.org\t", "a@b.c", "a.b.c@example.org",
        "o'brien+news@sub-domain.example.org", "!#$%&'*+-/=?^_`{|}~@example.org", "ada@123.example.org", "ada@1.2.3.4",
        "\"ada byron\"@example.org", "\"a@b\"@example.org", "\"a\\\"b\"@example.org", "\"\"@example.org",
        String(repeating: "l", count: 64) + "@x.org",
        "a@" + String(repeating: "d", count: 63) + ".org",
    ])
    func acceptsOneMailboxWithADotInItsDomain(typed: String) {
        #expect(AddressProblem.problem(in: typed, longest: 254) == nil)
    }

    @Test(arguments: ["", " ", "\t\r\n "])
    func callsBlanksMissing(typed: String) {
        #expect(AddressProblem.problem(in: typed, longest: 80) == .missing)
    }

    @Test(arguments: [
        "ada", "@example.org", "ada@", "ada@example", "ada@@example.org", "ada@b@example.org", ".ada@example.org",
        "ada.@example.org", "a..b@example.org", "ada byron@example.org", "ada@exam ple.org", "ada@.example.org",
        "ada@example.org.", "ada@example..org", "ada@-example.org", "ada@example-.org", "ada@example.-org",
        "ada@example.org-", "ada@exam_ple.org", "ada@[192.0.2.1]", "Ada <ada@example.org>",
        "ada@example.org,ben@example.org",
        "ada@example.org;", "ada@example.org\n.org", "adá@example.org", "ada@exämple.org", "ada\u{00A0}@example.org",
        "\"ada@example.org", "ada\"@example.org", "\"a\"b\"@example.org", "\"a\\\"@example.org", "\"ä\"@example.org",
        "\"@example.org", "a\"b\"@example.org", "ada\0@example.org",
        String(repeating: "l", count: 65) + "@x.org",
        "a@" + String(repeating: "d", count: 64) + ".org",
        "a@" + String(repeating: "d.", count: 130) + "org",
    ])
    func refusesWhatIsNotOneMailbox(typed: String) {
        #expect(AddressProblem.problem(in: typed, longest: 400) == .malformed)
    }

    @Test(arguments: [(50, 50), (51, 50), (80, 80), (81, 80), (81, 50), (51, 80)])
    func measuresTheAddressWithoutTheBlanksAroundIt(length: Int, longest: Int) {
        let typed = "a@" + String(repeating: "d", count: length - 6) + ".org"
        let domain =
            String(repeating: "d", count: 30) + "." + String(repeating: "d", count: max(1, length - 37)) + ".org"
        let long = "a@" + domain
        let address = length > 69 ? long : typed
        #expect(address.utf8.count == length)
        let expected: AddressProblem? = length > longest ? .tooLong(limit: longest) : nil
        #expect(AddressProblem.problem(in: address, longest: longest) == expected)
        #expect(AddressProblem.problem(in: "  \(address) ", longest: longest) == expected)
    }

    @Test func namesTheLimitToPeople() {
        #expect(AddressProblem.tooLong(limit: 80).text.contains("80"))
        #expect(AddressProblem.missing.text != AddressProblem.malformed.text)
    }

    @Test func takesOffBlanksOnly() {
        #expect(AddressProblem.withoutBlanks(" Ada@Example.org\t") == "Ada@Example.org")
        #expect(AddressProblem.withoutBlanks("Ada@Example.org") == "Ada@Example.org")
        #expect(AddressProblem.withoutBlanks("").isEmpty)
        #expect(AddressProblem.withoutBlanks("  ").isEmpty)
    }
}
