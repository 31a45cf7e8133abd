import Crypto
import Store
import Testing

@Suite struct KeyedDigestTests {
    @Test func dependsOnEveryByteTheUseAndTheKey() {
        let sealer = Sealer(key: SymmetricKey(size: .bits256))
        let digest = sealer.keyedDigest(of: Array("a plan".utf8), use: "plan")
        #expect(digest.count == 64)
        #expect(digest == sealer.keyedDigest(of: Array("a plan".utf8), use: "plan"))
        #expect(digest != sealer.keyedDigest(of: Array("a plam".utf8), use: "plan"))
        #expect(digest != sealer.keyedDigest(of: Array("a plan".utf8), use: "plans"))
        let shifted = sealer.keyedDigest(of: Array("c".utf8), use: "ab")
        #expect(sealer.keyedDigest(of: Array("bc".utf8), use: "a") != shifted)
        #expect(digest != Sealer(key: SymmetricKey(size: .bits256)).keyedDigest(of: Array("a plan".utf8), use: "plan"))
    }
}
