import Foundation
import Synchronization
import TLSListener
import Testing

@Suite struct CertificateStoreTests {
    @Test func saysWhatItServes() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server", names: "DNS:Example.org,DNS:*.example.org,IP:127.0.0.1,IP:::1")
        let store = try CertificateStore(pairs: [pair])
        let information = try #require(store.certificates.first)
        #expect(information.dnsNames == ["example.org", "*.example.org"])
        #expect(information.addresses == ["127.0.0.1", "::1"])
        #expect(information.subject == "CN=server")
        #expect(information.issuer == "CN=Test-authority")
        #expect(information.file == pair.certificate)
        let days = information.notAfter.timeIntervalSince(information.notBefore) / 86400
        #expect(days == 30)
        let printed = try await Command.run([
            "openssl", "x509", "-in", pair.certificate, "-noout", "-fingerprint", "-sha256",
        ])
        let fingerprint = printed.outputText.split(separator: "=").last?
            .filter(\.isHexDigit).lowercased()
        #expect(information.fingerprint == fingerprint)
    }

    @Test func refusesAFileThatIsNotThere() async throws {
        let authority = try await TestAuthority()
        let pair = CertificatePair(certificate: authority.path("no.pem"), key: authority.path("no.key"))
        #expect {
            try CertificateStore(pairs: [pair])
        } throws: { error in
            guard case .unreadable(let file, let reason)? = error as? CertificateError else { return false }
            return file == pair.certificate && reason == "No such file or directory"
        }
    }

    @Test func refusesAFileWithoutACertificate() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server")
        let swapped = CertificatePair(certificate: pair.key, key: pair.certificate)
        #expect {
            try CertificateStore(pairs: [swapped])
        } throws: { error in
            guard case .malformedCertificate(let file, _)? = error as? CertificateError else { return false }
            return file == pair.key
        }
    }

    @Test func refusesACertificateThatIsCutShort() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server")
        let whole = try String(contentsOfFile: pair.certificate, encoding: .utf8)
        try String(whole.prefix(whole.count / 2)).write(toFile: pair.certificate, atomically: true, encoding: .utf8)
        #expect {
            try CertificateStore(pairs: [pair])
        } throws: { error in
            guard case .malformedCertificate? = error as? CertificateError else { return false }
            return true
        }
    }

    @Test func refusesAFileWithoutAKey() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server")
        let wrong = CertificatePair(certificate: pair.certificate, key: pair.certificate)
        #expect {
            try CertificateStore(pairs: [wrong])
        } throws: { error in
            guard case .malformedKey(let file, _)? = error as? CertificateError else { return false }
            return file == pair.certificate
        }
    }

    @Test func refusesAnEncryptedKeyWithoutAskingForItsPassphrase() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server")
        try await authority.openssl("pkey -in server.key -aes256 -passout pass:secret -out encrypted.key")
        let encrypted = CertificatePair(certificate: pair.certificate, key: authority.path("encrypted.key"))
        #expect(throws: CertificateError.encryptedKey(file: encrypted.key)) {
            try CertificateStore(pairs: [encrypted])
        }
    }

    @Test func refusesTheKeyOfAnotherCertificate() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server")
        let other = try await authority.issue("other")
        #expect(throws: CertificateError.mismatch(certificate: pair.certificate, key: other.key)) {
            try CertificateStore(pairs: [CertificatePair(certificate: pair.certificate, key: other.key)])
        }
    }

    @Test func refusesACertificateOutsideItsTime() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server")
        #expect {
            try CertificateStore(pairs: [pair], now: { Date(timeIntervalSinceNow: 31 * 86400) })
        } throws: { error in
            guard case .expired(pair.certificate, _)? = error as? CertificateError else { return false }
            return true
        }
        #expect {
            try CertificateStore(pairs: [pair], now: { Date(timeIntervalSinceNow: -86400) })
        } throws: { error in
            guard case .notYetValid(pair.certificate, _)? = error as? CertificateError else { return false }
            return true
        }
    }

    @Test func refusesAWeakKeyInTheLibrarysOwnWords() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("weak", key: "rsa:1024")
        #expect {
            try CertificateStore(pairs: [pair])
        } throws: { error in
            guard case .refused(let file, let reason)? = error as? CertificateError else { return false }
            return file == pair.certificate && reason.reason == "ee key too small"
        }
    }

    @Test func refusesAClientAuthorityThatDoesNotParse() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server")
        #expect {
            try CertificateStore(pairs: [pair], clientAuthority: pair.key)
        } throws: { error in
            guard case .malformedCertificate(pair.key, _)? = error as? CertificateError else { return false }
            return true
        }
    }

    @Test func keepsWhatItHasWhenAReloadFails() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server")
        let reports = Mutex<[CertificateReload]>([])
        let store = try CertificateStore(pairs: [pair], onReload: { report in reports.withLock { $0.append(report) } })
        let before = store.certificates
        try Data("nothing".utf8).write(to: URL(filePath: pair.certificate))
        #expect(throws: CertificateError.self) { try store.reload() }
        #expect(store.certificates == before)
        #expect(store.failure?.file == pair.certificate)
        try await authority.issue("server")
        try store.reload()
        #expect(store.certificates != before)
        #expect(store.failure == nil)
        #expect(reports.withLock(\.count) == 2)
    }

    @Test func servesFilesThatChangeWithinTwoSeconds() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server")
        let store = try CertificateStore(pairs: [pair])
        let before = store.certificates
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await store.watch() }
            try await authority.issue("server")
            let changed = await eventually(within: .seconds(2)) { store.certificates != before }
            #expect(changed)
            #expect(store.failure == nil)
            tasks.cancelAll()
        }
    }

    @Test func takesAPairThatIsWrittenOneAfterTheOtherWhenItIsWhole() async throws {
        let authority = try await TestAuthority()
        let pair = try await authority.issue("server")
        let next = try await authority.issue("next")
        let store = try CertificateStore(pairs: [pair])
        let before = store.certificates
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await store.watch(every: .milliseconds(50)) }
            try authority.replace("server.pem", with: "next.pem")
            let refused = await eventually {
                store.failure == .mismatch(certificate: pair.certificate, key: pair.key)
            }
            #expect(refused)
            #expect(store.certificates == before)
            try FileManager.default.removeItem(atPath: pair.key)
            try FileManager.default.createSymbolicLink(atPath: pair.key, withDestinationPath: next.key)
            let taken = await eventually { store.certificates != before }
            #expect(taken)
            tasks.cancelAll()
        }
    }
}
