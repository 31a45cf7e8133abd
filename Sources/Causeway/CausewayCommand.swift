import ArgumentParser
import Configuration

@main
struct CausewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "causeway")
}
