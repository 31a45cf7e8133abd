/// How the filters of a call combine: the value of `_fm` (workbooks.md §3.5).
indirect enum WorkbooksFilterExpression: Sendable {
    /// The filter at this position, counted from 0.
    case filter(Int)
    case not(WorkbooksFilterExpression)
    case and([WorkbooksFilterExpression])
    case or([WorkbooksFilterExpression])
    case exclusiveOr(WorkbooksFilterExpression, WorkbooksFilterExpression)

    /// Reads `and`, `or` or an expression with filter numbers, `NOT`/`!`, `AND`, `XOR`, `OR` and parentheses.
    ///
    /// - Returns: nil when the text is none of these or names a filter that does not exist.
    static func read(_ text: String?, filters count: Int) -> WorkbooksFilterExpression? {
        let all = (0..<count).map { WorkbooksFilterExpression.filter($0) }
        switch text?.lowercased().split(separator: " ").joined(separator: " ") {
        case nil, "", "and": return .and(all)
        case "or": return .or(all)
        default:
            guard let tokens = tokens(text ?? "") else { return nil }
            var parser = Parser(tokens: tokens, count: count)
            guard let expression = parser.disjunction(), parser.position == tokens.count else { return nil }
            return expression
        }
    }

    private enum Token: Equatable { case number(Int), not, and, or, exclusiveOr, open, close }

    private static func tokens(_ text: String) -> [Token]? {
        var tokens: [Token] = []
        var rest = Substring(text)
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if first.isNumber {
                let digits = rest.prefix { $0.isNumber }
                guard let number = Int(digits) else { return nil }
                tokens.append(.number(number))
                rest.removeFirst(digits.count)
            } else if first.isLetter {
                let word = rest.prefix { $0.isLetter }
                switch word.lowercased() {
                case "not": tokens.append(.not)
                case "and": tokens.append(.and)
                case "or": tokens.append(.or)
                case "xor": tokens.append(.exclusiveOr)
                default: return nil
                }
                rest.removeFirst(word.count)
            } else {
                switch first {
                case "!": tokens.append(.not)
                case "(": tokens.append(.open)
                case ")": tokens.append(.close)
                default: return nil
                }
                rest.removeFirst()
            }
        }
        return tokens
    }

    /// Recursive descent; NOT binds closest, then AND, XOR and OR.
    private struct Parser {
        let tokens: [Token]
        let count: Int
        var position = 0

        mutating func disjunction() -> WorkbooksFilterExpression? {
            guard var parts = exclusive().map({ [$0] }) else { return nil }
            while take(.or) {
                guard let next = exclusive() else { return nil }
                parts.append(next)
            }
            return parts.count == 1 ? parts[0] : .or(parts)
        }

        private mutating func exclusive() -> WorkbooksFilterExpression? {
            guard var left = conjunction() else { return nil }
            while take(.exclusiveOr) {
                guard let right = conjunction() else { return nil }
                left = .exclusiveOr(left, right)
            }
            return left
        }

        private mutating func conjunction() -> WorkbooksFilterExpression? {
            guard var parts = operand().map({ [$0] }) else { return nil }
            while take(.and) {
                guard let next = operand() else { return nil }
                parts.append(next)
            }
            return parts.count == 1 ? parts[0] : .and(parts)
        }

        private mutating func operand() -> WorkbooksFilterExpression? {
            if take(.not) { return operand().map { .not($0) } }
            if take(.open) {
                guard let inner = disjunction(), take(.close) else { return nil }
                return inner
            }
            guard position < tokens.count, case .number(let number) = tokens[position], (1...max(count, 1)) ~= number,
                count > 0
            else { return nil }
            position += 1
            return .filter(number - 1)
        }

        private mutating func take(_ token: Token) -> Bool {
            guard position < tokens.count, tokens[position] == token else { return false }
            position += 1
            return true
        }
    }
}
