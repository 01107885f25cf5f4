"""The scene: honest offices with the real program, a live `serve` whose memory is read, and the hostile unit beside it."""
import json
import os
import re
import resource
import signal
import subprocess
import time

from member import Member

PROGRAM = os.environ.get("MUFAKAT_PROGRAM", "mufakat")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "en_GB.UTF-8"}
# Measured programs; an attack that takes longer has stopped something.
PATIENCE = 60


class Failed(Exception):
    """The program did not stand an attack."""


def need(condition, what):
    if not condition:
        raise Failed(what)


class Office:
    """One replica folder of an honest unit."""

    def __init__(self, folder, name):
        self.root, self.folder, self.name = folder, os.path.join(folder, name), name

    def run(self, *arguments, code=0, patience=PATIENCE):
        command = [PROGRAM, *[str(item) for item in arguments], "--replica", self.folder]
        try:
            done = subprocess.run(command, capture_output=True, text=True, env={**ENVIRONMENT, "HOME": self.root},
                                  stdin=subprocess.DEVNULL, check=False, timeout=patience)
        except subprocess.TimeoutExpired as late:
            raise Failed(f"{self.name}: {' '.join(command[1:])}: not done after {patience} s") from late
        need(code is None or done.returncode == code,
             f"{self.name}: {' '.join(command[1:])}: exit {done.returncode}, expected {code}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *arguments, code=0, patience=PATIENCE):
        return json.loads(self.run(*arguments, "--json", code=code, patience=patience).stdout)

    def problems(self):
        return self.json("check", code=None)["problems"]

    def dossiers(self):
        return self.json("list", "--limit", "100000")


class Service:
    """`mufakat serve` of an office; its log and the most memory it had are at hand."""

    def __init__(self, office, descriptors=None, environment=None):
        self.office, self.descriptors, self.environment = office, descriptors, environment or {}

    def __enter__(self):
        path = os.path.join(self.office.root, f"{self.office.name}.address")
        if os.path.exists(path):
            os.remove(path)
        self.log_path = os.path.join(self.office.root, f"{self.office.name}.log")
        limit = self.descriptors

        def prepare():
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

        with open(self.log_path, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--address-file", path, "--as", "simpul", "--replica",
                 self.office.folder], stdout=log, stderr=log, stdin=subprocess.DEVNULL, preexec_fn=prepare,
                env={**ENVIRONMENT, "HOME": self.office.root, "SWIFT_BACKTRACE": "enable=no", **self.environment})
        until(lambda: os.path.exists(path) and os.path.getsize(path) or self.process.poll() is not None, "serve begins")
        need(self.process.poll() is None, f"serve ended at once: {self.log()}")
        with open(path, encoding="ascii") as file:
            self.address = file.read().strip()
        return self

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def mark(self):
        """Where the log ends now."""
        return os.path.getsize(self.log_path)

    def reasons(self, mark=0):
        """Why connections ended, in order, as the log says since a mark."""
        return re.findall(r"reason=(.*?) (?:\[\w+\] )?connection ended", self.since(mark).decode("utf-8", "replace"))

    def since(self, mark):
        with open(self.log_path, "rb") as file:
            file.seek(mark)
            return file.read()

    def status(self, field):
        """A number of /proc/PID/status, in bytes where it is one of memory."""
        need(self.process.poll() is None, f"serve has ended by {self.process.returncode}: {self.log()[-800:]}")
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            line = next(line for line in file if line.startswith(field + ":"))
        words = line.split()
        return int(words[1]) * (1024 if words[-1] == "kB" else 1)

    def peak(self):
        return self.status("VmHWM")

    def resident(self):
        return self.status("VmRSS")

    def reset_peak(self):
        """From here on the peak is that of the next attack."""
        with open(f"/proc/{self.process.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")

    def seconds(self):
        """Processor time used up to now."""
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            words = file.read().rsplit(")", 1)[1].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def descriptor_count(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def is_alive(self):
        return self.process.poll() is None

    def end(self, expected=(0,)):
        """Asks it to end, as an operating system does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired as late:
            raise Failed("serve does not end when it is asked to") from late
        need(code in expected, f"serve ended by {code}: {self.log()[-800:]}")

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Ending:
    """What happens within ends one connection of a `serve`, and its log names the reason: a pattern.

    Another reason fails; so does the other side's own end, unless the pattern says that it may be.
    """

    def __init__(self, service, pattern):
        self.service, self.pattern = service, pattern

    def __enter__(self):
        self.start = self.service.mark()
        return self

    def __exit__(self, kind, *_):
        if kind is None:
            until(lambda: self.service.reasons(self.start), f"serve says why it ended a connection: {self.pattern}", 30)
            reason = self.service.reasons(self.start)[0]
            need(re.search(self.pattern, reason), f"the connection ended by {reason}, expected {self.pattern}")


def until(condition, what, seconds=PATIENCE):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f"not within {seconds} s: {what}")
        time.sleep(0.01)


class Scene:
    """A network of Diskominfo (who serves), a Dinas (who synchronises honestly) and a unit that knows the protocol."""

    def __init__(self, folder, *hostile):
        self.folder = folder
        self.hub, self.dinas = Office(folder, "hub"), Office(folder, "dinas")
        hub, dinas, bare = self.hub, self.dinas, "--no-passphrase"
        hub.run("network", "create", "--name", "Kota Contoh", bare)
        hub.run("unit", "create", "--name", "Diskominfo", "--kind", "it_agency", "--as", "network", bare)
        hub.run("device", "create", "kadis", "--title", "Kepala Dinas", "--as", "root", bare)
        for role in ("it.head", "it.general", "it.field_head"):
            hub.run("mandate", "grant", "kadis", "--role", role, "--instrument", "SK 1/2026", "--as", "root")
        hub.run("device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", bare)
        hub.run("procedure", "publish", "p1", "--as", "network")
        dinas.run("unit", "request", "--name", "Dinas Arsip", "--kind", "applicant", bare, "--out", self.path("dinas.request"))
        self.admit("dinas")
        dinas.run("join", self.path("dinas.invitation"), "--as", "root")
        dinas.run("device", "create", "kaopd", "--title", "Kepala Dinas", "--as", "root", bare)
        dinas.run("mandate", "grant", "kaopd", "--role", "applicant.head", "--instrument", "SK 2/2026", "--as", "root")
        dinas.run("device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", bare)
        self.units = {row["name"]: bytes.fromhex(row["id"]) for row in hub.json("unit", "list")}
        self.members = [self.enrol(name) for name in hostile or ("Dinas Lain",)]

    def path(self, name):
        return os.path.join(self.folder, name)

    def admit(self, name, fingerprint=None):
        if fingerprint is None:
            fingerprint = []
        self.hub.run("unit", "admit", self.path(f"{name}.request"), "--as", "network", "--out",
                     self.path(f"{name}.invitation"), *fingerprint)

    def enrol(self, name):
        """A unit whose keys are made here and whose request is signed here; only the admission is the network's."""
        member = Member(name, kind="applicant")
        with open(self.path(f"{name}.request"), "wb") as file:
            file.write(member.request())
        self.admit(name, ["--fingerprint", member.fingerprint()])
        with open(self.path(f"{name}.invitation"), "rb") as file:
            return member.join(file.read())

    def new(self, title="Aplikasi Arsip"):
        """A dossier of the honest units."""
        return self.dinas.json("new", "p1", "--title", title, "--party", f"applicant={self.units['Dinas Arsip'].hex()}",
                               "--party", f"it={self.units['Diskominfo'].hex()}", "--as", "kaopd")["dossier"]

    def honest(self, service, office=None):
        """After every attack: an honest office synchronises to the end, and its words arrive."""
        report = (office or self.dinas).json("sync", service.address)
        need(report["equal"] and not report["refused"], f"an honest peer is not served: {report}")
        return report
