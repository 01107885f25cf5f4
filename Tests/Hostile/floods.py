"""Point 3: small frames that would cost much, the same again and again, and answers that nobody reads.

Each attack says by which limit `serve` ends it, as its log names it: that it survives could be luck.
"""
import os
import socket
import threading
import time

from arena import attack
from numbers_ import own_dossier
from office import Ending, need, until
from peer import (CHANGES, CHANGES_END, CLOSE, ENTRIES, EQUAL, HELLO, LEAVES, NEED, OPENINGS, PIECE, QUESTIONS_END, TIPS,
                  TREE, VECTORS, WANT, WANTS_END, Peer)
from wire import Ended, ZERO, encode, hello

# So many bytes of frames are tried at most; the limit of chapter 8 has to be met before.
FLOOD = 8 << 20


def flood(peer, frames, most=FLOOD, reads=False):
    """Sends frames until the other side ends the connection or the flood is over; how many bytes went."""
    sent = 0
    reader = None
    if reads:
        reader = threading.Thread(target=drain, args=(peer,), daemon=True)
        reader.start()
    try:
        for frame in frames:
            peer.raw(frame)
            sent += len(frame)
            if sent >= most:
                break
    except Ended:
        pass
    if reader:
        peer.wire.socket.settimeout(10)
        reader.join(30)
    return sent


def drain(peer):
    try:
        peer.until_end()
    except (Ended, AssertionError):
        pass


def frame(kind, *content):
    return bytes([kind]) + b"".join(encode(item) for item in content)


def always(data):
    while True:
        yield data


def at_questions(scene, service, member=None, dossiers=(), patience=15):
    peer = Peer(member or scene.members[0], service.address, patience=patience)
    peer.begin(dossiers)
    return peer


def at_wants(peer):
    """Both sides have said all that they have: what is missing is asked for."""
    peer.begin()
    peer.leaves([])
    peer.send(QUESTIONS_END)
    peer.turns({})
    peer.send(CHANGES_END)
    while peer.receive()[0] != CHANGES_END:
        pass


def too_many(field, limit, count=None):
    """The reason that a count is beyond its limit, by one where it is counted as it is read."""
    return f'tooMany\\(field: "{field}", count: {limit + 1 if count is None else count}, limit: {limit}\\)'


def large(scene, service, count=40):
    """A dossier of more than a megabyte that both sides hold."""
    member = scene.members[0]
    dossier = own_dossier(scene, member, 0)
    for number in range(count):
        dossier.add([[7, {1: dossier.committed(f"{number} " + "kata " * 6_000)}]])
    with Peer(member, service.address) as peer:
        peer.exchange([dossier])
    return dossier


@attack("floods", "3", "one LEAVES frame of 60 kB with 12,000 empty questions, a hundred times")
def empty_questions(scene, service):
    member = scene.members[0]
    shared = [own_dossier(scene, member, 0) for _ in range(48)]
    with Peer(member, service.address) as peer:
        peer.exchange(shared)
    # Each empty list asks for all that both hold.
    data = bytes([LEAVES]) + encode([0, 0, True, b""]) * 12_000
    for reads in (False, True):
        with Ending(service, too_many("lists", 64)), at_questions(scene, service, dossiers=shared[1:]) as peer:
            need(peer.peer_count >= 48, "the dossiers are not shared")
            flood(peer, [data] * 100, reads=reads)
    # As many as a frame may ask, again and again.
    data = bytes([LEAVES]) + encode([0, 0, True, b""]) * 64
    for reads in (False, True):
        with Ending(service, 'unasked\\("node"\\)'), at_questions(scene, service, dossiers=shared[1:]) as peer:
            flood(peer, [data] * 1_000, reads=reads)


@attack("floods", "3", "cuts of the tree and lists of leaves that all differ, 2,048 in a frame and one more, again and again")
def different_cuts(scene, service):
    for data, reason in (
            (bytes([TREE]) + encode([0, 0, 4, os.urandom(128)]) * 400, too_many("cuts", 256)),
            (bytes([TREE]) + encode([0, 0, 4, os.urandom(128)]) * 2, 'unasked\\("node"\\)'),
            (bytes([TREE]) + encode([0, 0, 1, bytes(16)]) * 2_049, 'badValue\\(field: "cut"\\)'),
            (bytes([TREE]) + encode([0, 0, 8, os.urandom(2_048)]) * 30, 'badValue\\(field: "cut"\\)'),
            (bytes([LEAVES]) + encode([0, 0, True, os.urandom(16 * 48)]) * 80, too_many("lists", 64)),
            (bytes([LEAVES]) + encode([0, 0, True, os.urandom(16 * 2_049)]), too_many("leaves", 48, 2_049))):
        with Ending(service, reason), at_questions(scene, service) as peer:
            flood(peer, always(data), reads=True)


