"""Drives a simulated Mailchimp with the official client `mailchimp-marketing`, as its documentation shows.

usage: drive.py BASE-URL API-KEY AUDIENCE HOOK-URL

Prints what was not as mailchimp.md says, a line each, and ends with 1 if there was anything.
"""

import hashlib
import io
import json
import sys
import tarfile
import time

import mailchimp_marketing
import requests
from mailchimp_marketing.api_client import ApiClientError

base, key, audience, hook_url = sys.argv[1:]
wrong = []


def client(**config):
    """A client of the simulated service; `server` is what the real client makes the host of."""
    made = mailchimp_marketing.Client()
    made.set_config(config)
    made.api_client.host = base + "/3.0"
    return made


def same(what, got, wanted):
    if got != wanted:
        wrong.append(f"{what}: {got!r} instead of {wanted!r}")


def true(what, holds, got=None):
    if not holds:
        wrong.append(f"{what}: {got!r}")


def refused(what, status, title, call):
    """The problem document of a call that has to be refused; the client gives it as text."""
    try:
        answer = call()
    except ApiClientError as error:
        same(what + ", status", error.status_code, status)
        true(what + ", text", isinstance(error.text, str), error.text)
        document = json.loads(error.text)
        same(what + ", title", document.get("title"), title)
        same(what + ", status in the document", document.get("status"), status)
        missing = {"type", "title", "status", "detail", "instance"} - set(document)
        true(what + ", keys that are missing", not missing, missing)
        return document
    wrong.append(f"{what}: was not refused: {answer!r}")
    return {}


def subscriber_hash(address):
    return hashlib.md5(address.lower().encode()).hexdigest()


mailchimp = client(api_key=key)
ann = "Ann.Lee@Example.com"
ann_hash = subscriber_hash(ann)


def account():
    same("ping", mailchimp.ping.get(), {"health_status": "Everything's Chimpy!"})
    root = mailchimp.root.get_root()
    for name in ["account_id", "role", "account_timezone", "pricing_plan_type", "total_subscribers"]:
        true(f"root, {name}", name in root, root)
    same("root by a token", client(access_token=key).root.get_root()["account_id"], root["account_id"])
    short = mailchimp.root.get_root(fields=["account_id", "role"])
    same("root, fields", sorted(short), ["account_id", "role"])
    refused("a key that is wrong", 401, "API Key Invalid", lambda: client(api_key="0" * 32 + "-us6").ping.get())


def audiences():
    one = mailchimp.lists.get_list(audience)
    same("audience, id", one["id"], audience)
    true("audience, double_optin", isinstance(one["double_optin"], bool), one)
    true("audience, marketing_permissions", isinstance(one["marketing_permissions"], bool), one)
    true("audience, stats", isinstance(one["stats"]["member_count"], int), one)
    every = mailchimp.lists.get_all_lists()
    true("audiences", audience in [found["id"] for found in every["lists"]], every)
    same("audiences, total", every["total_items"], len(every["lists"]))
    refused("an audience that is none", 404, "Resource Not Found", lambda: mailchimp.lists.get_list("ffffffffff"))


def merge_fields():
    before = mailchimp.lists.get_list_merge_fields(audience, count=1000)
    tags = [field["tag"] for field in before["merge_fields"]]
    true("merge fields", "FNAME" in tags and "LNAME" in tags, tags)
    same("merge fields, total", before["total_items"], len(tags))
    field = {"tag": "WBID", "name": "Workbooks id", "type": "text", "public": False}
    made = mailchimp.lists.add_list_merge_field(audience, field)
    same("a new merge field", (made["tag"], made["type"], made["public"]), ("WBID", "text", False))
    true("a new merge field, id", isinstance(made["merge_id"], int), made)
    long = {"tag": "ELEVENCHARS", "name": "Long", "type": "text"}
    refused(
        "a tag of eleven characters", 400, "Invalid Resource",
        lambda: mailchimp.lists.add_list_merge_field(audience, long),
    )


