import NIOCore
import TLSListener
import Testing

@Suite struct ConnectionAdmissionTests {
    private func address(_ text: String) throws -> RemoteAddress {
        RemoteAddress(try SocketAddress(ipAddress: text, port: 1))
    }

    @Test func countsPerAddressAndInTotal() throws {
        let admission = ConnectionAdmission(maximum: 3, maximumPerAddress: 2)
        let (first, second) = (try address("192.0.2.1"), try address("192.0.2.2"))
        #expect(admission.opened(first) == .admitted)
        #expect(admission.opened(first) == .admitted)
        #expect(admission.opened(first) == .tooManyFromAddress)
        #expect(admission.opened(second) == .admitted)
        #expect(admission.opened(second) == .tooManyInTotal)
        admission.closed(first)
        #expect(admission.opened(first) == .admitted)
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1", true),
        ("192.0.2.1", "192.0.2.2", false),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", false),
        ("::ffff:192.0.2.1", "192.0.2.1", true),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
    ])
    func countsAnIPv6NetworkAsOneAddress(one: String, other: String, areOne: Bool) throws {
        #expect((try address(one) == address(other)) == areOne)
    }
}
