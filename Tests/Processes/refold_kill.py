"""A process that is killed while it folds what an ending left marked loses nothing: the marks stay, listings show them,
and whoever folds the rest comes to the state of a replica that was never disturbed.
"""
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
BENCH = os.path.join(os.path.dirname(PROGRAM), "Bench")
DOSSIERS = 3000


def marked(folder):
    store = sqlite3.connect(f"file:{folder}/mufakat.sqlite?mode=ro", uri=True)
    try:
        return store.execute("SELECT count(*) FROM stale").fetchone()[0]
    finally:
        store.close()


def run(*arguments):
    done = subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, text=True)
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def rows(folder):
    return run("list", "--limit", "100000", "--json", "--replica", folder)


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-refold-")
    hub, copy = os.path.join(folder, "hub"), os.path.join(folder, "undisturbed")
    try:
        subprocess.run([BENCH, "--program", PROGRAM, "--generate", "--dossiers", str(DOSSIERS), "--keep", folder],
                       check=True, stderr=subprocess.DEVNULL)
        ending = os.path.join(folder, "ending.registry")
        # A copy may not sign, and signs nothing here.
        shutil.copytree(hub, copy)
        before = {row["id"]: row["stateHash"] for row in rows(hub)}
        assert not any(row["stale"] for row in rows(hub))

        run("join", ending, "--replica", copy)
        assert marked(copy) == 0
        whole = {row["id"]: row["stateHash"] for row in rows(copy)}
        assert all(whole[key] != before[key] for key in whole), "the ending concerns every dossier"

        # Killed as soon as some are folded and others are not: this poll sees only what is committed.
        process = subprocess.Popen([PROGRAM, "join", ending, "--replica", hub], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        while process.poll() is None and not 0 < marked(hub) < DOSSIERS:
            pass
        process.kill()
        process.wait()
        assert process.returncode == -signal.SIGKILL, "it was done before it could be killed"
        left = marked(hub)
        assert 0 < left < DOSSIERS, left
        print(f"killed with {left} of {DOSSIERS} dossiers marked")

        # What the next command does not fold in its short time is shown as marked; what is not marked is right.
        listed = rows(hub)
        assert len(listed) == DOSSIERS
        assert all(row["stale"] or row["stateHash"] == whole[row["id"]] for row in listed)
        if marked(hub):
            assert any(row["stale"] for row in listed)

        checked = run("check", "--json", "--replica", hub)
        assert checked["problems"] == [], checked["problems"][:3]
        assert marked(hub) == 0
        assert {row["id"]: row["stateHash"] for row in rows(hub)} == whole, "state differs"
        assert run("rebuild", "--json", "--replica", hub)["identical"]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
