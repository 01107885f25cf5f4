"""The evidence file of the UAT result, verified twice, and with every byte flipped."""
import json
import os
import subprocess
import sys
import tempfile

from office import Office, need

SAME = ("verdict", "reason", "network", "dossier", "step", "outcome", "approvals", "documents", "changes", "entries")


def run(folder, offices, dossier, network, tell):
    evidence, sheet = os.path.join(folder, "uat.evidence"), os.path.join(folder, "berita-acara-uat.html")
    offices["opd"].run("evidence", "export", dossier, "--step", "14", "--out", evidence)
    offices["opd"].run("print", dossier, "uat_record", "--out", sheet)
    with tempfile.TemporaryDirectory() as home:
        env = {"HOME": home, "PATH": os.environ["PATH"]}
        command = [Office.program, "evidence", "verify", evidence, "--network", network["fingerprint"]]
        ours = subprocess.run([*command, "--json"], env=env, capture_output=True, text=True, check=False)
        need(ours.returncode == 0, f"evidence verify: {ours.returncode} {ours.stderr}")
        need(not os.listdir(home), "an empty home stays empty")
        verifier = [sys.executable, os.path.join(os.path.dirname(__file__), "..", "verify-evidence"), evidence,
                    "--network", network["fingerprint"]]
        theirs = subprocess.run([*verifier, "--json"], env=env, capture_output=True, text=True, check=False)
        need(theirs.returncode == 0, f"verify-evidence: {theirs.returncode} {theirs.stdout} {theirs.stderr}")
        left, right = json.loads(ours.stdout), json.loads(theirs.stdout)
        for key in SAME:
            need(left[key] == right[key], f"{key}: {left[key]} / {right[key]}")
        for who in left["approvals"]:
            print(f"      {who['position']}, {who['unit']}: {who['role']} ({who['capacity']}), {who['instrument']}")
        need(len(left["approvals"]) == 2, "both parties approved")
        tell("Bukti hasil UAT: sah menurut program di folder kosong dan menurut pemeriksa Python yang terpisah.")
        for program in (command, verifier):
            flipped = subprocess.run([*program, "--each-byte-flipped"], env=env, capture_output=True, text=True, check=False)
            need(flipped.returncode == 0, f"flipped: {flipped.stdout} {flipped.stderr}")
        tell(f"{flipped.stdout.strip()} (keduanya).")
    with open(sheet, encoding="utf-8") as file:
        page = file.read()
    need("Berita Acara Hasil User Acceptance Test" in page and "Bukan tanda tangan elektronik tersertifikasi" in page, "the print")
