"""The main job: one request by P4 and one by P6, three organisations, offline, merged, proved.

Every line it prints is something that just happened in real processes over real sockets; every claim is checked, and the
first that does not hold ends the run.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time

import leak
import p4
import p6
import proof
from office import Failure, Office, Server, need


class Story:
    """Tells what happens, numbered."""

    def __init__(self):
        self.number, self.start = 0, time.monotonic()

    def __call__(self, text):
        self.number += 1
        print(f"{self.number:2d}. [{time.monotonic() - self.start:5.1f} s] {text}", flush=True)


def found(folder, tell):
    """Network, units, people, laptops: nothing but files passes between the folders."""
    passphrase = os.path.join(folder, "passphrase")
    with open(passphrase, "w", opener=lambda path, flags: os.open(path, flags, 0o600), encoding="ascii") as file:
        file.write("kata sandi contoh\n")
    Office.passphrase_file = passphrase
    names = ["hub", "laptop-a", "laptop-b", "opd", "vendor", "vendor-2"]
    offices = {name: Office(os.path.join(folder, name), name) for name in names}
    hub, opd = offices["hub"], offices["opd"]

    hub.run("network", "create", "--name", "Kota Contoh", "--new-passphrase-file", passphrase,)
    hub.unlock("network")
    network = hub.json("network", "show")
    it = hub.json("unit", "create", "--name", "Dinas Komunikasi dan Informatika", "--kind", "it_agency", "--as",
                  "network", "--new-passphrase-file", passphrase)["id"]
    hub.unlock("root")
    for procedure in ("p4", "p6"):
        hub.run("procedure", "publish", procedure, "--as", "network")
    tell(f"Diskominfo mendirikan jejaring {network['fingerprint']} dan menerbitkan P4 dan P6.")

    hub.node()
    hub.person("kadis", "Kepala Dinas Komunikasi dan Informatika", ("it.head", "SK 821.2/14/2025"))
    hub.person("umum", "Fungsional Umum", ("it.general", "SK 800/31/2025"))
    hub.person("verifikator", "Verifikator Bidang Aptika", ("it.verifier", "SK 800/32/2025"))
    laptop(hub, offices["laptop-a"], "kabid", "Kepala Bidang PTIKP", "it.field_head", "SK 821.3/20/2025")
    laptop(hub, offices["laptop-a"], "ahli", "Tenaga Ahli", "it.expert", "SPK 027/5/2026")
    laptop(hub, offices["laptop-b"], "sekretaris", "Plh. Kepala Dinas (Sekretaris)", "it.head", "SP 094/33/2026",
           "--capacity", "plh", "--from", "2026-01-01")
    tell("Diskominfo: Kepala Dinas, Umum, Verifikator; laptop A: Kepala Bidang PTIKP, Tenaga Ahli; "
         "laptop B: Sekretaris sebagai Plh.")

    units = {"it": it}
    for name, kind, title in (("opd", "applicant", "Dinas Kearsipan"), ("vendor", "vendor", "Penyedia Satu"),
                              ("vendor-2", "vendor", "Penyedia Dua Rahasia")):
        units[name] = join(hub, offices[name], kind, title)
    opd.person("kaopd", "Kepala Dinas Kearsipan", ("applicant.head", "SK 821.2/15/2025"))
    opd.person("staf", "Staf Dinas Kearsipan", ("applicant.staff", "SK 800/77/2025"))
    for name in ("vendor", "vendor-2"):
        offices[name].person("pimpinan", "Pimpinan penyedia", ("vendor.lead", "Akta 12/2024"))
    tell("OPD dan dua penyedia bergabung dengan berkas undangan; setiap orang punya kunci bersegel di folder unitnya.")
    return offices, units, network


def laptop(hub, office, key, title, role, instrument, *options):
    request, certificate = office.folder + f"-{key}.request", office.folder + f"-{key}.certificate"
    office.run("device", "request", key, "--title", title, "--out", request, "--new-passphrase-file",
               Office.passphrase_file)
    hub.run("device", "certify", request, "--as", "root", "--out", certificate)
    hub.run("mandate", "grant", title, "--role", role, "--instrument", instrument, "--title", title, *options, "--as",
            "root")
    office.run("join", certificate)
    office.unlock(key)


def join(hub, office, kind, name):
    request, invitation = office.folder + ".request", office.folder + ".invitation"
    office.run("unit", "request", "--name", name, "--kind", kind, "--out", request, "--new-passphrase-file",
               Office.passphrase_file)
    unit = hub.json("unit", "admit", request, "--as", "network", "--out", invitation)["id"]
    office.unlock("root")
    office.run("join", invitation)
    office.node()
    return unit


def equal_hashes(dossier, offices):
    hashes = {office.show(dossier)["stateHash"] for office in offices}
    need(len(hashes) == 1, f"stateHash differs: {hashes}")
    return hashes.pop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--program", required=True)
    arguments = parser.parse_args()
    folder = os.path.abspath(arguments.folder or tempfile.mkdtemp(prefix="mufakat-demo-"))
    os.makedirs(folder, exist_ok=True)
    Office.program = arguments.program
    tell, offices = Story(), {}
    try:
        offices, units, network = found(folder, tell)
        dossier = p4.run(folder, offices, units, tell)
        tell("stateHash P4 sama di hub, laptop A, laptop B dan OPD: "
             + equal_hashes(dossier, [offices[name] for name in ("hub", "laptop-a", "laptop-b", "opd")])[:16] + "…")
        with_vendor, secret = p6.run(folder, offices, units, tell)
        tell("stateHash P6 sama di hub, OPD dan penyedia: "
             + equal_hashes(with_vendor, [offices[name] for name in ("hub", "opd", "vendor")])[:16] + "…")
        leak.check(folder, offices, units, with_vendor, secret, tell)
        proof.run(folder, offices, dossier, network, tell)
        for name, office in offices.items():
            report = office.json("check")
            need(not report["problems"] and report["integrity"] == "ok", f"{name}: {report}")
        tell("Semua replika diperiksa ulang: setiap tanda tangan, setiap lipatan.")
    except (Failure, subprocess.SubprocessError, OSError) as failure:
        print(f"demo: failed: {failure}", file=sys.stderr)
        return 1
    finally:
        for office in offices.values():
            office.lock()
    print(f"demo: ok {folder}")
    return 0


if __name__ == "__main__":
    shutil.rmtree(os.path.join(os.path.dirname(__file__), "__pycache__"), ignore_errors=True)
    sys.exit(main())
