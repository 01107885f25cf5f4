"""Both verifiers say the same, field by field, about evidence that stands, stands no more, or never was any; and an
exported audit is proved from its files alone, or refused when anything in it was changed."""
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "Tools", "MainJob"))

from office import Office, Server  # noqa: E402

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
VERIFIER = os.path.join(ROOT, "Tools", "verify-evidence")
Office.program = PROGRAM
# What only a verifier that folds can say (Protocol 7 section 4), and who folds.
FOLDED = {"fold", "folded"}
DEFINITION = {
    "format": "procedure/1", "id": "uji.kecil", "version": 1, "title": "Uji kecil",
    "source": {"institution": "Uji", "file": "uji.txt", "date": "2026-01-01"}, "zone": "Asia/Jakarta",
    "calendar": "id.nasional", "dayUnit": "working",
    "parties": {"applicant": {"kind": "applicant", "label": "OPD"}, "it": {"kind": "it_agency", "label": "Diskominfo"},
                "vendor": {"kind": "vendor", "label": "Pihak ketiga", "bindAt": "3"}},
    "roles": {"applicant.head": {"party": "applicant", "title": "Kepala OPD"},
              "applicant.chief": {"party": "applicant", "title": "Atasan"},
              "it.head": {"party": "it", "title": "Kepala Dinas"},
              "it.field_head": {"party": "it", "title": "Kepala Bidang"},
              "vendor.head": {"party": "vendor", "title": "Direktur"}},
    "docs": {"request": {"title": "Permohonan", "fields": ["subject:text", "note:text?"], "audience": {"note": "own"}}},
    "start": "1",
    "steps": [
        {"id": "1", "title": "Mohon", "kind": "action", "by": ["applicant.head"], "brings": ["request"], "due": "1 hari",
         "contest": {"resolver": "applicant.chief"}, "next": {"done": "2"}},
        {"id": "2", "title": "Putuskan", "kind": "decision", "by": ["it.field_head", "it.head"], "due": "1 hari",
         "contest": {"resolver": "it.head"},
         "next": {"perlu": "3", "tidak_perlu": {"to": "stop", "effect": "discontinue", "ask": ["reason"]}}},
        {"id": "3", "title": "Tunjuk", "kind": "decision", "by": ["it.head"], "bind": ["vendor"], "due": "1 hari",
         "contest": {"resolver": "it.head"},
         "next": {"tunjuk": "4", "batal": {"to": "stop", "effect": "discontinue", "ask": ["reason"]}}},
        {"id": "4", "title": "Bangun", "kind": "decision", "by": ["vendor.head", "it.field_head"], "due": "1 hari",
         "contest": {"resolver": "it.head"}, "next": {"selesai": "selesai", "gagal": {"to": "stop", "effect": "discontinue", "ask": ["reason"]}}}],
    "ends": {"selesai": {"title": "Selesai", "state": "completed"}, "stop": {"title": "Berhenti", "state": "discontinued"}}}


def same(left, right, where):
    """Equal but for what only the fold knows, and for what the other could not decide."""
    if isinstance(right, dict):
        for key in right:
            if right[key] is not None and key not in FOLDED:
                same(left[key], right[key], f"{where}.{key}")
    elif isinstance(right, list):
        assert len(left) == len(right), (where, left, right)
        for place, (one, two) in enumerate(zip(left, right)):
            same(one, two, f"{where}[{place}]")
    else:
        assert left == right, (where, left, right)


