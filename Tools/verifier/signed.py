"""Chapter 1: deterministic CBOR, COSE_Sign1 objects, hashes. Written from Protocol/1-bytes.md."""
import hashlib

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ZERO = bytes(32)
# Points of small order, by their y (section 6).
PRIME = 2**255 - 19
EIGHTH = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
SMALL = {0, 1, PRIME - 1, EIGHTH, PRIME - EIGHTH}


class Refused(Exception):
    """Not valid, and why."""


def need(condition, reason):
    if not condition:
        raise Refused(reason)


def blake(data, personal, key=b""):
    return hashlib.blake2b(data, digest_size=32, key=key, person=personal.ljust(16, b"\0")).digest()


class Key(bytes):
    """A key of a map that is no number, text or byte string: equal to nothing that the protocol names."""
    __slots__ = ()

    def __eq__(self, other):
        return type(other) is Key and bytes.__eq__(self, other)

    __hash__ = bytes.__hash__


class Reader:
    """Deterministic CBOR (section 1): in no way lenient, or a change set that others took could refuse all proofs."""

    def __init__(self, data):
        self.data, self.place = data, 0

    def take(self, count):
        need(count <= len(self.data) - self.place, "truncated")
        self.place += count
        return self.data[self.place - count:self.place]

    def head(self):
        first = self.take(1)[0]
        kind, info = first >> 5, first & 31
        if info < 24:
            return kind, info
        need(info <= 27 and kind != 7, "indefinite length, or a float")
        width = 1 << info - 24
        number = int.from_bytes(self.take(width), "big")
        need(number >= (24 if width == 1 else 1 << 4 * width), "not the shortest form")
        return kind, number

    def item(self, depth=0):
        kind, number = self.head()
        if kind < 2:
            return -1 - number if kind else number
        if kind < 4:
            data = self.take(number)
            return data.decode() if kind == 3 else data
        if kind == 7:
            need(20 <= number <= 22, "simple value")
            return (False, True, None)[number - 20]
        need(kind < 6 and depth < 16 and number * (kind - 3) <= len(self.data) - self.place, "tag, depth or length")
        return [self.item(depth + 1) for _ in range(number)] if kind == 4 else self.map(number, depth + 1)

    def map(self, count, depth):
        found, last = {}, b""
        for _ in range(count):
            start = self.place
            key = self.item(depth)
            encoded = self.data[start:self.place]
            need(encoded > last, "keys")
            found[key if type(key) in (int, str, bytes) else Key(encoded)], last = self.item(depth), encoded
        return found


def decode(data, what, tag=False):
    """One item and nothing after it; of a signed object what stands behind its tag."""
    try:
        need(type(data) is bytes, "no bytes")
        reader = Reader(data)
        need(not tag or reader.head() == (6, 18), "not COSE_Sign1")
        value = reader.item()
        need(reader.place == len(data), "bytes after it")
    except (Refused, UnicodeDecodeError) as error:
        raise Refused(f"{what}: {error}") from error
    return value


def is_bytes(value, count):
    return isinstance(value, bytes) and len(value) == count


def is_number(value, bound=2**53):
    return type(value) is int and 0 <= value < bound


def is_ids(value, most):
    return isinstance(value, (list, tuple)) and 1 <= len(value) <= most and all(is_bytes(item, 32) for item in value) \
        and all(left < right for left, right in zip(value, value[1:]))


def is_value(value):
    """CDDL `value`, but for commitments."""
    return value is None or type(value) is bool or type(value) is int and -2**63 <= value < 2**63 \
        or type(value) is str and len(value.encode()) <= 32768 or type(value) is bytes and len(value) <= 64


def is_committed(value):
    return isinstance(value, (list, tuple)) and 2 <= len(value) <= 3 and is_bytes(value[0], 32) \
        and (type(value[1]) is int and value[1] in (0, 1) or is_ids(value[1], 16)) \
        and (len(value) == 2 or is_number(value[2], 2**64))


def is_signed(kid, signature, signed):
    """As libsodium verifies (section 6): the library here is less strict about the points."""
    point, nonce = (int.from_bytes(part, "little") % 2**255 for part in (kid, signature[:32]))
    if point >= PRIME or point in SMALL or nonce % PRIME in SMALL:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(kid).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


class Signed:
    """A COSE_Sign1 object of one class (section 2)."""
    checked = {}

    def __init__(self, data, kind, aad):
        parts = decode(data, kind, tag=True)
        need(isinstance(parts, list) and len(parts) == 4, f"{kind}: not COSE_Sign1")
        protected, unprotected, payload, signature = parts
        headers = decode(protected, kind)
        need(isinstance(headers, dict) and set(headers) == {1, 4, 16} and headers[1] == -8 and unprotected == {}
             and headers[16] == f"mufakat/{kind}" and is_bytes(headers[4], 32) and is_bytes(signature, 64),
             f"{kind}: headers")
        self.kid, self.size = headers[4], len(payload)
        signed = cbor2.dumps(["Signature1", protected, aad, payload])
        key = (signature, self.kid, hashlib.sha256(signed).digest())
        if key not in self.checked:  # The same entries stand in every file of an audit.
            self.checked[key] = is_signed(self.kid, signature, signed)
        need(self.checked[key], f"{kind}: signature")
        self.id = blake(signed, f"mufakat {kind}".encode())
        self.body = decode(payload, kind)
        need(isinstance(self.body, dict), f"{kind}: payload")
