import Reconciliation
import Store
import Testing

@Suite struct SQLTests {
    @Test func keepsValuesOutOfTheText() {
        let name = "Robert'); DROP TABLE account;--"
        let sql: SQL = "SELECT \(1), \(name), \(true), \([UInt8]([1, 2])), \(nil as Int64?) FROM \(raw: "account")"
        #expect(sql.text == "SELECT ?, ?, ?, ?, ? FROM account")
        #expect(sql.arguments == [.integer(1), .text(name), .integer(1), .blob([1, 2]), .null])
    }

    @Test func bindsValuesOfTheCore() {
        let sql: SQL = "\(AccountID("a")) \(Timestamp(milliseconds: 7)) \(CampaignID(3))"
        #expect(sql.arguments == [.text("a"), .integer(7), .integer(3)])
    }

    @Test(arguments: [(1, 1), (2, 2), (3, 4), (5, 8), (100, 128)])
    func fillsListsUpToAPowerOfTwo(count: Int, bound: Int) {
        let sql: SQL = "\(list: Array(0..<count))"
        #expect(sql.arguments.count == bound)
        #expect(sql.text.filter { $0 == "?" }.count == bound)
        #expect(Set(sql.arguments).count == count)
    }

    @Test func composesPieces() {
        let condition: SQL = "account = \("a")"
        let sql: SQL = "SELECT 1 WHERE \(condition) AND b = \(2)"
        #expect(sql.text == "SELECT 1 WHERE account = ? AND b = ?")
        #expect(sql.arguments == [.text("a"), .integer(2)])
    }
}
