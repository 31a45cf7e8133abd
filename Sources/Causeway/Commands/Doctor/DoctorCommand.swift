import ArgumentParser
import Bridge
import Reconciliation
import Store

/// Looks at everything that can be wrong and says what to do about it.
///
/// Exit status 1 when something is wrong; notes do not count. `--json`: one document
/// `{"ok","settings":[{"name","environment","value","origin","meaning"}],"findings":[{"level","subject","text"}],
/// "webhooks":[{"account","url"}]}`. `origin` is `flag`, `environment`, `file` or `default`; `level` is `ok`, `note` or
/// `problem`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check settings, certificates, files, credentials and the database.",
        discussion: "Exit status 1 when something is wrong; each finding says what to do."
    )

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let settings = try await CausewaySettings.read(options: options)
        var examination = Examination(settings: settings)
        examination.examineSettings()
        examination.examineCertificates()
        var urls: [Document.Webhook] = []
        if examination.examineFiles() {
            do {
                let wiring = try await Wiring.open(settings)
                await examination.examineStore(wiring)
                urls = try await webhooks(wiring)
            } catch {
                examination.problem("data directory", ErrorText.of(error))
            }
        }
        let document = Document(settings: settings, findings: examination.findings, webhooks: urls)
        if options.json { try JSONOutput.print(document) } else { show(document) }
        if !document.ok { throw ExitStatus.failed }
    }

    private func webhooks(_ wiring: Wiring) async throws -> [Document.Webhook] {
        let accounts = try await wiring.store.database.read { try Accounts.all(on: $0) }
        return accounts.map { account in
            let path = "/webhooks/\(account.kind)/\(account.name)"
            return Document.Webhook(
                account: account.name.rawValue,
                url: wiring.settings.webhookURL(of: account) ?? "https://THIS-HOST\(path)"
            )
        }
    }

    private func show(_ document: Document) {
        var settings = Table(["SETTING", "ENVIRONMENT", "VALUE", "ORIGIN"])
        for row in document.settings { settings.add([row.name, row.environment, row.value ?? "-", row.origin]) }
        settings.print()
        Console.line()
        for finding in document.findings {
            Console.line("\(finding.level.rawValue.padded(to: 7))  \(finding.subject): \(finding.text)")
        }
        if !document.webhooks.isEmpty {
            Console.line()
            for webhook in document.webhooks { Console.line("webhooks of \(webhook.account) go to \(webhook.url)") }
        }
        let count = document.findings.count { $0.level == .problem }
        Console.line()
        Console.line(count == 0 ? "nothing is wrong" : "\(count) to put right")
    }

    private struct Document: Encodable {
        struct Webhook: Encodable {
            var account: String
            var url: String
        }

        struct SettingRow: Encodable {
            var name: String
            var environment: String
            var value: String?
            var origin: String
            var meaning: String

            private enum CodingKeys: String, CodingKey { case name, environment, value, origin, meaning }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(name, forKey: .name)
                try container.encode(environment, forKey: .environment)
                try container.encode(value, forKey: .value)
                try container.encode(origin, forKey: .origin)
                try container.encode(meaning, forKey: .meaning)
            }
        }

        var ok: Bool
        var settings: [SettingRow]
        var findings: [Finding]
        var webhooks: [Webhook]

        init(settings: CausewaySettings, findings: [Finding], webhooks: [Webhook]) {
            ok = !findings.contains { $0.level == .problem }
            self.settings = Setting.all.map { setting in
                let value = settings.values[setting]
                let isHidden = setting.isSecret && settings[setting] != nil
                return SettingRow(
                    name: setting.path,
                    environment: setting.environmentName,
                    value: isHidden ? "(hidden)" : settings[setting],
                    origin: (value?.origin ?? .fallback).rawValue,
                    meaning: setting.meaning
                )
            }
            self.findings = findings
            self.webhooks = webhooks
        }
    }
}

extension String {
    /// The text with blanks behind it up to a width.
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
