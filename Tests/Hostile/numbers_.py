"""Point 2: every number of every message, entry and operation one beyond what it can mean."""
import os

from arena import attack
from office import need
from peer import CLOSE, HELLO, LEAVES, NEED, PIECE, QUESTIONS_END, TREE, VECTORS, WANT, Peer
from wire import Ended, ZERO, blake, commit, hello

EXTREMES = (2**31, 2**32, 2**53 - 1, 2**53, 2**63 - 1, 2**63, 2**64 - 1)
PROCEDURE = "unj.pengembangan-si"


def finish(peer):
    """Ends our half; the other side reads all of it and ends the connection. Whatever it says is read."""
    try:
        peer.wire.socket.shutdown(1)
        peer.until_end()
    except (Ended, OSError):
        pass
    peer.close()


def own_dossier(scene, member, words=3):
    dossier = member.open(PROCEDURE, {"applicant": member.unit, "it": scene.units["Diskominfo"]})
    for count in range(words):
        dossier.add([[7, {1: dossier.committed(f"Kata {count}")}]])
    return dossier


def messages(peer, number, dossier):
    """One message of every kind and field with the number in it."""
    few, name = number % 2**64, peer.short(dossier.id)
    yield HELLO, hello(0, ZERO, few, True)
    yield TREE, [[few, 0, 4, bytes(128)]]
    yield TREE, [[0, few, 4, bytes(128)]]
    yield TREE, [[4, few, 4, bytes(128)]]
    yield TREE, [[60, few, 4, bytes(128)]]
    yield TREE, [[0, 0, few, bytes(128)]]
    yield LEAVES, [[few, 0, True, b""]]
    yield LEAVES, [[60, few, True, b""]]
    yield LEAVES, [[0, few, True, b""]]
    yield NEED, [few]
    yield VECTORS, [[few, True, []]]
    yield VECTORS, [[name, True, [few, few, few]]]
    yield VECTORS, [[name, True, [1, few, 1]]]
    yield WANT, [dossier.id, ZERO, few]
    yield PIECE, [ZERO, few, 0, b""]
    yield PIECE, [ZERO, 0, few, b"x"]
    yield PIECE, [ZERO, few, few, b"x"]
    yield PIECE, [ZERO, few, 1, bytes(32_768)]
    yield CLOSE, [ZERO, few]


@attack("numbers", "2", "every number of every message at 2^31 … 2^64-1, during the questions")
def in_questions(scene, service):
    member = scene.members[0]
    dossier = own_dossier(scene, member)
    with Peer(member, service.address) as peer:
        peer.exchange([dossier])
    with Peer(member, service.address) as peer:
        kinds = len(list(messages(peer, 0, dossier)))
    for number in EXTREMES:
        for place in range(kinds):
            peer = Peer(member, service.address)
            peer.begin()
            try:
                kind, content = list(messages(peer, number, dossier))[place]
                peer.send(kind, *content)
                peer.send(QUESTIONS_END)
            except Ended:
                pass
            finish(peer)
            need(service.is_alive(), f"serve ended by a message {kind} with {number}")


@attack("numbers", "2", "HELLO with every number at 2^31 … 2^64-1")
def in_hello(scene, service):
    for number in EXTREMES:
        for content in (hello(0, ZERO, 0, True, version=number), hello(number, ZERO, 0, True),
                        hello(0, ZERO, number, True), hello(0, ZERO, 0, True, names=[number]),
                        hello(0, ZERO, 0, True, left_out=[number])):
            peer = Peer(scene.members[0], service.address)
            peer.send(HELLO, *content)
            finish(peer)


@attack("numbers", "2", "pieces of a wanted file with offset and total at 2^31 … 2^64-1")
def in_pieces(scene, service):
    member = scene.members[0]
    data = os.urandom(70_000)
    for number in EXTREMES:
        for offset, total in ((number, len(data)), (0, number), (number, number), (number, 0), (number - 1, number)):
            dossier = own_dossier(scene, member, 0)
            attach(dossier, blake(data, "mufakat file"), len(data))
            peer = Peer(member, service.address)
            answer = peer.answer

            def lie(want, peer=peer, offset=offset, total=total, answer=answer):
                if len(want) == 3:
                    peer.send(PIECE, want[1], offset, total, data[:32_768])
                    peer.send(PIECE, want[1], 2**64 - 32_768, 2**64 - 1, data[:32_768])
                else:
                    answer(want)

            peer.answer = lie
            try:
                peer.exchange([dossier])
            except Ended:
                pass
            peer.close()
            need(service.is_alive(), f"serve ended by a piece at {offset} of {total}")


