import Testing
import Workbooks

@Suite struct FieldTextTests {
    @Test(
        arguments: [
            (" 2 May 2010", "date", "2010-05-02"), ("1278950589", "datetime", "2010-07-12T16:03:09Z"),
            ("1000.0 GBP 0", "currency", "1000.0 GBP"), ("  0", "currency", ""), ("", "currency", ""),
            ("Ely", "string", "Ely"), ("whenever", "date", "whenever"), ("17", "integer", "17"),
        ]
    )
    func givesValuesTheirCommonForm(value: String, type: String, normal: String) {
        #expect(FieldText.normal(value, ofType: type) == normal)
    }
}
