import Testing
import Workbooks

@Suite struct FormBodyTests {
    @Test func encodesNamesAndValuesAsUTF8() {
        var body = FormBody()
        body.add("_fm", "1 AND (2 OR 3)")
        body.add("name[]", "Zoë & Söhne = 100 %+")
        #expect(body.text == "_fm=1+AND+%282+OR+3%29&name%5B%5D=Zo%C3%AB+%26+S%C3%B6hne+%3D+100+%25%2B")
    }

    @Test func joinsBodies() {
        var first = FormBody()
        var second = FormBody()
        second.add("a", "1")
        first.add(second)
        first.add(second)
        #expect(first.text == "a=1&a=1")
    }
}
