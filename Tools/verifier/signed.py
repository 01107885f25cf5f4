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


def is_regular(value, depth=0):
    if type(value) in (list, tuple):
        return depth < 16 and all(is_regular(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return depth < 16 and all(is_regular(item, depth + 1) for pair in value.items() for item in pair)
    if isinstance(value, cbor2.CBORTag):
        return value.tag == 18 and is_regular(value.value, depth)
    if type(value) is int:
        return -2**64 <= value < 2**64
    return value is None or type(value) in (bool, bytes, str)


def decode(data, what):
    """Deterministic CBOR: what does not come out the same again is refused (section 1)."""
    try:
        value = cbor2.loads(data)
        same = is_regular(value) and cbor2.dumps(value, canonical=True) == data
    except Exception as error:
        raise Refused(f"{what}: {error}") from error
    need(same, f"{what}: not deterministic")
    return value


def is_bytes(value, count):
    return isinstance(value, bytes) and len(value) == count


def is_number(value, bound=2**53):
    return type(value) is int and 0 <= value < bound


def is_ids(value, most):
    return isinstance(value, (list, tuple)) and 1 <= len(value) <= most and all(is_bytes(item, 32) for item in value) \
        and all(left < right for left, right in zip(value, value[1:]))


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
        tag = decode(data, kind)
        need(isinstance(tag, cbor2.CBORTag) and isinstance(tag.value, (list, tuple)) and len(tag.value) == 4,
             f"{kind}: not COSE_Sign1")
        protected, unprotected, payload, signature = tag.value
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
