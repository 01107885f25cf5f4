"""Chapter 2: change sets, their validity against ancestors and registry. Written from Protocol/2-change-sets.md."""
from .signed import ZERO, Signed, is_bytes, is_committed, is_ids, is_number, need

# Keys of committed values by operation code (CDDL); add-row and the keys 23 and 25 of acts come beside them.
COMMITTED = {1: [2], 2: [2], 5: [3], 7: [1], 8: [2, 3, 4], 16: [5], 18: [4], 24: [2], 27: [2], 28: [1], 29: [1],
             30: [1], 31: [1], 33: [2], 35: [3]}


def is_act(code):
    return 16 <= code <= 36 and code != 33


def named_units(ops):
    """Units named as parties, whether or not it had effect (section 4)."""
    found = set()
    for code, fields in ops:
        slots = fields.get({0: 2, 16: 10}.get(code, -1))
        if isinstance(slots, dict) and all(isinstance(slot, str) and is_bytes(unit, 32) for slot, unit in slots.items()):
            found |= set(slots.values())
        if code == 26 and is_bytes(fields.get(2), 32):
            found.add(fields[2])
    return found


class History:
    """Change sets of one dossier, parents first; sets of them are numbers with one bit a change set."""

    def __init__(self, items, network, dossier, registry):
        self.network, self.dossier, self.registry = network, dossier, registry
        self.changes, self.order = {}, []
        for data in items:
            self.insert(data)

    def find(self, name):
        return self.changes.get(name) if is_bytes(name, 32) else None

    def read(self, data):
        first = not self.order
        change = Signed(data, "change", self.network + (ZERO if first else self.dossier))
        body = change.body
        change.seq, change.previous, change.deps, change.lamport = (body.get(key) for key in (1, 2, 3, 4))
        change.reg, change.at, change.ops = body.get(5, []), body.get(6), body.get(7, [])
        need(set(body) <= {1, 2, 3, 4, 5, 6, 7} and change.size <= 49152 and is_number(change.seq)
             and is_number(change.lamport)
             and (2 not in body or is_bytes(change.previous, 32)) and (3 not in body or is_ids(change.deps, 64))
             and (5 not in body or is_ids(change.reg, 16)) and isinstance(change.at, (list, tuple))
             and len(change.at) == 2 and is_number(change.at[0]) and isinstance(change.at[1], str)
             and 1 <= len(change.at[1].encode()) <= 32 and isinstance(change.ops, (list, tuple))
             and (7 not in body or 1 <= len(change.ops) <= 512), "change: form")
        need(all(isinstance(op, (list, tuple)) and len(op) == 2 and is_number(op[0], 65536) and isinstance(op[1], dict)
                 and all(is_number(key, 2**64) for key in op[1]) for op in change.ops), "change: form")
        need([place for place, op in enumerate(change.ops) if op[0] == 0] == ([0] if first else []), "change: opening")
        change.deps = list(change.deps or [])
        return change, first

    def insert(self, data):
        change, first = self.read(data)
        if change.id in self.changes:
            return
        parents = ([change.previous] if change.previous else []) + change.deps
        need(first == (not parents) and (not first or change.id == self.dossier), "change: dossier")
        need(change.previous not in change.deps and all(p in self.changes for p in parents), "change: parents")
        need(change.lamport == 1 + max([self.changes[p].lamport for p in parents], default=0), "change: lamport")
        need((change.seq == 0) == (change.previous is None), "change: seq")
        if change.previous is not None:
            before = self.changes[change.previous]
            need(before.kid == change.kid and before.seq + 1 == change.seq, "change: previous")
        change.bit = change.past = 1 << len(self.order)
        change.heads, before = 0, set()
        for parent in parents:
            change.past |= self.changes[parent].past
            change.heads |= self.changes[parent].heads
            before |= self.changes[parent].parties
        for head in change.reg:
            need(head in self.registry.entries, "change: registry heads")
            change.heads |= self.registry.entries[head].closure
        change.parties = before | named_units(change.ops)
        if first:
            self.check_opening(change, change.ops[0][1])
        grounds = {unit: self.registry.standing(change.kid, unit, change.heads) for unit in sorted(change.parties)}
        need(any(grounds[unit] for unit in (change.parties if first else before)), "change: no standing")
        need(not change.ops or any(self.registry.writes(change.kid, unit, change.heads)
                                   for unit in (change.parties if first else before)), "change: node key")
        change.unit, change.ground = next((unit, ground) for unit, ground in grounds.items() if ground)
        change.person, change.mandate = self.registry.person(change.ground), None
        self.changes[change.id] = change
        self.order.append(change)

    def check_opening(self, change, fields):
        slots = fields.get(2)
        need(set(fields) == {1, 2, 3, 4} and is_bytes(fields[1], 32) and isinstance(slots, dict) and 1 <= len(slots) <= 8
             and len(named_units(change.ops[:1])) == len(set(slots.values())) and is_bytes(fields[3], 16)
             and isinstance(fields[4], str) and 1 <= len(fields[4].encode()) <= 32, "change: opening")
        published = self.registry.entries.get(fields[1])
        need(published is not None and published.code == 4 and published.bit & change.heads, "change: definition")

    def own(self, key):
        return [change for change in self.order if change.kid == key]

    def forks(self, key):
        """Change sets of a key that share their number with another one."""
        seqs = [change.seq for change in self.own(key)]
        return sorted(change.id.hex() for change in self.own(key) if seqs.count(change.seq) > 1)


def committed(code, fields):
    found = [fields.get(key) for key in COMMITTED.get(code, [])]
    if code == 4 and isinstance(fields.get(2), dict):
        found += list(fields[2].values())
    if is_act(code) and code not in (20, 21):
        found += [fields.get(23), fields.get(25)]
    return [value for value in found if is_committed(value)]


def claims(change):
    """Documents that an outcome or signature names: name, instance, revision, stage (None where there is none)."""
    code, fields = change.ops[0] if change.ops else (0, {})
    named = fields.get(4) if code in (16, 17) else None
    fits = isinstance(fields.get(1), str) and is_bytes(fields.get(2), 32) and (code == 17 or isinstance(fields.get(3), str))
    if not fits or not isinstance(named, dict):
        return []
    return [(name, *claim, None)[:4] for name, claim in named.items()
            if isinstance(name, str) and isinstance(claim, (list, tuple)) and 2 <= len(claim) <= 3
            and is_number(claim[0], 65536) and claim[0] > 0 and is_bytes(claim[1], 32)
            and all(isinstance(stage, str) for stage in claim[2:])]
