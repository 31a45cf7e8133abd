/// Says of a refusal what somebody who looks after a campaign can do about it.
enum RefusalText {
    /// The words for a problem document of a 400.
    static func words(for report: ProblemReport) -> String {
        switch report.title {
        case "Member In Compliance State":
            "Mailchimp keeps the contact out of the audience: the person unsubscribed or complained, mail bounced, or the"
                + " account is under review; only the person can come back, through a form of the audience"
        case "Forgotten Email Not Subscribed":
            "the contact was deleted for good at Mailchimp and cannot be added again; only the person can come back,"
                + " through a form of the audience"
        default:
            words(for: report.text)
        }
    }

    /// The words for what the service says of one row.
    ///
    /// Nothing is decided on the prose; it is only put into words that help, where it is known.
    static func words(for text: String) -> String {
        let said = ProblemReport.masked(text)
        let small = said.lowercased()
        return if small.contains("fake or invalid") {
            "Mailchimp takes the address for a fake or invalid one; check how it is spelt in the CRM"
        } else if small.contains("a lot of lists") {
            "the address has signed up to many lists lately, and Mailchimp takes it again in some hours; try it again then"
        } else if small.contains("compliance state") {
            "Mailchimp keeps the contact out of the audience: the person unsubscribed or complained, mail bounced, or the"
                + " account is under review; only the person can come back, through a form of the audience"
        } else if small.contains("permanently deleted") {
            "the contact was deleted for good at Mailchimp and cannot be added again; only the person can come back,"
                + " through a form of the audience"
        } else {
            said.isEmpty ? "Mailchimp refused it without a reason" : said
        }
    }
}
