import ArgumentParser
import Foundation

/// The entry point: runs the command that was asked for and turns what happened into the documented exit status.
///
/// 0 done, 1 failed, 2 wrong use, 3 done in part (something is held or parked).
@main
struct Main {
    static func main() async {
        do {
            var command = try CausewayCommand.parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let status as ExitStatus {
            exit(status.code)
        } catch {
            let code = CausewayCommand.exitCode(for: error)
            if code == .success {
                // Help and version were asked for.
                print(CausewayCommand.fullMessage(for: error))
                exit(0)
            }
            if code == .validationFailure {
                Console.error(CausewayCommand.fullMessage(for: error))
                exit(2)
            }
            Console.error("error: \(ErrorText.of(error))")
            exit(1)
        }
    }
}

/// An end with a status of its own, after everything was said.
struct ExitStatus: Error {
    var code: Int32
    static let failed = ExitStatus(code: 1)
    static let wrongUse = ExitStatus(code: 2)
    static let partial = ExitStatus(code: 3)
}
