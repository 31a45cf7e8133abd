import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The certificates that the listener serves, and their renewal.
///
/// ```swift
/// let store = try CertificateStore(pairs: pairs, onReload: { reload in
///     // log it, as a warning when the old certificates were kept
/// })
/// ```
///
/// Files are read when the store is made, by `reload()` (the application calls it on `SIGHUP`), and by `run()` when
/// they change. They are taken all together or not at all: with one bad file, everything stays as it was. A reload
/// touches no connection: those that are open keep the certificate that they began with, and new handshakes get the
/// new one. The keys of the session tickets outlive a reload, so sessions are resumed across it.
package final class CertificateStore: Sendable {
    private struct State {
        var contexts: TLSContextSet
        var certificates: [LoadedCertificate]
        var clientAuthority: ClientAuthority?
        var ticketKeys: TicketKeys
        var failure: CertificateError?
        /// What the files looked like just before they were last read, whatever came of it.
        var stamps: [FileStamp?]
        /// Reloads take turns; the one that began last is the one that stays.
        var generation = 0
    }

    /// The files to read.
    private let pairs: [CertificatePair]
    /// Path of a PEM file with the authorities that issue client certificates; nil asks clients for none.
    private let clientAuthorityFile: String?
    private let now: @Sendable () -> Date
    let onReload: @Sendable (CertificateReload) -> Void
    private let state: Mutex<State>

    /// Reads the files.
    ///
    /// - Parameters:
    ///   - pairs: At least one. The first is served to clients that ask for no name, or an unknown one.
    ///   - clientAuthority: Path of a PEM file; when set, clients must present a certificate that one of its
    ///     authorities has issued.
    ///   - now: Tells the time, against which validity is checked.
    ///   - onReload: Hears of every reload, from any thread; not of the first reading.
    /// - Throws: The first thing that is wrong.
    package init(
        pairs: [CertificatePair],
        clientAuthority: String? = nil,
        now: @escaping @Sendable () -> Date = { Date() },
        onReload: @escaping @Sendable (CertificateReload) -> Void = { _ in }
    ) throws(CertificateError) {
        self.pairs = pairs
        self.clientAuthorityFile = clientAuthority
        self.now = now
        self.onReload = onReload
        let ticketKeys = try Self.makeTicketKeys()
        let stamps = Self.stamps(pairs, clientAuthority)
        let (certificates, authority) = try Self.read(pairs, clientAuthority, now())
        let contexts = try TLSContextSet(
            certificates: certificates,
            clientAuthority: authority,
            ticketKeys: ticketKeys
        )
        state = Mutex(
            State(
                contexts: contexts,
                certificates: certificates,
                clientAuthority: authority,
                ticketKeys: ticketKeys,
                stamps: stamps
            )
        )
    }

    /// The certificates that new connections are served with, in the order of the pairs.
    package var certificates: [CertificateInformation] {
        state.withLock { $0.certificates.map(\.information) }
    }

    /// Why the last reload was refused; nil when it succeeded, or there was none.
    package var failure: CertificateError? {
        state.withLock { $0.failure }
    }

    /// The contexts for a new connection.
    var contexts: TLSContextSet {
        state.withLock { $0.contexts }
    }

    /// Reads the files again.
    ///
    /// New connections get what is read; nothing changes when something is wrong.
    ///
    /// - Throws: The first thing that is wrong, which `onReload` and `failure` say too.
    package func reload() throws(CertificateError) {
        let stamps = currentStamps()
        let (generation, ticketKeys) = state.withLock { state in
            state.generation += 1
            state.stamps = stamps
            return (state.generation, state.ticketKeys)
        }
        do {
            let (certificates, authority) = try Self.read(pairs, clientAuthorityFile, now())
            let contexts = try TLSContextSet(
                certificates: certificates,
                clientAuthority: authority,
                ticketKeys: ticketKeys
            )
            state.withLock { state in
                guard generation == state.generation else { return }
                state.contexts = contexts
                state.certificates = certificates
                state.clientAuthority = authority
                state.failure = nil
            }
            onReload(.loaded(certificates.map(\.information)))
        } catch {
            state.withLock { $0.failure = error }
            onReload(.kept(because: error))
            throw error
        }
    }

    /// Replaces the keys of the session tickets, so that a key that leaks later opens little of what was recorded.
    ///
    /// Sessions from before are not resumed; their owners make a full handshake.
    package func rotateTicketKeys() throws(CertificateError) {
        let ticketKeys = try Self.makeTicketKeys()
        let (generation, certificates, authority) = state.withLock { state in
            state.generation += 1
            state.ticketKeys = ticketKeys
            return (state.generation, state.certificates, state.clientAuthority)
        }
        let contexts = try TLSContextSet(
            certificates: certificates,
            clientAuthority: authority,
            ticketKeys: ticketKeys
        )
        state.withLock { state in
            guard generation == state.generation else { return }
            state.contexts = contexts
        }
    }

    /// What the files looked like just before they were last read.
    var loadedStamps: [FileStamp?] {
        state.withLock { $0.stamps }
    }

    /// What the files look like now.
    func currentStamps() -> [FileStamp?] {
        Self.stamps(pairs, clientAuthorityFile)
    }

    private static func stamps(_ pairs: [CertificatePair], _ clientAuthority: String?) -> [FileStamp?] {
        var files = pairs.flatMap { [$0.certificate, $0.key] }
        if let clientAuthority {
            files.append(clientAuthority)
        }
        return files.map { FileStamp($0) }
    }

    private static func read(
        _ pairs: [CertificatePair],
        _ clientAuthority: String?,
        _ now: Date
    ) throws(CertificateError) -> ([LoadedCertificate], ClientAuthority?) {
        guard !pairs.isEmpty else { throw .noCertificates }
        var certificates: [LoadedCertificate] = []
        for pair in pairs {
            certificates.append(try LoadedCertificate(pair, now: now))
        }
        guard let clientAuthority else { return (certificates, nil) }
        return (certificates, try ClientAuthority(file: clientAuthority))
    }

    private static func makeTicketKeys() throws(CertificateError) -> TicketKeys {
        do {
            return try TicketKeys()
        } catch {
            throw .library(error)
        }
    }
}