def members():
    body = {
        "email_address": ann,
        "status_if_new": "subscribed",
        "merge_fields": {"FNAME": "Ann", "LNAME": "Lee", "WBID": "10432"},
    }
    made = mailchimp.lists.set_list_member(audience, ann_hash, body, skip_merge_validation=True)
    same("a new member", (made["id"], made["status"], made["email_address"]), (ann_hash, "subscribed", ann))
    same("a new member, fields", made["merge_fields"]["WBID"], "10432")
    true("a new member, ids", len(made["unique_email_id"]) == 10 and isinstance(made["web_id"], int), made)
    same("a new member, tags", (made["tags_count"], made["tags"]), (0, []))

    changed = mailchimp.lists.update_list_member(audience, ann_hash, {"merge_fields": {"FNAME": "Anne"}})
    same("a changed member", (changed["merge_fields"]["FNAME"], changed["merge_fields"]["LNAME"]), ("Anne", "Lee"))
    out = mailchimp.lists.update_list_member(audience, ann_hash, {"status": "unsubscribed"})
    same("an unsubscribed member", out["status"], "unsubscribed")
    again = mailchimp.lists.set_list_member(audience, ann_hash, body)
    same("status_if_new of a known member", again["status"], "unsubscribed")
    back = mailchimp.lists.update_list_member(audience, ann_hash, {"status": "subscribed"})
    same("a member that the API unsubscribed and takes back", back["status"], "subscribed")

    for name in [ann_hash, ann, made["contact_id"]]:
        same(f"a member by {name}", mailchimp.lists.get_list_member(audience, name)["id"], ann_hash)
    found = mailchimp.lists.get_list_members_info(
        audience, fields=["members.email_address", "total_items"], count=1000, since_last_changed="2026-01-01T00:00:00+00:00"
    )
    same("members, pruned", found, {"members": [{"email_address": ann}], "total_items": 1})

    nobody = subscriber_hash("nobody@example.com")
    refused("a member that is none", 404, "Resource Not Found", lambda: mailchimp.lists.get_list_member(audience, nobody))
    refused(
        "a change of a member that is none", 404, "Resource Not Found",
        lambda: mailchimp.lists.update_list_member(audience, nobody, {"vip": True}),
    )
    known = {"email_address": ann, "status": "subscribed"}
    refused("a member that exists", 400, "Member Exists", lambda: mailchimp.lists.add_list_member(audience, known))
    bad = {"email_address": "nobody", "status": "subscribed"}
    problem = refused(
        "an address that is none", 400, "Invalid Resource", lambda: mailchimp.lists.add_list_member(audience, bad)
    )
    for error in problem.get("errors", []):
        same("an error of a field, keys", sorted(error), ["field", "message"])
    without = {"email_address": "bo@example.org"}
    refused(
        "a new member without a status", 400, "Invalid Resource",
        lambda: mailchimp.lists.set_list_member(audience, subscriber_hash("bo@example.org"), without),
    )

    rows = [
        {"email_address": "bo@example.org", "status": "subscribed"},
        {"email_address": "cy@example.org", "status": "subscribed"},
        {"email_address": "nobody", "status": "subscribed"},
    ]
    bulk = mailchimp.lists.batch_list_members(
        audience, {"members": rows, "update_existing": False, "sync_tags": False}, skip_duplicate_check=True
    )
    same("bulk", (bulk["total_created"], bulk["total_updated"], bulk["error_count"]), (2, 0, 1))
    same("bulk, errors", bulk["errors"][0]["error_code"], "ERROR_GENERIC")
    twice = mailchimp.lists.batch_list_members(audience, {"members": rows[:1], "update_existing": False})
    same("bulk, known", twice["errors"][0]["error_code"], "ERROR_CONTACT_EXISTS")


