import Foundation
import Testing
import Workbooks

@Suite struct WriteBatchTests {
    private func sent(_ batch: WriteBatch) -> String {
        batch.parameters.text.removingPercentEncoding ?? ""
    }

    @Test func fillsTheSquareWithTheWordForUnchanged() {
        let batch = WriteBatch(rows: [
            .init(id: 1, lockVersion: 4, values: ["flag": "1"]), .init(id: 2, lockVersion: 0, values: ["mark": "0"]),
        ])
        #expect(
            sent(batch).hasSuffix(
                "&_fm=or&_ff[]=id&_ft[]=eq&_fc[]=1&_ff[]=id&_ft[]=eq&_fc[]=2"
                    + "&__method[]=PUT&id[]=1&lock_version[]=4&flag[]=1&mark[]=:no_value:"
                    + "&__method[]=PUT&id[]=2&lock_version[]=0&flag[]=:no_value:&mark[]=0"
            )
        )
    }

    @Test func asksForStrictAttributesAndATransactionForEachRow() {
        let text = sent(WriteBatch(rows: [.init(id: 1, lockVersion: 4, values: ["flag": "1"])]))
        #expect(text.hasPrefix("_strict_attribute_checking=1&_per_object_transactions=1&"))
    }

    @Test func createsWithIdZero() {
        let text = sent(WriteBatch(rows: [.init(id: 0, lockVersion: 0, values: ["status": "Unsubscribed"])]))
        #expect(
            text.hasSuffix("_ff[]=id&_ft[]=eq&_fc[]=0&__method[]=POST&id[]=0&lock_version[]=0&status[]=Unsubscribed")
        )
    }

    @Test(
        arguments: [
            ("name", "name"), ("main_location[email]", "main_location[email]"),
            ("org_lead_party[main_location[email]]", "org_lead_party[main_location][email]"),
            ("a[b[c[d]]]", "a[b][c][d]"),
        ]
    )
    func unnestsReadNames(read: String, wire: String) {
        #expect(WriteBatch.wireName(read) == wire)
    }
}
