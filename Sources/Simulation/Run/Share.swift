/// Which of many lives a process lives: processes get in each other's way less than threads do.
package struct Share: Sendable {
    package var number: Int
    package var of: Int

    package static let whole = Share(number: 0, of: 1)

    package init(number: Int, of: Int) {
        precondition(of > 0 && (0..<of).contains(number), "there is no such share")
        self.number = number
        self.of = of
    }

    /// Whether the life with a number is one of the share's.
    func has(_ life: some BinaryInteger) -> Bool { Int(life) % of == number }
}
