"""Nothing of an erased text, file, title or comment is left below any replica folder, and everything still verifies.

Three replicas hold unique words; each is found before the erasure and nowhere after it: in no table, index, log, file or
part of one, neither as typed, nor as the index writes it, nor by its last bytes (the index leaves out what a word shares
with the one before it), nor by the salt. A process that is killed between the transaction and the cleaning leaves both
to the next command.
"""
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
VERIFIER = os.path.join(os.path.dirname(__file__), "..", "..", "Tools", "verify-evidence")
BASIS = "UU 27/2022 ps. 8"
CHANCE = random.Random(27)
DATABASE = "mufakat.sqlite"


def word():
    """Begins like nothing else: the index keeps all of it but what it shares with its neighbour."""
    return "".join(CHANCE.choice("bcdfghjkmnpqrstvwxz") for _ in range(20))


def run(home, *arguments, code=0):
    done = subprocess.run([PROGRAM, *arguments, "--replica", home], capture_output=True, text=True, check=False)
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stderr}"
    return done.stdout.strip()


def value(home, *arguments):
    return json.loads(run(home, *arguments, "--json"))


def below(home):
    """Every byte below a folder, by file."""
    found = {}
    for folder, _, names in os.walk(home):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    found[os.path.relpath(path, home)] = file.read()
    return found


def places(needle, content):
    return [name for name, data in content.items() if needle in data or needle.hex().encode() in data]


def vault(home):
    return os.listdir(os.path.join(home, "files"))


class Server:
    """`mufakat serve` while the block lasts."""

    def __init__(self, home):
        self.home, self.file = home, home + ".address"

    def __enter__(self):
        self.process = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--address-file", self.file, "--as",
                                         "simpul", "--replica", self.home], stderr=subprocess.DEVNULL)
        while not (os.path.exists(self.file) and os.path.getsize(self.file)):
            assert self.process.poll() is None, "serve ended"
            time.sleep(0.01)
        with open(self.file, encoding="ascii") as file:
            return file.read().strip()

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        os.remove(self.file)


def sync(homes, server):
    with Server(server) as address:
        for home in homes:
            report = value(home, "sync", address)
            assert report["equal"] and not report["refused"], report


def found_offices(folder):
    hub, laptop, opd = (os.path.join(folder, name) for name in ("hub", "laptop", "opd"))
    run(hub, "network", "create", "--name", "Kota", "--no-passphrase")
    network = value(hub, "network", "show")["fingerprint"]
    it = value(hub, "unit", "create", "--name", "Diskominfo", "--kind", "it_agency", "--as", "network",
               "--no-passphrase")["id"]
    run(hub, "procedure", "publish", "p4", "--as", "network")
    run(hub, "device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", "--no-passphrase")
    run(hub, "device", "create", "kadis", "--title", "Kepala", "--as", "root", "--no-passphrase")
    run(hub, "mandate", "grant", "kadis", "--role", "it.head", "--instrument", "SK 1", "--title", "Kepala", "--as", "root")
    run(opd, "unit", "request", "--name", "Dinas Arsip", "--kind", "applicant", "--out", f"{folder}/opd.request",
        "--no-passphrase")
    unit = value(hub, "unit", "admit", f"{folder}/opd.request", "--as", "network", "--out", f"{folder}/opd.invitation")["id"]
    run(opd, "join", f"{folder}/opd.invitation")
    run(opd, "device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", "--no-passphrase")
    run(opd, "device", "create", "kaopd", "--title", "Kepala OPD", "--as", "root", "--no-passphrase")
    run(opd, "mandate", "grant", "kaopd", "--role", "applicant.head", "--instrument", "SK 2", "--title", "Kepala OPD",
        "--as", "root")
    run(laptop, "device", "request", "staf", "--title", "Staf", "--out", f"{folder}/staf.request", "--no-passphrase")
    run(opd, "device", "certify", f"{folder}/staf.request", "--as", "root", "--out", f"{folder}/staf.certificate")
    run(laptop, "join", f"{folder}/staf.certificate")
    return {"hub": hub, "laptop": laptop, "opd": opd}, {"it": it, "opd": unit}, network


