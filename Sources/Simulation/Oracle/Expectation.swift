/// What must hold once the world has come to rest after an act.
struct Expectation {
    /// What is wrong when it does not.
    var otherwise: String
    var holds: (World) throws -> Bool
}

extension World {
    /// Notes what an act must have come to at the next rest; only calm worlds know.
    func expect(_ otherwise: String, _ holds: @escaping (World) throws -> Bool) {
        if plan.isCalm { expectations.append(Expectation(otherwise: otherwise, holds: holds)) }
    }

    /// Looks at what the acts since the last rest have come to.
    func checkExpectations() throws {
        for expectation in expectations where try !expectation.holds(self) { history.wrong(expectation.otherwise) }
        expectations = []
    }
}
