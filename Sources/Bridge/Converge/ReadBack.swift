import Reconciliation
import Synchronization

/// What a verification pass has read back at one account, kept until its digests are made.
///
/// It is filled from the walks that the pass makes anyway, and apart from the shadow: a row that was never read does not
/// count as held, whatever the store believes.
package final class ReadBack: Sendable {
    private struct Contact {
        var address: Address
        var held: HeldContact
    }

    private struct State {
        var contacts: [ContactID: Contact] = [:]
        var walkedLists: Set<ListID> = []
        var unsubscribedWereWalked = false
        var rereadings: [ContactID: Int] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Takes contacts over as they were read, lists included.
    func take(_ contacts: [ProviderContact], under rules: AccountRules) {
        state.withLock { state in
            for contact in contacts {
                guard let address = contact.address, let held = HeldContact(contact, under: rules) else {
                    state.contacts[contact.id] = nil
                    continue
                }
                state.contacts[contact.id] = Contact(address: address, held: held)
            }
        }
    }

    /// A list was walked to its end: whoever was not seen is not on it.
    func walked(_ list: ListID, seen: Set<ContactID>) {
        state.withLock { state in
            state.walkedLists.insert(list)
            for id in state.contacts.keys where !seen.contains(id) {
                state.contacts[id]?.held.lists.removeAll { $0 == list }
            }
        }
    }

    /// Everybody who is unsubscribed was walked to the end.
    func walkedUnsubscribed() {
        state.withLock { $0.unsubscribedWereWalked = true }
    }

    /// A contact that does not exist any more.
    func forget(_ contact: ContactID) {
        state.withLock { $0.contacts[contact] = nil }
    }

    func hasWalked(_ list: ListID) -> Bool { state.withLock { $0.walkedLists.contains(list) } }

    var hasWalkedUnsubscribed: Bool { state.withLock { $0.unsubscribedWereWalked } }

    /// Whether a contact may be read once more by its id in this pass; counts that it is.
    func mayReread(_ contact: ContactID) -> Bool {
        state.withLock { state in
            let count = state.rereadings[contact, default: 0]
            state.rereadings[contact] = count + 1
            return count < 2
        }
    }

    /// What was read, by address.
    var held: [Address: HeldContact] {
        state.withLock { state in
            var found: [Address: HeldContact] = [:]
            found.reserveCapacity(state.contacts.count)
            for contact in state.contacts.values { found[contact.address] = contact.held }
            return found
        }
    }

    /// Whether a contact was read.
    func hasRead(_ contact: ContactID) -> Bool { state.withLock { $0.contacts[contact] != nil } }
}
