"""What another program or the disk changes beside a replica is never shown as signed, and comes again."""
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

import cbor2

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Hostile"))

import wire  # noqa: E402

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
NO_PASSPHRASE = "--no-passphrase"
SECRET = "Aplikasi Arsip"


class Office:
    def __init__(self, folder):
        self.folder = folder

    def run(self, *arguments, code=0):
        done = subprocess.run(
            [PROGRAM, *arguments, "--replica", self.folder], capture_output=True, text=True, check=False,
            env={**os.environ, "LANG": "en_GB.UTF-8"}, stdin=subprocess.DEVNULL)
        assert code is None or done.returncode == code, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def json(self, *arguments, code=0):
        return json.loads(self.run(*arguments, "--json", code=code).stdout)

    def change(self, sql, *values):
        """Changes rows as another program would."""
        with sqlite3.connect(f"{self.folder}/mufakat.sqlite", timeout=30) as database:
            count = database.execute(sql, values).rowcount
        database.close()
        return count

    def rows(self, sql, *values):
        database = sqlite3.connect(f"{self.folder}/mufakat.sqlite", timeout=30)
        found = database.execute(sql, values).fetchall()
        database.close()
        return found

    def files(self):
        return sorted(os.listdir(f"{self.folder}/files"))


class Server:
    def __init__(self, office):
        self.office = office

    def __enter__(self):
        path = os.path.join(self.office.folder, "address")
        if os.path.exists(path):
            os.remove(path)
        self.process = subprocess.Popen(
            [PROGRAM, "serve", "--listen", "127.0.0.1:0", "--address-file", path, "--as", "simpul", "--replica",
             self.office.folder], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not (os.path.exists(path) and os.path.getsize(path)):
            assert self.process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        with open(path, encoding="ascii") as file:
            self.address = file.read().strip()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def found(folder):
    hub, opd = Office(f"{folder}/hub"), Office(f"{folder}/opd")
    hub.run("network", "create", "--name", "Kota", NO_PASSPHRASE)
    it = hub.json(
        "unit", "create", "--name", "Diskominfo", "--kind", "it_agency", "--as", "network", NO_PASSPHRASE)["id"]
    hub.run("procedure", "publish", "p4", "--as", "network")
    hub.run("device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", NO_PASSPHRASE)
    request, invitation = f"{folder}/opd.request", f"{folder}/opd.invitation"
    opd.run("unit", "request", "--name", "Dinas Arsip", "--kind", "applicant", "--out", request, NO_PASSPHRASE)
    unit = hub.json("unit", "admit", request, "--out", invitation, "--as", "network")["id"]
    opd.run("join", invitation, "--as", "root")
    opd.run("device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", NO_PASSPHRASE)
    opd.run("device", "create", "kaopd", "--title", "Kepala OPD", "--as", "root", NO_PASSPHRASE)
    dossier = opd.run("new", "p4", "--title", SECRET, "--party", f"applicant={unit}", "--party", f"it={it}", "--as",
                      "kaopd").stdout.strip()
    return hub, opd, dossier


def heal(office, server):
    """What was set apart comes again, and nothing is left to say."""
    for _ in range(2):
        office.json("sync", server.address)
    report = office.json("check")
    assert report["problems"] == [] and report["missing"] == [], report


def check_text(hub, opd, dossier, server):
    """A title that was altered is shown, printed, listed and sent by nobody as the one that was signed."""
    for read in ("show", "check", "sync"):
        old, = opd.rows("SELECT opened FROM place WHERE opened IS NOT NULL AND kind = 0 ORDER BY number LIMIT 1")[0]
        assert SECRET.encode() in old, old
        new = old.replace(b"Arsip", b"Palsu")
        assert opd.change("UPDATE place SET opened = ? WHERE opened = ?", new, old) == 1
        if read == "show":
            shown = opd.run("show", dossier)
            assert "Palsu" not in shown.stdout and "set apart" in shown.stdout, shown.stdout
            shown = opd.json("show", dossier)
            assert shown["title"] == "" and shown["damaged"] == ["title"] and shown["missingOpenings"] == 1, shown
            # Still said by the next, and by `check` with its dossier and place.
            report = opd.json("check", code=1)
            assert f"{dossier[:8]} text title" in report["problems"], report
            assert "does not fit what was signed" in opd.run("check", code=1).stdout
        elif read == "check":
            assert f"{dossier[:8]} text title" in opd.json("check", code=1)["problems"]
        else:
            # Nobody looked; what is sent is looked at all the same, and the peer's text stays.
            opd.json("sync", server.address)
            assert hub.json("show", dossier)["title"] == SECRET
            opd.run("show", dossier)
        heal(opd, server)
        assert opd.json("show", dossier)["title"] == SECRET
        assert opd.rows("SELECT count(*) FROM damaged") == [(0,)]


def check_listing(opd, dossier):
    """A listing is a copy: what it shows wrongly, `check` says and mends."""
    opd.change("UPDATE dossier SET title = 'Palsu', status = 'completed'")
    assert opd.json("list")[0]["title"] == "Palsu"
    assert opd.json("show", dossier)["title"] == SECRET
    assert f"{dossier[:8]} derived dossier" in opd.json("check", code=1)["problems"]
    assert opd.json("list")[0]["title"] == SECRET
    opd.change("DELETE FROM task")
    assert f"{dossier[:8]} derived task" in opd.json("check", code=1)["problems"]
    assert opd.json("check")["problems"] == []
    assert opd.json("rebuild")["identical"]


def check_rows(hub, opd, dossier, server):
    """Each column of a place and of a change set's row is what the signed history says: nothing that is shown, sent or
    signed follows another, and `check` says it and makes it anew."""
    opd.run("note", dossier, "hanya untuk kami", "--as", "kaopd")
    opd.json("sync", server.address)
    place, readers, author, audience, change = opd.rows(
        "SELECT number, readers, author, audience, change FROM place WHERE audience <> x'00' ORDER BY number DESC LIMIT 1")[0]
    both, = opd.rows("SELECT readers FROM place WHERE readers <> ? LIMIT 1", readers)[0]
    other, = opd.rows("SELECT number FROM unit WHERE number <> ? LIMIT 1", author)[0]
    kept = "readers, author, audience, change, mine, kind, size, erased"
    signed = opd.rows(f"SELECT {kept} FROM place WHERE number = ?", place)
    log = opd.rows("SELECT device, seq FROM change WHERE number = ?", change)

    def altered(table, sql, *values):
        assert opd.change(sql, *values) >= 1, sql
        note = hub.json("show", dossier)["missingOpenings"]
        opd.json("sync", server.address)
        assert not any(b"hanya untuk kami" in (row[0] or b"") for row in hub.rows("SELECT opened FROM place")), sql
        assert hub.json("show", dossier)["missingOpenings"] == note, sql
        problems = opd.json("check", code=1)["problems"]
        assert any(problem.startswith(f"{dossier[:8]} derived") and table in problem for problem in problems), (sql, problems)
        heal(opd, server)
        assert opd.rows("SELECT device, seq FROM change WHERE number = ?", change) == log, sql
        found = opd.rows(f"SELECT {kept} FROM place WHERE change = ?", change)
        assert found == signed, (sql, found, signed)

    altered("place", "UPDATE place SET readers = ? WHERE number = ?", both, place)
    altered("place", "UPDATE place SET readers = 9999 WHERE number = ?", place)
    altered("place", "UPDATE place SET mine = 0 WHERE number = ?", place)
    altered("place", "UPDATE place SET author = ? WHERE number = ?", other, place)
    altered("place", "UPDATE place SET kind = 1 WHERE number = ?", place)
    altered("place", "UPDATE place SET size = 7 WHERE number = ?", place)
    altered("place", "UPDATE place SET audience = x'00', readers = ? WHERE number = ?", both, place)
    altered("place", "UPDATE place SET change = change - 1 WHERE number = ?", place)
    altered("place", "UPDATE place SET erased = 1 WHERE number = ?", place)
    altered("place", "INSERT INTO place (dossier, change, commitment, kind, readers, author, mine, audience) "
            "SELECT dossier, change, commitment, kind, ?, author, mine, audience FROM place WHERE number = ?", both, place)
    altered("change", "UPDATE change SET seq = seq + 1 WHERE number = ?", change)
    opd.change("INSERT INTO device (key) VALUES (zeroblob(32))")
    altered("change", "UPDATE change SET device = (SELECT max(number) FROM device) WHERE number = ?", change)
    # A row that names no key is no row less.
    opd.change("UPDATE change SET device = 9999 WHERE number = ?", change)
    assert opd.run("show", dossier, code=None).returncode != 0
    assert any("change" in problem for problem in opd.json("check", code=1)["problems"])
    opd.change("UPDATE change SET device = ? WHERE number = ?", log[0][0], change)
    heal(opd, server)


def check_forged(opd, dossier):
    """A change set whose bytes and id are both exchanged in the database: nobody is shown it as signed."""
    network = bytes.fromhex(opd.json("network", "show")["id"])
    opd.run("comment", dossier, "asli", "--as", "kaopd")
    number, name, data = opd.rows("SELECT number, id, bytes FROM change ORDER BY number DESC LIMIT 1")[0]
    protected, _, payload, signature = cbor2.loads(data).value
    # A text is a commitment: another hash in its place is another text.
    forged = payload[:-9] + bytes([payload[-9] ^ 1]) + payload[-8:]
    signed = wire.encode(["Signature1", protected, network + bytes.fromhex(dossier), forged])
    fake = wire.blake(signed, "mufakat change")
    honest = wire.encode(["Signature1", protected, network + bytes.fromhex(dossier), payload])
    assert wire.blake(honest, "mufakat change") == name, "ids are those of the protocol"
    opd.change("UPDATE change SET id = ?, bytes = ? WHERE number = ?", fake,
               b"\xd2" + wire.encode([protected, {}, forged, signature]), number)
    for command in (("show", dossier), ("why", dossier), ("comment", dossier, "x", "--as", "kaopd")):
        done = opd.run(*command, code=None)
        assert done.returncode != 0 and "signature" in done.stdout + done.stderr, done.stdout + done.stderr
    assert any("signature" in problem for problem in opd.json("check", code=1)["problems"])
    opd.change("UPDATE change SET id = ?, bytes = ? WHERE number = ?", name, data, number)
    opd.run("show", dossier)
    assert opd.json("check")["problems"] == []


def check_names(opd, server, dossier):
    """Names of the registry, and the bytes of a procedure."""
    name = opd.rows("SELECT commitment, opened FROM name WHERE instr(opened, ?) > 0", b"Dinas Arsip")[0]
    assert opd.change("UPDATE name SET opened = ? WHERE commitment = ?", name[1].replace(b"Arsip", b"Palsu"), name[0])
    assert "Palsu" not in opd.run("show", dossier).stdout
    assert opd.rows("SELECT count(*) FROM name WHERE commitment = ? AND opened IS NOT NULL", name[0]) == [(0,)]
    assert any(problem.startswith("name ") for problem in opd.json("check", code=1)["problems"])
    blob = opd.rows("SELECT id, bytes FROM blob WHERE instr(bytes, ?) > 0", b'"procedure/1"')[0]
    assert opd.change("UPDATE blob SET bytes = ? WHERE id = ?", blob[1].replace(b'"title"', b'"titlE"', 1), blob[0])
    assert any(problem.startswith("blob ") for problem in opd.json("check", code=1)["problems"])
    opd.json("sync", server.address)
    assert opd.rows("SELECT bytes FROM blob WHERE id = ?", blob[0]) == [(blob[1],)]
    return name[0]


def check_files(folder, hub, opd, dossier, server):
    path = f"{folder}/notulen.pdf"
    with open(path, "wb") as file:
        file.write(bytes(range(256)) * 300)
    opd.run("attach", dossier, path, "--as", "kaopd")
    opd.json("sync", server.address)
    name, = hub.files()
    attachment = hub.json("show", dossier)["attachments"][0]["id"]
    out = f"{folder}/out"
    os.makedirs(out)
    for change in ("flip", "shorten", "remove"):
        kept = f"{hub.folder}/files/{name}"
        with open(kept, "rb") as file:
            content = file.read()
        if change == "flip":
            with open(kept, "r+b") as file:
                file.seek(40_000)
                file.write(b"\xff\xfe")
        elif change == "shorten":
            os.truncate(kept, 70_000)
        else:
            os.remove(kept)
        done = hub.run("attach", dossier, "--save", attachment, "--out", out, code=None)
        assert done.returncode != 0 and os.listdir(out) == [], done.stdout + done.stderr
        shown = hub.json("show", dossier)
        assert shown["missingFiles"] == 1 and not shown["attachments"][0]["here"], shown
        assert "1 attachments not received yet" in hub.run("show", dossier).stdout
        report = hub.json("check", code=1)
        assert any(" file " in problem for problem in report["problems"]) and report["missing"][0]["files"] == 1, report
        report = opd.json("sync", server.address)
        assert report["equal"], report
        with open(kept, "rb") as file:
            assert file.read() == content
        assert hub.files() == [name] and hub.json("check")["problems"] == []
    hub.run("attach", dossier, "--save", attachment, "--out", out)
    assert len(os.listdir(out)) == 1

    # Nothing that a dead process left stays; nothing is taken for a file that is none.
    dead = subprocess.Popen(["true"])
    dead.wait()
    for left in (f"files/new-{dead.pid}", f"files/{'ab' * 32}.part", f"mark.new-{dead.pid}"):
        with open(f"{hub.folder}/{left}", "wb") as file:
            file.write(b"x")
    hub.json("check")
    assert hub.files() == [name] and not os.path.exists(f"{hub.folder}/mark.new-{dead.pid}")

    empty = f"{folder}/kosong.txt"
    with open(empty, "wb"):
        pass
    done = opd.run("attach", dossier, empty, "--as", "kaopd", code=1)
    assert "--empty" in done.stderr, done.stderr
    opd.run("attach", dossier, empty, "--empty", "--as", "kaopd")
    opd.json("sync", server.address)
    assert len(hub.files()) == 2 and hub.json("check")["missing"] == []


def check_log(folder, opd, dossier):
    """A damaged frame hides every commit behind it: `check` says how many."""
    for number in range(3):
        opd.run("comment", dossier, f"satu {number}", "--as", "kaopd")
    path = f"{opd.folder}/mufakat.sqlite-wal"
    size = os.path.getsize(path)
    assert size > 32, "the log holds the last commits"
    copy = f"{folder}/copy"
    subprocess.run(["cp", "-a", opd.folder, copy], check=True)
    assert Office(copy).json("check")["problems"] == []
    with open(f"{copy}/mufakat.sqlite-wal", "r+b") as file:
        file.seek(32 + 24 + 100)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    os.remove(f"{copy}/mufakat.sqlite-shm")
    report = Office(copy).json("check", code=1)
    lost = [int(problem.split()[1]) for problem in report["problems"] if problem.startswith("log ")]
    assert lost and lost[0] >= 1, report


def main():
    with tempfile.TemporaryDirectory() as folder:
        hub, opd, dossier = found(folder)
        with Server(hub) as server:
            assert opd.json("sync", server.address)["equal"]
            check_text(hub, opd, dossier, server)
            check_listing(opd, dossier)
            check_rows(hub, opd, dossier, server)
            check_forged(opd, dossier)
            check_files(folder, hub, opd, dossier, server)
            check_names(opd, server, dossier)
        check_log(folder, opd, dossier)


if __name__ == "__main__":
    sys.exit(main())
