/// The service's limits that requests are checked against before they are sent.
enum MailchimpLimits {
    /// Members on one page of a read (mailchimp.md §3).
    static let pageSize = 1000
    /// Members in one bulk creation, and addresses in one segment call (mailchimp.md §2).
    static let bulkRows = 500
    /// Operations in one batch: none is documented, and a thousand is what others send (mailchimp.md §2).
    static let batchOperations = 1000
    /// Changes of known contacts that go out by single calls instead of a batch.
    static let singleChanges = 10
    /// Addresses of one bulk call that are looked at one by one because of what the call said of them.
    static let singleLooks = 20
    /// Bytes that a text field keeps (mailchimp.md §7).
    static let textBytes = 255
    /// Characters of a merge tag (mailchimp.md §7).
    static let tagLength = 10
    /// Characters of a tag's name.
    ///
    /// The service states no limit (mailchimp.md §16); its own form takes a hundred.
    static let listNameLength = 100
    /// How long the service works on a call at most, in seconds (mailchimp.md §2).
    static let longestCallSeconds: Int64 = 120
}
