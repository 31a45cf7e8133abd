import Logging
import Reconciliation
import Store

extension Engine {
    /// Takes note, once, that the database was put back from a backup: each account has a gap from the backup's last
    /// reading on, its next reading is a baseline, and every provider account is walked anew (design §3).
    func takeRestore(at now: Timestamp, in connection: any SQLConnection) throws {
        guard let restored = try Settings.text(SettingName.restoredAt, on: connection) else { return }
        for account in try Accounts.all(on: connection) {
            if account.role == .provider {
                try Cursors.remove(source: CursorName.baseline, account: account.name, on: connection)
            }
            for kind in CoverageGap.Kind.allCases {
                guard let source = try Coverage.source(kind, of: account.name, in: connection) else { continue }
                try Coverage.open(
                    CoverageGap(
                        account: account.name,
                        kind: kind,
                        cause: .restored,
                        beganAt: source.tickAt,
                        isBaseline: kind == .poll,
                        needsWalk: kind == .poll && account.role == .provider
                    ),
                    in: connection
                )
            }
        }
        for link in try Links.all(in: connection) {
            // Every member is scanned, read and decided again at the link's next run.
            try Settings.set(SettingName.rereadsRecords(link.id), to: "0", on: connection)
        }
        try Links.makeDue(campaign: nil, at: now, in: connection)
        try Settings.set(SettingName.restoredAt, to: nil, on: connection)
        logger.notice("the database was restored; everything is read anew", metadata: ["restored": "\(restored)"])
    }

    /// After a restore, what stands at the providers is read before the CRM: a flag of Causeway's own then has the
    /// opt-out that explains it.
    ///
    /// An account that cannot be read now keeps nobody from reading the CRM: flags that nothing explains are opt-outs.
    func readBaselinesFirst() async throws {
        for account in providerAccounts {
            do { try await readBaseline(of: account) } catch let error as PortError {
                logger.warning(
                    "an account cannot be walked before the CRM is read",
                    metadata: ["account": "\(account)", "error": "\(error)"]
                )
            }
        }
    }

    /// After a restore, whoever is on a managed list without the backup's knowing it, and is or was a member of its
    /// campaign, was put there by Causeway: they are not taken for strangers.
    ///
    /// Called after each side's first reading, since either can be the last.
    func claimMemberships(in connection: any SQLConnection) throws {
        let recorder = recorder(through: "restore")
        for account in providerAccounts {
            let links = try Links.of(account, in: connection)
            var claimed: [Address] = []
            for link in links {
                guard let list = link.list else { continue }
                claimed += try Contacts.claim(
                    list,
                    account: account,
                    membersOf: [link.campaign],
                    at: recorder.now,
                    in: connection
                )
            }
            if let master = try Links.master(of: account, in: connection) {
                let campaigns = links.map(\.campaign)
                claimed += try Contacts.claim(
                    master,
                    account: account,
                    membersOf: campaigns,
                    at: recorder.now,
                    in: connection
                )
            }
            for address in claimed {
                try recorder.markEverywhere(address, lane: .removals, reason: "restore", in: connection)
            }
        }
    }
}
