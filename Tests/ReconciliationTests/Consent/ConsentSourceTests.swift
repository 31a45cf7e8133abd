import Reconciliation
import Testing

@Suite struct ConsentSourceTests {
    @Test(arguments: [
        (ConsentSource.account(AccountID("constant-contact")), "account constant-contact"),
        (.account(AccountID("two words")), "account two words"),
        (.account(AccountID("person 7")), "account person 7"),
        (.record(RecordID(.person, 4711)), "person 4711"),
        (.record(RecordID(.lead, .max)), "lead 9223372036854775807"),
    ])
    func readsBackWhatItStores(source: ConsentSource, text: String) {
        #expect(source.text == text)
        #expect(ConsentSource(text: text) == source)
    }

    @Test(arguments: [
        "", "person", "person x", "person ", "lead 1.5", "contact 7", "4711", "person 99999999999999999999",
    ])
    func readsNothingElse(text: String) {
        #expect(ConsentSource(text: text) == nil)
    }

    @Test func ordersAccountsBeforeRecords() {
        let sorted: [ConsentSource] = [
            .account(AccountID("a")), .account(AccountID("b")), .record(RecordID(.person, 2)),
            .record(RecordID(.lead, 1)),
        ]
        #expect(sorted.reversed().sorted() == sorted)
    }
}
