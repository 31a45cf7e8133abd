"""The listener: start, memory, deliveries and handshakes, beside nginx."""

import statistics
import time

from . import wrk
from .services import PROVIDER, Causeway, Sandbox, start_nginx
from .tools import Unusable, processor_seconds, say

STARTS = 7
#: Clients of openssl s_time at once, and the turns in which two servers are measured.
CLIENTS, TURNS = 8, 3
#: More than wrk can send in a second: a server that had them all would be measured by what there was to send.
DELIVERIES_A_SECOND = 120_000


def measure(place, table, parts, seconds):
    """Starts both servers and measures the wanted parts."""
    sandbox = Sandbox(place, 0)
    causeway = Causeway(place, "listener")
    causeway.connect(sandbox)
    if "start" in parts:
        _measure_start(place, table, causeway)
    if set(parts) & {"webhooks", "handshakes"}:
        nginx_port, nginx = start_nginx(place)
        serve, _ = causeway.serve()
        if "handshakes" in parts:
            _measure_handshakes(place, table, (serve.pid, causeway.port), (nginx.pid, nginx_port), seconds)
        if "webhooks" in parts:
            _measure_webhooks(place, table, causeway, serve.pid, (nginx.pid, nginx_port), seconds)
        place.stop(serve)
        place.stop(nginx)
    sandbox.stop()


def _measure_start(place, table, causeway):
    say("start to listening, and memory at rest")
    spans = []
    for attempt in range(STARTS):
        process, span = causeway.serve()
        spans.append(span * 1000)
        if attempt == STARTS - 1:
            time.sleep(3)
            resident = _resident_mebibytes(process.pid)
        place.stop(process)
    table.add("start to listening, median", statistics.median(spans), "ms", 150, note=f"slowest {max(spans):.0f} ms")
    table.add("resident memory at rest", resident, "MiB", 64)


def _resident_mebibytes(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    raise Unusable("no resident size is known of the server")


def _measure_handshakes(place, table, ours, theirs, seconds):
    say("handshakes: full ones by openssl s_time, then new connections of wrk, which resumes its sessions")

    def by_openssl(server, span):
        return wrk.handshakes_by_openssl(server[1], span, place.authority, CLIENTS)

    def by_wrk(server, span):
        # A path that nobody serves: the answer costs both as little as it can.
        return wrk.get_on_new_connections(f"https://127.0.0.1:{server[1]}/none", span)

    for name, run in (("full handshakes, s_time", by_openssl), ("new connections, wrk", by_wrk)):
        nginx, causeway = _in_turns(run, theirs, ours, seconds)
        table.add(f"{name}: nginx", nginx["rate"], "/s", note=f"{nginx['cost'] * 1e6:.0f} µs of processor each")
        table.add(f"{name}: causeway", causeway["rate"], "/s", 0.8 * nginx["rate"], at_least=True,
                  note=f"{causeway['rate'] / nginx['rate']:.2f} of nginx; {causeway['cost'] * 1e6:.0f} µs of processor "
                       f"each, nginx over causeway {nginx['cost'] / causeway['cost']:.2f}")


def _in_turns(run, theirs, ours, seconds):
    """Measures two servers in turns, so that whatever else the machine does hits both; gives rate and cost of each."""
    totals = [{"requests": 0, "seconds": 0, "processor": 0} for _ in (theirs, ours)]
    for _ in range(TURNS):
        for server, total in zip((theirs, ours), totals):
            figures, cost = _costed(server[0], lambda server=server: run(server, max(2, seconds // TURNS)))
            total["requests"] += figures["requests"]
            total["seconds"] += figures["seconds"]
            total["processor"] += cost
    return [{"rate": _rate(total), "cost": total["processor"] / total["requests"]} for total in totals]


def _measure_webhooks(place, table, causeway, pid, nginx, seconds):
    say("signed deliveries over TLS, on disk before their 204")
    secret = causeway.webhook_secret()
    deliveries = wrk.sign_deliveries(place, secret, DELIVERIES_A_SECOND * seconds)
    path = f"/webhooks/{PROVIDER}/{PROVIDER}"
    bare, bare_cost = _costed(nginx[0], lambda: wrk.post_deliveries(
        f"https://127.0.0.1:{nginx[1]}{path}", deliveries, seconds))
    before = causeway.inbox_count()
    ours, cost = _costed(pid, lambda: wrk.post_deliveries(
        f"https://127.0.0.1:{causeway.port}{path}", deliveries, seconds))
    stored = causeway.inbox_count() - before
    if ours["refused"] or ours["broken"]:
        raise Unusable(f"{ours['refused']} deliveries were refused and {ours['broken']} connections broke")
    theirs, rate = _rate(bare), _rate(ours)
    table.add("deliveries: nginx, bare 204", theirs, "/s",
              note=f"p50 {bare['p50']:.2f} ms, p99 {bare['p99']:.2f} ms; "
                   f"{bare_cost / bare['requests'] * 1e6:.0f} µs of processor each")
    table.add("deliveries: causeway, on disk", rate, "/s", 0.4 * theirs, at_least=True,
              note=f"{rate / theirs:.2f} of nginx; p50 {ours['p50']:.2f} ms; "
                   f"{cost / ours['requests'] * 1e6:.0f} µs of processor each, the inbox's work included")
    table.add("deliveries: causeway, p99", ours["p99"], "ms", 20)
    table.add("deliveries answered but not stored", max(0, ours["requests"] - stored), "", 0,
              note=f"{ours['requests']} answered, {stored} rows")


def _costed(pid, run):
    """Runs something and gives its figures and the processor time that the process took for it."""
    before = processor_seconds(pid)
    figures = run()
    return figures, processor_seconds(pid) - before


def _rate(figures):
    return figures["requests"] / figures["seconds"]
