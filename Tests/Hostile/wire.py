"""Chapters 1 and 5 as bytes: CBOR, signed objects, Noise, frames. Written from Protocol/ alone."""
import hashlib
import hmac
import os
import socket
import struct

import cbor2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ZERO = bytes(32)
# Measuring a program that speaks an older version of the channel.
VERSION = int(os.environ.get("MUFAKAT_CHANNEL_VERSION", "3"))


# ---- chapter 1 §1: bytes ----------------------------------------------------------------------------------------

def head(major, number):
    for width, extra in ((1, 24), (2, 25), (4, 26), (8, 27)):
        if number < 24:
            return bytes([major << 5 | number])
        if number < 1 << 8 * width:
            return bytes([major << 5 | extra]) + number.to_bytes(width, "big")
    raise ValueError(number)


def hello(digest, root, count, missing, version=None, names=(), left_out=()):
    """The content of HELLO; the channel before version 2 asked for no names, before 3 it left nothing out."""
    content = [VERSION if version is None else version, digest, root, count, missing]
    return content + [list(names), list(left_out)][:max(VERSION - 1, 0)]


class Raw(bytes):
    """Bytes that stand in a sequence as they are."""


def encode(value):
    """Deterministic CBOR, as far as the protocol uses it."""
    if isinstance(value, Raw):
        return bytes(value)
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return head(3, len(text)) + text
    if isinstance(value, dict):
        pairs = sorted((encode(key), encode(item)) for key, item in value.items())
        return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    return head(4, len(value)) + b"".join(encode(item) for item in value)


def sequence(*items):
    return b"".join(encode(item) for item in items)


def items_of(data):
    """The items of a CBOR sequence, each with its own bytes."""
    import io
    stream, result = io.BytesIO(data), []
    decoder = cbor2.CBORDecoder(stream)
    while stream.tell() < len(data):
        start = stream.tell()
        value = decoder.decode()
        result.append((value, data[start:stream.tell()]))
    return result


# ---- chapter 1 §2-§5: signed objects ----------------------------------------------------------------------------

def blake(data, personal, key=b""):
    return hashlib.blake2b(data, digest_size=32, key=key, person=personal.encode().ljust(16, b"\0")).digest()


def short(key, data):
    return int.from_bytes(blake(data, "mufakat short", key)[:8], "big")


class Key:
    """An Ed25519 key that signs objects of every class."""

    def __init__(self, seed=None):
        self.private = Ed25519PrivateKey.from_private_bytes(seed or os.urandom(32))
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, payload, kind, aad):
        """(envelope, id) of a payload."""
        protected = encode({1: -8, 4: self.public, 16: f"mufakat/{kind}"})
        signed = encode(["Signature1", protected, aad, payload])
        envelope = b"\xd2" + encode([protected, {}, payload, self.private.sign(signed)])
        return envelope, blake(signed, f"mufakat {kind}")


def identify_object(envelope, kind, aad):
    """The id, the key and the payload of somebody else's signed object."""
    protected, _, payload, _ = cbor2.loads(envelope).value
    signed = encode(["Signature1", protected, aad, payload])
    return blake(signed, f"mufakat {kind}"), cbor2.loads(protected)[4], cbor2.loads(payload)


def commit(kid, value, audience=0, kind=0, size=None, salt=None):
    """(committed, opening) of a value; of a file the value is the hash of its bytes."""
    salt = salt or os.urandom(16)
    commitment = blake(encode([kid, audience, kind, value]), "mufakat commit", salt)
    committed = [commitment, audience] + ([size] if size is not None else [])
    return committed, encode([commitment, salt, kind, value])


# ---- chapter 5 §1: Noise_NN_25519_ChaChaPoly_SHA256 -------------------------------------------------------------

