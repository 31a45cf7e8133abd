import Bridge
import Testing
import Workbooks

@Suite struct WorkbooksAddressTests {
    @Test(
        arguments: [
            ("https://secure.workbooks.com/", "https://secure.workbooks.com"),
            (" https://Secure.Workbooks.com:443 ", "https://secure.workbooks.com"),
            ("http://127.0.0.1:8080/base/", "http://127.0.0.1:8080/base"),
            ("http://localhost:1", "http://localhost:1"), ("http://[::1]:7", "http://[::1]:7"),
        ]
    )
    func acceptsHTTPSAndLoopback(text: String, url: String) throws {
        #expect(try WorkbooksAddress(text).description == url)
    }

    @Test(
        arguments: [
            "", "secure.workbooks.com", "http://secure.workbooks.com", "http://10.0.0.1",
            "http://127.0.0.1.example.org",
            "ftp://127.0.0.1", "https://user:secret@secure.workbooks.com", "https://secure.workbooks.com/?api_key=1",
            "http://localhost.example.org",
        ]
    )
    func refusesEverythingElse(text: String) {
        #expect(throws: PortError.self) { try WorkbooksAddress(text) }
    }

    @Test func staysOnTheHost() throws {
        let address = try WorkbooksAddress("https://secure.workbooks.com/")
        let origin = address.endpoint("crm/people.api")
        #expect(address.redirect(to: "/delay/7?a=1", from: origin) == "https://secure.workbooks.com/delay/7?a=1")
        #expect(address.redirect(to: "wait.api", from: origin) == "https://secure.workbooks.com/crm/wait.api")
        #expect(address.redirect(to: "https://secure.workbooks.com:443/x", from: origin) != nil)
        #expect(address.redirect(to: "http://secure.workbooks.com/x", from: origin) == nil)
        #expect(address.redirect(to: "https://evil.example.org/x", from: origin) == nil)
        #expect(address.redirect(to: "//evil.example.org/x", from: origin) == nil)
        #expect(address.redirect(to: "https://secure.workbooks.com@evil.example.org/", from: origin) == nil)
    }

    @Test func knowsTheLoginPage() throws {
        let address = try WorkbooksAddress("http://127.0.0.1:80/base")
        #expect(address.isLoginPage("http://127.0.0.1/base/login"))
        #expect(address.isLoginPage("http://127.0.0.1/base/login.html?again=1"))
        #expect(!address.isLoginPage("http://127.0.0.1/base/delay/login"))
    }
}
