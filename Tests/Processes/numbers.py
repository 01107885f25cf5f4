"""Letter numbers out of leased blocks: two laptops of a unit without a network never give out the same.

What is leased, borne or void is refused; a number that is borne twice by hand of an old replica shows as a conflict.
"""
import json
import os
import subprocess
import tempfile

PROGRAM = os.environ["MUFAKAT_PROGRAM"]


def call(home, *arguments):
    return subprocess.run([PROGRAM, *arguments, "--replica", home], capture_output=True, text=True, check=False)


def run(home, *arguments, code=0):
    done = call(home, *arguments)
    assert done.returncode == code, f"{arguments}: {done.returncode}\n{done.stderr}"
    return done.stdout.strip()


def value(home, *arguments):
    return json.loads(run(home, *arguments, "--json"))


class Server:
    """`mufakat serve` while the block lasts."""

    def __init__(self, home):
        self.home, self.file = home, home + ".address"

    def __enter__(self):
        self.process = subprocess.Popen([PROGRAM, "serve", "--listen", "127.0.0.1:0", "--address-file", self.file, "--as",
                                         "simpul", "--replica", self.home], stderr=subprocess.DEVNULL)
        while not (os.path.exists(self.file) and os.path.getsize(self.file)):
            assert self.process.poll() is None
        with open(self.file, encoding="utf-8") as file:
            return file.read().strip()

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        os.remove(self.file)


def meet(hub, laptop):
    with Server(hub) as address:
        run(laptop, "sync", address, "--as", "kabid")


def main():
    with tempfile.TemporaryDirectory() as folder:
        hub, laptop = (os.path.join(folder, name) for name in ("hub", "laptop"))
        request, certificate = os.path.join(folder, "q"), os.path.join(folder, "c")
        run(hub, "network", "create", "--name", "Kota", "--no-passphrase")
        unit = value(hub, "unit", "create", "--name", "Diskominfo", "--kind", "it_agency", "--as", "network",
                     "--no-passphrase")["id"]
        run(hub, "procedure", "publish", "p4", "--as", "network")
        for key, role in (("umum", "it.general"), ("simpul", None)):
            options = ("--node",) if role is None else ()
            run(hub, "device", "create", key, "--title", key, "--as", "root", "--no-passphrase", *options)
            if role:
                run(hub, "mandate", "grant", key, "--role", role, "--instrument", "SK 1", "--title", key, "--as", "root")
        run(laptop, "device", "request", "kabid", "--title", "Kabid", "--out", request, "--no-passphrase")
        run(hub, "device", "certify", request, "--as", "root", "--out", certificate)
        run(laptop, "join", certificate)
        dossiers = [value(hub, "new", "p4", "--title", f"Berkas {number}", "--party", f"applicant={unit}", "--party",
                          f"it={unit}", "--as", "umum")["dossier"] for number in range(2)]
        book = ("--register", "BA-2026")
        lease = ("number", "lease", dossiers[0], *book, "--as", "umum")
        run(hub, *lease, "--from", "1", "--until", "2", "--to", "umum")
        run(hub, *lease, "--from", "2", "--until", "9", "--to", "Kabid", code=2)
        run(hub, *lease, "--from", "0", "--until", "9", "--to", "Kabid", code=1)
        run(hub, *lease, "--from", "9", "--until", "8", "--to", "Kabid", code=1)
        run(hub, *lease, "--from", "10", "--until", "1000000000", "--to", "Kabid", code=1)
        run(hub, *lease, "--from", "100", "--until", "10100", "--to", "Kabid", code=1)
        run(hub, "number", "lease", dossiers[0], "--register", "a/b", "--from", "1", "--until", "2", "--to", "umum", "--as",
            "umum", code=1)
        run(hub, *lease, "--from", "11", "--until", "12", "--to", "Kabid")
        meet(hub, laptop)

        def use(home, dossier, key, *options, code=0):
            done = call(home, "number", "use", dossier, "uat_record", *book, "--format", "{000}/BA/2026", "--as", key,
                        *options)
            assert done.returncode == code, done
            return done.stdout.strip()

        # Both without the other.
        assert use(hub, dossiers[0], "umum") == "001/BA/2026"
        assert use(laptop, dossiers[1], "kabid") == "011/BA/2026"
        run(hub, "number", "void", dossiers[0], *book, "--number", "1", "--as", "umum", code=2)
        run(hub, "number", "void", dossiers[1], *book, "--number", "2", "--reason", "Salah cetak", "--as", "umum")
        use(hub, dossiers[1], "umum", code=2)
        assert use(laptop, dossiers[0], "kabid") == "012/BA/2026"
        use(laptop, dossiers[0], "kabid", code=2)
        run(hub, *lease, "--from", "20", "--until", "29", "--to", "umum")
        run(hub, "number", "use", dossiers[0], "uat_record", *book, "--format", "tanpa", "--as", "umum", code=1)
        run(hub, "number", "use", dossiers[0], "build", *book, "--as", "umum", code=1)
        meet(hub, laptop)
        lists = [value(home, "number", "list", *book) for home in (hub, laptop)]
        assert lists[0] == lists[1], lists
        kinds = [row["kind"] for row in lists[0]]
        assert kinds.count("lease") == 3 and kinds.count("use") == 3 and kinds.count("void") == 1, kinds
        assert all(row["conflicts"] == [] for row in lists[0]), lists[0]
        fields = [field for document in value(hub, "show", dossiers[1])["documents"] for field in document["fields"]]
        assert {"path": "doc/uat_record/1/number", "value": "011/BA/2026"} in fields, fields
        for home in (hub, laptop):
            assert value(home, "rebuild")["identical"], home
            assert value(home, "number", "list", *book) == lists[0], "made anew from the signed facts"
            hashes = {dossier: value(home, "show", dossier)["stateHash"] for dossier in dossiers}
        assert hashes == {dossier: value(hub, "show", dossier)["stateHash"] for dossier in dossiers}
        clash(hub, laptop, dossiers, book)
    print("numbers: ok")


def clash(hub, laptop, dossiers, book):
    """Voided on one side while the other gives it out: both see it, in the dossier and in the register."""
    run(hub, "number", "lease", dossiers[0], *book, "--from", "40", "--until", "41", "--to", "Kabid", "--as", "umum")
    meet(hub, laptop)
    run(hub, "number", "void", dossiers[0], *book, "--number", "40", "--as", "umum")
    run(laptop, "number", "use", dossiers[0], "minutes", *book, "--field", "number", "--as", "kabid", code=1)
    run(laptop, "number", "use", dossiers[0], "schedule_record", *book, "--as", "kabid")
    meet(hub, laptop)
    for home in (hub, laptop):
        rows = [row for row in value(home, "number", "list", *book) if row["first"] == 40 and row["kind"] != "lease"]
        assert len(rows) == 2 and all(row["conflicts"] == ["void"] for row in rows), rows
        why = [row["kind"] for row in value(home, "why", dossiers[0])]
        assert "letter-number" in why, why
        assert "sudah dibatalkan" in run(home, "why", dossiers[0], "--lang", "id")


main()
