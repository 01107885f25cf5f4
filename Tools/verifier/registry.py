"""Chapter 3 sections 1 to 6: chains of authority keys. Written from Protocol/3-registry.md."""
import cbor2

from .signed import ZERO, Signed, blake, is_bytes, is_committed, is_ids, is_number, is_signed, need

# Bodies of entries (CDDL): key and form, `?` where it may be absent; and the keys that name another entry.
BODIES = {0: "1c 2h 3h 4r?", 1: "1h 2t 3c 4a?", 2: "1h 2n", 3: "1n", 4: "1h 2n 3T 4n", 5: "1h 2n 3T 4n", 6: "1h",
          7: "1h 2s?", 8: "1h", 9: "1h 2s", 10: "1h", 11: "1h", 16: "1h 2r? 3p", 17: "1h 2p 3c",
          18: "1h 2h 3b 4p 5c", 19: "1p 2t 3n 4n? 5q 6c 7c?", 20: "1h 2b 3n 4h?", 21: "1h", 22: "1h 2p",
          23: "1h 2s 3p", 24: "1h"}
NAMED = {2: [1], 6: [1], 7: [1], 10: [1], 11: [1], 20: [1, 4], 21: [1], 24: [1]}
# Which codes a chain may carry, by the code of its opener.
LEVELS = {0: range(1, 12), 1: range(16, 25), 17: range(18, 21)}
ROTATE, RECOVER, BRANCH, COUNTERSIGN = (8, 22), (9, 23), (7, 21), (10, 24)


def is_pairs(value, count):
    return isinstance(value, (list, tuple)) and 1 <= len(value) <= 16 \
        and all(isinstance(pair, (list, tuple)) and len(pair) == 2 and is_bytes(pair[0], 32)
                and is_bytes(pair[1], count) for pair in value) \
        and all(left[0] < right[0] for left, right in zip(value, value[1:]))


def is_recovery(value):
    return isinstance(value, (list, tuple)) and len(value) == 2 and is_pairs(value[1], 16) \
        and type(value[0]) is int and 1 <= value[0] <= len(value[1]) == len({pair[1] for pair in value[1]})


FORMS = {"h": lambda v: is_bytes(v, 32), "p": lambda v: is_bytes(v, 16), "n": is_number, "c": is_committed,
         "t": lambda v: isinstance(v, str) and 1 <= len(v.encode()) <= 64, "r": is_recovery,
         "T": lambda v: isinstance(v, str) and 1 <= len(v.encode()) <= 100, "s": lambda v: is_pairs(v, 64),
         "a": lambda v: is_number(v, 2), "b": lambda v: is_number(v, 2), "q": lambda v: is_number(v, 5)}


def fits(form, fields):
    parts = {int(part[0]): part for part in form.split()}
    return isinstance(fields, dict) and all(type(key) is int and key in parts for key in fields) and all(
        FORMS[part[1]](fields[key]) if key in fields else part.endswith("?") for key, part in parts.items())


def lowest(mask):
    return (mask & -mask).bit_length() - 1


