import Crypto
import Foundation
import Reconciliation
import Store

/// Makes the evidence of what was read: a reference and the SHA-256 of a canonical text.
enum Evidence {
    static func record(_ record: CRMRecord) -> Ledger.Evidence {
        make(
            "\(record.id) at lock version \(record.lockVersion)",
            "\(record.id)|\(record.lockVersion)|\(record.updatedAt.milliseconds)|\(record.isOptedOut)|"
                + "\(record.addresses.map(\.text).joined(separator: ","))"
        )
    }

    static func contact(_ contact: ProviderContact, account: AccountID) -> Ledger.Evidence {
        make(
            "contact \(contact.id) of \(account)",
            "\(account)|\(contact.id)|\(contact.address?.text ?? "")|\(contact.permission.text)|"
                + "\(contact.optOutAt?.milliseconds ?? 0)|\(contact.optInAt?.milliseconds ?? 0)|"
                + "\(contact.optOutReason ?? "")"
        )
    }

    static func delivery(_ id: Int64, digest: [UInt8]) -> Ledger.Evidence {
        Ledger.Evidence(reference: "inbox \(id)", digest: hexadecimal(digest))
    }

    private static func make(_ reference: String, _ text: String) -> Ledger.Evidence {
        Ledger.Evidence(reference: reference, digest: hexadecimal(Array(SHA256.hash(data: Data(text.utf8)))))
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
