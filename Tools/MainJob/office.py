"""Replica folders, people and processes for the main job: everything goes through the real program."""
import json
import os
import signal
import subprocess
import time


class Failure(Exception):
    """A step of the main job did not do what it says."""


class Office:
    """One replica folder of a unit, with its people's sealed keys."""

    passphrase_file = None
    program = None

    def __init__(self, folder, name):
        self.folder, self.name, self.unlocked = folder, name, []

    def run(self, *arguments, code=0, env=None):
        command = [self.program, *[str(item) for item in arguments], "--replica", self.folder]
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        if done.returncode != code:
            raise Failure(f"{self.name}: {' '.join(command[1:])}: exit {done.returncode}, expected {code}\n{done.stderr}")
        return done

    def json(self, *arguments, code=0):
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def unlock(self, *names):
        for name in names:
            self.run("unlock", "--as", name, "--passphrase-file", self.passphrase_file, "--minutes", 10)
            self.unlocked.append(name)

    def lock(self):
        for name in self.unlocked:
            self.run("lock", "--as", name)

    def person(self, key, title, *mandates, authority="root"):
        """Certifies a person's key here and grants mandates: (role, instrument, further options…)."""
        self.run("device", "create", key, "--title", title, "--as", authority, "--new-passphrase-file",
                 self.passphrase_file)
        for role, instrument, *options in mandates:
            self.run("mandate", "grant", key, "--role", role, "--instrument", instrument, "--title", title, *options,
                     "--as", authority)
        self.unlock(key)

    def node(self):
        self.run("device", "create", "simpul", "--node", "--title", f"Simpul {self.name}", "--as", "root",
                 "--no-passphrase")

    def step(self, dossier, key, outcome, *options):
        return self.json("step", dossier, outcome, "--as", key, *options)

    def sign(self, dossier, key, *options):
        return self.json("sign", dossier, "--as", key, *options)

    def show(self, dossier):
        return self.json("show", dossier)

    def sync(self, server, *options):
        report = self.json("sync", server.address, *options)
        if not report["equal"] or report["refused"]:
            raise Failure(f"{self.name}: sync: {report}")
        return report


class Server:
    """`mufakat serve` of an office, while the block lasts."""

    def __init__(self, office, *options):
        self.office, self.options = office, options

    def __enter__(self):
        address_file = os.path.join(self.office.folder, "address")
        if os.path.exists(address_file):
            os.remove(address_file)
        self.process = subprocess.Popen(
            [Office.program, "serve", "--listen", "127.0.0.1:0", "--address-file", address_file, "--as", "simpul",
             "--replica", self.office.folder, *self.options], stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 20
        while not (os.path.exists(address_file) and os.path.getsize(address_file)):
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise Failure(f"serve: {self.process.stderr.read()}")
            time.sleep(0.02)
        with open(address_file, encoding="ascii") as file:
            self.address = file.read().strip()
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=20)


def need(condition, what):
    if not condition:
        raise Failure(what)
