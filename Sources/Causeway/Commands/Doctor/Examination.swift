import Foundation
import Reconciliation
import Store
import TLSListener

/// The examinations of `doctor`, with what they found.
struct Examination {
    let settings: CausewaySettings
    private(set) var findings: [Finding] = []

    init(settings: CausewaySettings) {
        self.settings = settings
    }

    mutating func ok(_ subject: String, _ text: String) { add(.ok, subject, text) }
    mutating func note(_ subject: String, _ text: String) { add(.note, subject, text) }
    mutating func problem(_ subject: String, _ text: String) { add(.problem, subject, text) }

    private mutating func add(_ level: Finding.Level, _ subject: String, _ text: String) {
        findings.append(Finding(level: level, subject: subject, text: text))
    }

    /// Values that cannot be used, and keys of the settings file that nothing reads.
    mutating func examineSettings() {
        for text in settings.problems { problem("settings", text) }
        if let file = settings.file {
            let unknown = settings.unknownKeys
            for key in unknown {
                problem("settings", "\(file) has “\(key)”, which is no setting; correct its spelling or remove it")
            }
            if unknown.isEmpty { ok("settings", "\(file) was read") }
        } else {
            note("settings", "there is no causeway.yaml here; flags, environment and defaults apply")
        }
        let unknown = settings.unknownEnvironment
        for name in unknown {
            problem("settings", "the environment has \(name), which is no setting; correct its spelling")
        }
        for setting in [Setting.listen, .adminListen] {
            do { _ = try ListenAddress.parse(settings[setting] ?? "", setting: setting.path) } catch {
                problem("settings", ErrorText.of(error))
            }
        }
        if let text = settings[.publicURL] {
            let url = URL(string: text)
            if url?.scheme != "https" || url?.host?.isEmpty != false {
                problem(
                    "public.url",
                    "“\(text)” is no https address; give the one under which senders reach the listener"
                )
            }
        } else {
            note("public.url", "not set: the addresses for webhooks below are to be completed with this host's name")
        }
        if let authority = settings[.outboundAuthority], !FileManager.default.isReadableFile(atPath: authority) {
            problem("outbound.ca", "the file \(authority) cannot be read; correct the path or its mode")
        }
    }

    /// Certificates and keys, read as `serve` reads them.
    mutating func examineCertificates() {
        guard settings[.certificate] != nil || settings[.key] != nil else {
            note(
                "certificate",
                "not set: serve needs CAUSEWAY_TLS_CERTIFICATE and CAUSEWAY_TLS_KEY; the other commands do not"
            )
            return
        }
        do {
            let pairs = try CertificatePair.pairs(
                certificates: settings[.certificate] ?? "",
                keys: settings[.key] ?? ""
            )
            let store = try CertificateStore(pairs: pairs, clientAuthority: settings[.clientAuthority])
            for certificate in store.certificates {
                let names = (certificate.dnsNames + certificate.addresses).joined(separator: ", ")
                let end = certificate.notAfter.formatted(.iso8601)
                if certificate.notAfter.timeIntervalSinceNow < 14 * 86_400 {
                    problem("certificate", "\(certificate.file) for \(names) ends at \(end); renew it now")
                } else {
                    ok("certificate", "\(certificate.file) for \(names), valid until \(end)")
                }
            }
            for pair in pairs { examineMode(pair.key, "certificate", "its key") }
        } catch {
            problem("certificate", ErrorText.of(error))
        }
    }

    /// The data directory and what is in it.
    ///
    /// - Returns: whether there is a database to examine.
    mutating func examineFiles() -> Bool {
        let directory = settings.dataDirectory
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory) else {
            note("data directory", "\(directory) does not exist yet; it is made when it is first needed")
            return false
        }
        guard isDirectory.boolValue else {
            problem("data directory", "\(directory) is no directory; give another with --data")
            return false
        }
        if access(directory, R_OK | W_OK | X_OK) != 0 {
            problem(
                "data directory",
                "\(directory) cannot be written: \(String(cString: strerror(errno))); run as its owner, or correct its mode"
            )
            return false
        }
        examineMode(directory, "data directory", "the data directory")
        let database = Store.databasePath(in: directory)
        guard FileManager.default.fileExists(atPath: database) else {
            note("data directory", "\(directory) has no database yet; it is made when it is first needed")
            return false
        }
        for file in [database, "\(database)-wal", "\(database)-shm"] where FileManager.default.fileExists(atPath: file)
        {
            examineMode(file, "data directory", "the database")
        }
        examineMode(settings[.keyFile] ?? "\(directory)/secret.key", "key file", "the key file")
        return true
    }

    /// Notes a file that others than its owner may read or change.
    private mutating func examineMode(_ path: String, _ subject: String, _ what: String) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            problem(subject, "\(path) cannot be looked at: \(String(cString: strerror(errno)))")
            return
        }
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        guard status.st_mode & 0o077 != 0 else {
            ok(subject, "\(path) is its owner's alone")
            return
        }
        let mode = String(status.st_mode & 0o777, radix: 8)
        problem(
            subject,
            "\(path), \(what), has mode \(mode): others may get at it. Run: chmod \(isDirectory ? "700" : "600") \(path)"
        )
    }
}
