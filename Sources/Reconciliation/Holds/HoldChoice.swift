/// What an operator may decide on a hold.
package enum HoldChoice: String, Hashable, Sendable, Codable, CaseIterable {
    /// Set the flag on the record again.
    case restoreFlag = "restore-flag"
    /// Lift the other opt-outs too, with a reason; never a person's.
    case lift
    /// Ask the provider to send its own confirmation mail to the person.
    case sendConfirmation = "send-confirmation"
    /// Take the clearing of the flags for an operator's act.
    case accept
    /// Clear the flag that Causeway had set.
    case clearFlag = "clear-flag"
    /// Leave the person off, and say so.
    case keepOff = "keep-off"
    /// Unsubscribe the contact again, as the account.
    case unsubscribe
    /// Make the contact anew.
    case recreate
    /// Take the new address over: it is put on the record in the CRM by a person.
    case takeOver = "take-over"
    /// Give the contact its old address back.
    case putBack = "put-back"
    /// Take it for a complaint: an opt-out of the person's.
    case complaint
    /// Take it for a bounce, which is no opt-out.
    case bounce
    /// Take the report's word for the person's: an opt-out of theirs.
    case optOut = "opt-out"
    /// Give the list its name back once more.
    case renameBack = "rename-back"
    /// Take the list's new name over.
    case keepName = "keep-name"
    /// Make the list anew and fill it.
    case recreateList = "recreate-list"
    /// End the link; the list stays as it is.
    case unlink
    /// Carry out exactly what the hold names.
    case release

    /// Whether the act is recorded with the operator's reason.
    package var needsReason: Bool { self == .lift }

    /// What it does, in words for people.
    package var text: String {
        switch self {
        case .restoreFlag: "set the flag again"
        case .lift: "lift the other opt-outs too (give a reason)"
        case .sendConfirmation: "ask the provider to send its own confirmation mail to the person, once"
        case .accept: "take the clearing for an operator's act"
        case .clearFlag: "clear the flag"
        case .keepOff: "leave the person off"
        case .unsubscribe: "unsubscribe the contact again"
        case .recreate: "make the contact anew, where it is wanted: the person may be mailed"
        case .takeOver: "take the new address over: put it on the record in the CRM; the two are one until then"
        case .putBack: "give the contact its old address back at the provider"
        case .complaint: "take it for a complaint: an opt-out of the person's"
        case .bounce: "take it for a bounce: no opt-out"
        case .optOut: "take the report's word for an opt-out of the person's"
        case .renameBack: "give the list its name back"
        case .keepName: "take the list's new name over"
        case .recreateList: "make the list anew"
        case .unlink: "end the link; the list stays as it is"
        case .release: "carry out exactly what is named"
        }
    }
}