@attack("floods", "3", "NEED of the same dossier of 1.2 MB, 8 MB of it, and nothing is read")
def repeated_need(scene, service):
    dossier = large(scene, service)
    for reads in (False, True):
        with Ending(service, too_many("need", 4_096)), at_questions(scene, service) as peer:
            name = encode(peer.short(dossier.id))
            flood(peer, always(bytes([NEED]) + name * 6_000), reads=reads)
        with Ending(service, 'unasked\\("need"\\)'), at_questions(scene, service) as peer:
            flood(peer, always(bytes([NEED]) + encode(peer.short(dossier.id))), reads=reads)


@attack("floods", "3", "VECTORS questions about the same dossier, 8 MB of them")
def repeated_vectors(scene, service):
    dossier = large(scene, service)
    for reads in (False, True):
        with Ending(service, too_many("vectors", 64)), at_questions(scene, service) as peer:
            question = encode([peer.short(dossier.id), True, []])
            flood(peer, always(bytes([VECTORS]) + question * 4_000), reads=reads)
        with Ending(service, 'unasked\\("vector"\\)'), at_questions(scene, service) as peer:
            question = encode([peer.short(dossier.id), True, []])
            flood(peer, always(bytes([VECTORS]) + question), reads=reads)


@attack("floods", "3", "the same WANT again and again: an opening, a file, a definition, what nobody has; nothing is read")
def repeated_wants(scene, service):
    dossier = large(scene, service)
    blob = next(blob for _, blob in scene.members[0].definitions.values())
    for content in ([blob], [os.urandom(32)], [dossier.id, ZERO], [dossier.id, ZERO, 0], [os.urandom(32), ZERO, 0]):
        for reads in (False, True):
            with Ending(service, 'outOfTurn\\("want"\\)'), at_questions(scene, service) as peer:
                flood(peer, always(frame(WANT, *content)), most=FLOOD // 8, reads=reads)
            with Ending(service, 'unasked\\("want"\\)'), Peer(scene.members[0], service.address) as peer:
                at_wants(peer)
                flood(peer, always(frame(WANT, *content)), most=FLOOD // 8, reads=reads)


@attack("floods", "3", "TIPS again and again, of unknown entries, and 2,000 in a frame")
def repeated_tips(scene, service):
    member = scene.members[0]
    for data, reason in ((frame(TIPS), 'outOfTurn\\("tips"\\)'),
                         (frame(TIPS, *[os.urandom(32) for _ in range(1_900)]), too_many("tips", 1_024)),
                         (frame(TIPS, *[member.unit] * 1_900), too_many("tips", 1_024))):
        with Ending(service, reason), Peer(member, service.address) as peer:
            peer.hello()
            flood(peer, always(data), most=FLOOD // 4, reads=True)


@attack("floods", "3", "20,000 empty REGISTRY ENTRIES, and entries that are none")
def empty_entries(scene, service):
    member = scene.members[0]
    beyond = too_many("entries", 512)
    for data, reason in ((bytes([ENTRIES]) + encode(b"") * 20_000, beyond), (bytes([ENTRIES]) + encode(b"\xa0") * 20_000, beyond),
                         (frame(ENTRIES, *[os.urandom(4_096) for _ in range(15)]), "entryRefused"),
                         (frame(ENTRIES, *[member.proof[0]] * 150), "^closed$")):
        with Ending(service, reason), Peer(member, service.address) as peer:
            peer.hello()
            peer.send(TIPS)
            flood(peer, [data] * 60, reads=True)


@attack("floods", "3", "names, openings and pieces that nobody wants, before and during the questions")
def unwanted(scene, service):
    member = scene.members[0]
    dossier = own_dossier(scene, member, 0)
    opening = encode([os.urandom(32), bytes(16), 0, "x" * 32_000])
    for data in (bytes([OPENINGS]) + encode(ZERO) + opening, bytes([OPENINGS]) + encode(dossier.id) + opening * 2,
                 bytes([OPENINGS]) + encode(dossier.id) + encode([os.urandom(32), bytes(16), 0, None]) * 900,
                 bytes([CHANGES]) + encode(dossier.id) + b"\xf6" * 60_000,
                 bytes([CHANGES]) + encode(os.urandom(32)) + dossier.changes[0][3],
                 frame(PIECE, os.urandom(32), 0, 2**40, bytes(32_768))):
        for reached in (False, True):
            with Ending(service, "unasked|outOfTurn|badValue|malformed|tooMany"), Peer(member, service.address) as peer:
                peer.hello()
                if reached:
                    peer.registry()
                flood(peer, always(data), most=FLOOD // 4, reads=True)


@attack("floods", "3", "turns without end, ends without turns, and every message out of its phase")
def out_of_turn(scene, service):
    member = scene.members[0]
    with Ending(service, 'noProgress|outOfTurn\\("question"\\)'), at_questions(scene, service) as peer:
        flood(peer, always(frame(QUESTIONS_END)), most=1 << 16, reads=True)
    bodies = {TIPS: [], ENTRIES: [], TREE: [], LEAVES: [], NEED: [], VECTORS: [], QUESTIONS_END: [], CHANGES: [ZERO],
              OPENINGS: [ZERO], CHANGES_END: [], WANT: [ZERO], PIECE: [ZERO, 0, 0, b""], WANTS_END: [], CLOSE: [ZERO, 0],
              HELLO: hello(0, ZERO, 0, True), EQUAL: []}
    for kind, content in bodies.items():
        for times in (1, 500):
            peer = Peer(member, service.address)
            flood(peer, [frame(kind, *content)] * times)
            stop(peer)
            peer = at_questions(scene, service)
            flood(peer, [frame(kind, *content)] * times)
            stop(peer)
    for kind in (0, 17, 18, 19, 20, 127, 255):
        for content in ([], [0], [b"x" * 60_000]):
            peer = at_questions(scene, service)
            flood(peer, [frame(kind, *content)] * 50)
            stop(peer)


def stop(peer):
    """Ends our half and reads to the end of theirs."""
    try:
        peer.wire.socket.shutdown(socket.SHUT_WR)
        peer.until_end()
    except (Ended, OSError):
        pass
    peer.close()


@attack("floods", "3", "messages after CLOSE: everything once more on the same connection, at once and in a loop")
def after_close(scene, service):
    member = scene.members[0]
    for data in (frame(HELLO, *hello(0, ZERO, 0, True)), frame(CLOSE, ZERO, 0), frame(WANT, ZERO), frame(CHANGES_END),
                 bytes([LEAVES]) + encode([0, 0, True, b""]) * 12_000, b""):
        mark = service.mark()
        with Peer(member, service.address) as peer:
            peer.exchange()
            flood(peer, always(data), most=1 << 20, reads=True)
        # The exchange had ended well: nothing after it is read.
        until(lambda mark=mark: b"synchronised" in service.since(mark), "serve says that the exchange ended")
        need(service.reasons(mark) == [], f"what came after CLOSE was read: {service.reasons(mark)}")


@attack("floods", "3", "empty frames, PINGs and PONGs that nobody asked for, 100,000")
def empty_frames(scene, service):
    for data, reason in ((b"", r"unknownMessage\(0\)"), (bytes([17]), "tooManyPings"), (bytes([18]), r"unknownMessage\(18\)|unaskedPong")):
        for phase in ("identity", "questions"):
            with Ending(service, reason):
                peer = Peer(scene.members[0], service.address) if phase == "identity" else at_questions(scene, service)
                flood(peer, [data] * 3_000, reads=data != bytes([18]))
                peer.close()


@attack("floods", "1", "12 members who ask for everything and read nothing, while an honest one works")
def deaf(scene, service):
    dossier = large(scene, service)
    peers = []
    for _ in range(12):
        member = scene.members[0]
        peer = Peer(member, service.address)
        peer.wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        peer.begin()
        flood(peer, [bytes([NEED]) + encode(peer.short(dossier.id)), frame(QUESTIONS_END), frame(QUESTIONS_END)])
        peers.append(peer)
    scene.honest(service)
    for peer in peers:
        peer.close()


@attack("floods", "1", "20 members at one byte in 0.2 s after the identity, while an honest one works")
def dribbling(scene, service):
    peers = [Peer(scene.members[0], service.address) for _ in range(20)]
    sealed = [peer.wire.sending.seal(frame(HELLO, *hello(0, ZERO, 0, True))) for peer in peers]
    streams = [len(data).to_bytes(2, "big") + data for data in sealed]
    for place in range(12):
        for peer, stream in zip(peers, streams):
            try:
                peer.wire.socket.sendall(stream[place:place + 1])
            except OSError:
                pass
        if place == 6:
            scene.honest(service)
        time.sleep(0.2)
    for peer in peers:
        peer.close()


@attack("floods", "1", "80 connections of one member that stay open, while an honest one works")
def many_places(scene, service):
    peers = []
    mark = service.mark()
    for _ in range(80):
        try:
            peers.append(Peer(scene.members[0], service.address, patience=5))
        except (Ended, OSError):
            pass
    # Of one unit 16: the oldest give their places to the newest.
    until(lambda: service.reasons(mark).count("displaced") >= 80 - 16, "the places of one unit are bounded")
    scene.honest(service)
    for peer in peers:
        peer.close()
