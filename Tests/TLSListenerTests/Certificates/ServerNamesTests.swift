import TLSListener
import Testing

@Suite struct ServerNamesTests {
    private let names = ServerNames([
        ["example.org", "*.example.org"], ["hooks.example.org", "example.org"], ["*.test"],
    ])

    @Test(arguments: [
        ("example.org", 0),
        ("EXAMPLE.org", 0),
        ("example.org.", 0),
        ("hooks.example.org", 1),
        ("other.example.org", 0),
        ("a.test", 2),
        ("a.b.example.org", nil),
        (".example.org", nil),
        ("test", nil),
        ("", nil),
    ])
    func findsTheCertificateOfAName(name: String, index: Int?) {
        #expect(names.index(of: name) == index)
    }
}
