"""What every part needs: programs, ports, folders, and processes that end with the run."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time


class Unusable(Exception):
    """The measurement cannot be made here; the text says why and what to do."""


def need_tools():
    """Installs nginx and wrk where they are missing."""
    missing = [package for program, package in (("nginx", "nginx-light"), ("wrk", "wrk"), ("openssl", "openssl"))
               if find_program(program) is None]
    if not missing:
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Unusable(f"needs {', '.join(missing)}: apt-get install {' '.join(missing)}")
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
        raise Unusable(f"apt-get could not install {', '.join(missing)}")


def find_program(name):
    """The path of a program; nginx is often outside an ordinary user's PATH."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def free_port():
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def say(text):
    """Tells what is measured now."""
    print(text, file=sys.stderr, flush=True)


def processor_seconds(pid):
    """The processor time that a process and its children have taken: what a busy machine distorts least."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    total = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return total + sum(processor_seconds(int(child)) for child in file.read().split())


def wait_for_port(port, process, seconds=20):
    """Waits until somebody listens, and gives the moment (time.perf_counter)."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return time.perf_counter()
        if process.poll() is not None:
            raise Unusable(f"{os.path.basename(process.args[0])} ended with {process.returncode} before it listened")
        time.sleep(0.0005)
    raise Unusable(f"{os.path.basename(process.args[0])} did not listen within {seconds} s")


class Workplace:
    """A folder and processes that are gone when the run ends."""

    def __init__(self, root, binaries):
        self.root = root
        self.causeway = os.path.join(binaries, "causeway")
        self.core = os.path.join(binaries, "causeway-bench")
        self._processes = []

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="causeway-benchmark-")
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        certificates = os.path.join(self.folder, "certificates")
        make = [os.path.join(self.root, "certs", "make-dev-certs")]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "CAUSEWAY_DEV_CERTS": certificates})
        self.certificate = os.path.join(certificates, "server.pem")
        self.key = os.path.join(certificates, "server.key")
        self.authority = os.path.join(certificates, "authority.pem")
        return self

    def __exit__(self, *_):
        for process in reversed(self._processes):
            self.stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, *names):
        """A path in the folder."""
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        """Writes a file that only its owner reads, and gives its path."""
        path = self.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def start(self, command, environment=None, **streams):
        """Starts a process that ends with the run at the latest."""
        streams.setdefault("stdout", subprocess.DEVNULL)
        streams.setdefault("stderr", open(self.path("stderr.log"), "ab"))
        process = subprocess.Popen(command, env={**os.environ, **(environment or {})}, **streams)
        self._processes.append(process)
        return process

    def stop(self, process):
        """Ends a process, politely at first."""
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(25)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process in self._processes:
            self._processes.remove(process)
