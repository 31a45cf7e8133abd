import Bridge
import ConstantContact
import Reconciliation
import Sandbox
import Testing

@Suite struct ListAndFieldTests {
    @Test func createsAndReadsLists() async throws {
        try await withWorld { world in
            let name = "Früh\"jahr\\ 2026\t[CAMP-1042]"
            let created = try await world.client.createList(named: name, description: "Workbooks campaign CAMP-1042")
            #expect(created.name == name)
            #expect(try await world.client.lists() == [created])
        }
    }

    @Test func readsEveryPageOfLists() async throws {
        try await withWorld { world in
            for number in 0..<501 { _ = try await world.client.createList(named: "List \(number)", description: "") }
            #expect(try await world.client.lists().count == 501)
            #expect(world.calls("GET /v3/contact_lists") == 2)
        }
    }

    @Test func namesTheListThatHasTheName() async throws {
        try await withWorld { world in
            let first = try await world.client.createList(named: "Spring & Summer + more", description: "")
            let error = try await failure {
                try await world.client.createList(named: "Spring & Summer + more", description: "")
            }
            #expect(error.code == .conflict(existing: first.id.rawValue))
        }
    }

    @Test func doesNotCreateAListTwiceWhenAnAnswerIsLost() async throws {
        for fault in ["reset-after", "truncated"] {
            try await withWorld { world in
                try world.fault(#"{"kind":"\#(fault)","method":"POST","path":"contact_lists"}"#)
                let error = try await failure { try await world.client.createList(named: "Spring", description: "") }
                #expect(error.code == .unknownOutcome)
                #expect(world.calls("POST /v3/contact_lists") == 1)
                #expect(try await world.client.lists().map(\.name) == ["Spring"])
            }
        }
    }

    @Test func renamesAListAndKeepsTheRestOfIt() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "About spring")
            try await world.control("rename-list", #"{"list_id":"\#(list.id)","name":"Meddled"}"#)
            try await world.client.renameList(list.id, to: "Spring")
            #expect(try await world.client.lists() == [list])

            try await world.client.renameList(list.id, to: "Spring")
            #expect(world.calls("PUT /v3/contact_lists/{id}") == 1)
        }
    }

    @Test func saysWhichListIsInTheWayOfARenaming() async throws {
        try await withWorld { world in
            let spring = try await world.client.createList(named: "Spring", description: "")
            let autumn = try await world.client.createList(named: "Autumn", description: "")
            let refusal = try await failure { try await world.client.renameList(autumn.id, to: "Spring") }
            #expect(refusal.code == .conflict(existing: spring.id.rawValue))
            #expect(refusal.status == 400)

            try world.fault(#"{"kind":"status","status":409,"method":"PUT"}"#)
            let conflict = try await failure { try await world.client.renameList(autumn.id, to: "Spring") }
            #expect(conflict.code == .conflict(existing: spring.id.rawValue))
        }
    }

    @Test func doesNotTakeARefusalForAConflict() async throws {
        try await withWorld { world async throws in
            try world.fault(#"{"kind":"status","status":400,"method":"POST","path":"contact_lists"}"#)
            let error = try await failure { try await world.client.createList(named: "Spring", description: "") }
            #expect(error.code == .refused)
        }
    }

    @Test(arguments: [0, 256])
    func sendsNoNameThatTheServiceWouldRefuse(length: Int) async throws {
        try await withWorld { world in
            let name = String(repeating: "x", count: length)
            let creation = try await failure { try await world.client.createList(named: name, description: "") }
            #expect(creation.code == .refused)
            let renaming = try await failure { try await world.client.renameList(ListID("l"), to: name) }
            #expect(renaming.code == .refused)
            #expect(world.calls == 0)
        }
    }

    @Test func saysThatAListIsGone() async throws {
        try await withWorld { world in
            let list = try await world.client.createList(named: "Spring", description: "")
            try await world.control("delete-list", #"{"list_id":"\#(list.id)"}"#)
            #expect(try await failure { try await world.client.renameList(list.id, to: "X") }.code == .notFound)
            #expect(try await world.client.lists().isEmpty)
        }
    }

    @Test func createsAFieldAndReadsItsNameBack() async throws {
        try await withWorld { world in
            let field = try await world.client.createField(labelled: "Workbooks ID")
            #expect(field.label == "Workbooks ID")
            #expect(field.name == "Workbooks_ID")
            #expect(field.dataType == "string")
            #expect(field.maximumLength == 255)
            #expect(try await world.client.fields() == [field])
        }
    }

    @Test func adoptsTheFieldOfThatLabel() async throws {
        try await withWorld { world in
            let first = try await world.client.createField(labelled: "Workbooks ID")
            #expect(try await world.client.createField(labelled: "Workbooks ID") == first)
        }
    }

    @Test func findsTheFieldWhoseCreationWasNotAnswered() async throws {
        try await withWorld { world in
            try world.fault(#"{"kind":"reset-after","method":"POST","path":"custom_fields"}"#)
            #expect(try await world.client.createField(labelled: "Level").name == "Level")
            #expect(world.calls("POST /v3/contact_custom_fields") == 1)
        }
    }

    @Test func refusesALabelThatIsTooLong() async throws {
        try await withWorld { world async throws in
            let label = String(repeating: "x", count: 51)
            #expect(try await failure { try await world.client.createField(labelled: label) }.code == .refused)
            #expect(world.calls == 0)
        }
    }
}
