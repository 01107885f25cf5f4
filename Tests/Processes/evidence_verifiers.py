"""Both verifiers say the same about evidence that stands, stands no more, or never was any."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
VERIFIER = os.path.join(os.path.dirname(__file__), "..", "..", "Tools", "verify-evidence")


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-evidence-")
    home = ["--replica", os.path.join(folder, "r")]

    def run(*arguments):
        done = subprocess.run([PROGRAM, *arguments, *home], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return done.stdout.strip()

    def verify(name, expected, code):
        path = os.path.join(folder, name)
        ours = subprocess.run([PROGRAM, "evidence", "verify", path, "--network", network, "--json"], capture_output=True,
                              text=True, check=False)
        theirs = subprocess.run([sys.executable, VERIFIER, path, "--network", network, "--json"], capture_output=True,
                                text=True, check=False)
        assert ours.returncode == code and theirs.returncode == code, (name, ours.returncode, theirs.returncode, theirs.stdout)
        left, right = json.loads(ours.stdout), json.loads(theirs.stdout)
        assert left["verdict"] == right["verdict"] == expected, (name, left["verdict"], right)
        return left, right

    try:
        run("network", "create", "--name", "Kota", "--no-passphrase")
        network = json.loads(run("network", "show", "--json"))["fingerprint"]
        unit = json.loads(run("unit", "create", "--name", "Dinas", "--kind", "it_agency", "--as", "network",
                              "--no-passphrase", "--json"))["id"]
        run("procedure", "publish", "p4", "--as", "network")
        run("device", "create", "kepala", "--title", "Kepala", "--as", "root", "--no-passphrase")
        mandate = json.loads(run("mandate", "grant", "kepala", "--role", "applicant.head", "--instrument", "SK 7", "--title",
                                 "Kepala Dinas", "--as", "root", "--json"))["id"]
        dossier = run("new", "p4", "--title", "Satu", "--party", f"applicant={unit}", "--party", f"it={unit}", "--as", "kepala")
        edit = json.loads(run("edit", dossier, "request_letter", "letter_date=2026-03-02", "subject=x", "system_name=y",
                              "--as", "kepala", "--json"))["change"]
        run("step", dossier, "done", "--as", "kepala")

        run("evidence", "export", dossier, "--step", "1", "--out", os.path.join(folder, "good"))
        left, right = verify("good", "standing", 0)
        assert left["approvals"] == right["approvals"] and left["approvals"][0]["instrument"] == "SK 7"

        # A valid signature by a certified key, and no mandate: no evidence of anything.
        run("evidence", "export", dossier, "--change", edit, "--out", os.path.join(folder, "edit"))
        verify("edit", "not-valid", 1)

        # The mandate ends tomorrow: what was signed before is accepted in the same command, and stands.
        run("revoke", mandate, "--effective", "2035-01-01", "--as", "root")
        run("evidence", "export", dossier, "--step", "1", "--out", os.path.join(folder, "ended"))
        verify("ended", "standing", 0)

        # A second one, disowned from before it was signed: valid as signed, standing no more.
        run("device", "create", "plt", "--title", "Plt.", "--as", "root", "--no-passphrase")
        acting = json.loads(run("mandate", "grant", "plt", "--role", "applicant.head", "--instrument", "SP 9", "--as",
                                "root", "--json"))["id"]
        second = run("new", "p4", "--title", "Dua", "--party", f"applicant={unit}", "--party", f"it={unit}", "--as", "plt")
        signed = json.loads(run("step", second, "done", "--as", "plt", "--set", "request_letter.letter_date=2026-03-02",
                                "--set", "request_letter.subject=x", "--set", "request_letter.system_name=y", "--json"))
        run("revoke", acting, "--effective", "2021-01-01", "--as", "root")
        run("evidence", "export", second, "--change", signed["change"], "--out", os.path.join(folder, "disowned"))
        left, right = verify("disowned", "superseded", 2)
        assert left["reason"] == right["reason"] == "revoked", (left["reason"], right["reason"])

        # Truncated, and of another network.
        with open(os.path.join(folder, "good"), "rb") as file:
            data = file.read()
        for place in (0, 1, len(data) // 2, len(data) - 1):
            with open(os.path.join(folder, "short"), "wb") as file:
                file.write(data[:place])
            for command in ([PROGRAM], [sys.executable, VERIFIER]):
                words = ["evidence", "verify"] if command == [PROGRAM] else []
                done = subprocess.run([*command, *words, os.path.join(folder, "short"), "--network", network],
                                      capture_output=True, text=True, check=False)
                assert done.returncode == 1, (place, done.stdout, done.stderr)
        print("both verifiers agree: standing, ended, disowned, without mandate, truncated")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
