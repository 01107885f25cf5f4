"""A hostile responder: what ends a `serve` ends a `sync` too, with a reason, an exit code and bounded memory."""
import os
import re
import socket
import subprocess
import tempfile
import threading

import cbor2

from arena import MEMORY_MAX, attack
from floods import always, drain, flood, frame, too_many
from office import ENVIRONMENT, PATIENCE, PROGRAM, need
from peer import (CHANGES, CHANGES_END, CLOSE, ENTRIES, EQUAL, HELLO, LEAVES, NEED, OPENINGS, PIECE, QUESTIONS_END, TIPS, TREE,
                  VECTORS, WANT, WANTS_END, Peer, packed)
from wire import Ended, Raw, VERSION, Wire, ZERO, encode, hello, items_of, sequence


class Host(Peer):
    """The answering side of a connection: chapter 5 §2 from the other end."""

    def __init__(self, member, accepted, patience=30):
        self.member, self.device = member, member.node
        self.wire = Wire.of(accepted, member.network, patience).respond()
        self.received, self.answered, self.names, self.frames = {}, [], [], 0
        _, _, payload, _ = items_of(self.wire.receive())[0][0].value
        self.client = cbor2.loads(payload)
        missing = self.client[6]
        while missing > 0:
            missing -= len(items_of(self.wire.receive()))
        proof = member.proof_of(self.device)
        self.wire.send(self.identity(**{"2": 1, "5": self.client[3], "6": len(proof)}))
        for batch in packed(proof):
            self.wire.send(sequence(*batch))

    def until(self, point):
        """An honest answer up to a point: `hello` comes next, `registry` is open, or the first `questions` are."""
        need(self.receive()[0] == HELLO, "sync begins with HELLO")
        if point == "hello":
            return self
        self.send(HELLO, *hello(1, os.urandom(32), 5, True))
        if point == "registry":
            return self
        self.send(TIPS)
        if point == "entries":
            return self
        self.send(ENTRIES)
        kind, content = self.receive()
        while kind != ENTRIES or content:
            kind, content = self.receive()
        return self


class Trap(threading.Thread):
    """Listens, and answers each connection by a function of a host that has the identity."""

    def __init__(self, member, answer):
        super().__init__(daemon=True)
        self.member, self.answer = member, answer
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.start()

    def run(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            try:
                with Host(self.member, accepted) as host:
                    self.answer(host)
            except (Ended, AssertionError, ConnectionError):
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A blocked accept ends with the socket, not with its number.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def synchronise(office, address):
    """`sync` to its end: exit code, what it says, and the most memory it had."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([PROGRAM, "sync", address, "--json", "--replica", office.folder], stdout=said, stderr=said,
                                   stdin=subprocess.DEVNULL, env={**ENVIRONMENT, "HOME": office.root})
        late = threading.Timer(PATIENCE, process.kill)
        late.start()
        _, status, usage = os.wait4(process.pid, 0)
        late.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return process.returncode, said.read().decode("utf-8", "replace"), usage.ru_maxrss << 10


def fails(scene, reason, point, frames, most=8 << 20):
    """Frames at a point of the exchange by which `sync` fails for a reason that it names."""
    def answer(host):
        flood(host.until(point), frames, most=most, reads=True)
        drain(host)

    with Trap(scene.members[0], answer) as trap:
        code, said, peak = synchronise(scene.dinas, trap.address)
    need(code == 1, f"{reason}: sync ended by {code}: {said[-500:]}")
    need(re.search(reason, said), f"sync said {said[-500:]!r}, expected {reason}")
    need(peak <= MEMORY_MAX, f"sync had {peak >> 20} MiB")


@attack("answers", "3", "sync is answered by floods of cuts, lists, NEED, vectors, tips, entries, openings and pieces")
def floods(scene, service):
    some = encode(os.urandom(32))
    fails(scene, too_many("cuts", 256), "questions", always(bytes([TREE]) + encode([0, 0, 4, os.urandom(128)]) * 400))
    fails(scene, too_many("lists", 64), "questions", always(bytes([LEAVES]) + encode([0, 0, True, b""]) * 12_000))
    fails(scene, r'unasked\("node"\)', "questions", always(bytes([LEAVES]) + encode([0, 0, True, b""])))
    fails(scene, too_many("need", 4_096), "questions", always(bytes([NEED]) + encode(1) * 6_000))
    fails(scene, too_many("vectors", 64), "questions", always(bytes([VECTORS]) + encode([1, True, []]) * 4_000))
    fails(scene, too_many("tips", 1_024), "registry", always(bytes([TIPS]) + some * 1_900))
    fails(scene, too_many("tips", 65_536, 66_560), "registry", always(bytes([TIPS]) + some * 1_024))
    fails(scene, too_many("entries", 512), "entries", always(bytes([ENTRIES]) + encode(b"") * 20_000))
    fails(scene, "entry was refused", "entries", always(frame(ENTRIES, os.urandom(4_096))))
    fails(scene, r'unasked\("openings"\)', "questions", always(frame(OPENINGS, os.urandom(32), None)))
    fails(scene, r'unasked\("piece"\)|outOfTurn', "questions", always(frame(PIECE, os.urandom(32), 0, 1, b"x")))
    fails(scene, too_many("piece", 32_768), "entries", always(frame(PIECE, os.urandom(32), 0, 1 << 20, bytes(32_769))))
    fails(scene, "tooManyPings", "questions", [bytes([17])] * 33_000)


@attack("answers", "3", "sync is answered out of turn, by garbage, by ends without beginnings and by nothing")
def out_of_turn(scene, service):
    for point in ("hello", "registry", "questions"):
        for data in (b"", b"\x63", os.urandom(60_000), frame(CLOSE, ZERO, 0), frame(WANTS_END), frame(WANT, ZERO),
                     frame(HELLO, *hello(0, ZERO, 0, True)) * 2, frame(HELLO, *hello(0, ZERO, 2**64 - 1, True)),
                     frame(HELLO, *hello(0, ZERO, 0, True, version=VERSION + 1))):
            fails(scene, "unknownMessage|outOfTurn|unasked|malformed|badValue|tooMany|wrongVersion", point, [data])
    fails(scene, "outOfTurn", "registry", [frame(EQUAL)])
    # An end without a word.
    fails(scene, r"closed", "hello", [])


@attack("answers", "6", "sync is answered with 1,001 change sets that are none, and with a dossier to which it is no party")
def contents(scene, service):
    first, second = scene.members
    dossier = first.open("unj.pengembangan-si", {"applicant": first.unit, "it": second.unit})
    bad = [bytes([CHANGES]) + encode(os.urandom(32)) + b"\xf6" * count for count in (500, 500, 1)]
    ends = [frame(QUESTIONS_END), frame(CHANGES_END)]
    fails(scene, too_many("refusals", 1_000), "questions", bad + ends)
    before = len(scene.dinas.dossiers())

    def answer(host):
        host.until("questions")
        host.send(CHANGES, dossier.id, *map(Raw, [envelope for *_, envelope in dossier.changes]))
        # What came before a fault stays, if it is to be had at all.
        host.raw(b"\x63")
        drain(host)

    with Trap(first, answer) as trap:
        synchronise(scene.dinas, trap.address)
    need(len(scene.dinas.dossiers()) == before, "a dossier outside the scope is listed")
