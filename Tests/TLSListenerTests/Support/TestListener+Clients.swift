import Foundation

extension TestListener {
    func url(_ path: String) -> String {
        "https://localhost:\(port)\(path)"
    }

    /// Calls with curl, which trusts the authority.
    func curl(_ authority: TestAuthority, _ arguments: [String], input: Data = Data()) async throws -> Command.Outcome {
        try await Command.run(
            [
                "curl", "--silent", "--show-error", "--cacert", authority.certificate, "--resolve",
                "localhost:\(port):127.0.0.1",
            ]
                + arguments,
            input: input
        )
    }

    /// Talks with `openssl s_client`, which trusts the authority and stays until the listener closes.
    func openssl(
        _ authority: TestAuthority,
        _ arguments: String,
        request: String = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    ) async throws -> Command.Outcome {
        try await Command.run(
            ["openssl", "s_client", "-connect", "127.0.0.1:\(port)", "-CAfile", authority.certificate, "-ign_eof"]
                + arguments.split(separator: " ").map(String.init),
            input: Data(request.utf8)
        )
    }

    /// Talks with `openssl s_client`, which sends what a line of shell prints, when it prints it.
    func openssl(_ authority: TestAuthority, sending line: String) async throws -> (Command.Outcome, Duration) {
        let begun = ContinuousClock.now
        let outcome = try await Command.shell(
            "(\(line)) | openssl s_client -connect 127.0.0.1:\(port) -CAfile '\(authority.certificate)' -quiet"
        )
        return (outcome, ContinuousClock.now - begun)
    }
}
