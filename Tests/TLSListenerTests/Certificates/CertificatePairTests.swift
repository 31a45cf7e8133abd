import TLSListener
import Testing

@Suite struct CertificatePairTests {
    @Test func pairsTwoLists() throws {
        let pairs = try CertificatePair.pairs(certificates: "a.pem, my b.pem", keys: "a.key ,b.key")
        #expect(
            pairs == [
                CertificatePair(certificate: "a.pem", key: "a.key"),
                CertificatePair(certificate: "my b.pem", key: "b.key"),
            ]
        )
    }

    @Test func refusesListsOfDifferentLength() {
        #expect(throws: CertificateError.unevenLists(certificates: 2, keys: 1)) {
            try CertificatePair.pairs(certificates: "a.pem,b.pem", keys: "a.key")
        }
    }

    @Test func refusesToServeNothing() {
        #expect(throws: CertificateError.noCertificates) {
            try CertificatePair.pairs(certificates: " ", keys: "")
        }
    }
}
