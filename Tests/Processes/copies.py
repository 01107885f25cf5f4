"""Restored, copied, moved and cloned replicas: none signs at a place that is taken, none loses a word."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
NO_PASSPHRASE = "--no-passphrase"


class Office:
    """A replica folder, on a machine whose facts lie below `machine`."""

    def __init__(self, folder, machine):
        self.folder, self.machine = folder, machine

    def run(self, *arguments, code=0):
        environment = {**os.environ, "MUFAKAT_MACHINE_ROOT": self.machine, "LANG": "en_GB.UTF-8"}
        done = subprocess.run([PROGRAM, *arguments, "--replica", self.folder], capture_output=True, text=True, check=False,
                              env=environment)
        assert code is None or done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def json(self, *arguments, code=0):
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def comment(self, dossier, text, code=0):
        return self.run("comment", dossier, text, "--as", "kaopd", code=code)

    def refuses(self, dossier, word):
        """Nothing is signed: not for a dossier, not for a chain; the reason is said, and reading goes on."""
        before = self.json("show", dossier)["changes"]
        for arguments in (("comment", dossier, "x", "--as", "kaopd"),
                          ("mandate", "grant", "kaopd", "--role", "applicant.staff", "--instrument", "SK", "--as", "root")):
            done = self.run(*arguments, code=2)
            assert len(done.stderr.splitlines()) == 3 and word in done.stderr, done.stderr
        assert self.json("show", dossier)["changes"] == before
        assert self.json("check")["problems"] == []


class Server:
    def __init__(self, office):
        self.office = office

    def __enter__(self):
        path = os.path.join(self.office.folder, "address")
        if os.path.exists(path):
            os.remove(path)
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--address-file", path, "--as", "simpul", "--replica",
             self.office.folder], stderr=subprocess.DEVNULL,
            env={**os.environ, "MUFAKAT_MACHINE_ROOT": self.office.machine})
        while not (os.path.exists(path) and os.path.getsize(path)):
            assert self.process.poll() is None
            time.sleep(0.01)
        with open(path, encoding="ascii") as file:
            self.address = file.read().strip()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def machine(root, machine_id, cards=(), disks=()):
    """The files in which Linux shows a machine: id, network cards (address, way of assignment, bus), disks."""
    write(f"{root}/etc/machine-id", machine_id + "\n")
    for number, (address, assigned, bus) in enumerate(cards):
        device = f"{root}/sys/devices/{bus}/net{number}"
        os.makedirs(device, exist_ok=True)
        card = f"{root}/sys/class/net/net{number}"
        write(f"{card}/address", address + "\n")
        write(f"{card}/addr_assign_type", assigned + "\n")
        if bus != "virtual":
            os.symlink(device, f"{card}/device")
    for number, (serial, removable) in enumerate(disks):
        write(f"{root}/sys/block/nvme{number}n1/device/serial", serial + "\n")
        write(f"{root}/sys/block/nvme{number}n1/removable", removable + "\n")
    return root


def found(folder):
    laptop = machine(f"{folder}/laptop", "a" * 32, [("52:54:00:00:00:01", "0", "pci0")], [("DISK-1", "0")])
    hub, opd = Office(f"{folder}/hub", laptop), Office(f"{folder}/opd", laptop)
    hub.run("network", "create", "--name", "Kota", NO_PASSPHRASE)
    it = hub.json("unit", "create", "--name", "IT", "--kind", "it_agency", "--as", "network", NO_PASSPHRASE)["id"]
    hub.run("procedure", "publish", "p4", "--as", "network")
    hub.run("device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", NO_PASSPHRASE)
    request, invitation = f"{folder}/opd.request", f"{folder}/opd.invitation"
    opd.run("unit", "request", "--name", "OPD", "--kind", "applicant", "--out", request, NO_PASSPHRASE)
    unit = hub.json("unit", "admit", request, "--out", invitation, "--as", "network")["id"]
    opd.run("join", invitation, "--as", "root")
    opd.run("device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", NO_PASSPHRASE)
    opd.run("device", "create", "kaopd", "--title", "Kepala OPD", "--as", "root", NO_PASSPHRASE)
    dossier = opd.run("new", "p4", "--title", "Satu", "--party", f"applicant={unit}", "--party", f"it={it}", "--as",
                      "kaopd").stdout.strip()
    with Server(hub) as server:
        assert opd.json("sync", server.address)["equal"]
    return hub, opd, dossier


def check_places(folder, hub, opd, dossier):
    """A folder that was moved may sign; one that was copied or put back may not."""
    copy = Office(f"{folder}/copy", opd.machine)
    subprocess.run(["cp", "-a", opd.folder, copy.folder], check=True)
    copy.refuses(dossier, "copy")
    shutil.rmtree(copy.folder)

    moved = Office(f"{folder}/moved", opd.machine)
    os.rename(opd.folder, moved.folder)
    moved.comment(dossier, "moved")
    os.rename(moved.folder, opd.folder)
    opd.comment(dossier, "and back")

    # The whole folder is put back where it was; file systems use inodes again, so more than that is looked at.
    backup = f"{folder}/backup"
    subprocess.run(["cp", "-a", opd.folder, backup], check=True)
    for times in range(5):
        original = f"{folder}/original"
        os.rename(opd.folder, original)
        subprocess.run(["cp", "-a", backup, opd.folder], check=True)
        opd.refuses(dossier, "copy")
        shutil.rmtree(opd.folder)
        os.rename(original, opd.folder)
    opd.comment(dossier, "the original still may")
    shutil.rmtree(backup)


def check_database(folder, hub, opd, dossier):
    """Only the database is put back: in place, with its log, without it, and beside a newer log."""
    names = ["mufakat.sqlite", "mufakat.sqlite-wal"]
    for variant in ("with log", "without log", "newer log stays"):
        saved, whole = f"{folder}/saved", f"{folder}/whole"
        os.makedirs(saved)
        with Server(hub) as server:
            opd.comment(dossier, f"before the backup, {variant}")
            opd.json("sync", server.address)
            for name in names:
                if os.path.exists(f"{opd.folder}/{name}"):
                    shutil.copyfile(f"{opd.folder}/{name}", f"{saved}/{name}")
            opd.comment(dossier, f"after the backup, {variant}")
            opd.comment(dossier, f"and once more, {variant}")
            opd.json("sync", server.address)
            # Everything as it is now, to go on with afterwards: in place again, so that inode and birth stay.
            os.makedirs(whole)
            for name in [*names, "mufakat.sqlite-shm"]:
                if os.path.exists(f"{opd.folder}/{name}"):
                    shutil.copyfile(f"{opd.folder}/{name}", f"{whole}/{name}")
            shutil.copyfile(f"{saved}/{names[0]}", f"{opd.folder}/{names[0]}")
            if variant != "newer log stays":
                for name in (names[1], "mufakat.sqlite-shm"):
                    if os.path.exists(f"{opd.folder}/{name}"):
                        os.remove(f"{opd.folder}/{name}")
            if variant == "with log" and os.path.exists(f"{saved}/{names[1]}"):
                shutil.copyfile(f"{saved}/{names[1]}", f"{opd.folder}/{names[1]}")
            done = opd.comment(dossier, "at a place that is taken?", code=None)
            if variant == "newer log stays":
                # SQLite reads the newer pages from the log: either all is there, or it is refused.
                assert done.returncode in (0, 1, 2), done.stderr
                if done.returncode == 0:
                    opd.json("sync", server.address)
                    assert hub.json("check")["forks"] == 0
                    break
            else:
                assert done.returncode == 2 and ("backup" in done.stderr), done.stderr
                opd.refuses(dossier, "backup")
                # A peer may be asked, and gives back what was sent; the key signs no more until a repair.
                report = opd.json("sync", server.address)
                assert report["equal"] and report["received"] >= 2 and report["markFault"], report
                opd.refuses(dossier, "key")
            assert hub.json("check")["forks"] == 0
            for name in [*names, "mufakat.sqlite-shm"]:
                if os.path.exists(f"{whole}/{name}"):
                    shutil.copyfile(f"{whole}/{name}", f"{opd.folder}/{name}")
                elif os.path.exists(f"{opd.folder}/{name}"):
                    os.remove(f"{opd.folder}/{name}")
            opd.comment(dossier, f"the whole database is back, {variant}")
        shutil.rmtree(saved)
        shutil.rmtree(whole)


def check_machines(folder, opd, dossier):
    """The same files under the facts of other machines."""
    card, disk = ("52:54:00:00:00:01", "0", "pci0"), ("DISK-1", "0")
    other_card, other_disk = ("52:54:00:00:00:99", "0", "pci0"), ("DISK-9", "0")
    dock = ("52:54:00:00:00:77", "0", "usb1")
    a = "a" * 32
    cases = [
        ("another Wi-Fi card", a, [other_card], [disk], True),
        ("no card that can be read", a, [], [disk], True),
        ("another disk, cloned for this machine", a, [card], [other_disk], True),
        ("nothing can be read but the id", a, [], [], True),
        ("a random address beside the same disk", a, [("02:00:00:00:00:05", "3", "pci0")], [disk], True),
        ("another machine", "b" * 32, [card], [disk], False),
        ("a cloned disk in another case", a, [other_card], [other_disk], False),
        ("a cloned disk in another case, the same dock", a, [other_card, dock], [other_disk], False),
        ("a cloned disk, the original beside it by USB", a, [other_card], [other_disk, ("DISK-1", "1")], False),
    ]
    # The mark knows the dock too, as far as it was plugged in.
    for number, (name, identity, cards, disks, may) in enumerate(cases):
        there = Office(opd.folder, machine(f"{folder}/machine-{number}", identity, cards, disks))
        done = there.comment(dossier, name, code=None)
        assert done.returncode == (0 if may else 2), (name, done.returncode, done.stderr)
        if not may:
            there.refuses(dossier, "machine")
    opd.comment(dossier, "at home again")


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-copies-")
    try:
        hub, opd, dossier = found(folder)
        check_places(folder, hub, opd, dossier)
        check_machines(folder, opd, dossier)
        check_database(folder, hub, opd, dossier)
        with Server(hub) as server:
            assert opd.json("sync", server.address)["equal"]
        assert hub.json("check")["forks"] == 0 and opd.json("check")["problems"] == []
        print("moved: signs; copied, put back, restored, another machine: refused; no fork")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
