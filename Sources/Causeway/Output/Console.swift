import Foundation

/// What a command says to people, on standard output and standard error.
enum Console {
    /// A line of the answer.
    static func line(_ text: String = "") {
        write(text + "\n", to: .standardOutput)
    }

    /// A line about what went wrong or needs attention.
    static func error(_ text: String) {
        write(text + "\n", to: .standardError)
    }

    /// Text without an end of line, such as a progress bar.
    static func raw(_ text: String) {
        write(text, to: .standardOutput)
    }

    /// Whether somebody watches standard output.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether somebody can answer a question.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isTerminal }

    /// Asks a question that is answered by yes or no; anything else is no.
    static func confirms(_ question: String) -> Bool {
        raw("\(question) [y/N] ")
        guard let answer = readLine()?.lowercased() else { return false }
        return answer == "y" || answer == "yes"
    }

    private static func write(_ text: String, to handle: FileHandle) {
        do { try handle.write(contentsOf: Data(text.utf8)) } catch {
            // The reader has gone, as in a pipe into head: there is nobody left to tell.
            exit(1)
        }
    }
}

/// Errors as a sentence for people.
enum ErrorText {
    static func of(_ error: any Error) -> String {
        if let described = error as? any CustomStringConvertible { return described.description }
        return String(describing: error)
    }
}

/// A command cannot go on: what happened and what to do.
struct Failure: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