def attach(dossier, digest, size, key=None):
    """An attachment whose opening names a file by the hash of its bytes."""
    file = dossier.committed(digest, kind=1, size=size)
    dossier.add([[8, {1: "attachments", 2: file, 3: dossier.committed("a.pdf"), 4: dossier.committed("application/pdf")}]])
    return file[0]


def operations(member, dossier, number, shown):
    """Sixteen operations with the number in one place each."""
    act, dot = {20: member.mandate, 22: "id", 23: shown, 24: 0}, [dossier.tip, number]
    return [
        [number, {}], [1, {number: "x"}], [1, {1: "title", 2: number}], [1, {1: "title", 2: -1 - number}],
        [3, {1: "title", 2: [dot]}], [5, {1: dot, 2: "c", 3: number}], [6, {1: dot}],
        [8, {1: "attachments", 2: dossier.committed(ZERO, kind=1, size=number), 3: shown, 4: shown}],
        [16, {1: "1", 2: ZERO, 3: "done", 4: {"request_letter": [number, ZERO]}, **act, 21: 1}],
        [16, {1: "1", 2: ZERO, 3: "done", 7: [dot], **act, 21: number}],
        [16, {1: "1", 2: ZERO, 3: "done", **act, 21: 1, 24: number}],
        [34, {1: "r", 2: number, 3: number, 4: member.device.key.public, **act, 21: 1}],
        [34, {1: "r", 2: 0, 3: number, 4: member.device.key.public, **act, 21: 1}],
        [35, {1: "r", 2: number, **act, 21: 1}],
        [256, {1: "title", 2: number, 3: number, 4: number}], [number, {number: number}],
    ]


@attack("numbers", "2", "change sets and operations with every number at 2^31 … 2^64-1")
def in_change_sets(scene, service):
    member = scene.members[0]
    for number in EXTREMES:
        for place in range(20):
            dossier = own_dossier(scene, member, 1)
            shown = dossier.committed("Teks")
            bodies = operations(member, dossier, number, shown)
            if place < len(bodies):
                dossier.add([bodies[place]], moves=False)
            else:
                fields = [{"seq": number}, {"lamport": number}, {"at": number}, {"seq": number, "lamport": number}]
                dossier.add([[7, {1: shown}]], moves=False, **fields[place - len(bodies)])
            with Peer(member, service.address) as peer:
                try:
                    peer.exchange([dossier])
                except Ended:
                    pass
    for row in scene.hub.dossiers():
        scene.hub.run("show", row["id"])
        scene.hub.run("history", row["id"])


@attack("numbers", "2", "registry entries with every number at 2^31 … 2^64-1")
def in_entries(scene, service):
    member = scene.members[1]
    target = member.device.certificate
    held = len(member.entries)
    for number in EXTREMES:
        committed, _ = commit(member.root.public, "SK")
        bodies = [
            [number, {}], [number, {1: number}], [18, {1: os.urandom(32), 2: ZERO, 3: number, 4: bytes(16), 5: committed}],
            [19, {1: bytes(16), 2: "it.head", 3: number, 5: 0, 6: committed}],
            [19, {1: bytes(16), 2: "it.head", 3: 0, 4: number, 5: 0, 6: committed}],
            [19, {1: bytes(16), 2: "it.head", 3: 0, 5: number, 6: committed}],
            [20, {1: target, 2: number, 3: 0}], [20, {1: ZERO, 2: 0, 3: number}],
            [16, {1: ZERO, 2: [number, [[ZERO, bytes(16)]]], 3: bytes(16)}],
        ]
        entries = []
        for body in bodies:
            twin = member.chain.fork()
            twin.add(body)
            entries.append(member.entries.pop()[1])
        for field in ("height", "at"):
            twin = member.chain.fork()
            twin.height = number if field == "height" else twin.height
            twin.add([19, {1: bytes(16), 2: "it.head", 3: 0, 5: 0, 6: committed}], at=number if field == "at" else None)
            entries.append(member.entries.pop()[1])
        for entry in entries:
            peer = Peer(member, service.address)
            try:
                peer.hello()
                peer.registry([envelope for _, envelope in member.entries[:held]] + [entry])
            except Ended:
                pass
            peer.close()
