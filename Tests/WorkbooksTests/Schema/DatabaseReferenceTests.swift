import Testing
import Workbooks

@Suite struct DatabaseReferenceTests {
    @Test func readsTheDocumentedReference() {
        #expect(DatabaseReference.instanceID(from: "=kDM2gDN") == 48592)
        #expect(DatabaseReference.instanceID(fromLink: "https://t.workbooks.com/link/=kDM2gDN/PERS-7") == 48592)
        #expect(DatabaseReference.instanceID(fromLink: "https://t.workbooks.com/link/%3DkDM2gDN/PERS-7") == 48592)
    }

    @Test(arguments: ["", "hello world", "====", "https://t.workbooks.com/PERS-7"])
    func refusesWhatIsNoReference(text: String) {
        #expect(DatabaseReference.instanceID(from: text) == nil)
        #expect(DatabaseReference.instanceID(fromLink: text) == nil)
    }
}