def verify(path, network):
    """Both verifiers say the same; gives what they say of the documents."""
    said = []
    for command in ([PROGRAM, "evidence", "verify"], [sys.executable, VERIFIER]):
        done = subprocess.run([*command, path, "--network", network, "--json"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        said.append(json.loads(done.stdout))
    for key in ("verdict", "approvals", "documents", "changes", "entries"):
        assert said[0][key] == said[1][key], (key, said[0][key], said[1][key])
    return said[0]["documents"]


def erase(home, dossier, *target):
    """Two persons; the first alone changes nothing."""
    asked = value(home, "erase", dossier, *target, "--basis", BASIS, "--as", "kaopd", "--yes")
    assert asked["status"] == "awaits-second", asked
    done = value(home, "erase", dossier, "--confirm", asked["change"][:12], "--as", "root", "--yes")
    assert done["status"] == "complete", done


def salts(home, words):
    """Salts of the openings that hold one of the words."""
    database = sqlite3.connect(f"file:{home}/{DATABASE}?mode=ro", uri=True)
    rows = database.execute("SELECT salt, opened FROM place WHERE opened IS NOT NULL").fetchall()
    database.close()
    return [salt for salt, opened in rows if any(item.encode() in opened for item in words)]


def erase_everything(folder, homes, units, network):
    opd = homes["opd"]
    words = {name: [word(), word()] for name in ("title", "field", "comment", "file")}
    keep = word()

    def text(name):
        first, second = words[name]
        return f"{first.upper()} dan {second}"

    path = os.path.join(folder, f"{words['file'][0]}.txt")
    with open(path, "wb") as file:
        file.write(words["file"][1].encode() * 3_000)
    dossier = value(opd, "new", "p4", "--title", text("title"), "--party", f"applicant={units['opd']}", "--party",
                    f"it={units['it']}", "--as", "kaopd")["dossier"]
    signed = value(opd, "step", dossier, "done", "--as", "kaopd", "--set", "request_letter.letter_date=2026-03-02", "--set",
                   f"request_letter.subject={text('field')}", "--set", f"request_letter.system_name={keep}")["change"]
    comment = value(opd, "comment", dossier, text("comment"), "--as", "kaopd")["change"]
    run(opd, "attach", dossier, path, "--as", "kaopd")
    # Other texts before, between and after, so that pages are split and segments of the index merged.
    for number in range(24):
        run(opd, "comment", dossier, " ".join(word() for _ in range(CHANCE.choice([1, 20, 200]))), "--as", "kaopd")
        if number % 6 == 0:
            run(opd, "new", "p4", "--title", word(), "--party", f"applicant={units['opd']}", "--party", f"it={units['it']}",
                "--as", "kaopd")
    sync([homes["hub"], homes["laptop"], homes["hub"]], opd)
    proof = [os.path.join(folder, name) for name in ("before.evidence", "after.evidence")]
    run(opd, "evidence", "export", dossier, "--change", signed, "--out", proof[0])
    fields = verify(proof[0], network)[0]["fields"]
    assert any(words["field"][1] in field["value"] for field in fields), fields

    flat = [item for name in words for item in words[name]]
    capital = [words[name][0] for name in ("title", "field", "comment")]
    needles = {item: item.encode() for item in flat} | {f"{item} (upper)": item.upper().encode() for item in capital}
    needles |= {f"{item} (tail)": item[-9:].encode() for item in flat}
    stored = salts(opd, flat)
    assert len(stored) >= 5, stored
    needles |= {f"salt {index}": salt for index, salt in enumerate(stored)}
    file_id = value(opd, "show", dossier)["attachments"][0]["file"]
    needles["hash of the file"] = bytes.fromhex(file_id)
    for home in homes.values():
        content = below(home)
        # Of what is stored in capitals the index alone holds the small letters, perhaps without its beginning.
        missing = [name for name, needle in needles.items() if not places(needle, content) and name not in capital]
        assert missing == [], (home, "the search finds what is there", missing)
        assert file_id in vault(home), "the file lies in the vault"

    attachment = value(opd, "show", dossier)["attachments"][0]["id"]
    erase(opd, dossier, "--document", "title")
    erase(opd, dossier, "--document", "request_letter.subject")
    erase(opd, dossier, "--change", comment)
    erase(opd, dossier, "--attachment", attachment)
    sync([homes["hub"], homes["laptop"], homes["hub"]], opd)
    hashes = set()
    for name, home in homes.items():
        content = below(home)
        left = {needle: found for needle, data in needles.items() if (found := places(data, content))}
        assert left == {}, (name, left)
        assert file_id not in vault(home), name
        assert places(keep.encode(), content), "what was not erased is there"
        view = value(home, "show", dossier)
        assert view["titleErased"] == BASIS and view["title"] == "" and view["missingOpenings"] == 0, view
        assert view["attachments"][0]["erased"] == BASIS and view["comments"][0]["erased"] == BASIS
        hashes.add(view["stateHash"])
        for item in flat:
            assert value(home, "search", item) == [], (name, item)
        report = value(home, "check")
        assert report["problems"] == [] and report["integrity"] == "ok" and report["missingOpenings"] == 0, report
        assert value(home, "rebuild")["identical"], name
        assert f"dihapus: {BASIS}" in run(home, "show", dossier, "--lang", "id"), name
        assert f"dihapus: {BASIS}" in run(home, "list", "--lang", "id"), name
        assert f"erased: {BASIS}" in run(home, "history", dossier, "--lang", "en"), name
        assert "SK 2" in run(home, "why", dossier, "--lang", "id"), name
    assert len(hashes) == 1, hashes
    run(opd, "evidence", "export", dossier, "--change", signed, "--out", proof[1])
    fields = {field["path"].split("/")[-1]: field for field in verify(proof[1], network)[0]["fields"]}
    assert fields["subject"] == {"path": "doc/request_letter/1/subject", "value": "", "erased": BASIS}, fields
    assert fields["system_name"]["value"] == keep, fields
    verify(proof[0], network)
    sheet = os.path.join(folder, "sheet.html")
    run(opd, "print", dossier, "request_letter", "--out", sheet)
    with open(sheet, encoding="utf-8") as file:
        page = file.read()
    assert f"dihapus: {BASIS}" in page and not any(item in page.lower() for item in flat), page
    return len(needles)


def kill_before_cleaning(homes, units):
    """A reader holds the log, so the cleaning cannot end; the process is killed after its transaction."""
    opd = homes["opd"]
    secret = word()
    dossier = value(opd, "new", "p4", "--title", "Lain", "--party", f"applicant={units['opd']}", "--party",
                    f"it={units['it']}", "--as", "kaopd")["dossier"]
    comment = value(opd, "comment", dossier, secret, "--as", "kaopd")["change"]
    asked = value(opd, "erase", dossier, "--change", comment, "--basis", BASIS, "--as", "kaopd", "--yes")["change"]
    path = os.path.join(opd, DATABASE)
    reader, watcher = (sqlite3.connect(path, isolation_level=None) for _ in range(2))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM place").fetchone()
    process = subprocess.Popen([PROGRAM, "erase", dossier, "--confirm", asked, "--as", "root", "--yes", "--replica", opd],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while watcher.execute("SELECT value FROM counter WHERE key = 'scrub'").fetchone() in (None, (0,)):
        assert process.poll() is None, "the erasure ended before it was killed"
        time.sleep(0.001)
    process.kill()
    process.wait()
    assert process.returncode == -signal.SIGKILL, process.returncode
    assert places(secret.encode(), below(opd)), "the transaction alone leaves it on the disk"
    rows = watcher.execute("SELECT count(*) FROM place WHERE opened LIKE '%' || ? || '%'", (secret,)).fetchone()
    assert rows == (0,), "but no row holds it"
    reader.execute("COMMIT")
    for connection in (reader, watcher):
        connection.close()
    run(opd, "list")
    assert places(secret.encode(), below(opd)) == [], "the next command finishes"
    assert places(secret[-9:].encode(), below(opd)) == []
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    assert database.execute("SELECT value FROM counter WHERE key = 'scrub'").fetchone() == (0,)
    database.close()
    assert value(opd, "rebuild")["identical"]


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-erase-")
    try:
        homes, units, network = found_offices(folder)
        count = erase_everything(folder, homes, units, network)
        kill_before_cleaning(homes, units)
        print(f"{count} needles in 3 replicas: found before, nowhere after; both verifiers agree; a kill is finished later")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
