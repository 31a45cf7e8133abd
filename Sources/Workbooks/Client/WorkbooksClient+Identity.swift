import Bridge
import Foundation
import NIOCore
import Reconciliation

extension WorkbooksClient {
    /// Tries the key, says which database it selects, and checks that the database has what the bridge needs.
    ///
    /// The database is known by its `database_instance_id`, which a login with the key tells (workbooks.md §2.2). Where
    /// the service gives no login to an API key, the same number is read from the link of a record.
    ///
    /// - Throws: `PortError` with `forbidden` that names every attribute of workbooks.md §9 that is missing.
    package func identify() async throws -> CRMIdentity {
        let identity: CRMIdentity
        if let known = try await identityByLogin() {
            identity = known
        } else {
            identity = try await identityByLink()
        }
        let shortcomings = try await readSchema().shortcomings
        guard shortcomings.isEmpty else {
            throw PortError(
                .forbidden,
                operation: "check the database",
                detail: "the database does not have, or the key's user may not see, what Causeway needs: "
                    + shortcomings.joined(separator: "; ")
            )
        }
        return identity
    }

    /// - Returns: nil when the service refuses a login as such, not the key.
    private func identityByLogin() async throws -> CRMIdentity? {
        var parameters = FormBody()
        parameters.add("_fast_login", "1")
        let call = WorkbooksCall(kind: .login, endpoint: "login.api", parameters: parameters, operation: "log in")
        do {
            let login = try await transport.perform(call) { body in
                try JSONDecoder().decode(LoginAnswer.self, from: Data(body.readableBytesView))
            }
            return login.databaseID.map { id in
                CRMIdentity(databaseID: String(id), databaseName: login.databaseName, userID: login.userID)
            }
        } catch let error as PortError
            where [404, 405, 406, 501].contains(error.status) || error.code == .unreadableAnswer
        {
            return nil
        }
    }

    private func identityByLink() async throws -> CRMIdentity {
        let operation = "find the database's id"
        for resource in [Resource.campaigns, .people, .leads] {
            var query = ListQuery(resource: resource, columns: ["id", "object_url"])
            query.limit = 1
            guard let link = try await rows(query, as: LinkRow.self, operation: operation).first?.link,
                let id = DatabaseReference.instanceID(fromLink: link)
            else { continue }
            let host = URLComponents(string: link)?.host ?? ""
            return CRMIdentity(databaseID: String(id), databaseName: host, userID: nil)
        }
        throw PortError(
            .refused,
            operation: operation,
            detail: "Workbooks gives no login to the key, and no record has a link that shows the database's id"
        )
    }
}

/// The answer to a login, as far as it is needed.
private struct LoginAnswer: Decodable {
    var databaseID: Int64?
    var databaseName: String
    var userID: Int64?

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ColumnKey.self)
        databaseID = try container.integer("database_instance_id")
        databaseName = try container.text("database_name") ?? ""
        userID = try container.integer("user_id")
    }
}

/// The link of a record.
private struct LinkRow: Decodable {
    var link: String

    init(from decoder: any Decoder) throws {
        link = try decoder.container(keyedBy: ColumnKey.self).text("object_url") ?? ""
    }
}
