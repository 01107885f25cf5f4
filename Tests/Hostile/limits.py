"""Chapter 6 §3 on a live `serve`: every count at its limit and one beyond. The log names the limit where it is passed;
where it is kept, the exchange goes on, or ends by what the message asks for and by no count."""
import os

from arena import attack
from floods import at_questions, at_wants, frame, too_many
from numbers_ import own_dossier
from office import Ending, need
from peer import (CHANGES, CHANGES_END, CLOSE, ENTRIES, HELLO, LEAVES, NEED, OPENINGS, PIECE, QUESTIONS_END, TIPS, TREE,
                  VECTORS, WANT, Peer)
from wire import Ended, Raw, ZERO, commit, encode, hello

PING = bytes([17])


def ends(service, reason, peer, *frames):
    """Frames by which the connection ends for this reason."""
    with Ending(service, reason), peer:
        try:
            for data in frames:
                peer.raw(data)
            peer.until_end()
        except Ended:
            pass


def repeated(kind, item, count, *first):
    return bytes([kind]) + b"".join(map(encode, first)) + item * count


def pair(scene, service, limit, field, make, kept):
    """A list of the questions: one beyond its limit the count ends it, at the limit what it asks for does."""
    ends(service, kept, at_questions(scene, service), make(limit))
    ends(service, too_many(field, limit), at_questions(scene, service), make(limit + 1))


@attack("limits", "3", "cuts 256, lists 64, leaves 48, NEED 4,096, vectors 64, logs 2,048, and one more of each")
def questions(scene, service):
    short = [int.from_bytes(os.urandom(8), "big") for _ in range(4_097)]
    cut, empty = encode([0, 0, 4, os.urandom(128)]), encode([0, 0, True, b""])
    question = encode([1, True, []])
    pair(scene, service, 256, "cuts", lambda count: repeated(TREE, cut, count), r'unasked\("node"\)')
    pair(scene, service, 64, "lists", lambda count: repeated(LEAVES, empty, count), r'unasked\("node"\)')
    pair(scene, service, 4_096, "need", lambda count: frame(NEED, *short[:count]), r'unasked\("need"\)')
    pair(scene, service, 64, "vectors", lambda count: repeated(VECTORS, question, count), r'unasked\("vector"\)')

    def leaves(count):
        return frame(LEAVES, [0, 0, True, os.urandom(16 * count)])

    # A list of 48 leaves is answered: all 48 are needed.
    with at_questions(scene, service) as peer:
        peer.raw(leaves(48))
        peer.send(QUESTIONS_END)
        kinds = {}
        while True:
            kind, content = peer.receive()
            kinds[kind] = content
            if kind == QUESTIONS_END:
                break
        need(len(kinds[NEED]) == 48, f"48 leaves are not all needed: {kinds}")
    ends(service, too_many("leaves", 48), at_questions(scene, service), leaves(49))

    def logs(count):
        return frame(VECTORS, [short[0], True, [1, 1, 1] * count])

    ends(service, r'unasked\("vector"\)', at_questions(scene, service), logs(2_048))
    ends(service, "malformed", at_questions(scene, service), logs(2_049))


@attack("limits", "3", "missing names in HELLO 16, tips of a frame 1,024 and in all 65,536, entries of a frame 512, and one more")
def registry(scene, service):
    member = scene.members[0]
    for count, reason in ((16, None), (17, "malformed")):
        data = frame(HELLO, *hello(0, ZERO, 0, True, names=list(range(count))))
        if reason:
            ends(service, reason, Peer(member, service.address), data)
            continue
        with Peer(member, service.address) as peer:
            peer.raw(data)
            need(peer.receive()[0] == HELLO, "16 names are not asked for")

    def greeted():
        peer = Peer(member, service.address)
        peer.hello()
        return peer

    tips = repeated(TIPS, encode(member.unit), 1_024)
    with greeted() as peer:
        for _ in range(64):
            peer.raw(tips)
        peer.send(TIPS)
        kind, content = peer.receive()
        while kind != ENTRIES or content:
            kind, content = peer.receive()
    ends(service, too_many("tips", 65_536), greeted(), *[tips] * 64, frame(TIPS, member.unit))
    ends(service, too_many("tips", 1_024), greeted(), repeated(TIPS, encode(member.unit), 1_025))
    # An entry is none of no bytes: at the limit it is looked at.
    ends(service, "entryRefused", greeted(), frame(TIPS), repeated(ENTRIES, encode(b""), 512))
    ends(service, too_many("entries", 512), greeted(), frame(TIPS), repeated(ENTRIES, encode(b""), 513))


