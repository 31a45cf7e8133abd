import Foundation
import Reconciliation
import Testing
import Workbooks

@Suite struct FilterTests {
    private func sent(_ filter: Filter) -> String {
        var body = FormBody()
        filter.add(to: &body)
        return body.text.removingPercentEncoding?.replacing("+", with: " ") ?? ""
    }

    @Test func sendsASingleTestWithoutAnExpression() {
        #expect(sent(.ids([4, 7])) == "_ff[]=id&_ft[]=eq&_fc[]=4,7")
    }

    @Test func namesTheJoinOfPlainTests() {
        let tests: [Filter] = [.test("a", .equal, "1"), .test("b", .greater, "2")]
        #expect(sent(.all(tests)).hasPrefix("_fm=and&"))
        #expect(sent(.any(tests)).hasPrefix("_fm=or&"))
    }

    @Test func numbersTheTestsOfANestedFilter() {
        let filter = Filter.all([.test("updated_at", .atLeast, "9"), .deletedOrNot, .test("id", .greater, "5")])
        #expect(
            sent(filter)
                == "_fm=1 AND (2 OR 3) AND 4&_ff[]=updated_at&_ft[]=ge&_fc[]=9"
                + "&_ff[]=is_deleted&_ft[]=true&_fc[]=true&_ff[]=is_deleted&_ft[]=false&_fc[]=true"
                + "&_ff[]=id&_ft[]=gt&_fc[]=5"
        )
    }

    @Test func escapesCommasInAddresses() throws {
        let filter = try #require(
            AddressFilter(columns: ["email"]).rows(having: ["a,b@x.org", "c@x.org"].map(Address.init(compared:)))
        )
        #expect(filter == .any([.test("email", .equal, #"a\,b@x.org,c@x.org"#)]))
    }

    @Test func looksForAnAddressWithABackslashByItsPieces() throws {
        let filter = AddressFilter(columns: ["email", "other"]).rows(having: [Address(compared: #"a\b@x.org"#)])
        let pieces = { (column: String) in
            Filter.all([.test(column, .contains, "a"), .test(column, .contains, "b@x.org")])
        }
        #expect(filter == .any([pieces("email"), pieces("other")]))
    }

    @Test func looksForNothingWithoutAddresses() {
        #expect(AddressFilter(columns: ["email"]).rows(having: []) == nil)
    }
}
