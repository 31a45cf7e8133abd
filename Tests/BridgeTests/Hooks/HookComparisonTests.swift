import Bridge
import Testing

struct HookComparisonTests {
    private static let base = "https://bridge.example.org/webhooks/mailchimp/mailchimp"
    private static let topic = HookTopic(name: "audience", switches: ["events.unsubscribe", "sources.user"])
    private static let wish = HookWish(topic: topic, url: base + "/secret")

    private func sighting(
        _ id: String = "1",
        url: String = wish.url,
        switches: Set<String> = topic.switches,
        isSigned: Bool? = true,
        topic: String? = "audience"
    ) -> HookSighting {
        HookSighting(id: id, topic: topic, url: url, switches: switches, isSigned: isSigned)
    }

    private func compare(
        known: HookComparison.Known? = .init(id: "1", hasSigningSecret: true),
        _ sightings: HookSighting...
    ) -> HookComparison {
        HookComparison(of: Self.wish, known: known, bases: [Self.base], sightings: sightings)
    }

    @Test func keepsWhatIsRight() {
        let comparison = compare(sighting())
        #expect(comparison.isRight)
        #expect(comparison.act == .keep)
        #expect(comparison.problem == nil)
        #expect(compare(sighting(url: Self.wish.url + "?from=us")).isRight)
    }

    @Test func takesTheWordOfTheCreationWhereTheServiceDoesNotSayWhetherItSigns() {
        #expect(compare(sighting(isSigned: nil)).isRight)
        #expect(compare(known: .init(id: "1", hasSigningSecret: false), sighting(isSigned: nil)).isRight)
        #expect(compare(known: .init(id: "1", hasSigningSecret: false), sighting()).act == .replace("1"))
    }

    @Test func leavesStrangersAlone() {
        let comparison = compare(
            sighting(),
            sighting("2", url: "https://other.example.org/hook"),
            sighting("3", url: "https://bridge.example.org/webhooks/mailchimp/mailchimp-2/secret"),
            sighting("4", url: Self.base + "/more/than/one"),
            sighting("5", topic: "another"),
            sighting("6", topic: nil)
        )
        #expect(comparison.isRight)
        #expect(comparison.surplus.isEmpty)
    }

    @Test func makesTheFirst() {
        let comparison = compare(known: nil)
        #expect(comparison.faults == [.missing])
        #expect(comparison.act == .create)
        #expect(comparison.surplus.isEmpty)
    }

    @Test func noticesThatItIsGone() {
        let comparison = compare(sighting("2", url: "https://other.example.org/hook"))
        #expect(comparison.faults == [.gone])
        #expect(comparison.act == .create)
    }

    @Test func replacesOneWhoseCreationWasNeverAnswered() {
        let comparison = compare(known: nil, sighting("7"))
        #expect(comparison.faults == [.secretLost])
        #expect(comparison.act == .create)
        #expect(comparison.surplus == ["7"])
    }

    @Test func takesAwayWhatPointsHereWhenItsOwnIsGone() {
        let comparison = compare(sighting("7", url: Self.base + "/older"))
        #expect(comparison.faults == [.gone])
        #expect(comparison.act == .create)
        #expect(comparison.surplus == ["7"])
    }

    @Test func noticesSwitchesThatAreOff() {
        let comparison = compare(sighting(switches: []))
        #expect(comparison.faults == [.off(["events.unsubscribe", "sources.user"])])
        #expect(comparison.act == .change("1"))
    }

    @Test func noticesSwitchesThatAreOn() {
        let comparison = compare(sighting(switches: Self.topic.switches.union(["sources.api"])))
        #expect(comparison.faults == [.on(["sources.api"])])
        #expect(comparison.act == .change("1"))
        #expect(comparison.problem?.contains("sources.api") == true)
    }

    @Test func noticesThatItPointsElsewhere() {
        let comparison = compare(sighting(url: "https://old.example.org/webhooks/mailchimp/mailchimp/secret"))
        #expect(comparison.faults == [.pointsElsewhere])
        #expect(comparison.act == .change("1"))
        #expect(comparison.surplus.isEmpty)
    }

    @Test(arguments: [(true, false), (false, true)])
    func replacesOneThatSignsOtherwise(isSigned: Bool, hasSecret: Bool) {
        let comparison = compare(
            known: .init(id: "1", hasSigningSecret: hasSecret),
            sighting(switches: [], isSigned: isSigned)
        )
        #expect(comparison.faults.first == .signedOtherwise)
        #expect(comparison.faults.count == 2)
        #expect(comparison.act == .replace("1"))
    }

    @Test func keepsOneThatTheServiceDoesNotSign() {
        let comparison = compare(known: .init(id: "1", hasSigningSecret: false), sighting(isSigned: false))
        #expect(comparison.isRight)
    }

    @Test func takesDoublesAway() {
        let comparison = compare(sighting(), sighting("2", url: Self.base + "/other"), sighting("3", url: Self.base))
        #expect(comparison.faults == [.doubled(2)])
        #expect(comparison.act == .keep)
        #expect(comparison.surplus == ["2", "3"])
    }

    @Test func tellsNoAddressAndNoSecret() {
        let comparisons = [
            compare(known: nil, sighting("7")), compare(),
            compare(sighting(url: "https://x.example.org", switches: [])),
            compare(sighting(isSigned: false)), compare(sighting(), sighting("2", url: Self.base + "/secret2")),
        ]
        for comparison in comparisons {
            let problem = comparison.problem ?? ""
            #expect(!problem.isEmpty)
            #expect(!problem.contains("://") && !problem.contains("secret2"))
        }
    }
}