class Cipher:
    def __init__(self, key):
        self.cipher, self.nonce = ChaCha20Poly1305(key), 0

    def step(self):
        nonce = bytes(4) + struct.pack("<Q", self.nonce)
        self.nonce += 1
        return nonce

    def seal(self, data, aad=b""):
        return self.cipher.encrypt(self.step(), data, aad)

    def open(self, data, aad=b""):
        return self.cipher.decrypt(self.step(), data, aad)


def hkdf(chaining, material):
    secret = hmac.digest(chaining, material, "sha256")
    first = hmac.digest(secret, b"\x01", "sha256")
    return first, hmac.digest(secret, first + b"\x02", "sha256")


class Noise:
    """The symmetric state of one handshake."""

    def __init__(self, prologue):
        name = b"Noise_NN_25519_ChaChaPoly_SHA256"
        self.hash = name if len(name) <= 32 else hashlib.sha256(name).digest()
        self.chaining = self.hash
        self.mix_hash(prologue)
        self.private = X25519PrivateKey.generate()
        self.public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def mix_hash(self, data):
        self.hash = hashlib.sha256(self.hash + data).digest()

    def first(self):
        self.mix_hash(self.public)
        self.mix_hash(b"")
        return self.public

    def second(self, message):
        """The initiator's (sending, receiving) from the responder's message."""
        remote, sealed = message[:32], message[32:]
        self.mix_hash(remote)
        secret = self.private.exchange(X25519PublicKey.from_public_bytes(remote))
        self.chaining, key = hkdf(self.chaining, secret)
        Cipher(key).open(sealed, self.hash)
        self.mix_hash(sealed)
        first, second = hkdf(self.chaining, b"")
        return Cipher(first), Cipher(second)

    def answer(self, message):
        """The responder's (message, sending, receiving) to the initiator's."""
        self.mix_hash(message)
        self.mix_hash(b"")
        self.mix_hash(self.public)
        secret = self.private.exchange(X25519PublicKey.from_public_bytes(message))
        self.chaining, key = hkdf(self.chaining, secret)
        sealed = Cipher(key).seal(b"", self.hash)
        self.mix_hash(sealed)
        first, second = hkdf(self.chaining, b"")
        return self.public + sealed, Cipher(second), Cipher(first)


class Ended(Exception):
    """The other side closed the connection."""


class Wire:
    """One TCP connection with frames and, after the handshake, ciphers. Every wait is bounded."""

    def __init__(self, address, network, patience=30):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.network, self.buffer = network, b""
        self.sending = self.receiving = self.hash = None

    @classmethod
    def of(cls, accepted, network, patience=30):
        wire = cls.__new__(cls)
        accepted.settimeout(patience)
        wire.socket, wire.network, wire.buffer = accepted, network, b""
        wire.sending = wire.receiving = wire.hash = None
        return wire

    def write(self, data):
        try:
            self.socket.sendall(struct.pack(">H", len(data)) + data)
        except OSError as error:
            raise Ended(str(error)) from error

    def read(self):
        while len(self.buffer) < 2 or len(self.buffer) < 2 + int.from_bytes(self.buffer[:2], "big"):
            try:
                data = self.socket.recv(262144)
            except OSError as error:
                raise Ended(type(error).__name__) from error
            if not data:
                raise Ended("closed")
            self.buffer += data
        end = 2 + int.from_bytes(self.buffer[:2], "big")
        frame, self.buffer = self.buffer[2:end], self.buffer[end:]
        return frame

    def prologue(self):
        return bytes([VERSION]) + self.network

    def initiate(self):
        noise = Noise(self.prologue())
        self.write(noise.first())
        self.sending, self.receiving = noise.second(self.read())
        self.hash = noise.hash
        return self

    def respond(self):
        noise = Noise(self.prologue())
        message, self.sending, self.receiving = noise.answer(self.read())
        self.write(message)
        self.hash = noise.hash
        return self

    def send(self, plaintext):
        self.write(self.sending.seal(plaintext))

    def receive(self):
        return self.receiving.open(self.read())

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
