import Bridge
import Configuration
import Foundation
import Logging
import Reconciliation
import SystemPackage

/// The settings of one run: flag over environment over `causeway.yaml` over default, each with its origin.
struct CausewaySettings: Sendable {
    /// Where a value came from.
    enum Origin: String, Sendable {
        case flag, environment, file, fallback = "default"
    }

    struct Value: Sendable {
        var text: String?
        var origin: Origin
    }

    private(set) var values: [Setting: Value]
    /// The settings file that was read; nil when there was none.
    let file: String?

    subscript(_ setting: Setting) -> String? {
        let text = values[setting]?.text
        return text?.isEmpty == true ? nil : text
    }

    /// Reads the settings.
    ///
    /// - Throws: `Failure` with every problem at once, each naming its setting.
    static func load(options: GlobalOptions) async throws -> CausewaySettings {
        let flags: [Setting: String?] = [.data: options.data, .logLevel: options.logLevel]
        let path = options.config ?? "causeway.yaml"
        let exists = FileManager.default.fileExists(atPath: path)
        if options.config != nil, !exists { throw Failure("there is no settings file at \(path)") }
        var file: FileProvider<YAMLSnapshot>?
        if exists {
            do { file = try await FileProvider<YAMLSnapshot>(filePath: .init(path)) } catch {
                throw Failure("the settings file \(path) cannot be read: \(error)")
            }
        }
        var values: [Setting: Value] = [:]
        for setting in Setting.all {
            if let flag = flags[setting] ?? nil {
                values[setting] = Value(text: flag, origin: .flag)
            } else if let text = ProcessInfo.processInfo.environment[setting.environmentName] {
                values[setting] = Value(text: text, origin: .environment)
            } else if let file, let text = Self.text(of: setting, in: ConfigReader(provider: file)) {
                values[setting] = Value(text: text, origin: .file)
            } else {
                values[setting] = Value(text: setting.fallback, origin: .fallback)
            }
        }
        let settings = CausewaySettings(values: values, file: exists ? path : nil)
        let problems = settings.problems
        guard problems.isEmpty else { throw Failure(problems.joined(separator: "\n       ")) }
        return settings
    }

    private static func text(of setting: Setting, in reader: ConfigReader) -> String? {
        let key = ConfigKey(setting.path.split(separator: ".").map(String.init))
        if let text = reader.string(forKey: key) { return text }
        if let number = reader.int(forKey: key) { return String(number) }
        if let flag = reader.bool(forKey: key) { return String(flag) }
        return reader.stringArray(forKey: key)?.joined(separator: ",")
    }

    /// What is wrong with the values, each with its setting's name.
    private var problems: [String] {
        var found: [String] = []
        for setting in [Setting.clearFlag, .markUndeliverable] where bool(setting) == nil {
            found.append("\(setting.path) is “\(self[setting] ?? "")”; it takes true or false")
        }
        for setting in [Setting.bulk, .walkBudget] where int(setting) == nil {
            found.append("\(setting.path) is “\(self[setting] ?? "")”; it takes a whole number")
        }
        if Logger.Level(rawValue: self[.logLevel] ?? "info") == nil {
            found.append("log.level is “\(self[.logLevel] ?? "")”; it takes \(Logger.Level.allCases.map(\.rawValue))")
        }
        if let url = self[.databaseURL] {
            found.append("database.url is “\(url)”; this version keeps its data in SQLite: leave it empty")
        }
        for part in list(.softwareUsers) where Int64(part) == nil {
            found.append("crm.softwareUsers has “\(part)”; it takes user ids")
        }
        return found
    }

    func bool(_ setting: Setting) -> Bool? {
        switch self[setting]?.lowercased() {
        case "true", "yes", "on", "1": true
        case "false", "no", "off", "0": false
        default: nil
        }
    }

    func int(_ setting: Setting) -> Int? { self[setting].flatMap(Int.init) }

    func list(_ setting: Setting) -> [String] {
        (self[setting] ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    var dataDirectory: String { self[.data] ?? "./causeway-data" }

    /// The engine's part of the settings.
    func engineSettings(ownUser: Int64?) -> EngineSettings {
        var settings = EngineSettings()
        settings.clearsFlagOnOptIn = bool(.clearFlag) ?? true
        settings.bulkClearedFlags = int(.bulk) ?? 10
        settings.marksUndeliverable = bool(.markUndeliverable) ?? true
        settings.softwareUsers = Set(list(.softwareUsers).compactMap(Int64.init))
        settings.walkCallsPerDay = Int64(int(.walkBudget) ?? 1_500)
        settings.ownUser = ownUser
        return settings
    }
}
