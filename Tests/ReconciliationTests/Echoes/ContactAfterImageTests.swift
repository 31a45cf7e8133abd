import Reconciliation
import Testing

@Suite struct ContactAfterImageTests {
    private static let spring = ListID("spring")
    private static let autumn = ListID("autumn")
    private static let every: [ContactAfterImage] = [
        .listed(on: [spring], firstName: "Ada", lastName: "", fields: [:]), .unlisted([autumn]),
        .unsubscribed(reason: "ours", at: nil), .unsubscribed(reason: nil, at: nil), .resubscribed([spring]),
    ]

    @Test func whatTheProviderAttributesToThePersonNeverIsAnEcho() {
        var left = Make.contact(.unsubscribed, optOut: .contact, leftAt: Make.now)
        left.optOutReason = "ours"
        for image in Self.every { #expect(!image.isShown(by: left)) }
        let returned = Make.contact(.explicit, optIn: .contact, cameAt: Make.now, lists: [Self.spring])
        #expect(!ContactAfterImage.resubscribed([Self.spring]).isShown(by: returned))
    }

    @Test func aDeletedContactShowsNothing() {
        for image in Self.every {
            #expect(!image.isShown(by: Make.contact(lists: [Self.spring], deleted: true)))
        }
    }

    @Test func aChangeOfTheAddressIsShownByTheAddressWhateverElseBecameOfTheContact() {
        let image = ContactAfterImage.addressed(Make.address("ada@example.org"))
        #expect(image.isShown(by: Make.contact(email: "Ada@Example.org")))
        #expect(image.isShown(by: Make.contact(.unsubscribed, optOut: .contact, leftAt: Make.now)))
        #expect(image.isShown(by: Make.contact(deleted: true)))
        #expect(!image.isShown(by: Make.contact(email: "lovelace@example.org")))
    }

    @Test func anOwnersUnsubscribeIsToldByItsReasonAndItsStamp() {
        var contact = Make.contact(.unsubscribed, optOut: .account, leftAt: Make.at(5))
        contact.optOutReason = "ours"
        #expect(ContactAfterImage.unsubscribed(reason: "ours", at: nil).isShown(by: contact))
        #expect(ContactAfterImage.unsubscribed(reason: "ours", at: Make.at(5)).isShown(by: contact))
        #expect(!ContactAfterImage.unsubscribed(reason: "ours", at: Make.at(4)).isShown(by: contact))
        for reason in [nil, "", "asked by telephone"] {
            contact.optOutReason = reason
            #expect(!ContactAfterImage.unsubscribed(reason: "ours", at: nil).isShown(by: contact))
        }
    }

    @Test func anImportIsShownByEverythingThatItSent() {
        let image = ContactAfterImage.listed(
            on: [Self.spring],
            firstName: "Ada",
            lastName: "",
            fields: ["town": "Ely", "cleared": ""]
        )
        var contact = Make.contact(lists: [Self.spring, Self.autumn])
        contact.fields = ["town": "Ely", "other": "x"]
        #expect(image.isShown(by: contact))
        var changed = contact
        changed.firstName = "Augusta"
        #expect(!image.isShown(by: changed))
        changed = contact
        changed.fields["town"] = "York"
        #expect(!image.isShown(by: changed))
        changed = contact
        changed.fields["cleared"] = "not yet"
        #expect(!image.isShown(by: changed))
        changed = contact
        changed.lists = [Self.autumn]
        #expect(!image.isShown(by: changed))
        changed = contact
        changed.listsWereRead = false
        #expect(!image.isShown(by: changed))
    }

    @Test func aRemovalIsShownByTheAbsenceOfEveryList() {
        let image = ContactAfterImage.unlisted([Self.spring, Self.autumn])
        #expect(image.isShown(by: Make.contact(lists: [ListID("other")])))
        #expect(!image.isShown(by: Make.contact(lists: [Self.autumn])))
        // An unsubscribe of the account's emptied the lists as well.
        #expect(image.isShown(by: Make.contact(.unsubscribed, optOut: .account, leftAt: Make.now)))
    }
}
