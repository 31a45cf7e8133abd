import Bridge
import Reconciliation
import Store
import Synchronization

extension World {
    /// After a verification both sides' digests are equal, or each row that differs has a reason.
    func checkDigests() throws {
        for link in try links() where hasList(link) {
            let (found, differences) = try database.look { connection in
                (
                    try LinkDigests.find(link.id, in: connection),
                    try LinkDigests.differences(of: link.id, in: connection)
                )
            }
            guard let found else {
                history.wrong("the link of campaign \(link.campaign) to \(link.account) has no digests")
                continue
            }
            let name = "the link of campaign \(link.campaign) to \(link.account)"
            for difference in differences where difference.code == "unexplained" {
                history.wrong("\(name) has \(difference.address.text) differ without a reason")
            }
            if found.differing == 0, !found.isEqual {
                history.wrong("the digests of \(name) differ, and no row does")
            }
            if found.differing == 0, found.verified.map({ !$0.isEqual }) == true {
                history.wrong("\(name) was read back as another than it is known, and no row differs")
            }
        }
    }

    /// Whether a link's list is made, and nobody has deleted it.
    private func hasList(_ link: Link) -> Bool {
        guard let list = link.list else { return false }
        return providers[link.account]?.state.withLock { $0.lists[list] != nil } ?? false
    }
}
