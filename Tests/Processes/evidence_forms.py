"""Both verifiers say the same of malformed evidence: every item of a file replaced by each other type, missing, doubled,
with keys and items besides, and in another order. A few hundred variants; every one of them with `long`."""
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "Tools"))

from verifier.evidence import verify  # noqa: E402
from verifier.signed import decode  # noqa: E402

PROGRAM = os.environ["MUFAKAT_PROGRAM"]
SAMPLE = 300
# One of each type, at the bounds that a reader could get wrong.
OTHERS = [0, 1, 65535, 65536, 2**63 - 1, 2**63, 2**64 - 1, -1, -2**63, -2**63 - 1, b"", b"\x01" * 16, b"\x01" * 32, b"\x01" * 64,
          b"\x01" * 65, "", "x", "x" * 32768, "x" * 32769, True, False, None, [], [None], [[]], {}, {0: 0}, {"x": None}]


class Raw(bytes):
    """Bytes that stand as they are."""


def head(kind, number):
    for width, info in ((0, None), (1, 24), (2, 25), (4, 26), (8, 27)):
        if width == 0 and number < 24:
            return bytes([kind << 5 | number])
        if width and number < 1 << 8 * width:
            return bytes([kind << 5 | info]) + number.to_bytes(width, "big")
    raise AssertionError(number)


def encode(value):
    if isinstance(value, Raw):
        return bytes(value)
    if value is None or isinstance(value, bool):
        return bytes([0xf6 if value is None else 0xf5 if value else 0xf4])
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(encode, value))
    pairs = sorted((encode(key), encode(item)) for key, item in value.items())
    return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)


def seal(body):
    body = encode(body)
    total = hashlib.blake2b(body, digest_size=32, person=b"mufakat evid".ljust(16, b"\0")).digest()
    return encode(["mufakat-evidence/1", body, total])


def places(value, path=()):
    """Every item, by the keys that lead to it."""
    yield path
    if isinstance(value, (list, dict)):
        for key in range(len(value)) if isinstance(value, list) else value:
            yield from places(value[key], (*path, key))


def at(value, path):
    for key in path:
        value = value[key]
    return value


def put(value, path, new):
    """A copy with another item at a path."""
    if not path:
        return new
    copy = list(value) if isinstance(value, list) else dict(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


def shapes(item):
    """Lists and maps with something missing, doubled, besides, or in another order."""
    if isinstance(item, list):
        for place in range(len(item)):
            yield item[:place] + item[place + 1:]
            yield item[:place + 1] + item[place:]
        for place in range(len(item) - 1):
            yield item[:place] + [item[place + 1], item[place]] + item[place + 2:]
        for other in (None, "x", b"", []):
            yield item + [other]
            yield [other] + item
    if isinstance(item, dict):
        for key in item:
            yield {other: found for other, found in item.items() if other != key}
            pair = encode(key) + encode(item[key])
            yield Raw(head(5, len(item) + 1) + pair + encode(item)[1:])
        yield Raw(head(5, len(item)) + b"".join(encode(key) + encode(item[key]) for key in reversed(list(item))))
        for key in (-1, 0, 5, 9, 10, 2**64 - 1, "x", b"", None, True):
            for other in (None, [], [b""], b"\x01" * 32):
                yield {**item, key: other} if key not in item or key is True else item


def variants(data):
    outer = decode(data, "file")
    body = decode(outer[1], "body")
    for path in places(body):
        item = at(body, path)
        for new in [*OTHERS, *shapes(item)]:
            if type(new) is not type(item) or new != item:
                yield path, seal(put(body, path, new))
    for new in shapes(outer):
        yield ("file",), encode(new)
    for place in range(3):
        for new in OTHERS:
            yield ("file", place), encode(put(outer, (place,), new))
    yield ("file", "tag"), b"\xd2" + data


def ours(path, network):
    done = subprocess.run([PROGRAM, "evidence", "verify", path, "--network", network, "--json"], capture_output=True,
                          text=True, check=False)
    assert done.returncode in (0, 1, 2), (done.returncode, done.stderr)
    return json.loads(done.stdout) if done.stdout else {"verdict": "not-valid"}


def said(result):
    """What two verifiers have to agree on; of a refusal that it is one."""
    if result["verdict"] == "not-valid" and "documents" not in result:
        return "not-valid"
    return result["verdict"], result["reason"], result["title"], result.get("documents") or [], result["changes"], result["entries"]


def main(is_long):
    with open(os.path.join(ROOT, "Protocol", "vectors", "evidence.json"), encoding="utf-8") as file:
        vectors = {vector["name"]: vector for vector in json.load(file)}
    chosen = [vectors[name] for name in ("a commitment written by its author", "an entry that repeats a name")]
    folder = tempfile.mkdtemp(prefix="mufakat-forms-")
    path, count, taken, differences = os.path.join(folder, "x"), 0, 0, []
    try:
        for vector in chosen:
            network = vector["context"]["network"][0]
            found = list(variants(bytes.fromhex(vector["bytes"])))
            if not is_long:
                found = random.Random(len(found)).sample(found, min(SAMPLE // len(chosen), len(found)))
            for place, data in found:
                with open(path, "wb") as file:
                    file.write(data)
                left, right = said(ours(path, network)), said(verify(data, network))
                count += 1
                taken += right != "not-valid"
                if left != right:
                    differences.append((vector["name"], place, left, right))
        assert not differences, (len(differences), differences[:3])
        assert count >= 200 and 0 < taken < count // 2, (count, taken)
        print(f"{count} variants of evidence: both verifiers agree on each ({taken} are taken)")
    finally:
        if os.path.exists(path):
            os.remove(path)
        os.rmdir(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main("long" in sys.argv[1:]))