class Registry:
    """Chains of authority keys. Sets of entries are numbers with one bit an entry, in the order of the file."""

    def __init__(self, items, network=None):
        self.network, self.entries, self.order, self.inside_known = None, {}, [], {}
        self.by_code, self.grants, self.ends, self.forked, self.taken = {}, {}, {}, set(), set()
        for data in items:
            self.insert(data)
        need(network in (None, self.network), "other network")

    def insert(self, data):
        need(len(data) <= 4096, "entry: size")
        entry = Signed(data, "entry", self.network + ZERO if self.network else bytes(64))
        body = entry.body
        if entry.id in self.entries:
            return
        need(set(body) <= {1, 2, 3, 4, 5, 6} and is_number(body.get(2), 65536) and is_number(body.get(5))
             and (3 in body) == (body[2] > 0) and (1 in body) == (self.network is not None)
             and all(is_bytes(body[key], 32) for key in (1, 3) if key in body) and (4 not in body or is_ids(body[4], 16))
             and isinstance(body.get(6), (list, tuple)) and len(body[6]) == 2, "entry: form")
        entry.code, entry.fields = body[6]
        need(type(entry.code) is int and entry.code in BODIES and fits(BODIES[entry.code], entry.fields), "entry: form")
        entry.chain, entry.height, entry.previous, entry.at = body.get(1, entry.id), body[2], body.get(3), body[5]
        names = [entry.chain, entry.previous, *body.get(4, []), *(entry.fields.get(k) for k in NAMED.get(entry.code, []))]
        names = [name for name in names if name is not None and name != entry.id]
        need(all(name in self.entries for name in names), "entry: missing")
        entry.bit, entry.closure = 1 << len(self.order), 1 << len(self.order)
        for name in names:
            entry.closure |= self.entries[name].closure
        before = self.entries.get(entry.previous)
        entry.line = entry.bit | (before.line if before else 0)
        self.check(entry, before)
        self.network = self.network or entry.id
        self.entries[entry.id] = entry
        self.record(entry)

    def record(self, entry):
        place = (entry.chain, entry.previous)
        if place in self.taken:
            self.forked.add(entry.chain)
        self.taken.add(place)
        self.order.append(entry)
        self.by_code.setdefault(entry.code, []).append(entry)
        self.inside_known = {}
        if entry.code in (16, 22, 23):
            self.grants.setdefault((entry.kid, entry.chain), []).append(entry)
        if entry.code in (17, 18):
            self.grants.setdefault((entry.fields[1], self.unit(entry.chain)), []).append(entry)
        if entry.code == 20:
            self.ends.setdefault(entry.fields[1], []).append(entry)

    def check(self, entry, before):
        """Who may write this body in this chain (section 3); who is in force after it."""
        code, fields = entry.code, entry.fields
        if self.network is None:
            need(code == 0 and entry.kid == fields[2], "entry: key")
            entry.reign = (fields[2], fields[3], entry.id, fields.get(4))
            entry.delegations = frozenset()
            return
        opener = self.entries[entry.chain]
        need(opener.code in LEVELS, "entry: level")
        need(before is None or before.chain == entry.chain and before.height + 1 == entry.height, "entry: height")
        key, following, ground, recovery = before.reign if before else (opener.fields[1], None, None, None)
        # Delegations among its predecessors that none of them revokes: at most 64.
        entry.delegations = before.delegations if before else frozenset()
        if code in ROTATE:
            need(blake(entry.kid, b"mufakat next") == following, "entry: next")
        elif code in RECOVER:
            self.check_consents(entry, recovery, entry.kid, fields[1])
        else:
            need(entry.kid == key, "entry: key")
        need(code in LEVELS[opener.code] and (opener.code != 1 or (code == 16) == (before is None))
             and (opener.code != 0 or before is not None), "entry: level")
        self.check_target(entry, opener, recovery)
        if code == 17:
            need(len(entry.delegations) < 64, "entry: delegations")
            entry.delegations |= {entry.id}
        if code == 20:
            entry.delegations -= {fields[1]}
        if code == 16:
            recovery = fields.get(2)
        entry.reign = (key, following, ground, recovery)
        if code == 16 or code in ROTATE + RECOVER:
            entry.reign = (entry.kid, fields[1], entry.id, recovery)

    def check_consents(self, entry, recovery, named, following):
        statement = cbor2.dumps([entry.chain, entry.previous, entry.code, named, following])
        for kid, signature in entry.fields.get(2, []):
            protected = cbor2.dumps({1: -8, 4: kid, 16: "mufakat/consent"}, canonical=True)
            signed = cbor2.dumps(["Signature1", protected, self.network + ZERO, statement])
            need(is_signed(kid, signature, signed), "entry: consent")
        keys = {kid for kid, _ in entry.fields.get(2, [])}
        need(recovery is not None and len({who for key, who in recovery[1] if key in keys}) >= recovery[0],
             "entry: consents")

    def check_target(self, entry, opener, recovery):
        target = self.entries.get(entry.fields[1]) if entry.code in NAMED else None
        below = self.entries[target.chain] if target else None
        if entry.code == 20:
            unit, cut = self.unit(target.chain), self.entries.get(entry.fields.get(4))
            need(unit is not None and unit == self.unit(entry.chain), "entry: target")
            need(target.code in (18, 19) and cut is None or target.code == 17 and opener.code == 1
                 and (cut is None or cut.chain == target.id), "entry: target")
        elif entry.code in BRANCH and target.chain == self.network:
            need(entry.chain == self.network, "entry: target")
            self.check_consents(entry, recovery, target.id, None)
        elif entry.code in BRANCH:
            need(2 not in entry.fields and below.chain == entry.chain, "entry: target")
        elif entry.code in COUNTERSIGN:
            need(target.code == 20 and target.fields[2] == 1 and below.chain == entry.chain, "entry: target")
        elif entry.code == 11:
            need(target.code == 2, "entry: target")

    def unit(self, chain):
        opener = self.entries[chain]
        return {1: opener.id, 17: opener.chain}.get(opener.code)

    def person(self, ground):
        return ground.fields.get({16: 3, 17: 2, 18: 4, 22: 2, 23: 3}[ground.code])

    def of(self, *codes):
        return [entry for code in codes for entry in self.by_code.get(code, [])]

    def standing(self, key, unit, heads):
        """The entry that makes a key one of a unit, by signatures alone: of several the smallest id."""
        found = [entry for entry in self.grants.get((key, unit), []) if entry.bit & heads]
        return min(found, key=lambda entry: entry.id, default=None)

    def writes(self, key, unit, heads):
        """Whether a key is another than a node's in a unit, by signatures alone."""
        return any(entry.bit & heads and not (entry.code == 18 and entry.fields[3] == 1)
                   for entry in self.grants.get((key, unit), []))

    def above(self, entry):
        """An entry, the opener of its chain, and so on up to the network."""
        while entry.chain not in (entry.id, self.network):
            yield entry
            entry = self.entries[entry.chain]
        yield entry

    def outside(self, entry):
        """The first entry on which it rests that lies outside its chain's cuts; None where it stands (section 6)."""
        return next((item for item in self.above(entry) if not self.inside(item)), None)

    def inside(self, entry):
        if entry.id not in self.inside_known:
            self.inside_known[entry.id] = self.is_inside(entry)
        return self.inside_known[entry.id]

    def is_inside(self, entry):
        if self.entries[entry.chain].code == 17:
            return all(4 in end.fields and self.entries[end.fields[4]].line & entry.bit
                       for end in self.revocations(entry.chain))
        known = [item for item in self.of(*ROTATE, *RECOVER) if item.chain == entry.chain]
        for item in known:
            if entry.line & item.bit or item.line & entry.bit:
                continue
            apart = [other for other in known if not (other.line & item.bit or item.line & other.bit)]
            rank = item.code in RECOVER
            if not any((other.code in RECOVER) > rank or (other.code in RECOVER) >= rank and entry.line & other.bit
                       for other in apart):
                return False
        return True

    def revocations(self, target):
        """Standing ones."""
        return sorted((end for end in self.ends.get(target, []) if self.outside(end) is None), key=lambda end: end.id)

    def above_fork(self, entry, heads):
        """Above a fork of which the heads hold both branches, and no branch named within them settles it."""
        for item in self.above(entry):
            for other in self.order if item.chain in self.forked else ():
                if other.chain != item.chain or not other.bit & heads or other.line & item.bit or item.line & other.bit:
                    continue
                theirs, own = self.order[lowest(other.line & ~item.line)], lowest(item.line & ~other.line)
                if self.outside(theirs) is None and not any(
                        name.bit & heads and self.outside(name) is None and self.entries[name.fields[1]].line >> own & 1
                        for name in self.of(*BRANCH)):
                    return True
        return False
