import HTTPTypes

/// The header by which Workbooks' own webhook subscriptions prove a delivery's origin (workbooks.md §10.1).
///
///     X-Workbooks-Signature: sha256=6f2c…
///
/// The code is HMAC-SHA256 over the raw body, under the subscription's `secret_key`. Nothing in it tells a time: what
/// keeps a repeated delivery from counting twice is that its body has been seen.
package struct WorkbooksSignature: Sendable, Hashable {
    private static let headerName = "x-workbooks-signature"

    private let code: String

    /// Reads the header; nil when it is not there.
    ///
    /// The text before the equals sign names the algorithm. How it is spelt is assumed (workbooks.md §10.1), so it is
    /// not looked at: the code fits or it does not.
    ///
    /// - Throws: `RefusedProof` when it is given twice.
    package init?(_ fields: HTTPFields) throws(RefusedProof) {
        var value: String?
        for field in fields where field.name.canonicalName == Self.headerName {
            guard value == nil else { throw .malformedSignature }
            value = field.value
        }
        guard let value else { return nil }
        code = String(value.split(separator: "=", omittingEmptySubsequences: false).last ?? "")
    }

    /// Holds the signature against the body and the keys of an account's subscriptions; nil when one fits.
    package func refusal(of body: UnsafeRawBufferPointer, keys: [HookKey]) -> RefusedProof? {
        for key in keys where ConstantTime.areEqual(digits: code.utf8, key.code(body: body)) { return nil }
        return .noMatchingSignature
    }
}
