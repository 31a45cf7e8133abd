import Crypto
import HTTPTypes
import Reconciliation

/// What a request brings along to prove where it comes from.
struct OriginClaim {
    var headers: HTTPFields
    /// The last component of the path, where the source has hooks with a secret there.
    var pathSecret: String?

    /// Holds the claim against what is known of the account it names.
    func judge(_ body: UnsafeRawBufferPointer, of account: WebhookAccount, now: Timestamp) -> OriginJudgement {
        do throws(RefusedProof) {
            switch account.source {
            case .constantContact: return .proved(try standard(body, account, now))
            case .workbooks:
                // A delivery is of the script or of a subscription, and each is proved whole by its own header.
                guard !isStandard, let signature = try WorkbooksSignature(headers) else {
                    return .proved(try standard(body, account, now))
                }
                return try subscription(signature, body, account)
            case .mailchimp: return try hook(body, account, now)
            }
        } catch {
            return .refused(error)
        }
    }

    /// Whether there is a signature of Standard Webhooks.
    private var isStandard: Bool { headers.contains { $0.name.canonicalName == "webhook-signature" } }

    private func standard(
        _ body: UnsafeRawBufferPointer,
        _ account: WebhookAccount,
        _ now: Timestamp
    ) throws(RefusedProof) -> ProvedOrigin {
        let proof = try DeliveryProof(headers)
        if let refusal = proof.refusal(of: body, keys: account.keys, now: now) { throw refusal }
        return ProvedOrigin(id: proof.id, sentAt: Timestamp(seconds: proof.timestamp))
    }

    private func subscription(
        _ signature: WorkbooksSignature,
        _ body: UnsafeRawBufferPointer,
        _ account: WebhookAccount
    ) throws(RefusedProof) -> OriginJudgement {
        let keys = account.hooks.compactMap { hook in
            if case .signature(let key) = hook.proof { key } else { nil }
        }
        if let refusal = signature.refusal(of: body, keys: keys) {
            guard account.hooks.contains(where: \.isAwaited) else { throw refusal }
            return .undecided
        }
        return .proved(ProvedOrigin(digestOf: body, sentAt: nil))
    }

    private func hook(
        _ body: UnsafeRawBufferPointer,
        _ account: WebhookAccount,
        _ now: Timestamp
    ) throws(RefusedProof) -> OriginJudgement {
        guard let hook = account.hook(withPathSecret: pathSecret ?? "") else { throw .wrongPathSecret }
        var sentAt: Timestamp?
        switch hook.proof {
        case .awaited: return .undecided
        case .pathSecret: break
        case .signature(let key):
            let signature = try MailchimpSignature(headers)
            if let refusal = signature.refusal(of: body, key: key, now: now) { throw refusal }
            sentAt = Timestamp(seconds: signature.timestamp)
        }
        // Before the commit: whoever made a hook of ours at another audience is to see that nobody takes its events.
        if let audience = account.audience, let named = MailchimpDecoder.audience(of: body), named != audience {
            throw .unknownAudience
        }
        return .proved(ProvedOrigin(digestOf: body, sentAt: sentAt))
    }
}

/// What became of a claim.
enum OriginJudgement {
    case proved(ProvedOrigin)
    case refused(RefusedProof)
    /// It cannot be told yet: the hook is being made, and the service's answer has the key. The sender should try again.
    case undecided

    /// Whether secrets that are younger than those that were tried could have proved it.
    var mayChangeWithNewerSecrets: Bool {
        switch self {
        case .proved: false
        case .undecided: true
        case .refused(let cause):
            switch cause {
            case .noMatchingSignature, .wrongPathSecret, .unknownAudience: true
            case .missingID, .malformedID, .missingTimestamp, .malformedTimestamp, .outsideTolerance,
                .missingSignature, .malformedSignature:
                false
            }
        }
    }
}

/// Which delivery it is that was proved.
struct ProvedOrigin {
    /// The sender's own id, the same on every retry; where it gives none, the body's digest in hexadecimal.
    var id: String
    /// When the sender signed it; nil where nothing says.
    var sentAt: Timestamp?

    init(id: String, sentAt: Timestamp?) {
        self.id = id
        self.sentAt = sentAt
    }

    /// A delivery that has no id: the same bytes are the same delivery (design §5).
    init(digestOf body: UnsafeRawBufferPointer, sentAt: Timestamp?) {
        id = String(decoding: HookKey.hexadecimal(SHA256.hash(data: body)), as: UTF8.self)
        self.sentAt = sentAt
    }
}

extension WebhookHook {
    fileprivate var isAwaited: Bool {
        if case .awaited = proof { true } else { false }
    }
}