class City:
    """Diskominfo with the network's root, an OPD and a vendor, each with a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.hub, self.opd, self.pt = (Office(os.path.join(folder, name), name) for name in ("hub", "opd", "pt"))
        members = [self.recoverer(name) for name in ("satu", "dua", "tiga")]
        named = [part for member in members for part in ("--recovery", member)]
        self.hub.run("network", "create", "--name", "Kota", "--no-passphrase")
        self.network = self.hub.json("network", "show")["fingerprint"]
        self.it = self.hub.json("unit", "create", "--name", "Diskominfo", "--kind", "it_agency", "--as", "network",
                                "--no-passphrase", *named, "--threshold", "2")["id"]
        definition = self.path("uji.json")
        with open(definition, "w", encoding="utf-8") as file:
            json.dump(DEFINITION, file)
        self.hub.run("procedure", "publish", definition, "--as", "network")
        self.node(self.hub)
        self.applicant = self.join(self.opd, "Dinas Arsip", "applicant")
        self.vendor = self.join(self.pt, "PT Contoh", "vendor")
        self.mandates = {}
        for key, role in (("kadis", "it.head"), ("kabid", "it.field_head"), ("kasi", "it.field_head")):
            self.person(self.hub, key, role)
        self.person(self.opd, "kaopd", "applicant.head")
        self.person(self.opd, "wakil", "applicant.head")
        self.person(self.pt, "direktur", "vendor.head")
        self.person(self.pt, "wakil", "vendor.head")

    def recoverer(self, name):
        request = self.path(name + ".recovery")
        Office(self.path(name), name).run("recovery", "request", name, "--title", f"Pejabat {name}", "--no-passphrase",
                                          "--out", request)
        return request

    def path(self, name):
        return os.path.join(self.folder, name)

    def node(self, office):
        office.run("device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", "--no-passphrase")

    def join(self, office, name, kind):
        request, invitation = self.path(office.name + ".request"), self.path(office.name + ".invitation")
        office.run("unit", "request", "--name", name, "--kind", kind, "--no-passphrase", "--out", request)
        self.hub.run("unit", "admit", request, "--as", "network", "--out", invitation)
        office.run("join", invitation, "--as", "root")
        self.node(office)
        return [unit["id"] for unit in office.json("unit", "list") if unit["name"] == name][0]

    def person(self, office, key, role, authority="root"):
        office.run("device", "create", key, "--title", key.capitalize(), "--as", authority, "--no-passphrase")
        self.mandates[office.name, key] = office.json(
            "mandate", "grant", key, "--role", role, "--instrument", f"SK {key}", "--title", f"Pejabat {key}", "--as",
            authority)["id"]

    def meet(self):
        with Server(self.hub) as server:
            for office in (self.opd, self.pt, self.opd):
                office.sync(server)

    def open(self, title, key="kaopd"):
        """A dossier whose step 2 is open, known to the hub."""
        dossier = self.opd.json("new", "uji.kecil", "--title", title, "--party", f"applicant={self.applicant}", "--party",
                                f"it={self.it}", "--as", key)["dossier"]
        done = self.opd.json("step", dossier, "done", "--set", "request.subject=Aplikasi", "--as", key)["change"]
        self.meet()
        return dossier, done

    def decide(self, dossier, key):
        return self.hub.json("step", dossier, "perlu", "--as", key)["change"]

    def verify(self, path):
        ours = subprocess.run([PROGRAM, "evidence", "verify", path, "--network", self.network, "--json"],
                              capture_output=True, text=True, check=False)
        theirs = subprocess.run([sys.executable, VERIFIER, path, "--network", self.network, "--json"],
                                capture_output=True, text=True, check=False)
        assert ours.returncode == theirs.returncode, (path, ours.returncode, theirs.returncode, ours.stderr, theirs.stdout)
        assert ours.stdout, (ours.stderr, theirs.stdout)
        return ours.returncode, json.loads(ours.stdout), json.loads(theirs.stdout)

    def shows(self, words, hides):
        """What stands in the proof that was exported last, and what does not."""
        with open(self.path("proof"), "rb") as file:
            data = file.read()
        for word in words:
            assert word.encode() in data, word
        for word in hides:
            assert word.encode() not in data, word

    def expect(self, dossier, change, verdict, reason="", office=None, **line):
        """Exports the proof of a change set, and both say so."""
        path = self.path("proof")
        (office or self.hub).run("evidence", "export", dossier, "--change", change, "--out", path)
        code, left, right = self.verify(path)
        same(left, right, "evidence")
        assert (right["verdict"], right["reason"]) == (verdict, reason), (right["verdict"], right["reason"], verdict, reason)
        assert code == {"standing": 0, "superseded": 2, "not-valid": 1}[verdict]
        for key, value in line.items():
            assert right["approvals"][0][key] == value, (key, right["approvals"][0][key], value)
        return right


def plain(city):
    city.person(city.opd, "lama", "applicant.head")
    dossier, done = city.open("Satu", "lama")
    right = city.expect(dossier, done, "standing", instrument="SK lama", position="Pejabat lama", capacity="definitif")
    assert right["documents"][0]["fields"][0]["value"] == "Aplikasi" and right["title"] == "Satu"
    # Names are those of what the act rests on, and no others of the network.
    city.shows(["Pejabat lama", "SK lama", "Dinas Arsip", "Aplikasi"],
               ["Pejabat kaopd", "SK kaopd", "PT Contoh", "Kabid", "Pejabat direktur", "Simpul"])
    # A valid signature by a certified key, and no mandate: no evidence of anything.
    edit = city.opd.json("edit", dossier, "--title", "Satu saja", "--as", "lama")["change"]
    city.expect(dossier, edit, "not-valid", "no-act", office=city.opd)
    # A mandate that ends tomorrow: what was signed before is accepted in the same command, and stands.
    city.opd.run("revoke", city.mandates["opd", "lama"], "--effective", "2035-01-01", "--as", "root")
    line = city.expect(dossier, done, "standing", office=city.opd)["approvals"][0]
    assert [ending["accepted"] for ending in line["endings"]] == [True], line
    return dossier


def internal(city):
    """What was written for the own unit is opened for outsiders only where whoever exports says so."""
    dossier = city.opd.json("new", "uji.kecil", "--title", "Sembilan", "--party", f"applicant={city.applicant}", "--party",
                            f"it={city.it}", "--as", "kaopd")["dossier"]
    done = city.opd.json("step", dossier, "done", "--set", "request.subject=x", "--set", "request.note=Rahasia dinas", "--as",
                         "kaopd")["change"]
    right = city.expect(dossier, done, "standing", office=city.opd)
    city.shows(["Sembilan"], ["Rahasia dinas"])
    assert [field["value"] for field in right["documents"][0]["fields"]] == ["", "x"], right["documents"]
    told = city.opd.run("evidence", "export", dossier, "--change", done, "--internal", "--out", city.path("proof"))
    city.shows(["Rahasia dinas"], [])
    assert "1" in told.stderr and told.stderr.strip(), told
    code, left, right = city.verify(city.path("proof"))
    same(left, right, "evidence")
    assert code == 0 and [field["value"] for field in right["documents"][0]["fields"]] == ["Rahasia dinas", "x"]
    city.opd.run("evidence", "export", dossier, "--all", "--out", city.path("proof"))
    city.shows(["Sembilan", "Pejabat kaopd"], ["Rahasia dinas"])
    return dossier


def another_instance(city):
    """Whoever wrote at the greatest number freezes nobody's document."""
    dossier = city.opd.json("new", "uji.kecil", "--title", "Sepuluh", "--party", f"applicant={city.applicant}", "--party",
                            f"it={city.it}", "--as", "kaopd")["dossier"]
    city.opd.run("edit", dossier, "request", "subject=sampah", "--instance", "65535", "--as", "wakil")
    for wrong in ("0", "65536", "99999999999"):
        city.opd.run("edit", dossier, "request", "subject=sampah", "--instance", wrong, "--as", "wakil", code=1)
    city.opd.run("edit", dossier, "request", "subject=Aplikasi", "--as", "kaopd")
    told = city.opd.run("step", dossier, "done", "--instance", "7", "--as", "kaopd", code=1)
    assert "{1, 65535}" in told.stderr, told.stderr
    done = city.opd.json("step", dossier, "done", "--as", "kaopd")["change"]
    right = city.expect(dossier, done, "standing", office=city.opd)
    assert [(item["document"], item["instance"]) for item in right["documents"]] == [("request", 1)], right
    city.opd.run("print", dossier, "request", "--out", city.path("cetak.html"))
    with open(city.path("cetak.html"), encoding="utf-8") as file:
        page = file.read()
    assert "Aplikasi" in page and "sampah" not in page
    return dossier


