"""What certified members may sign that no client would write: operations of every code with every kind of value, under
valid signatures. Neither verifier stumbles over it, and both read the same in it. Sixty files; some hundreds with `long`."""
import json
import os
import random
import sys
import tempfile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from evidence_forms import ROOT, encode, ours, seal  # noqa: E402
from evidence_verifiers import same  # noqa: E402
from verifier.evidence import verify  # noqa: E402
from verifier.signed import blake, decode  # noqa: E402

ZERO = bytes(32)



class Key:
    def __init__(self, dice):
        self.secret = Ed25519PrivateKey.from_private_bytes(dice.randbytes(32))
        self.kid = self.secret.public_key().public_bytes_raw()
        self.person = dice.randbytes(16)

    def seal(self, kind, aad, payload):
        """A COSE_Sign1 object, and its id."""
        protected, payload = encode({1: -8, 4: self.kid, 16: f"mufakat/{kind}"}), encode(payload)
        signed = encode(["Signature1", protected, aad, payload])
        return b"\xd2" + encode([protected, {}, payload, self.secret.sign(signed)]), blake(signed, f"mufakat {kind}".encode())


class City:
    """A network with two units, and a dossier in which their people write what they like."""

    def __init__(self, dice, definition):
        self.dice, self.definition, self.network = dice, definition, b""
        self.entries, self.tips, self.openings = [], {}, []
        root = Key(dice)
        self.network = self.entry(root, None, 0, {1: self.name(root, "Kota"), 2: root.kid, 3: dice.randbytes(32)})
        self.published = self.entry(root, self.network, 4, {1: blake(definition, b"mufakat blob"), 2: len(definition), 3: "uji",
                                                           4: 1})
        self.units, self.people = {}, []
        for slot, kind, roles in (("applicant", "applicant", ["applicant.head"]), ("it", "it_agency", ["it.field_head", "it.head"])):
            head = Key(dice)
            unit = self.units[slot] = self.entry(root, self.network, 1, {1: head.kid, 2: kind, 3: self.name(root, slot)})
            self.entry(head, unit, 16, {1: dice.randbytes(32), 3: head.person})
            for role in roles:
                person = Key(dice)
                self.entry(head, unit, 18, {1: person.kid, 2: ZERO, 3: 0, 4: person.person, 5: self.name(head, role)})
                person.mandate = self.entry(head, unit, 19, {1: person.person, 2: role, 3: 0, 5: 0, 6: self.name(head, "SK"),
                                                             7: self.name(head, "Pejabat " + role)})
                self.people.append(person)
        self.changes, self.heads, self.logs, self.dossier = [], [], {}, None
        self.write(self.people[0], [[0, {1: self.published, 2: self.units, 3: dice.randbytes(16), 4: "Asia/Jakarta"}]])

    def commit(self, key, value):
        salt = self.dice.randbytes(16)
        commitment = blake(encode([key.kid, 0, 0, value]), b"mufakat commit", key=salt)
        return [commitment, salt, 0, value]

    def name(self, key, text):
        opening = self.commit(key, text)
        self.openings.append(opening)
        return [opening[0], 0]

    def entry(self, key, chain, code, fields):
        previous, height = self.tips.get(chain, (None, -1))
        payload = {2: height + 1, 5: 1_770_000_000_000, 6: [code, fields]}
        if chain is not None:
            payload[1] = chain
        if previous is not None:
            payload[3] = previous
        data, name = key.seal("entry", self.network + ZERO if chain else bytes(64), payload)
        self.entries.append(data)
        self.tips[name if chain is None else chain] = (name, height + 1)
        return name

    def write(self, key, operations):
        first = not self.changes
        seq, previous = self.logs.get(key.kid, (-1, None))
        deps = sorted(head for head in self.heads if head != previous)
        payload = {1: seq + 1, 4: len(self.changes) + 1, 6: [1_780_000_000_000 + len(self.changes), "Asia/Jakarta"], 7: operations}
        if previous:
            payload[2] = previous
        if deps:
            payload[3] = deps
        if first:
            payload[5] = sorted(name for name, _ in self.tips.values())
        data, name = key.seal("change", self.network + (ZERO if first else self.dossier), payload)
        self.dossier = self.dossier or name
        self.changes.append((name, data))
        self.heads, self.logs[key.kid] = [name], (seq + 1, name)

    def anything(self, depth=0):
        dice = self.dice
        kind = dice.randrange(22 if depth < 3 else 15)
        if kind < 3:
            return dice.choice([0, 1, 2, 65535, 65536, 2**53, 2**63, 2**64 - 1, -1, -2**63, dice.getrandbits(dice.randrange(1, 64))])
        if kind < 8:
            return dice.choice([dice.choice(self.changes)[0], *self.units.values(), dice.choice(self.people).mandate,
                                self.published, self.start, dice.choice(self.people).kid, dice.randbytes(dice.randrange(70))])
        if kind < 12:
            return dice.choice(["1", "2", "3", "done", "perlu", "tidak_perlu", "title", "request", "doc/request/1/subject",
                                "findings", "", "letter/BA/1", "applicant", "vendor"])
        if kind < 15:
            return dice.choice([True, False, None])
        if kind < 17:
            return [self.commit(self.people[0], "x")[0], dice.choice([0, 1, 2, sorted(self.units.values())])]
        if kind < 19:
            return [self.anything(depth + 1) for _ in range(dice.randrange(4))]
        if kind == 19:
            return [dice.choice(self.changes)[0], dice.randrange(3)]
        if kind == 20:
            return {"request": [1, dice.randbytes(32)], "record": self.anything(depth + 1)}
        keys = [1, 300, -1, "x", "", b"\x01", True, None]
        return {key: self.anything(depth + 1) for key in dice.sample(keys, dice.randrange(4))}

    def write_anything(self):
        self.start = blake(encode([self.dossier, "1", []]), b"mufakat activ")
        person, operations = self.dice.choice(self.people), []
        for _ in range(self.dice.choice([1, 1, 1, 1, 1, 2])):
            fields = {key: self.anything() for key in (*range(1, 13), 21, 23, 24, 25) if self.dice.random() < 0.6}
            if self.dice.random() < 0.9:
                fields[20] = person.mandate if self.dice.random() < 0.8 else self.anything()
            # All but `open`, which is refused, and `migrate`, whose definition would have to be here.
            operations.append([self.dice.choice([code for code in range(1, 40) if code != 36]), fields])
        self.write(person, operations)

    def file(self, subject=None):
        body = {1: self.network, 2: self.entries, 3: self.dossier, 4: [data for _, data in self.changes], 6: self.openings,
                7: self.definition, 8: []}
        return seal(body if subject is None else {**body, 5: subject})


