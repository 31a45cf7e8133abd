extension ConstantContactAPI {
    func accountSummary() -> SandboxResponse {
        var writer = writer()
        writer.object {
            $0.field("contact_email", "owner@example.org")
            $0.field("country_code", "GB")
            $0.field("encoded_account_id", account.id)
            $0.field("first_name", "Olive")
            $0.field("last_name", "Owner")
            $0.field("organization_name", "Sandbox of \(account.id)")
            $0.field("time_zone_id", "Europe/London")
            $0.field("website", "https://example.org")
            writeUnknown(to: &$0)
        }
        return .json(writer.text)
    }

    func userPrivileges() -> SandboxResponse {
        let all = [
            "contacts:read", "contacts:write", "contacts:lists:read", "contacts:lists:write", "campaign:read",
            "ui:campaign:metrics",
        ]
        var writer = writer()
        writer.array(all.enumerated().filter { !options.missingPrivileges.contains($0.element) }) { writer, entry in
            writer.object {
                $0.field("privilege_id", entry.offset + 1)
                $0.field("privilege_name", entry.element)
            }
        }
        return .json(writer.text)
    }
}
