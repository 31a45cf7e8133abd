/// Why a decision on a hold was not taken, for its operator.
package struct HoldProblem: Error, Sendable, CustomStringConvertible {
    package var text: String
    package var description: String { text }

    package init(_ text: String) { self.text = text }
}