def main(count):
    with open(os.path.join(ROOT, "Protocol", "vectors", "evidence.json"), encoding="utf-8") as file:
        data = next(vector["bytes"] for vector in json.load(file) if vector["name"] == "an entry that repeats a name")
    definition = decode(decode(bytes.fromhex(data), "file")[1], "body")[7]
    folder = tempfile.mkdtemp(prefix="mufakat-members-")
    path, standing, said = os.path.join(folder, "x"), 0, 0
    try:
        for seed in range(count):
            city = City(random.Random(seed), definition)
            for _ in range(25):
                city.write_anything()
            for subject in (None, city.dice.choice(city.changes)[0]):
                data, network = city.file(subject), city.network.hex()
                with open(path, "wb") as file:
                    file.write(data)
                left, right = ours(path, network), verify(data, network)
                assert "acts" in right or "approvals" in right, (seed, subject, right)
                for line, other in zip(right.get("acts", []), left.get("acts", [])):
                    if line["standing"] is None:  # What only the fold decides.
                        other["reason"], other["because"] = line["reason"], line["because"]
                verdicts = left.pop("verdict"), right.pop("verdict"), left.pop("reason"), right.pop("reason")
                # Of the procedure the one that does not fold sees little; what it calls invalid is so.
                assert verdicts[0] == verdicts[1] or verdicts[1] in ("standing", "undecided"), (seed, subject, verdicts)
                same(left, right, f"{seed}")
                standing += sum(line["standing"] is True for line in right.get("acts", []))
                said += len(right.get("acts", []))
        assert standing > count and said > standing, (standing, said)
        print(f"{2 * count} files of what members may sign: both verifiers read the same ({said} acts, {standing} standing)")
    finally:
        if os.path.exists(path):
            os.remove(path)
        os.rmdir(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(300 if "long" in sys.argv[1:] else 30))