def tags():
    made = mailchimp.lists.create_segment(audience, {"name": "WB:881 Spring fair", "static_segment": []})
    same("a tag", (made["name"], made["type"], made["member_count"]), ("WB:881 Spring fair", "static", 0))
    segment = made["id"]
    true("a tag, id", isinstance(segment, int), made)
    change = mailchimp.lists.batch_segment_members(
        {"members_to_add": [ann.lower(), "bo@example.org", "ghost@example.net"], "members_to_remove": []},
        audience,
        segment,
    )
    same("a tag's members", (change["total_added"], change["total_removed"], change["error_count"]), (2, 0, 1))
    same("an address that is none of the audience", change["errors"][0]["email_addresses"], ["ghost@example.net"])
    listed = mailchimp.lists.get_segment_members_list(audience, segment, count=1000)
    same("who has the tag", sorted(m["email_address"] for m in listed["members"]), [ann, "bo@example.org"])
    change = mailchimp.lists.batch_segment_members({"members_to_remove": ["bo@example.org"]}, audience, segment)
    same("a tag taken away", (change["total_added"], change["total_removed"]), (0, 1))
    same("the tag at the member", mailchimp.lists.get_list_member(audience, ann_hash)["tags"], [
        {"id": segment, "name": "WB:881 Spring fair"}
    ])
    answer = mailchimp.lists.update_list_member_tags(
        audience, ann_hash, {"tags": [{"name": "WB:702 Autumn", "status": "active"}], "is_syncing": True}
    )
    same("tags set by name", answer.status_code, 204)
    names = [tag["name"] for tag in mailchimp.lists.get_list_member_tags(audience, ann_hash, count=1000)["tags"]]
    same("the member's tags", sorted(names), ["WB:702 Autumn", "WB:881 Spring fair"])
    segments = mailchimp.lists.list_segments(audience, type="static", count=1000)
    same("every tag", sorted(s["name"] for s in segments["segments"]), ["WB:702 Autumn", "WB:881 Spring fair"])
    renamed = mailchimp.lists.update_segment(audience, segment, {"name": "WB:881 Summer fair"})
    same("a renamed tag", (renamed["id"], renamed["name"]), (segment, "WB:881 Summer fair"))
    many = {"members_to_add": [f"m{n}@example.org" for n in range(501)]}
    refused("501 members", 400, "Invalid Resource", lambda: mailchimp.lists.batch_segment_members(many, audience, segment))


def batches():
    operations = [
        {
            "method": "PUT",
            "path": f"/lists/{audience}/members/{subscriber_hash('dee@example.org')}",
            "operation_id": "dee",
            "body": json.dumps({"email_address": "dee@example.org", "status_if_new": "subscribed"}),
        },
        {"method": "GET", "path": "/lists/ffffffffff", "operation_id": "none"},
    ]
    batch = mailchimp.batches.start({"operations": operations})
    true("a batch", batch["status"] in ["pending", "preprocessing"], batch)
    for _ in range(600):
        state = mailchimp.batches.status(batch["id"])
        known = ["pending", "preprocessing", "started", "finalizing", "finished"]
        true("how a batch stands", state["status"] in known, state)
        if state["status"] == "finished":
            break
        time.sleep(0.05)
    figures = (state["status"], state["total_operations"], state["finished_operations"], state["errored_operations"])
    same("a finished batch", figures, ("finished", 2, 2, 1))
    archive = requests.get(state["response_body_url"], timeout=20).content
    rows = {}
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
        for entry in tar:
            text = tar.extractfile(entry).read() if entry.isfile() else b""
            for row in json.loads(text) if text else []:
                rows[row["operation_id"]] = (row["status_code"], json.loads(row["response"]))
    same("rows of a batch", {name: status for name, (status, _) in rows.items()}, {"dee": 200, "none": 404})
    same("a row's answer", rows.get("dee", (0, {}))[1].get("email_address"), "dee@example.org")
    same("a row's problem", rows.get("none", (0, {}))[1].get("title"), "Resource Not Found")
    true("every batch", batch["id"] in [b["id"] for b in mailchimp.batches.list(count=100)["batches"]])
    same("a batch that is deleted", mailchimp.batches.delete_request(batch["id"]).status_code, 204)
    refused("a batch that is none", 404, "Resource Not Found", lambda: mailchimp.batches.status(batch["id"]))

    hook = mailchimp.batchWebhooks.create({"url": hook_url + "/batches", "enabled": True})
    same("a batch webhook", (hook["url"], hook["enabled"]), (hook_url + "/batches", True))
    off = mailchimp.batchWebhooks.update(hook["id"], {"enabled": False})
    same("a batch webhook that is off", off["enabled"], False)
    same("every batch webhook", [h["id"] for h in mailchimp.batchWebhooks.list()["webhooks"]], [hook["id"]])
    same("a batch webhook taken away", mailchimp.batchWebhooks.remove(hook["id"]).status_code, 204)


