"""Chapters 2 and 3 as bytes: a unit that makes its keys, its chain, its dossiers and whatever else it likes itself."""
import os
import time

import cbor2

from wire import Key, Raw, ZERO, blake, commit, encode, identify_object


def now():
    return int(time.time() * 1000)


class Invitation:
    """What a network gives a new unit: its chain, and the definitions (chapter 3 §9)."""

    def __init__(self, data):
        values = cbor2.loads(data)
        _, self.network, self.subject, entries, self.openings, self.blobs, _ = values
        self.entries = {}
        for item in entries:
            envelope = item if isinstance(item, bytes) else encode_signed(item)
            number = Raw(envelope)
            aad = self.network + ZERO
            name, _, body = identify_object(envelope, "entry", bytes(64) if 1 not in body_of(envelope)
                                            and body_of(envelope)[6][0] == 0 else aad)
            self.entries[name] = (number, body)

    def publications(self):
        """name -> (entry, blob) of the definitions published."""
        return {body[6][1][3]: (name, body[6][1][1]) for name, (_, body) in self.entries.items() if body[6][0] == 4}


def encode_signed(tag):
    return b"\xd2" + encode(tag.value)


def body_of(envelope):
    return cbor2.loads(cbor2.loads(envelope).value[2])


class Chain:
    """A chain of registry entries that one key writes."""

    def __init__(self, member, key, opener):
        self.member, self.key, self.opener, self.tip, self.height = member, key, opener, None, 0

    def fork(self):
        """The same place in the chain once more."""
        twin = Chain(self.member, self.key, self.opener)
        twin.tip, twin.height = self.tip, self.height
        return twin

    def add(self, body, links=(), key=None, at=None):
        payload = {1: self.opener, 2: self.height, 5: now() if at is None else at, 6: body}
        if self.tip is not None:
            payload[3] = self.tip
        if links:
            payload[4] = sorted(links)
        envelope, name = (key or self.key).sign(encode(payload), "entry", self.member.network + ZERO)
        self.tip, self.height = name, self.height + 1
        self.member.entries.append((name, envelope))
        return name


class Device:
    """A certified key: a node's or a person's."""

    def __init__(self, member, chain, kind, title, person=None):
        self.key, self.person = Key(), person or os.urandom(16)
        name, opening = commit(chain.key.public, title)
        member.openings.append(opening)
        self.certificate = chain.add([18, {1: self.key.public, 2: os.urandom(32), 3: kind, 4: self.person, 5: name}])


class Member:
    """A unit of the network that knows the protocol and has no program."""

    def __init__(self, name, kind="vendor"):
        self.name, self.kind, self.root, self.person = name, kind, Key(), os.urandom(16)
        self.network = self.unit = None
        self.entries, self.openings, self.invited = [], [], {}

    def request(self):
        payload = encode({1: 1, 2: os.urandom(32), 3: self.person, 4: self.kind, 5: self.name})
        return self.root.sign(payload, "request", bytes(64))[0]

    def fingerprint(self):
        text = self.root.public[:16].hex()
        return " ".join(text[start:start + 4] for start in range(0, 32, 4))

    def join(self, data):
        """Takes the invitation and opens the own chain: genesis, a node, a person with a mandate."""
        invitation = Invitation(data)
        self.network, self.unit, self.invited = invitation.network, invitation.subject, invitation.entries
        self.definitions = invitation.publications()
        self.chain = Chain(self, self.root, self.unit)
        self.chain.add([16, {1: blake(Key().public, "mufakat next"), 3: self.person}])
        self.node = Device(self, self.chain, 1, "Simpul")
        self.device = Device(self, self.chain, 0, "Direktur")
        instrument, opening = commit(self.root.public, "SK 1")
        self.openings.append(opening)
        self.mandate = self.chain.add([19, {1: self.device.person, 2: "vendor.head", 3: 0, 5: 0, 6: instrument}])
        self.proof = self.proof_of(self.node)
        return self

    def proof_of(self, device):
        """What puts a certificate in force: admission, genesis, certificate (chapter 5 §2)."""
        held = dict(self.entries)
        return [bytes(self.invited[self.unit][0]), self.entries[0][1], held[device.certificate]]

    def known(self):
        """All entries that this unit holds, parents first, as far as the invitation gave them so."""
        return [bytes(envelope) for envelope, _ in self.invited.values()] + [envelope for _, envelope in self.entries]

    def open(self, definition, parties, key=None, reg=(), at=None):
        """A dossier of its own."""
        entry, _ = self.definitions[definition]
        return Dossier(self, key or self.device.key, entry, parties,
                       sorted({entry, self.chain.tip, *reg}), at)


class Dossier:
    """A dossier that this member opens; change sets are made one after the other, or wherever the caller says."""

    def __init__(self, member, key, definition, parties, reg, at=None):
        self.member, self.key, self.lamport, self.seq = member, key, 0, 0
        self.id, self.tip, self.changes, self.openings = None, None, [], []
        operation = [0, {1: definition, 2: parties, 3: os.urandom(16), 4: "Asia/Jakarta"}]
        self.id = self.add([operation], reg=reg, at=at)

    def add(self, operations=(), **place):
        """A change set at the end of this log, or at the place given; its id."""
        key = place.get("key", self.key)
        payload = {1: place.get("seq", self.seq), 4: place.get("lamport", self.lamport + 1),
                   6: [now() if place.get("at") is None else place["at"], "Asia/Jakarta"]}
        previous = place.get("previous", self.tip)
        if previous is not None:
            payload[2] = previous
        if place.get("deps"):
            payload[3] = sorted(place["deps"])
        if place.get("reg"):
            payload[5] = sorted(place["reg"])
        if operations:
            payload[7] = list(operations)
        envelope, name = key.sign(encode(payload), "change", self.member.network + (self.id or ZERO))
        self.changes.append((name, key.public, payload[1], envelope))
        if place.get("moves", True):
            self.tip, self.seq, self.lamport = name, payload[1] + 1, payload[4]
        return name

    def committed(self, value, audience=0, key=None, **file):
        committed, opening = commit((key or self.key).public, value, audience, **file)
        self.openings.append(opening)
        return committed

    def heads(self):
        """Ids that no other change set names."""
        named = set()
        for _, _, _, envelope in self.changes:
            body = body_of(envelope)
            named.update(body.get(3, []))
            if 2 in body:
                named.add(body[2])
        return sorted(name for name, *_ in self.changes if name not in named)

    def digest(self):
        return blake(self.id + b"".join(self.heads()), "mufakat digest")
