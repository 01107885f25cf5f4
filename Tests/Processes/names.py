"""Who learns whose names, between live processes: vendors who dial each other keep no word of each other, a fresh laptop
finds the agencies, and a new party is called by its slot until its name comes, at equal roots too (Protocol 3 section 2).
"""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from copies import NO_PASSPHRASE, Office, Server, found  # noqa: E402


def holds(office, text):
    """Whether the bytes of a text lie in any file of a replica."""
    for folder, _, files in os.walk(office.folder):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                if text.encode() in file.read():
                    return True
    return False


def unit(folder, hub, name, kind, person, instrument, *options):
    office = Office(f"{folder}/{name.split()[1]}", hub.machine)
    request, invitation = office.folder + ".request", office.folder + ".invitation"
    office.run("unit", "request", "--name", name, "--kind", kind, *options, "--out", request, NO_PASSPHRASE)
    admitted = hub.json("unit", "admit", request, "--out", invitation, "--as", "network")["id"]
    office.run("join", invitation, "--as", "root")
    office.run("device", "create", "simpul", "--node", "--title", "Simpul", "--as", "root", NO_PASSPHRASE)
    office.run("device", "create", "direktur", "--title", person, "--as", "root", NO_PASSPHRASE)
    office.run("mandate", "grant", "direktur", "--role", f"{kind}.head", "--instrument", instrument, "--title", person,
               "--as", "root")
    return office, admitted


def known(office):
    return {unit["name"]: unit["nameFor"] for unit in office.json("unit", "list") if unit["name"]}


def vendors_keep_nothing(folder, hub):
    one, _ = unit(folder, hub, "PT Satu Rahasia", "vendor", "Direktur Satu", "SK-SATU-77")
    two, _ = unit(folder, hub, "PT Dua Rahasia", "vendor", "Direktur Dua", "SK-DUA-88")
    with Server(one) as server:
        for _ in range(2):
            assert two.json("sync", server.address)["equal"]
    for office, own, others in ((one, "Satu", "Dua"), (two, "Dua", "Satu")):
        assert holds(office, f"Direktur {own}") and holds(office, f"SK-{own.upper()}")
        for secret in (f"PT {others} Rahasia", f"Direktur {others}", f"SK-{others.upper()}"):
            assert not holds(office, secret), secret
        assert known(office) == {"IT": "members", "OPD": "members", f"PT {own} Rahasia": "parties"}, known(office)


def a_fresh_laptop_finds_the_agencies(folder, hub, opd):
    laptop = Office(f"{folder}/laptop-opd", hub.machine)
    request, certificate = f"{folder}/staf.request", f"{folder}/staf.certificate"
    laptop.run("device", "request", "staf", "--title", "Staf", "--out", request, NO_PASSPHRASE)
    opd.run("device", "certify", request, "--out", certificate, "--as", "root")
    laptop.run("join", certificate)
    dossier = laptop.run("new", "p4", "--title", "Dari laptop", "--party", "applicant=OPD", "--party", "it=I", "--as",
                         "staf").stdout.strip()
    shown = laptop.run("show", dossier).stdout
    assert "it: IT\n" in shown and "applicant: OPD\n" in shown, shown
    several = hub.run("unit", "invitation", "PT", "--out", f"{folder}/none", code=None)
    assert several.returncode != 0 and "PT Satu Rahasia (" in several.stderr and "PT Dua Rahasia (" in several.stderr


def a_new_party_gets_its_name(folder, hub, opd):
    """The OPD writes to a unit of which it knows the number only; the unit answers over the hub."""
    office, number = unit(
        folder, hub, "Balai Tiga Rahasia", "authority", "Direktur Tiga", "SK-TIGA-99", "--name-for", "parties")
    # The OPD has to know the unit before it names it.
    with Server(hub) as server:
        assert opd.json("sync", server.address)["equal"]
    assert not holds(opd, "Balai Tiga Rahasia")
    it = next(row["id"] for row in opd.json("unit", "list") if row["name"] == "IT")
    dossier = opd.run("new", "p2", "--title", "Tiga", "--party", "applicant=OPD", "--party", f"it={it}", "--party",
                      f"authority={number}", "--as", "kaopd").stdout.strip()
    label = next(line for line in opd.run("show", dossier).stdout.splitlines() if line.startswith("  authority: "))
    assert label == "  authority: [Pihak berwenang atau manajemen]", label
    with Server(opd) as server:
        assert hub.json("sync", server.address)["equal"]
    # The hub admitted the unit and knows its name: it gives it to a party, at equal roots.
    with Server(hub) as server:
        assert opd.json("sync", server.address)["equal"]
        assert "  authority: Balai Tiga Rahasia\n" in opd.run("show", dossier).stdout
        assert not holds(opd, "Direktur Tiga") and not holds(opd, "SK-TIGA")
        # Named is not written: the unit learns who of the OPD wrote, and gives away nobody until it writes itself.
        assert office.json("sync", server.address)["equal"]
        assert holds(office, "Kepala OPD") and not holds(hub, "Direktur Tiga")
        office.run("comment", dossier, "Baik", "--as", "direktur")
        assert office.json("sync", server.address)["equal"]
        assert opd.json("sync", server.address)["equal"]
    assert holds(hub, "Direktur Tiga") and holds(opd, "Direktur Tiga")


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-names-")
    try:
        hub, opd, _ = found(folder)
        hub.run("procedure", "publish", "p2", "--as", "network")
        vendors_keep_nothing(folder, hub)
        a_fresh_laptop_finds_the_agencies(folder, hub, opd)
        a_new_party_gets_its_name(folder, hub, opd)
        open_vendor, _ = unit(folder, hub, "PT Empat Terbuka", "vendor", "Direktur Empat", "SK-4", "--name-for", "members")
        with Server(hub) as server:
            assert opd.json("sync", server.address)["equal"]
        assert known(opd)["PT Empat Terbuka"] == "members" and not holds(opd, "Direktur Empat")
        assert known(open_vendor)["PT Empat Terbuka"] == "members"
        print("names: nothing kept between vendors; agencies found; a party named at equal roots")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
