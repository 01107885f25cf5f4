"""Files at their limit and one byte beyond: an attachment of 256 MiB, evidence of 64 MiB (Protocol 8 section 6).

The files are sparse, so they cost the disk nothing. What is refused leaves nothing in the replica.
"""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "Hostile"))

from office import Scene  # noqa: E402

ATTACHMENT, EVIDENCE = 256 << 20, 64 << 20
ROOT = os.path.join(os.path.dirname(__file__), "..", "..")


def sparse(path, size):
    with open(path, "wb") as file:
        file.truncate(size)
    return path


def stored(folder):
    return sorted(os.path.join(place, name) for place, _, names in os.walk(folder) for name in names
                  if os.path.getsize(os.path.join(place, name)) >= ATTACHMENT)


def attachments(scene):
    dossier = scene.new()
    larger = sparse(scene.path("larger"), ATTACHMENT + 1)
    refused = scene.dinas.run("attach", dossier, larger, "--as", "kaopd", code=1)
    assert f"{ATTACHMENT + 1} B > 256 MiB" in refused.stderr, refused.stderr
    assert not stored(scene.dinas.folder), "what was refused lies in the replica"
    whole = sparse(scene.path("whole"), ATTACHMENT)
    scene.dinas.run("attach", dossier, whole, "--as", "kaopd")
    assert len(stored(scene.dinas.folder)) == 1
    assert not scene.dinas.problems()


def verified(command, path):
    done = subprocess.run([*command, path], capture_output=True, text=True, check=False)
    assert done.returncode != 0, f"{command[0]} takes {path}"
    return done.stdout + done.stderr


def evidence(scene):
    """Both verifiers read a file of the largest size, and find that it is none; one byte more they do not read."""
    network = json.loads(scene.hub.run("network", "show", "--json").stdout)["id"]
    whole, larger = (sparse(scene.path(f"evidence-{more}"), EVIDENCE + more) for more in (0, 1))
    program = [os.environ["MUFAKAT_PROGRAM"], "evidence", "verify", "--network", network]
    python = [sys.executable, os.path.join(ROOT, "Tools", "verify-evidence"), "--network", network]
    for command in (program, python):
        said = {path: verified(command, path) for path in (whole, larger)}
        assert any(word in said[larger] for word in (str(EVIDENCE), "64 MiB", "not-valid: size")), said[larger]
        assert not any(word in said[whole] for word in (str(EVIDENCE), "64 MiB", "not-valid: size")), said[whole]


def main():
    with tempfile.TemporaryDirectory(prefix="mufakat-large-") as folder:
        scene = Scene(folder)
        attachments(scene)
        evidence(scene)
    print("an attachment of 256 MiB is taken, one byte more is not; evidence beyond 64 MiB is not read")


if __name__ == "__main__":
    main()