def outside_cut_with_document(city):
    """What an administrator's puppet wrote and signed is proved to be outside his chain's cut, document and all."""
    delegation = city.opd.json("device", "create", "petugas", "--administrator", "--title", "Petugas", "--as", "root",
                               "--no-passphrase")["id"]
    city.person(city.opd, "wayang", "applicant.head", authority="petugas")
    dossier = city.opd.json("new", "uji.kecil", "--title", "Sebelas", "--party", f"applicant={city.applicant}", "--party",
                            f"it={city.it}", "--as", "kaopd")["dossier"]
    done = city.opd.json("step", dossier, "done", "--set", "request.subject=Palsu", "--as", "wayang")["change"]
    city.expect(dossier, done, "standing", office=city.opd)
    city.opd.run("revoke", delegation, "--compromised", "--cut", "none", "--as", "root")
    right = city.expect(dossier, done, "not-valid", "outside-chain-cut", office=city.opd, validAsSigned=False)
    assert [field["value"] for field in right["documents"][0]["fields"]] == ["Palsu"], right["documents"]
    return dossier


def ratified(city, author="wakil", ratifier="kaopd"):
    dossier = city.opd.json("new", "uji.kecil", "--title", "Dua", "--party", f"applicant={city.applicant}", "--party",
                            f"it={city.it}", "--as", author)["dossier"]
    done = city.opd.json("step", dossier, "done", "--set", "request.subject=x", "--as", author)["change"]
    city.opd.run("revoke", city.mandates["opd", author], "--effective", "2021-01-01", "--as", "root")
    city.expect(dossier, done, "superseded", "revoked", office=city.opd, validAsSigned=True, standing=False)
    why = city.opd.json("why", dossier, done[:10])
    assert not why["effective"] and why["plainWork"] and not why["endings"][0]["accepted"], why
    ratification = city.opd.json("ratify", dossier, "--all", "--as", ratifier)["change"]
    city.expect(dossier, done, "standing", office=city.opd, ratifiedBy=[ratification])
    assert [item["change"] for item in city.opd.json("why", dossier, done[:10])["ratifiedBy"]] == [ratification]
    return dossier