@attack("limits", "3", "change sets of a frame 512, openings 2,048, and one more")
def contents(scene, service):
    dossier = own_dossier(scene, scene.members[0], 0)
    change = repeated(CHANGES, b"\xf6", 512, dossier.id)
    # What is no change set is refused and listed, and the exchange goes on to its end.
    for data in (change, change[:-1]):
        with Peer(scene.members[0], service.address) as peer:
            need(finished(peer, data), "512 change sets are not taken")
    ends(service, too_many("changes", 512), at_questions(scene, service), change + b"\xf6")
    opening = b"\xf6" * 2_048
    head = bytes([OPENINGS]) + encode(dossier.id)
    with Peer(scene.members[0], service.address) as peer:
        need(finished(peer, frame(CHANGES, dossier.id, Raw(dossier.changes[0][3])), head + opening), "2,048 openings are not taken")
    ends(service, too_many("openings", 2_048), at_questions(scene, service), head + opening + b"\xf6")


def finished(peer, *frames):
    """An exchange in which frames go where change sets do; whether it came to its end."""
    peer.begin()
    peer.leaves([])
    peer.send(QUESTIONS_END)
    peer.turns({})
    for data in frames:
        peer.raw(data)
    peer.send(CHANGES_END)
    return peer.finish() == CLOSE


@attack("limits", "3", "1,000 refusals in an exchange, and one more: openings that fit no place, and change sets that are none")
def refusals(scene, service):
    member = scene.members[0]
    dossier = own_dossier(scene, member, 0)
    with Peer(member, service.address) as peer:
        peer.exchange([dossier])
    unfit = [commit(member.device.key.public, f"x{count}")[1] for count in range(1_001)]
    changes = frame(CHANGES, dossier.id, Raw(dossier.changes[0][3]))

    def openings(count):
        return [frame(OPENINGS, dossier.id, *map(Raw, unfit[start:min(start + 500, count)])) for start in range(0, count, 500)]

    with Peer(member, service.address) as peer:
        need(finished(peer, changes, *openings(1_000)), "1,000 refusals end the exchange")
    with Ending(service, too_many("refusals", 1_000)), Peer(member, service.address) as peer:
        try:
            finished(peer, changes, *openings(1_001))
            raise AssertionError("1,001 refusals are borne")
        except Ended:
            pass
    bad = [bytes([CHANGES]) + encode(dossier.id) + b"\xf6" * 500] * 2
    with Peer(member, service.address) as peer:
        need(finished(peer, *bad), "1,000 change sets that are none end the exchange")
    with Ending(service, too_many("refusals", 1_000)), Peer(member, service.address) as peer:
        try:
            finished(peer, *bad, bytes([CHANGES]) + encode(dossier.id) + b"\xf6")
            raise AssertionError("1,001 refusals are borne")
        except Ended:
            pass


@attack("limits", "3", "512 WANTs and one more; a piece of 32,768 bytes and one more")
def wants(scene, service):
    member = scene.members[0]
    for count in (512, 513):
        peer = Peer(member, service.address)
        at_wants(peer)
        data = [frame(WANT, ZERO, os.urandom(32)) for _ in range(count)]
        if count == 513:
            ends(service, too_many("wants", 512), peer, *data)
            continue
        with peer:
            for item in data:
                peer.raw(item)
            answers = 0
            while answers < count:
                kind, _ = peer.receive()
                answers += kind == OPENINGS
    for count, reason in ((32_768, r'unasked\("piece"\)'), (32_769, too_many("piece", 32_768))):
        peer = Peer(member, service.address)
        at_wants(peer)
        ends(service, reason, peer, frame(PIECE, ZERO, 0, count, bytes(count)))


@attack("limits", "3", "24 turns and one more; four PINGs at once, and more than the time allows")
def turns(scene, service):
    leaf = own_dossier(scene, scene.members[0], 0)
    # Turns that ask nothing end the questions, and one more is out of turn.
    peer = at_questions(scene, service)
    ends(service, r'noProgress|unasked|outOfTurn\("question"\)', peer, *[frame(QUESTIONS_END)] * 25)
    with Peer(scene.members[0], service.address) as peer:
        begin = peer.begin

        def begin_and_ping(dossiers):
            # Keepalives belong to the channel from the judged identity on: the answer to HELLO says that it is.
            begun = begin(dossiers)
            for _ in range(4):
                peer.raw(PING)
            return begun

        peer.begin = begin_and_ping
        need(peer.exchange([leaf]) == CLOSE, "four PINGs end the connection")
    # One more is allowed each five seconds: so many come before a minute is over.
    ends(service, "tooManyPings", at_questions(scene, service), *[PING] * 20)
