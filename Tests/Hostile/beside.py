"""What an honest peer waits beside a flood: seconds of its `sync`, alone and beside each, for row 24 of Tools/bench.

    MUFAKAT_PROGRAM=… .venv/bin/python3 Tests/Hostile/beside.py [ROUNDS]

One line for each flood: its name, the median alone, the median beside it, how often the flood began anew, the seconds of
CPU that `serve` took meanwhile. The flood runs as a process of its own at the lowest priority, for it stands for another
machine. Decides no test.
"""
import os
import signal
import shutil
import socket
import statistics
import sys
import tempfile
import time
from multiprocessing import Process, Value

sys.path.insert(0, os.path.dirname(__file__))

from floods import always, at_questions, flood  # noqa: E402
from numbers_ import own_dossier  # noqa: E402
from office import Scene, Service  # noqa: E402
from peer import LEAVES, NEED, VECTORS, Peer  # noqa: E402
from wire import Ended, encode  # noqa: E402


def strangers(scene, service, _):
    """Connections from another address that say nothing, forty at a time, opened again as they are closed."""
    host, port = service.address.split(":")
    held = []
    while True:
        held.append(socket.create_connection((host, int(port)), timeout=5, source_address=("127.0.0.2", 0)))
        if len(held) > 40:
            held.pop(0).close()


def hellos(scene, service, _):
    """A member that connects, says HELLO and goes, as often as it is let in."""
    while True:
        with Peer(scene.members[0], service.address) as peer:
            peer.hello()


def questions(scene, service, _):
    """Empty questions and repeated ones until the connection is ended, then anew."""
    while True:
        for data in (bytes([LEAVES]) + encode([0, 0, True, b""]) * 12_000,):
            with at_questions(scene, service) as peer:
                flood(peer, always(data), reads=True)


def vectors(scene, service, dossier):
    """Questions about a dossier of a megabyte, and the need for it, in every exchange that is allowed."""
    while True:
        with at_questions(scene, service, dossiers=[dossier]) as peer:
            flood(peer, always(bytes([VECTORS]) + encode([peer.short(dossier.id), True, []])), reads=True)
        with at_questions(scene, service) as peer:
            flood(peer, always(bytes([NEED]) + encode(peer.short(dossier.id))), reads=True)


def change_sets(scene, service, dossier):
    """Valid change sets, a hundred in each exchange, one exchange after the other."""
    for number in range(1_000_000):
        for place in range(100):
            dossier.add([[7, {1: dossier.committed(f"{number} {place}")}]])
        with Peer(scene.members[0], service.address) as peer:
            peer.exchange([dossier])


FLOODS = [strangers, hellos, questions, vectors, change_sets]


def run(flood_of, scene, service, dossier, count):
    os.nice(19)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    while True:
        count.value += 1
        try:
            flood_of(scene, service, dossier)
        except (Ended, AssertionError, OSError):
            continue


def honest(scene, service, rounds, dossier):
    """Median of a `sync` that brings three comments."""
    taken = []
    for number in range(rounds):
        for place in range(3):
            scene.dinas.run("comment", dossier, f"{number} {place}", "--as", "kaopd")
        started = time.monotonic()
        scene.honest(service)
        taken.append(time.monotonic() - started)
    return statistics.median(taken)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    for item in FLOODS:
        folder = tempfile.mkdtemp(prefix="mufakat-beside-")
        try:
            scene = Scene(folder)
            shared = scene.new()
            with Service(scene.hub) as service:
                own = own_dossier(scene, scene.members[0], 40)
                with Peer(scene.members[0], service.address) as peer:
                    peer.exchange([own])
                scene.honest(service)
                alone = honest(scene, service, rounds, shared)
                count, busy = Value("q", 0), service.seconds()
                process = Process(target=run, args=(item, scene, service, own, count), daemon=True)
                process.start()
                beside = honest(scene, service, rounds, shared)
                process.terminate()
                process.join()
                busy = service.seconds() - busy
            print(f"{item.__name__} {alone:.4f} {beside:.4f} {count.value} {busy:.2f}", flush=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
