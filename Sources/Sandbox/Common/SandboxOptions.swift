/// What a sandbox world consists of and where it listens.
package struct SandboxOptions: Sendable {
    /// The port of Workbooks, with Constant Contact and Mailchimp at the next ones, or 0 for any free ports.
    package var portBase = 0
    /// How many members each seeded campaign has; 0 seeds nothing.
    package var members = 0
    /// How many campaigns are seeded.
    package var campaigns = 2
    /// The seed of the invented records: equal seeds give equal worlds.
    package var seed: UInt64 = 1
    /// The file that every exchange is appended to; nil for none.
    package var exchangeLogPath: String?
    /// The behaviour of Workbooks.
    package var workbooks = WorkbooksOptions()
    /// The behaviour of Constant Contact.
    package var constantContact = ConstantContactOptions()
    /// The behaviour of Mailchimp.
    package var mailchimp = MailchimpOptions()

    /// An empty world on free ports that behaves as the contracts say.
    package init() {}
}
