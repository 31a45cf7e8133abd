import Foundation
import Reconciliation

/// The signing secrets of an account's webhooks, with rotation: the newest, and older ones until they expire.
///
/// A secret prints as `whsec_` and 32 random bytes in base64, as Standard Webhooks has it.
package enum WebhookSecrets {
    /// The newest secret, made now if there is none.
    package static func currentOrCreate(
        account: AccountID,
        now: Timestamp,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws -> String {
        if let current = try valid(account: account, now: now, sealer: sealer, on: connection).first { return current }
        return try add(account: account, now: now, sealer: sealer, on: connection)
    }

    /// Every secret that a signature may be made with now, newest first.
    ///
    /// - Throws: `KeyError.cannotUnseal` when one is damaged.
    package static func valid(
        account: AccountID,
        now: Timestamp,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws -> [String] {
        try connection.rows(
            """
            SELECT sealed FROM webhook_secret
            WHERE account = \(account) AND (expires_at IS NULL OR expires_at > \(now)) ORDER BY id DESC
            """
        ) { try sealer.openText($0.bytes(0), account: account, name: sealedName) }
    }

    /// Makes a new secret; those before it hold for a while longer, and expired ones are removed.
    ///
    /// - Parameters:
    ///   - account: the account.
    ///   - now: the moment of the rotation.
    ///   - overlap: how long the older ones still hold, in milliseconds; 0 ends them now.
    ///   - sealer: seals the secret.
    ///   - connection: the connection.
    /// - Returns: the new secret.
    package static func rotate(
        account: AccountID,
        now: Timestamp,
        overlap: Int64,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws -> String {
        let end = Timestamp(milliseconds: now.milliseconds + overlap)
        try connection.execute(
            """
            UPDATE webhook_secret SET expires_at = min(coalesce(expires_at, \(end)), \(end))
            WHERE account = \(account)
            """
        )
        try connection.execute("DELETE FROM webhook_secret WHERE account = \(account) AND expires_at <= \(now)")
        return try add(account: account, now: now, sealer: sealer, on: connection)
    }

    /// Notes that somebody was given a secret of the account: from now on deliveries may be sent.
    package static func noteGivenOut(of account: AccountID, on connection: any SQLConnection) throws {
        try Settings.set(givenOutSetting(account), to: "yes", on: connection)
    }

    /// Whether anybody was given a secret of the account; one that nobody has signs nothing.
    package static func wasGivenOut(of account: AccountID, on connection: any SQLConnection) throws -> Bool {
        try Settings.text(givenOutSetting(account), on: connection) != nil
    }

    private static func givenOutSetting(_ account: AccountID) -> String { "webhooks.given.\(account)" }

    private static let sealedName = "webhook"

    private static func add(
        account: AccountID,
        now: Timestamp,
        sealer: Sealer,
        on connection: any SQLConnection
    ) throws -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let secret = "whsec_" + Data(bytes).base64EncodedString()
        let sealed: [UInt8] = try sealer.seal(secret, account: account, name: sealedName)
        try connection.execute(
            "INSERT INTO webhook_secret (account, sealed, created_at) VALUES (\(account), \(sealed), \(now))"
        )
        return secret
    }
}
