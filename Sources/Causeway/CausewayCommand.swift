import ArgumentParser

/// The root of the command line (design §8).
struct CausewayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "causeway",
        abstract: "Keeps Workbooks CRM campaigns and email lists telling the same truth about who has opted out.",
        discussion: """
            Connect both sides, link campaigns, then serve:

              causeway connect workbooks --url https://secure.workbooks.com --api-key-file key
              causeway connect constant-contact --client-id ID --client-secret-file F --refresh-token-file F
              causeway campaigns
              causeway link CAMP-1042 --to constant-contact
              causeway serve

            Exit status: 0 done, 1 failed, 2 wrong use, 3 done in part (something is held or parked).
            """,
        version: "0.1.0",
        subcommands: [
            ServeCommand.self, ConnectCommand.self, CampaignsCommand.self, LinkCommand.self, SyncCommand.self,
            StatusCommand.self, SandboxCommand.self, DemoCommand.self,
            UnlinkCommand.self, MapCommand.self, PlanCommand.self, ApplyCommand.self, WhyCommand.self,
            OptOutsCommand.self, ReportCommand.self, HoldsCommand.self, ParkedCommand.self, InboxCommand.self,
            WebhooksCommand.self,
            DoctorCommand.self,
            LedgerCommand.self, EraseCommand.self, BackupCommand.self, RestoreCommand.self,
        ]
    )
}
