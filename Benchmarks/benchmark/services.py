"""The programs that are measured, and the simulated services that they work with."""

import json
import os
import sqlite3
import subprocess
import time
import urllib.request

from .tools import Unusable, find_program, free_port, wait_for_port

PROVIDER = "constant-contact"


class Sandbox:
    """The simulated services, without limits of pace."""

    def __init__(self, place, members):
        self._place = place
        self.process = place.start(
            [place.causeway, "sandbox", "--members", str(members), "--no-pace"], stdout=subprocess.PIPE)
        self.facts = self._read_document()

    def _read_document(self):
        text = b""
        for line in self.process.stdout:
            text += line
            try:
                return json.loads(text)
            except json.JSONDecodeError:
                continue
        raise Unusable("the sandbox ended before it listened")

    @property
    def campaign(self):
        """The id of the first campaign."""
        return str(self.facts["workbooks"]["seeded"]["campaigns"][0]["id"])

    def calls(self, service):
        """How often each route of a service was called since the last reset."""
        return self._control(service, "GET", "/calls")

    def reset_calls(self):
        """Counts from zero again."""
        for service in ("workbooks", "constantContact"):
            self._control(service, "DELETE", "/calls")

    def flagged_people(self, ids):
        """Those of the people whose opt-out flag is set."""
        query = ",".join(map(str, ids))
        rows = self._control(
            "workbooks", "GET", f"/state?resource=crm/people&columns=id,no_email_soliciting&ids={query}")
        return {row["id"] for row in rows if row["no_email_soliciting"] in (True, "true", 1, "1")}

    def _control(self, service, method, path):
        request = urllib.request.Request(self.facts[service]["control"] + path, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def stop(self):
        """Ends the services."""
        self._place.stop(self.process)


class Causeway:
    """One data directory, its commands and its server."""

    def __init__(self, place, name):
        self._place = place
        self._data = place.path(name)
        self.port = free_port()
        self._environment = {
            "CAUSEWAY_DATA": self._data, "CAUSEWAY_LISTEN": f"127.0.0.1:{self.port}",
            "CAUSEWAY_ADMIN_LISTEN": f"127.0.0.1:{free_port()}", "CAUSEWAY_LOG_LEVEL": "warning",
            "CAUSEWAY_TLS_CERTIFICATE": place.certificate, "CAUSEWAY_TLS_KEY": place.key}

    def command(self, *arguments, accepted=(0,)):
        """Runs a command and gives what it printed."""
        done = subprocess.run(
            [self._place.causeway, *arguments], env={**os.environ, **self._environment}, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=1200, check=False)
        if done.returncode not in accepted:
            raise Unusable(f"causeway {' '.join(arguments[:2])} ended with {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def connect(self, sandbox, poll="60s"):
        """Connects both services with the pace lifted."""
        crm, provider = sandbox.facts["workbooks"], sandbox.facts["constantContact"]
        key = self._place.write("api-key", crm["apiKey"])
        secret = self._place.write("client-secret", provider["clientSecret"])
        token = self._place.write("refresh-token", provider["refreshToken"])
        self.command(
            "connect", "workbooks", "--url", crm["url"], "--api-key-file", key, "--per-second", "1000000",
            "--poll-interval", poll)
        self.command(
            "connect", "constant-contact", "--client-id", provider["clientId"], "--client-secret-file", secret,
            "--refresh-token-file", token, "--api-url", provider["apiUrl"], "--auth-url", provider["authUrl"],
            "--per-second", "1000000", "--daily-limit", "100000000", "--poll-interval", poll)

    def webhook_secret(self):
        """The secret that deliveries to the provider's account are signed with."""
        return self.command("webhooks", "secret", PROVIDER).split()[-1]

    def serve(self):
        """Starts the server; gives its process and the seconds until it listened."""
        started = time.perf_counter()
        process = self._place.start([self._place.causeway, "serve"], self._environment)
        return process, wait_for_port(self.port, process) - started

    def rows(self, query):
        """Rows of the store, read beside whoever works on it."""
        connection = sqlite3.connect(f"file:{self._data}/causeway.sqlite?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def inbox_count(self):
        """How many deliveries are stored."""
        return self.rows("SELECT count(*) FROM inbox")[0][0]


def start_nginx(place):
    """Starts nginx answering a bare 204 over TLS with two workers; gives its port."""
    port = free_port()
    folder = place.path("nginx")
    os.makedirs(folder)
    paths = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in
                     ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    configuration = place.write("nginx.conf", f"""
        daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{ worker_connections 4096; }}
        http {{
            access_log off; keepalive_requests 100000000; {paths}
            server {{
                listen 127.0.0.1:{port} ssl backlog=4096;
                ssl_certificate {place.certificate}; ssl_certificate_key {place.key};
                ssl_protocols TLSv1.3; ssl_ecdh_curve X25519; ssl_conf_command NumTickets 1;
                location / {{ return 204; }}
            }}
        }}
        """)
    process = place.start([find_program("nginx"), "-p", folder, "-e", f"{folder}/error.log", "-c", configuration])
    wait_for_port(port, process)
    return port, process
