/// Something that webhooks tell of.
struct MailchimpEvent: Sendable {
    /// `subscribe`, `unsubscribe`, `profile`, `cleaned`, `upemail` or `campaign`.
    var type: String
    /// Who caused it.
    var source: ChangeSource
    /// The audience where it happened.
    var audience: String
    /// What is sent.
    var form: WebhookForm
}
