import Crypto
import Reconciliation
import Store
import Testing

@Suite struct SealerTests {
    private let sealer = Sealer(key: SymmetricKey(size: .bits256))
    private let account = AccountID("mailchimp")

    @Test(arguments: ["", "a secret", "Zoë 🎈"])
    func opensWhatItSealed(secret: String) throws {
        let sealed: [UInt8] = try sealer.seal(secret, account: account, name: "api-key")
        #expect(try sealer.openText(sealed, account: account, name: "api-key") == secret)
    }

    @Test func sealsTheSameTwiceDifferently() throws {
        let one: [UInt8] = try sealer.seal("a", account: account, name: "n")
        let two: [UInt8] = try sealer.seal("a", account: account, name: "n")
        #expect(one != two)
    }

    @Test func opensNothingMovedToAnotherPlace() throws {
        let sealed: [UInt8] = try sealer.seal("a", account: AccountID("ab"), name: "c")
        for (account, name) in [("a", "bc"), ("ab", "d"), ("abc", "")] {
            #expect(throws: KeyError.cannotUnseal(account: account, name: name)) {
                try sealer.openText(sealed, account: AccountID(account), name: name)
            }
        }
    }

    @Test func opensNothingDamaged() throws {
        let sealed: [UInt8] = try sealer.seal("a", account: account, name: "n")
        for index in sealed.indices {
            var damaged = sealed
            damaged[index] ^= 1
            #expect(throws: KeyError.self) { try sealer.openText(damaged, account: account, name: "n") }
        }
        for length in 0..<sealed.count {
            #expect(throws: KeyError.self) {
                try sealer.openText(Array(sealed.prefix(length)), account: account, name: "n")
            }
        }
    }

    @Test func hashesAnAddressTheSameHoweverItIsTyped() throws {
        let typed = try #require(Address(typed: "  Ada@Example.org "))
        let hash = sealer.keyedHash(typed)
        #expect(hash.count == 32)
        #expect(hash == sealer.keyedHash(Address(compared: "ada@example.org")))
        #expect(hash != sealer.keyedHash(Address(compared: "bob@example.org")))
        #expect(hash != Sealer(key: SymmetricKey(size: .bits256)).keyedHash(typed))
    }
}
