"""Runs of wrk and of openssl s_time."""

import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import time

from .tools import Unusable, find_program

HERE = os.path.dirname(os.path.abspath(__file__))


def sign_deliveries(place, secret, count):
    """Writes a file of deliveries with distinct ids, signed now: Causeway takes them for five minutes."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    now = int(time.time())
    run = os.urandom(4).hex()
    path = place.path("deliveries")
    with open(path, "w", encoding="ascii") as file:
        file.write(f"{now}\n")
        for number in range(count):
            identity = f"{run}-{number}"
            body = delivery_body(f"nobody{number % 10_000}@example.org")
            signed = hmac.digest(key, f"{identity}.{now}.{body}".encode(), hashlib.sha256)
            file.write(f"{identity} {base64.b64encode(signed).decode()} {body}\n")
    return path


def delivery_body(address, kind="contact.unsubscribed"):
    """A relay's word that somebody opted out."""
    return f'{{"type":"{kind}","data":{{"email":"{address}","source":"person"}}}}'


def post_deliveries(url, deliveries, seconds):
    """Sends the deliveries on 64 kept-alive connections; gives wrk's figures."""
    return _run(["-s", os.path.join(HERE, "deliveries.lua")], url, seconds, [deliveries])


def get_on_new_connections(url, seconds):
    """Asks on a new connection each time; gives wrk's figures."""
    return _run(["-s", os.path.join(HERE, "figures.lua"), "-H", "Connection: close"], url, seconds, [])


def _run(options, url, seconds, arguments):
    command = [find_program("wrk"), "-t1", "-c64", f"-d{seconds}s", "--timeout", "10s", *options, url, "--", *arguments]
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds + 60,
                          check=False)
    for line in done.stdout.splitlines():
        if line.startswith('{"requests"'):
            return json.loads(line)
    raise Unusable(f"wrk gave no figures: {done.stdout.strip()}")


def handshakes_by_openssl(port, seconds, authority, clients):
    """Full TLS 1.3 handshakes of several clients at once, each one after the other; gives figures as of wrk."""
    command = ["openssl", "s_time", "-connect", f"127.0.0.1:{port}", "-new", "-tls1_3", "-time", str(seconds),
               "-CAfile", authority]
    started = time.perf_counter()
    running = [subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
               for _ in range(clients)]
    total = 0
    for client in running:
        text, _ = client.communicate(timeout=seconds + 60)
        found = re.search(r"(\d+) connections in (\d+) real seconds", text)
        if found is None:
            raise Unusable(f"openssl s_time gave no figures: {text.strip()}")
        total += int(found[1])
    # s_time counts whole seconds and ends after one more than it was given, so its own span is of no use.
    return {"requests": total, "seconds": time.perf_counter() - started}