def ratified_by_resolver(city):
    """By a superior who does not decide the step, but may rule on it."""
    city.person(city.opd, "pembantu", "applicant.head")
    city.person(city.opd, "atasan", "applicant.chief")
    return ratified(city, "pembantu", "atasan")


def protected(city):
    """A sole signatory is disowned; what two of its unit and another unit stand for is not."""
    sole, _ = city.open("Tiga")
    city.person(city.hub, "plt", "it.field_head")
    alone = city.decide(sole, "plt")
    city.meet()
    city.opd.run("acknowledge", sole, "--as", "kaopd")
    both, _ = city.open("Empat")
    first = city.decide(both, "plt")
    city.meet()
    city.opd.run("acknowledge", both, "--as", "kaopd")
    city.meet()
    # A second person of the unit goes on from it.
    city.hub.run("step", both, "batal", "--reason", "Anggaran", "--as", "kadis")
    city.hub.run("revoke", city.mandates["hub", "plt"], "--effective", "2021-01-01", "--as", "root")
    city.expect(sole, alone, "superseded", "revoked", disputed=True, protected=False)
    line = city.expect(both, first, "standing", protected=True)["approvals"][0]
    assert not line["endings"][0]["accepted"]
    assert [item["position"] for item in city.hub.json("why", both, first[:10])["protectedBy"]] == [
        "Pejabat kaopd", "Pejabat kadis"]
    return sole


def administrator_cut(city):
    dossier, _ = city.open("Lima")
    delegation = city.hub.json("device", "create", "pengelola", "--administrator", "--title", "Pengelola", "--as", "root",
                               "--no-passphrase")["id"]
    city.person(city.hub, "boneka", "it.field_head", authority="pengelola")
    change = city.decide(dossier, "boneka")
    city.expect(dossier, change, "standing")
    assert city.hub.json("why", dossier, change[:10])["grant"]["grantorName"] == "Pengelola"
    city.hub.run("revoke", delegation, "--compromised", "--cut", "none", "--as", "root")
    city.expect(dossier, change, "not-valid", "outside-chain-cut", validAsSigned=False)
    return dossier


def suspended(city):
    dossier, _ = city.open("Enam")
    city.hub.run("unit", "suspend", "Dinas Arsip", "--as", "network")
    done = [item for item in city.hub.json("history", dossier) if item["operations"][0].startswith("outcome")][0]["id"]
    city.expect(dossier, done, "superseded", "suspended")
    # The unit's node prepared what was known; its administrator signs it.
    city.hub.run("settle", "--as", "root")
    line = city.expect(dossier, done, "standing")["approvals"][0]
    assert line["endings"][0]["accepted"]
    why = city.hub.json("why", dossier, done[:12])
    (drawer,) = why["endings"][0]["drawnBy"]
    assert drawer["unit"] == "Diskominfo", why
    city.hub.run("unit", "lift", "Dinas Arsip", "--as", "network")
    # It has to have heard of it before what it signs counts again.
    city.meet()
    city.expect(dossier, drawer["change"], "standing", kind="accept")
    return dossier


