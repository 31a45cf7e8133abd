"""Whole work against the simulated services: from a webhook to a flag, a first load, a pass without changes."""

import base64
import hashlib
import hmac
import http.client
import json
import math
import resource
import ssl
import threading
import time

from . import wrk
from .services import PROVIDER, Causeway, Sandbox
from .tools import Unusable, processor_seconds, say

FLAGS = 1_000
FLAGS_A_SECOND = 50
#: An import takes at most this many rows and bytes, and addresses of this length (constant-contact.md §6).
IMPORT_ROWS, IMPORT_BYTES, IMPORT_ADDRESS = 40_000, 3_900_000, 50


# MARK: from a webhook to a flag


def measure_flags(place, table):
    """Sends opt-outs at a steady pace and looks when each flag is set."""
    say(f"{FLAGS} webhooks at {FLAGS_A_SECOND} a second, each until its flag is set")
    sandbox = Sandbox(place, 3 * FLAGS)
    causeway = Causeway(place, "flags")
    causeway.connect(sandbox)
    causeway.command("link", sandbox.campaign, "--to", PROVIDER, "--yes")
    causeway.command("sync", accepted=(0, 3))
    serve, _ = causeway.serve()
    people = causeway.rows(f"""
        SELECT r.id, r.main_email FROM crm_record r JOIN record_address a ON a.kind = r.kind AND a.id = r.id
        WHERE r.kind = 'person' AND r.is_opted_out = 0 AND a.is_main = 1 AND r.main_email LIKE '%_@_%.__%'
            AND (SELECT count(*) FROM record_address b WHERE b.address = a.address) = 1
        ORDER BY r.id LIMIT {FLAGS}""")
    if len(people) < FLAGS:
        raise Unusable(f"the sandbox has only {len(people)} people to opt out")
    time.sleep(2)
    sent = _Sender(place, causeway, people)
    spans = _watch_flags(sandbox, sent, len(people))
    place.stop(serve)
    sandbox.stop()
    spans.sort()
    table.add("webhook to flag, p50", spans[len(spans) // 2] * 1000, "ms", 250)
    table.add("webhook to flag, p99", spans[len(spans) * 99 // 100] * 1000, "ms", 1_000,
              note=f"slowest {spans[-1] * 1000:,.0f} ms")


class _Sender:
    """Posts one opt-out after the other on its own thread and notes when."""

    def __init__(self, place, causeway, people):
        self._key = base64.b64decode(causeway.webhook_secret().removeprefix("whsec_"))
        self._context = ssl.create_default_context(cafile=place.authority)
        self._port = causeway.port
        self._people = people
        self.times = {}
        self.problem = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            self._send()
        except Exception as problem:  # pylint: disable=broad-except
            self.problem = problem

    def _send(self):
        connection = http.client.HTTPSConnection("127.0.0.1", self._port, context=self._context, timeout=30)
        started = time.perf_counter()
        for number, (person, address) in enumerate(self._people):
            time.sleep(max(0, started + number / FLAGS_A_SECOND - time.perf_counter()))
            body = wrk.delivery_body(address)
            identity, now = f"flag-{person}", int(time.time())
            signed = hmac.digest(self._key, f"{identity}.{now}.{body}".encode(), hashlib.sha256)
            headers = {"webhook-id": identity, "webhook-timestamp": str(now),
                       "webhook-signature": "v1," + base64.b64encode(signed).decode()}
            self.times[person] = time.perf_counter()
            connection.request("POST", f"/webhooks/{PROVIDER}/{PROVIDER}", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 204:
                raise Unusable(f"a delivery was answered with {answer.status}")
        connection.close()


def _watch_flags(sandbox, sent, count):
    spans, end = {}, time.perf_counter() + count / FLAGS_A_SECOND + 60
    while len(spans) < count:
        if sent.problem:
            raise Unusable(f"deliveries could not be sent: {sent.problem}")
        if time.perf_counter() > end:
            raise Unusable(f"{count - len(spans)} flags of {count} were not set a minute after the last webhook")
        waiting = [person for person in list(sent.times) if person not in spans]
        if waiting:
            flagged = sandbox.flagged_people(waiting[:500])
            now = time.perf_counter()
            spans.update({person: now - sent.times[person] for person in flagged})
        time.sleep(0.01)
    return list(spans.values())


# MARK: first load


def measure_first_load(place, table, members):
    """Links a campaign, loads it, and goes over it once more when nothing has changed."""
    say(f"first load of {members:,} members")
    sandbox = Sandbox(place, members)
    causeway = Causeway(place, "load")
    causeway.connect(sandbox)
    sandbox.reset_calls()
    started, cost, their_cost = time.perf_counter(), _children_seconds(), processor_seconds(sandbox.process.pid)
    causeway.command("link", sandbox.campaign, "--to", PROVIDER, "--yes")
    linked = time.perf_counter()
    causeway.command("sync", accepted=(0, 3))
    ended = time.perf_counter()
    cost, their_cost = _children_seconds() - cost, processor_seconds(sandbox.process.pid) - their_cost
    on_list = causeway.rows("""
        SELECT count(*) FROM contact_list c JOIN link l ON l.account = c.account AND l.list = c.list""")[0][0]
    table.add(f"first load of {members:,} members", ended - started, "s", 120 * max(1, members / 100_000),
              note=f"link {linked - started:.1f} s, then sync; {on_list:,} on the list; "
                   f"processor: {cost:.0f} s, the sandbox {their_cost:.0f} s")
    writes = _writes(sandbox.calls("constantContact"))
    table.add("first load: provider writes", sum(writes.values()), "", _formula(causeway), note=_named(writes))

    say("a pass without changes")
    sandbox.reset_calls()
    started, cost = time.perf_counter(), _children_seconds()
    causeway.command("sync", accepted=(0, 3))
    ended, cost = time.perf_counter(), _children_seconds() - cost
    table.add("no change: provider writes", sum(_writes(sandbox.calls("constantContact")).values()), "", 0,
              note=f"in {ended - started:.1f} s; processor: {cost:.1f} s")
    reads = sandbox.calls("workbooks")
    table.add("no change: CRM reads", sum(reads.values()), "", note=_named(reads))
    sandbox.stop()


def _children_seconds():
    """The processor time of the commands that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _writes(calls):
    """The calls that change something at the provider; getting a token does not."""
    return {route: count for route, count in calls.items()
            if not route.startswith("GET ") and "token" not in route and "_sandbox" not in route}


def _formula(causeway):
    """The fewest writes (constant-contact.md §6.4): two lists, packed imports, and one call for each longer address."""
    rows = [json.loads(row[0]) for row in causeway.rows("""
        SELECT r.payload FROM intent i JOIN intent_row r ON r.intent = i.id WHERE i.kind = 'upsert'""")]
    packed = [row for row in rows if len(row["email"].encode()) <= IMPORT_ADDRESS]
    sizes = [len(json.dumps(
        {"email": row["email"], "first_name": row["firstName"], "last_name": row["lastName"]},
        ensure_ascii=False, separators=(",", ":")).encode()) + 1 for row in packed]
    return 2 + max(math.ceil(len(packed) / IMPORT_ROWS), math.ceil(sum(sizes) / IMPORT_BYTES)) + len(rows) - len(packed)


def _named(calls):
    return ", ".join(f"{count} × {route}" for route, count in sorted(calls.items(), key=lambda call: -call[1]))
