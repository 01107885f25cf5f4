"""Point 3: small frames that would cost much, the same again and again, and answers that nobody reads."""
import os
import socket
import threading
import time

from arena import attack
from numbers_ import own_dossier
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
    data = bytes([LEAVES]) + encode([0, 0, True, b""]) * 12_000
    for reads in (False, True):
        with at_questions(scene, service) as peer:
            flood(peer, [data] * 100, reads=reads)


@attack("floods", "3", "cuts of the tree and lists of leaves that all differ, 2,048 in a frame and one more, again and again")
def different_cuts(scene, service):
    for data in (bytes([TREE]) + encode([0, 0, 4, os.urandom(128)]) * 400, bytes([TREE]) + encode([0, 0, 1, bytes(16)]) * 2_049,
                 bytes([TREE]) + encode([0, 0, 8, os.urandom(2_048)]) * 30,
                 bytes([LEAVES]) + encode([0, 0, True, os.urandom(16 * 48)]) * 80,
                 bytes([LEAVES]) + encode([0, 0, True, os.urandom(16 * 2_049)])):
        with at_questions(scene, service) as peer:
            flood(peer, always(data), reads=True)


@attack("floods", "3", "NEED of the same dossier of 1.2 MB, 8 MB of it, and nothing is read")
def repeated_need(scene, service):
    dossier = large(scene, service)
    for reads in (False, True):
        with at_questions(scene, service) as peer:
            name = encode(peer.short(dossier.id))
            flood(peer, always(bytes([NEED]) + name * 6_000), reads=reads)


@attack("floods", "3", "VECTORS questions about the same dossier, 8 MB of them")
def repeated_vectors(scene, service):
    dossier = large(scene, service)
    for reads in (False, True):
        with at_questions(scene, service) as peer:
            question = encode([peer.short(dossier.id), True, []])
            flood(peer, always(bytes([VECTORS]) + question * 4_000), reads=reads)


@attack("floods", "3", "the same WANT again and again: an opening, a file, a definition, what nobody has; nothing is read")
def repeated_wants(scene, service):
    dossier = large(scene, service)
    blob = next(blob for _, blob in scene.members[0].definitions.values())
    for content in ([blob], [os.urandom(32)], [dossier.id, ZERO], [dossier.id, ZERO, 0], [os.urandom(32), ZERO, 0]):
        for reads in (False, True):
            with at_questions(scene, service) as peer:
                flood(peer, always(frame(WANT, *content)), most=FLOOD // 8, reads=reads)


@attack("floods", "3", "TIPS again and again, of unknown entries, and 2,000 in a frame")
def repeated_tips(scene, service):
    member = scene.members[0]
    for data in (frame(TIPS), frame(TIPS, *[os.urandom(32) for _ in range(1_900)]), frame(TIPS, *[member.unit] * 1_900)):
        with Peer(member, service.address) as peer:
            peer.hello()
            flood(peer, always(data), most=FLOOD // 4, reads=True)


@attack("floods", "3", "20,000 empty REGISTRY ENTRIES, and entries that are none")
def empty_entries(scene, service):
    member = scene.members[0]
    for data in (bytes([ENTRIES]) + encode(b"") * 20_000, bytes([ENTRIES]) + encode(b"\xa0") * 20_000,
                 frame(ENTRIES, *[os.urandom(4_096) for _ in range(15)]), frame(ENTRIES, *[member.proof[0]] * 150)):
        with Peer(member, service.address) as peer:
            peer.hello()
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
            peer = Peer(member, service.address)
            peer.hello()
            if reached:
                peer.registry()
            flood(peer, always(data), most=FLOOD // 4, reads=True)
            peer.close()


@attack("floods", "3", "turns without end, ends without turns, and every message out of its phase")
def out_of_turn(scene, service):
    member = scene.members[0]
    with at_questions(scene, service) as peer:
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
        with Peer(member, service.address) as peer:
            peer.exchange()
            flood(peer, always(data), most=1 << 20, reads=True)


@attack("floods", "3", "empty frames and unknown keepalives, 100,000")
def empty_frames(scene, service):
    for data in (b"", bytes([17]), bytes([18])):
        for phase in ("identity", "questions"):
            peer = Peer(scene.members[0], service.address) if phase == "identity" else at_questions(scene, service)
            flood(peer, [data] * 33_000, reads=True)
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
    for _ in range(80):
        try:
            peers.append(Peer(scene.members[0], service.address, patience=5))
        except (Ended, OSError):
            pass
    scene.honest(service)
    for peer in peers:
        peer.close()