def webhooks():
    wish = {
        "url": hook_url + "/audience",
        "events": {name: True for name in ["subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign"]},
        "sources": {"user": True, "admin": True, "api": False},
    }
    made = mailchimp.lists.create_list_webhook(audience, wish)
    same("a webhook", (made["url"], made["sources"], made["list_id"]), (wish["url"], wish["sources"], audience))
    true("a webhook, events", all(made["events"][name] for name in wish["events"]), made)
    true("a webhook, its secret", made["signing_enabled"] and made["signing_secret"], made)
    listed = mailchimp.lists.get_list_webhooks(audience)
    same("every webhook", [hook["id"] for hook in listed["webhooks"]], [made["id"]])
    true("the secret is told once", "signing_secret" not in listed["webhooks"][0], listed)
    problem = refused(
        "the same address twice", 400, "Invalid Resource", lambda: mailchimp.lists.create_list_webhook(audience, wish)
    )
    same("the field that is refused", [error["field"] for error in problem.get("errors", [])], ["url"])
    same("a webhook taken away", mailchimp.lists.delete_list_webhook(audience, made["id"]).status_code, 204)
    same("no webhook", mailchimp.lists.get_list_webhooks(audience)["webhooks"], [])


def reports():
    listed = mailchimp.reports.get_all_campaign_reports(count=1000)
    same("reports", (listed["total_items"], len(listed["reports"])), (1, 1))
    campaign = listed["reports"][0]["id"]
    report = mailchimp.reports.get_campaign_report(campaign)
    for name in ["emails_sent", "bounces", "opens", "clicks", "unsubscribed", "abuse_reports", "send_time", "delivery_status"]:
        true(f"a report, {name}", name in report, report)
    sent = mailchimp.reports.get_campaign_recipients(campaign, count=1000)
    same("who it was sent to", sent["total_items"], report["emails_sent"])
    same("rows behind the total", len(sent["sent_to"]), report["emails_sent"])
    true("a row's status", all(row["status"] in ["sent", "hard", "soft"] for row in sent["sent_to"]), sent)
    opened = mailchimp.reports.get_campaign_open_details(campaign, count=1000)
    same("who opened", len(opened["members"]), report["opens"]["unique_opens"])
    gone = mailchimp.reports.get_unsubscribed_list_for_campaign(campaign, count=1000)
    same("who opted out", len(gone["unsubscribes"]), report["unsubscribed"])
    true("an opt-out's reason", all("reason" in row for row in gone["unsubscribes"]), gone)
    abuse = mailchimp.reports.get_campaign_abuse_reports(campaign)
    same("who complained", len(abuse["abuse_reports"]), report["abuse_reports"])
    refused("a report that is none", 404, "Resource Not Found", lambda: mailchimp.reports.get_campaign_report("ffffffffff"))


def archives():
    same("an archived member", mailchimp.lists.delete_list_member(audience, ann_hash).status_code, 204)
    same("its status", mailchimp.lists.get_list_member(audience, ann_hash)["status"], "archived")
    refused(
        "archiving it again", 405, "Method Not Allowed", lambda: mailchimp.lists.delete_list_member(audience, ann_hash)
    )
    erased = mailchimp.lists.delete_list_member_permanent(audience, subscriber_hash("cy@example.org"))
    same("an erased member", erased.status_code, 204)
    body = {"email_address": "cy@example.org", "status_if_new": "pending"}
    refused(
        "an erased member again", 400, "Forgotten Email Not Subscribed",
        lambda: mailchimp.lists.set_list_member(audience, subscriber_hash("cy@example.org"), body),
    )


for part in [account, audiences, merge_fields, members, tags, batches, webhooks, reports, archives]:
    try:
        part()
    except ApiClientError as error:
        wrong.append(f"{part.__name__}: HTTP {error.status_code}: {error.text}")
    except Exception as error:  # what a part stumbles over is a finding as well
        wrong.append(f"{part.__name__}: {type(error).__name__}: {error}")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