def removed(city):
    """A vendor that the procedure bound: what it signs after two units removed it has no effect."""
    dossier, _ = city.open("Tujuh")
    city.decide(dossier, "kabid")
    city.hub.run("step", dossier, "tunjuk", "--bind", f"vendor={city.vendor}", "--as", "kadis")
    city.meet()
    before = city.pt.json("acknowledge", dossier, "--as", "direktur")["change"]
    city.meet()
    city.hub.run("party", "remove", dossier, "PT Contoh", "--reason", "Kontrak berakhir", "--as", "kadis")
    # It goes on meanwhile; the OPD, which has not seen that, signs second.
    late = city.pt.json("step", dossier, "selesai", "--as", "direktur")["change"]
    with Server(city.hub) as server:
        city.opd.sync(server)
        city.opd.run("party", "remove", dossier, "PT Contoh", "--as", "kaopd")
        city.pt.sync(server)
        city.opd.sync(server)
    city.expect(dossier, before, "standing")
    city.expect(dossier, late, "superseded", "removed")
    return dossier


def migrated(city):
    """A newer version gives a later step to somebody else; what the two heads signed goes along in every proof."""
    dossier, done = city.open("Delapan")
    newer = copy.deepcopy(DEFINITION)
    newer["version"] = 2
    newer["steps"][2]["by"] = ["it.field_head"]
    path = city.path("uji-2.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(newer, file)
    city.hub.run("procedure", "publish", path, "--as", "network")
    first = city.hub.json("migrate", dossier, "--as", "kadis")["change"]
    city.meet()
    second = city.opd.json("migrate", dossier, "--as", "kaopd")["change"]
    city.meet()
    city.decide(dossier, "kabid")
    # Under the first version this would be an opinion: who does not fold cannot say that it is none.
    chosen = city.hub.json("step", dossier, "tunjuk", "--bind", f"vendor={city.vendor}", "--as", "kasi")["change"]
    assert city.hub.json("show", dossier)["version"] == 2
    for change in (done, first, second):
        city.expect(dossier, change, "standing")
    city.hub.run("evidence", "export", dossier, "--change", chosen, "--out", city.path("proof"))
    results = [subprocess.run([*program, city.path("proof"), "--network", city.network, "--json"], capture_output=True,
                              text=True, check=False) for program in ([PROGRAM, "evidence", "verify"], [sys.executable, VERIFIER])]
    assert [json.loads(result.stdout)["verdict"] for result in results] == ["standing", "undecided"], results
    return dossier


def accept_stands(city, office, dossier):
    """What the root accepted before it was replaced, the new one accepted again."""
    lines = [line for line in office.json("audit")["acts"] if line["dossier"] == dossier and line["kind"] == "accept"]
    old, new = lines[0], lines[-1]
    assert old["key"] != new["key"] and old["standing"] and new["standing"], lines
    assert ("succession", True) in [(ending["kind"], ending["accepted"]) for ending in old["endings"]], old
    city.expect(dossier, old["change"], "standing", office=office, kind="accept")
    why = office.json("why", dossier, old["change"][:12])
    assert [item["change"] for item in why["endings"][0]["drawnBy"]] == [new["change"]] and why["ground"]["kind"] == "genesis"
    assert office.json("why", dossier, new["change"][:12])["ground"]["kind"] in ("rotation", "recovery")


def rotated(city, dossier):
    city.opd.run("unit", "rotate", "--no-passphrase")
    accept_stands(city, city.opd, dossier)


def recovered(city, dossier):
    proposal = city.path("baru.usulan")
    city.hub.run("unit", "recover", "--propose", proposal, "--no-passphrase")
    consents = []
    for name in ("dua", "tiga"):
        consents += ["--consent", city.path(name + ".setuju")]
        Office(city.path(name), name).run("recovery", "consent", proposal, "--as", name, "--out", consents[-1])
    city.hub.run("unit", "recover", "--complete", proposal, *consents)
    accept_stands(city, city.hub, dossier)


def every_act(city, dossiers):
    """Files of whole dossiers, from every replica that is a party."""
    for office in (city.hub, city.opd):
        for item in office.json("list"):
            path = city.path("all")
            office.run("evidence", "export", item["id"], "--all", "--out", path)
            code, left, right = city.verify(path)
            assert code == 0 and right["verdict"] == "listing"
            same(left, right, item["title"])
    assert len(city.hub.json("list")) >= len(dossiers)


def audit(city):
    folder = city.path("audit")

    def check(expected):
        done = subprocess.run([sys.executable, VERIFIER, "--audit", folder, "--network", city.network, "--json"],
                              capture_output=True, text=True, check=False)
        result = json.loads(done.stdout)
        assert (done.returncode == 0) == (result["verdict"] == "proved") == expected, result
        return result

    report = city.hub.json("audit", "--export", folder)
    result = check(True)
    assert (result["lines"], result["dossiers"]) == (report["acts"], report["dossiers"]) and result["lines"] > 15
    assert result["undecided"] == 0, result
    listing = os.path.join(folder, "audit.json")
    with open(listing, encoding="utf-8") as file:
        good = json.load(file)
    with open(listing, "rb") as file:
        assert file.read() == city.hub.run("audit", "--json").stdout.encode(), "the listing is the same to a byte"

    def tampered(change):
        bad = copy.deepcopy(good)
        change(bad)
        with open(listing, "w", encoding="utf-8") as file:
            json.dump(bad, file)
        check(False)

    for key, value in (("standing", True), ("validAsSigned", False), ("reason", "removed"), ("position", "Pejabat lain"),
                       ("capacity", "plt"), ("instrument", "SK palsu"), ("assurance", "certified"), ("unit", "Lain"),
                       ("stated", 1), ("registryHeight", 1), ("step", "9"), ("disputed", True)):
        place = [number for number, line in enumerate(good["acts"]) if line[key] != value][0]
        tampered(lambda bad, key=key, value=value, place=place: bad["acts"][place].update({key: value}))
    for place in (0, len(good["acts"]) // 2, len(good["acts"]) - 1):
        tampered(lambda bad, place=place: bad["acts"].pop(place))
        tampered(lambda bad, place=place: bad["acts"].insert(place, bad["acts"][place]))
    tampered(lambda bad: bad["dossiers"].pop())
    tampered(lambda bad: bad["dossiers"][0].update({"title": "Lain"}))
    tampered(lambda bad: bad["filter"].update({"until": "2020-01-01"}))
    tampered(lambda bad: bad.update({"network": "0" * 64}))
    with open(listing, "w", encoding="utf-8") as file:
        json.dump(good, file)
    check(True)
    # A file more, one of another dossier, one that is damaged.
    with open(os.path.join(folder, "more.evidence"), "wb") as file:
        file.write(b"x")
    check(False)
    os.remove(file.name)
    one, two = (os.path.join(folder, item["dossier"] + ".evidence") for item in good["dossiers"][:2])
    shutil.copy(one, city.path("kept"))
    shutil.copy(two, one)
    check(False)
    with open(city.path("kept"), "rb") as source, open(one, "wb") as target:
        data = source.read()
        target.write(data[:-1] + bytes([data[-1] ^ 1]))
    check(False)
    # With a filter, only those lines; the files prove that none of them is missing.
    shutil.rmtree(folder)
    report = city.hub.json("audit", "--unit", "Dinas Arsip", "--year", "2026", "--export", folder)
    assert check(True)["lines"] == report["acts"] < len(good["acts"])
    assert city.hub.json("audit", "--unit", "PT Contoh", "--until", "2020-01-01")["acts"] == []


def damaged(city):
    path = city.path("proof")
    with open(path, "rb") as file:
        data = file.read()
    for place in (0, 1, len(data) // 2, len(data) - 1):
        with open(path, "wb") as file:
            file.write(data[:place])
        for command in ([PROGRAM, "evidence", "verify"], [sys.executable, VERIFIER]):
            done = subprocess.run([*command, path, "--network", city.network], capture_output=True, text=True, check=False)
            assert done.returncode == 1, (place, done.stdout, done.stderr)


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-evidence-")
    try:
        city = City(folder)
        cases = (plain, internal, another_instance, outside_cut_with_document, ratified, ratified_by_resolver, protected,
                 administrator_cut, suspended, removed, migrated)
        dossiers = [case(city) for case in cases]
        rotated(city, dossiers[0])
        recovered(city, dossiers[cases.index(administrator_cut)])
        every_act(city, dossiers)
        audit(city)
        damaged(city)
        print("both verifiers agree: " + ", ".join(case.__name__ for case in (*cases, rotated, recovered)) + "; the audit is proved")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
