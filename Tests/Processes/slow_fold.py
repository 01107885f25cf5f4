"""A large dossier is folded outside the write lock: while one process folds it, others list, explain and write in other
dossiers; and a process that is killed in the middle leaves a mark, which the next takes up to the same result.

What is shown is an order of events and no time: a process that folds is stopped (SIGSTOP), and whatever it does not
hold then, others can take for as long as they like.
"""
import fcntl
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "Hostile"))

from numbers_ import own_dossier  # noqa: E402
from office import ENVIRONMENT, PROGRAM, Office, Scene, Service, need, until  # noqa: E402
from peer import CHANGES_END, QUESTIONS_END, Peer  # noqa: E402
from wire import Ended  # noqa: E402

CHANGES, OPERATIONS = 3000, 100
# Processor time between two stops of a process.
STRIDE = 0.04


def value(office, query, *arguments):
    store = sqlite3.connect(f"file:{office.folder}/mufakat.sqlite?mode=ro", uri=True)
    try:
        return store.execute(query, arguments).fetchone()[0]
    finally:
        store.close()


def stored(office, dossier):
    return value(office, "SELECT count(*) FROM change JOIN dossier ON dossier.number = change.dossier WHERE dossier.id = ?",
                 dossier)


def slow(office):
    return value(office, "SELECT count(*) FROM stale WHERE state = 2")


def is_lock_free(office):
    with open(f"{office.folder}/mufakat.sqlite.lock", "rb+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def row(office, dossier):
    return next(item for item in office.dossiers() if item["id"] == dossier.hex())


def push(scene, service, dossier):
    """Gives a dossier as one who holds nothing else, and asks nothing."""
    with Peer(scene.members[0], service.address, patience=300) as peer:
        peer.begin()
        peer.send(QUESTIONS_END)
        while peer.receive()[0] != QUESTIONS_END:
            pass
        peer.push(dossier)
        peer.send(CHANGES_END)
        peer.finish([dossier])


def first(dossier, count):
    """The dossier as it was after so many change sets."""
    part = type(dossier).__new__(type(dossier))
    vars(part).update(vars(dossier))
    part.changes = dossier.changes[:count]
    return part


def others_work(scene, other):
    listed = scene.hub.dossiers()
    scene.hub.run("why", other)
    scene.hub.run("comment", other, "Catatan rapat", "--as", "kadis")
    return listed


def killed_while_it_folds(scene, dossier, other):
    hub, total = scene.hub, len(dossier.changes)
    with Service(hub) as service:
        push(scene, service, first(dossier, 3))
        need(stored(hub, dossier.id) == 3 and slow(hub) == 0, "the beginning is ordinary")
        # Ends when the service is killed.
        sender = threading.Thread(target=push_broken, args=(scene, service, dossier), daemon=True)
        sender.start()
        until(lambda: stored(hub, dossier.id) == total, "all of it is stored", 300)
        begun = service.seconds()
        until(lambda: slow(hub) == 0 or service.seconds() > begun + STRIDE, "it is being folded", 300)
        while True:
            service.process.send_signal(signal.SIGSTOP)
            need(slow(hub) == 1, "it was folded before it could be stopped")
            if is_lock_free(hub):
                break
            service.process.send_signal(signal.SIGCONT)
        listed = others_work(scene, other)
        need(next(item for item in listed if item["id"] == dossier.id.hex())["stale"], "listed as marked")
        need(service.is_alive() and slow(hub) == 1, "others were done while it was being folded")
        service.process.kill()
        service.process.wait()
        sender.join()
    need(slow(hub) == 1, "the mark outlives the process")
    with Service(hub) as service:
        until(lambda: slow(hub) == 0, "the next service takes the fold up", 300)
        service.end()


def push_broken(scene, service, dossier):
    try:
        push(scene, service, dossier)
    except (Ended, OSError):
        pass


def seconds(process):
    """Processor time of a process; none where it has ended."""
    try:
        with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
            words = file.read().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return 0.0
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def comment(scene, dossier):
    command = [PROGRAM, "comment", dossier.id.hex(), "Dari berkas besar", "--as", "kadis", "--replica", scene.hub.folder]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                            env={**ENVIRONMENT, "HOME": scene.folder})


def stops(process):
    """Stops a process again and again, after a stride of work each, until it ends."""
    while True:
        begun = seconds(process)
        while process.poll() is None and seconds(process) < begun + STRIDE:
            pass
        if process.poll() is not None:
            return
        process.send_signal(signal.SIGSTOP)
        yield
        process.send_signal(signal.SIGCONT)


def acts_outside_the_lock(scene, dossier, other):
    hub, before = scene.hub, stored(scene.hub, dossier.id)
    process, free, taken = comment(scene, dossier), 0, 0
    for _ in stops(process):
        if not is_lock_free(hub):
            taken += 1
            continue
        free += 1
        if free <= 4:
            others_work(scene, other)
        # It has come to its end where its words are stored.
        if stored(hub, dossier.id) == before:
            need(process.poll() is None, "others were done while the act was being worked out")
    need(process.returncode == 0, process.stderr.read().decode())
    need(stored(hub, dossier.id) == before + 1, "the act is stored once")
    need(free >= 3 and taken <= free // 4, f"the lock was free at {free} stops and taken at {taken}")
    print(f"an act in the large dossier: lock free at {free} stops, taken at {taken}")

    process = comment(scene, dossier)
    for number, _ in enumerate(stops(process)):
        if number == 2:
            process.kill()
            process.wait()
            break
    need(process.returncode == -signal.SIGKILL, "it was done before it could be killed")
    need(stored(hub, dossier.id) == before + 1, "what was killed before it was signed is nowhere")
    hub.run("comment", dossier.id.hex(), "Sesudahnya", "--as", "kadis", patience=300)
    need(stored(hub, dossier.id) == before + 2 and slow(hub) == 0, "the next act is written and folded")


def main():
    folder = tempfile.mkdtemp(prefix="mufakat-slow-")
    try:
        scene = Scene(folder)
        other = scene.new()
        with Service(scene.hub) as service:
            scene.honest(service)
            service.end()
        dossier = own_dossier(scene, scene.members[0], 2)
        for number in range(CHANGES):
            dossier.add([[1, {1: f"doc/request/{place}/x", 2: number}] for place in range(OPERATIONS)])
        shutil.copytree(scene.hub.folder, os.path.join(folder, "undisturbed"))
        undisturbed = Office(folder, "undisturbed")
        with Service(undisturbed) as service:
            push(scene, service, dossier)
            until(lambda: stored(undisturbed, dossier.id) == len(dossier.changes) and slow(undisturbed) == 0,
                  "folded without a disturbance", 300)
            service.end()
        killed_while_it_folds(scene, dossier, other)
        need(row(scene.hub, dossier.id)["stateHash"] == row(undisturbed, dossier.id)["stateHash"], "state differs")
        acts_outside_the_lock(scene, dossier, other)
        need(scene.hub.json("check", patience=600)["problems"] == [], "check")
        need(scene.hub.json("rebuild", patience=600)["identical"], "rebuild")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
