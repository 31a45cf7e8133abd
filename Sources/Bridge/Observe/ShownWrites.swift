import Reconciliation
import Store

/// The awaited writes whose after-image a contact shows.
struct ShownWrites: Sendable {
    /// Those that the contact is the echo of.
    private(set) var echoes: [Recorder.Awaited] = []
    /// Earlier writes to the contact, whose state cannot be told from what came after them any more.
    private(set) var overtaken: [Recorder.Awaited] = []
    /// What an unsubscribe of Causeway's found before; nil where the contact shows none.
    private(set) var unsubscribe: OwnUnsubscribe?
    /// Whether the contact is the answer to that unsubscribe, rather than a sighting of what it may have left behind.
    private(set) var isUnsubscribeAnswered = false
    /// What an unsubscribe of Causeway's found, whose answer was lost, where the person has opted in since: had it any
    /// effect, they have come back from it (C13), and had it none, they have opted in all the same.
    private(set) var returnedFrom: OwnUnsubscribe?
    /// Whether an unsubscribe of Causeway's was taken back.
    private(set) var isTakenBack = false
    /// Whether the contact has an address that Causeway gave it.
    private(set) var isAddressOurs = false
    /// The lists that Causeway put the contact on.
    private(set) var added: [ListID] = []
    /// The lists that Causeway took the contact off.
    private(set) var removed: [ListID] = []

    var hasEchoes: Bool { !echoes.isEmpty }

    /// Finds them.
    ///
    /// - Parameter answered: the intent whose write the contact is the answer to; that one is no echo yet.
    init(of awaited: [Recorder.Awaited], by contact: ProviderContact, answering answered: Int64?) {
        for item in awaited {
            if let written = item.content.contact, written != contact.id { continue }
            let isAnswer = item.write.intent == answered
            let image = item.content.contactAfterImage(answered: item.write.answerVersion, isAnswer: isAnswer)
            guard image?.isShown(by: contact) == true else {
                // An import can still be working; it takes nothing away, and is looked for again.
                if !echoes.isEmpty, item.content.contact != nil { overtaken.append(item) }
                if case .unsubscribe(_, let before?) = item.content, before.isEnded(by: contact) {
                    returnedFrom = returnedFrom ?? before
                }
                continue
            }
            take(item.content, isAnswer: isAnswer)
            if !isAnswer { echoes.append(item) }
        }
    }

    private mutating func take(_ content: IntentContent, isAnswer: Bool) {
        switch content {
        case .upsert(let row, let lists):
            added += row.added(of: lists)
        case .remove(_, let lists):
            removed += lists
        case .unsubscribe(_, let before):
            // The newest comes first.
            if unsubscribe == nil { unsubscribe = before }
            if isAnswer { isUnsubscribeAnswered = true }
        case .resubscribe(_, let lists):
            isTakenBack = true
            added += lists
        case .changeAddress:
            isAddressOurs = true
        case .crm, .status, .createList:
            break
        }
    }
}
