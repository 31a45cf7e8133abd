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
    /// Keys of the settings file that nothing reads.
    let unknownKeys: [String]

    subscript(_ setting: Setting) -> String? {
        let text = values[setting]?.text
        return text?.isEmpty == true ? nil : text
    }

    /// Reads the settings and refuses values that cannot be used.
    ///
    /// - Throws: `Failure` with every problem at once, each naming its setting.
    static func load(options: GlobalOptions) async throws -> CausewaySettings {
        let settings = try await read(options: options)
        let problems = settings.problems
        guard problems.isEmpty else { throw Failure(problems.joined(separator: "\n       ")) }
        return settings
    }

    /// Reads the settings as they are, for `doctor`.
    ///
    /// - Throws: `Failure` when the settings file cannot be read.
    static func read(options: GlobalOptions) async throws -> CausewaySettings {
        let flags: [Setting: String?] = [.data: options.data, .logLevel: options.logLevel]
        let path = options.config ?? "causeway.yaml"
        let exists = FileManager.default.fileExists(atPath: path)
        if options.config != nil, !exists { throw Failure("there is no settings file at \(path)") }
        var file: FileProvider<YAMLSnapshot>?
        var unknown: [String] = []
        if exists {
            do {
                file = try await FileProvider<YAMLSnapshot>(filePath: .init(path))
                unknown = YAMLKeys.paths(in: try String(contentsOfFile: path, encoding: .utf8)).filter { key in
                    !Setting.all.contains { $0.path == key }
                }
            } catch {
                throw Failure("the settings file \(path) cannot be read: \(error)")
            }
        }
        var values: [Setting: Value] = [:]
        for setting in Setting.all {
            if let flag = flags[setting] ?? nil {
                values[setting] = Value(text: flag, origin: .flag)
            } else if let text = ProcessInfo.processInfo.environment[setting.environmentName], !text.isEmpty {
                values[setting] = Value(text: text, origin: .environment)
            } else if let file, let text = Self.text(of: setting, in: ConfigReader(provider: file)) {
                values[setting] = Value(text: text, origin: .file)
            } else {
                values[setting] = Value(text: setting.fallback, origin: .fallback)
            }
        }
        return CausewaySettings(values: values, file: exists ? path : nil, unknownKeys: unknown)
    }

    private static func text(of setting: Setting, in reader: ConfigReader) -> String? {
        let key = ConfigKey(setting.path.split(separator: ".").map(String.init))
        if let text = reader.string(forKey: key) { return text }
        if let number = reader.int(forKey: key) { return String(number) }
        if let flag = reader.bool(forKey: key) { return String(flag) }
        if let texts = reader.stringArray(forKey: key) { return texts.joined(separator: ",") }
        return reader.intArray(forKey: key)?.map(String.init).joined(separator: ",")
    }

    /// What is wrong with the values, each with its setting's name.
    var problems: [String] {
        var found: [String] = []
        for setting in [Setting.clearFlag, .markUndeliverable] where bool(setting) == nil {
            found.append("\(setting.path) is “\(self[setting] ?? "")”; it takes true or false")
        }
        let numbers = [
            Setting.bulk, .walkBudget, .departureSeconds, .confirmSeconds, .baselineSeconds, .additionsSeconds,
        ]
        for setting in numbers where int(setting) == nil {
            found.append("\(setting.path) is “\(self[setting] ?? "")”; it takes a whole number")
        }
        if !(1...604_800).contains(int(.webhookCheckSeconds) ?? 0) {
            let text = self[.webhookCheckSeconds] ?? ""
            found.append("webhooks.checkSeconds is “\(text)”; it takes a whole number of seconds, at most a week")
        }
        if Logger.Level(rawValue: self[.logLevel] ?? "info") == nil {
            found.append("log.level is “\(self[.logLevel] ?? "")”; it takes \(Logger.Level.allCases.map(\.rawValue))")
        }
        if self[.databaseURL] != nil {
            // The address can hold a password.
            found.append("database.url is set; this version keeps its data in SQLite: leave it empty")
        }
        for part in list(.softwareUsers) where Int64(part) == nil {
            found.append("crm.softwareUsers has “\(part)”; it takes user ids")
        }
        return found
    }

    /// Names in the environment that look like settings and are none.
    var unknownEnvironment: [String] {
        // The last ones are read by certs/make-dev-certs and by the tests.
        let known = Set(Setting.all.map(\.environmentName))
            .union(["CAUSEWAY_DEV_CERTS", "CAUSEWAY_SEED", "CAUSEWAY_WORLDS"])
        return ProcessInfo.processInfo.environment.keys.filter { $0.hasPrefix("CAUSEWAY_") && !known.contains($0) }
            .sorted()
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
        (self[setting] ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter {
            !$0.isEmpty
        }
    }

    var dataDirectory: String { self[.data] ?? "./causeway-data" }

    /// `gap.additionsSeconds`.
    var additionsSeconds: Int64 { Int64(int(.additionsSeconds) ?? 900) }

    /// The engine's part of the settings.
    func engineSettings(ownUser: Int64?) -> EngineSettings {
        var settings = EngineSettings()
        settings.clearsFlagOnOptIn = bool(.clearFlag) ?? true
        settings.bulkClearedFlags = int(.bulk) ?? 10
        settings.marksUndeliverable = bool(.markUndeliverable) ?? true
        settings.softwareUsers = Set(list(.softwareUsers).compactMap(Int64.init))
        settings.walkCallsPerDay = Int64(int(.walkBudget) ?? 1_500)
        settings.secondsToConfirm = Int64(int(.confirmSeconds) ?? 180)
        settings.secondsBeforeDeparture = Int64(int(.departureSeconds) ?? 300)
        settings.secondsBeforeBaseline = Int64(int(.baselineSeconds) ?? 86_400)
        settings.secondsUntilAdditionsWait = additionsSeconds
        settings.breaker = Breaker(
            rows: int(.breakerRows) ?? 200,
            percent: self[.breakerShare].flatMap { Int($0.filter(\.isNumber)) } ?? 5
        )
        settings.ownUser = ownUser
        return settings
    }
}
