"""Chapters 5 and 6: one connection, as an honest peer would lead it. Attacks are small variations of it."""
import cbor2

from wire import Ended, Raw, VERSION, Wire, ZERO, blake, encode, items_of, sequence, short
from wire import hello as hello_content

HELLO, EQUAL, TIPS, ENTRIES, TREE, LEAVES, NEED, VECTORS = 1, 2, 3, 4, 5, 6, 7, 8
QUESTIONS_END, CHANGES, OPENINGS, CHANGES_END, WANT, PIECE, WANTS_END, CLOSE = 9, 10, 11, 12, 13, 14, 15, 16
NAMES = {value: name for name, value in list(globals().items()) if isinstance(value, int) and name.isupper()}
# A frame of the channel, not of the exchange.
PONG = bytes([18])
# A message with its tag takes two bytes of length.
ROOM = 65_519


def packed(items, room=60_000):
    """Items in lists that fit a frame."""
    batch, size = [], 0
    for item in items:
        if batch and size + len(item) + 16 > room:
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item) + 5
    if batch:
        yield batch


def root_of(leaves):
    """The radix tree of chapter 6 §2 over (id, digest)."""
    def node(part, bit):
        if len(part) == 1:
            return blake(b"\0" + part[0][0] + part[0][1], "mufakat merkle")
        while True:
            left = [leaf for leaf in part if not leaf[0][bit // 8] >> (7 - bit % 8) & 1]
            if left and len(left) < len(part):
                break
            bit += 1
        right = [leaf for leaf in part if leaf[0][bit // 8] >> (7 - bit % 8) & 1]
        return blake(b"\1" + node(left, bit + 1) + node(right, bit + 1), "mufakat merkle")
    return node(sorted(leaves), 0) if leaves else ZERO


class Peer:
    """A connection of a hostile member to a live `serve`."""

    def __init__(self, member, address, device=None, proof=None, identify=True, patience=30):
        self.member, self.device = member, device or member.node
        self.wire = Wire(address, member.network, patience).initiate()
        self.received, self.answered, self.names, self.frames = {}, [], [], 0
        if identify:
            self.identify(member.proof_of(self.device) if proof is None else proof)

    def identity(self, **fields):
        payload = {1: self.wire.hash, 2: 0, 3: self.device.certificate, 4: [VERSION],
                   **{int(key): value for key, value in fields.items()}}
        return self.device.key.sign(encode(payload), "channel", self.member.network + ZERO)[0]

    def identify(self, proof):
        """Both identities, each with the entries that prove it in frames of their own (chapter 5 §2)."""
        self.wire.send(self.identity(**{"6": len(proof)}))
        for batch in packed(proof):
            self.wire.send(sequence(*batch))
        items = items_of(self.wire.receive())
        protected, _, payload, _ = items[0][0].value
        self.server = cbor2.loads(payload)
        missing = self.server[6]
        while missing > 0:
            missing -= len(items_of(self.wire.receive()))
        assert self.server[5] == self.device.certificate and self.server[1] == self.wire.hash

    # ---- frames ----

    def send(self, kind, *content):
        self.wire.send(bytes([kind]) + sequence(*content))

    def raw(self, data):
        self.wire.send(data)

    def receive(self):
        frame = self.wire.receive()
        while frame == PONG:
            frame = self.wire.receive()
        self.frames += 1
        return frame[0], [value for value, _ in items_of(frame[1:])]

    def until_end(self, most=100_000):
        """Reads until the other side ends the connection; how many frames came."""
        for count in range(most):
            try:
                self.wire.receive()
            except Ended:
                return count
        raise AssertionError("it never ends")

    def short(self, data):
        return short(self.wire.hash, data)

    # ---- chapter 6 §4: the course ----

    def hello(self, root=ZERO, count=0, digest=0, missing=True):
        self.send(HELLO, *hello_content(digest, root, count, missing))
        return self.receive()

    def registry(self, entries=None, tips=()):
        """REGISTRY both ways: all that this member has goes, all that the other has comes."""
        if tips:
            self.send(TIPS, *tips)
        self.send(TIPS)
        for batch in packed(self.member.known() if entries is None else entries):
            self.send(ENTRIES, *batch)
        for batch in packed(self.member.openings):
            self.send(OPENINGS, ZERO, *map(Raw, batch))
        self.send(ENTRIES)
        self.entries, kinds = [], []
        while True:
            kind, content = self.receive()
            kinds.append(kind)
            if kind == OPENINGS:
                self.names += [item[3] for item in content[1:]]
            if kind == ENTRIES:
                self.entries += content
                if not content:
                    break
        return kinds

    def begin(self, dossiers=()):
        """Up to the questions."""
        leaves = [(dossier.id, dossier.digest()) for dossier in dossiers]
        kind, content = self.hello(root_of(leaves), len(leaves))
        if kind == EQUAL:
            return False
        self.peer_count = content[3]
        self.registry()
        return True

    def leaves(self, dossiers, is_question=True):
        listed = b"".join(self.short(dossier.id).to_bytes(8, "big") + self.short(dossier.digest()).to_bytes(8, "big")
                          for dossier in dossiers)
        self.send(LEAVES, [0, 0, is_question, listed])

    def exchange(self, dossiers=(), wants=()):
        """A whole exchange: these dossiers are what this side holds. The other side's last word is returned."""
        if not self.begin(dossiers):
            return EQUAL
        self.leaves(dossiers)
        self.send(QUESTIONS_END)
        needed = self.turns({self.short(dossier.id): dossier for dossier in dossiers})
        for dossier in needed:
            self.push(dossier)
        self.send(CHANGES_END)
        return self.finish(dossiers, wants)

    def turns(self, held):
        """Questions in turns until both sides have none; the dossiers that the other side lacks."""
        needed, questions, sent_empty, answered = [], 0, False, False
        while True:
            kind, content = self.receive()
            if kind == NEED:
                needed += [held[item] for item in content]
            elif kind == VECTORS:
                for item in content:
                    needed.append(held[item[0]])
                    if item[1]:
                        self.send(VECTORS, [item[0], False, self.logs(held[item[0]])])
                        answered = True
            elif kind in (CHANGES, OPENINGS, PIECE):
                self.note(kind, content)
            if kind in (NEED, VECTORS, LEAVES, TREE):
                questions += 1
            if kind == QUESTIONS_END:
                if questions == 0 and sent_empty:
                    return needed
                self.send(QUESTIONS_END)
                if questions == 0:
                    return needed
                sent_empty, answered, questions = not answered, False, 0

    def logs(self, dossier):
        tips = {}
        for name, device, seq, _ in dossier.changes:
            if device not in tips or tips[device][0] < seq:
                tips[device] = (seq, name)
        flat = []
        for device in sorted(tips):
            flat += [self.short(device), tips[device][0] + 1, self.short(tips[device][1])]
        return flat

    def push(self, dossier):
        for batch in packed([envelope for *_, envelope in dossier.changes]):
            self.send(CHANGES, dossier.id, *map(Raw, batch))
        for batch in packed(dossier.openings):
            self.send(OPENINGS, dossier.id, *map(Raw, batch))

    def note(self, kind, content):
        if kind in (CHANGES, OPENINGS):
            self.received.setdefault(content[0], []).extend(content[1:])
        if kind == OPENINGS and len(content) > 1 or kind == PIECE:
            self.answered.append(content)

    def finish(self, dossiers=(), wants=()):
        """CHANGES END has gone: the rest, with what is wanted."""
        while True:
            kind, content = self.receive()
            self.note(kind, content)
            if kind == CHANGES_END:
                break
        for want in wants:
            self.send(WANT, *want)
        waiting = len(wants)
        has_ended = ended = False
        if not waiting:
            self.send(WANTS_END)
            ended = True
        while True:
            if ended and has_ended:
                leaves = [(dossier.id, dossier.digest()) for dossier in dossiers]
                self.send(CLOSE, root_of(leaves), len(leaves))
                has_ended = False
            kind, content = self.receive()
            self.note(kind, content)
            if kind == WANT:
                self.answer(content)
            if kind in (OPENINGS, PIECE) and waiting and (kind == OPENINGS or content[1] + len(content[3]) >= content[2]):
                waiting -= 1
                if not waiting:
                    self.send(WANTS_END)
                    ended = True
            if kind == WANTS_END:
                has_ended = True
            if kind == CLOSE:
                self.closing = content
                return CLOSE

    def answer(self, want):
        """It has nothing of what is wanted."""
        if len(want) == 2:
            self.send(OPENINGS, want[0])
        else:
            self.send(PIECE, want[1] if len(want) > 1 else want[0], 0, 0, b"")

    def close(self):
        self.wire.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
