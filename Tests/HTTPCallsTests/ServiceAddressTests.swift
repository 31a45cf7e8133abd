import HTTPCalls
import Testing

@Suite struct ServiceAddressTests {
    @Test(arguments: [
        ("https://api.cc.email/v3", "https://api.cc.email/v3"),
        ("HTTPS://api.cc.email:8443/v3/", "https://api.cc.email:8443/v3"),
        ("http://localhost:9001/v3", "http://localhost:9001/v3"),
        ("http://127.0.0.1:9001/v3", "http://127.0.0.1:9001/v3"),
        ("http://127.8.9.10/v3", "http://127.8.9.10/v3"),
        ("http://[::1]:9001/v3", "http://[::1]:9001/v3"),
        ("https://example.org", "https://example.org"),
    ])
    func takesSecureAndLoopbackAddresses(text: String, address: String) throws {
        #expect(try ServiceAddress(text).description == address)
    }

    @Test(arguments: [
        "http://api.cc.email/v3", "http://127.0.0.1.evil.example/v3", "http://localhost.evil.example/v3",
        "http://128.0.0.1/v3", "ftp://127.0.0.1/", "api.cc.email/v3", "", "https://", "https://user@api.cc.email/v3",
        "https://user:secret@api.cc.email/v3", "https://api.cc.email/v3?x=1", "https://api.cc.email/v3#x",
    ])
    func refusesAllOthers(text: String) {
        #expect(throws: ServiceAddress.Unusable.self) { try ServiceAddress(text) }
    }

    @Test func doesNotRepeatAPassword() {
        do {
            _ = try ServiceAddress("https://user:secret@api.cc.email/v3")
        } catch {
            #expect(!error.description.contains("secret"))
        }
    }
}
