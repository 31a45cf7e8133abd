/// What became of one step: expected and found on both sides.
struct DemoResult: Sendable {
    /// The rules of the design that it exercised.
    var rules: String
    var title: String
    var expectedInCRM: String
    var foundInCRM: String
    var expectedAtProvider: String
    var foundAtProvider: String
    /// What differs, item by item; empty when both sides hold what they should.
    var differences: [String]
    /// The provider that was looked at.
    var provider = "Constant Contact"

    var isGood: Bool { differences.isEmpty }
}

extension DemoFacts {
    /// Only what concerns these.
    func restricted(to scope: DemoScope) -> DemoFacts {
        var facts = DemoFacts()
        for key in scope.records { facts.records[key] = records[key] }
        for id in scope.members { facts.members[id] = members[id] }
        for address in scope.addresses { facts.contacts[address] = contacts[address] }
        return facts
    }
}
