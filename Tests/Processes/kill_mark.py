"""kill -9 at many points of a scripted day: a crash is never taken for a restored backup, and no device forks itself.

Kills fall at a random moment, right after a commit (the log grew), while the mark is being written (its new file is
there), and right after it was.
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

import cbor2

sys.path.insert(0, os.path.dirname(__file__))
from copies import PROGRAM, Server, found  # noqa: E402

ROUNDS = 120


def wait_for(process, reached):
    """Watches until something is reached, the process ends, or half a second is over."""
    end = time.monotonic() + 0.5
    while process.poll() is None and time.monotonic() < end:
        if reached():
            return


def is_ahead(folder):
    """Whether the store holds more than its mark says: what a kill before the mark is written leaves."""
    store = sqlite3.connect(f"file:{folder}/mufakat.sqlite?mode=ro", uri=True)
    authored = store.execute("SELECT max(number) FROM authored").fetchone()[0]
    store.close()
    with open(f"{folder}/mark", "rb") as file:
        return authored > cbor2.load(file)[2]


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-kill-mark-")
    generator = random.Random(2026)
    environment = {**os.environ, "MUFAKAT_MACHINE_ROOT": f"{folder}/laptop"}
    counts = {"killed": 0, "ahead": 0, "finished": 0}
    try:
        hub, opd, dossier = found(folder)
        log, mark = f"{opd.folder}/mufakat.sqlite-wal", f"{opd.folder}/mark"

        def size():
            return os.path.getsize(log) if os.path.exists(log) else 0

        with Server(hub) as server:
            for number in range(ROUNDS):
                command = (["comment", dossier, f"catatan {number}", "--as", "kaopd"], ["sync", server.address],
                           ["mandate", "grant", "kaopd", "--role", "applicant.staff", "--instrument", f"SK {number}",
                            "--as", "root"])[number % 3]
                before, born = size(), os.stat(mark).st_ino
                process = subprocess.Popen([PROGRAM, *command, "--replica", opd.folder], env=environment,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                moment = generator.randrange(4)
                if moment == 0:
                    time.sleep(generator.random() * 0.06)  # any moment at all: what is checked holds after each
                elif moment == 1:
                    wait_for(process, lambda: size() != before)
                elif moment == 2:
                    wait_for(process, lambda: any(name.startswith("mark.new") for name in os.listdir(opd.folder)))
                else:
                    wait_for(process, lambda: os.stat(mark).st_ino != born)
                process.kill()
                process.wait()
                counts["killed" if process.returncode == -signal.SIGKILL else "finished"] += 1
                counts["ahead"] += is_ahead(opd.folder)
                # Whatever was left: the next command signs, and what it signs is no fork.
                opd.comment(dossier, f"sesudah {number}")
            report = opd.json("sync", server.address)
            assert report["equal"] and not report["markFault"] and not report["refused"], report
        for office in (opd, hub):
            checked = office.json("check")
            assert checked["problems"] == [] and checked["forks"] == 0 and checked["integrity"] == "ok", checked
        assert opd.json("show", dossier)["stateHash"] == hub.json("show", dossier)["stateHash"]
        # What was acknowledged is there: every comment after a kill.
        shown = opd.run("show", dossier).stdout
        missing = [number for number in range(ROUNDS) if f"sesudah {number}" not in shown]
        assert not missing, missing
        assert counts["killed"] >= ROUNDS // 3, counts
        assert counts["ahead"] >= ROUNDS // 3, counts
        print(f"{counts['killed']} kills, {counts['ahead']} stores ahead of their mark, {counts['finished']} commands faster than the kill: no false alarm, no fork")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
