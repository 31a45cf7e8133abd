import Testing

@testable import Webhooks

struct FormFieldsTests {
    private func form(_ text: String) -> FormFields { FormFields(Array(text.utf8)) }

    @Test(arguments: [
        ("data[email]=ann%40example.com", "ann@example.com"), ("data%5Bemail%5D=ann%40example.com", "ann@example.com"),
        ("data%5bemail%5d=a+b", "a b"), ("data[email]=", ""), ("data[email]", ""), ("data[email]=a=b", "a=b"),
        ("x=1&&data[email]=a", "a"), ("data[email]=%C3%B8", "ø"), ("data[email]=a&data[email]=a", "a"),
    ])
    func readsAField(text: String, value: String) {
        #expect(form(text)["data[email]"] == .text(value))
    }

    @Test(arguments: [
        ("", FormFields.Value.absent), ("data[Email]=a", .absent), ("%zz=a", .absent), ("data[email]=%", .unreadable),
        ("data[email]=%4", .unreadable), ("data[email]=%zz", .unreadable), ("data[email]=%FF", .unreadable),
        ("data[email]=a&data[email]=b", .contradictory), ("data[email]=a&data[email]=%", .contradictory),
    ])
    func saysWhyThereIsNoText(text: String, value: FormFields.Value) {
        #expect(form(text)["data[email]"] == value)
        #expect(form(text).text("data[email]") == nil)
    }

    @Test func readsOtherFieldsBesideOneThatIsBroken() {
        let form = form("data[merges][X]=%&%zz=1&type=profile")
        #expect(form["type"] == .text("profile"))
    }
}
