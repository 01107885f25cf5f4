"""The rules of authority and finality as an executable oracle, written from the clauses of Protocol 3 §5-§8 and 4 §3.

Naive on purpose: sets of ancestors, no vectors, no order of arrival; each question is asked anew. It reads one history
as text, the form that the executable Oracle reads too:

    item; item; …      an item is a registry entry or a change set, parents first, and refers to others by name
    e NAME chain=N prev=N links=N,N key=K at=MS body=WORD:ARG,ARG…
    c NAME prev=N deps=N,N reg=N,N key=K at=MS under=N do=WORD:ARG,ARG…+WORD:…

Lists within an argument are joined by `/`. Every rule has a name, and `off` holds those that are switched off: that is
how the comparison is shown to notice each of them.
"""
import sys

RULES = {
    "A1 person": "a node's key has no effect", "A2 feature": "features are enabled", "A3 alone": "an act stands alone",
    "A4 administrator": "accept and decline by root or administrator", "A4 ground": "named under their ground",
    "A4 device": "other acts by a device", "A4 held": "the mandate lies within its own heads",
    "A4 unit": "the mandate is of its unit", "A4 person": "the mandate is of its person",
    "A4 from": "the term, from inclusive", "A4 until": "the term, until exclusive",
    "A5 stands": "ground and mandate stand", "A5 fork": "not above a fork of which both branches are held",
    "A6 certificate": "no revocation of the certificate in its own past", "A6 mandate": "nor of the mandate",
    "C fork": "not later than a fork of its own key",
    "5 named": "a named branch counts", "5 dead side": "no fork where the other side is outside a cut",
    "6 succession": "a succession cuts what is beside it", "6 overruled": "a recovery overrules a rotation",
    "6 beside": "what is after a succession of no lower rank is inside", "6 administrator": "the cut of a delegation",
    "6 opener": "an entry stands only with its openers",
    "B certificate": "a revoked certificate ends", "B mandate": "a revoked mandate ends",
    "B delegation": "a revoked delegation ends", "B succession": "a succession ends a root key",
    "B own accession": "a succession ends what it took the place of, not what came before",
    "B suspension": "a suspension ends", "B lift": "a lift within its own heads takes the suspension away",
    "B removal": "a removal ends", "B awaits": "stated before the effective time: it awaits ratification",
    "B1 accept": "an accept makes a cut", "B1 prefix": "a cut is a prefix of one device log",
    "B1 tip": "the tip lies in the accept's past", "B1 authorised": "an accept is judged like everything else",
    "B1 unit": "who may accept", "B3 ratify": "ratified work stands", "B3 authorised": "by an authorised ratification",
    "B3 unit": "of the same unit", "B3 plain": "only plain work", "B3 role": "by a role that decides the step",
    "B4 other unit": "protection asks for an act of another unit", "B4 own unit": "and of another person of its own unit",
    "B4 other person": "who is another person", "B4 entitled": "who is entitled to the step",
    "B4 rival": "without a rival in the past", "B4 ruling": "a ruling rests on what it chose",
    "B4 compromise": "a countersigned compromise is not held off", "B4 time": "but for what was stated before",
    "B4 not delegation": "protection holds off no suspension or removal",
    "B5 again": "protection sees what is authorised by protection",
    "B6 ignorance": "disputed only by heads that lack the ending", "B6 unit": "of another unit",
    "B6 decline": "a decline takes the label away", "B7 second": "a removal by others wants a second of another unit",
    "B7 signed": "a removal is judged as signed", "B7 past": "what the removal saw stays",
    "B7 renamed": "a naming after the removal restores",
    "F other unit": "final by an act of another unit", "F authorised": "that is authorised",
    "F rival": "without a rival in its past", "F entitled": "a rival is by a person entitled",
    "F unprotected": "rivals are judged without protection", "F ruled": "unless a ruling in that past chose the other",
    "E entitled": "a candidate is by a role that decides", "E final": "one final outcome wins over others",
    "E resolver": "a ruling is by the resolver", "E uninvolved": "who recorded or signed no candidate",
    "E against": "a ruling against what is final counts only when final itself",
    "E replaced": "a ruling that names others replaces them", "E objection": "what a ruling does not name objects",
    "E frozen": "what follows from what awaits ratification is frozen",
}

REASONS = ["no-mandate", "node-key", "feature-not-enabled", "not-alone", "not-an-administrator", "mandate-not-held",
           "mandate-of-another-unit", "mandate-of-another-person", "outside-term", "outside-chain-cut",
           "above-chain-fork", "revoked-in-own-past", "after-own-fork", "awaits-ratification", "revoked", "suspended",
           "removed"]

ACTS = {"outcome", "sign", "ruling", "acknowledge", "accept", "decline", "ratify", "erase", "bind", "unbind"}

# The procedure of the histories; `procedure.json` beside this file, in the oracle's own words.
ROLES = {"a.officer": "a", "a.head": "a", "b.head": "b", "c.head": "c"}
STEPS = {
    "1": {"by": ["a.officer", "a.head", "b.head"], "sign": [], "all": False, "next": {"done": "2"}},
    "2": {"by": ["a.officer", "a.head", "b.head"], "sign": ["a.officer", "a.head", "b.head", "c.head"], "all": False,
          "next": {"yes": "3", "no": None}, "resolver": "a.head"},
    "3": {"by": ["a.officer", "a.head", "c.head"], "sign": [], "all": False, "next": {"done": "4"}},
    "4": {"by": ["a.head", "b.head"], "sign": ["a.head", "b.head"], "all": True, "next": {"agreed": None}},
}
CAUSE = {"1": None, "2": ("1", "done"), "3": ("2", "yes"), "4": ("3", "done")}


class Item:
    """One entry or change set; words as they stand in the history."""

    def __init__(self, text):
        words = text.split()
        self.kind, self.name = words[0], words[1]
        fields = dict(word.split("=", 1) for word in words[2:])
        listed = lambda key: [name for name in fields.get(key, "").split(",") if name]
        self.prev, self.key, self.at = fields.get("prev"), fields["key"], int(fields["at"])
        if self.kind == "e":
            self.chain, self.links = fields.get("chain"), listed("links")
            self.body, _, rest = fields["body"].partition(":")
            self.args = rest.split(",") if rest else []
        else:
            self.deps, self.reg, self.under = listed("deps"), listed("reg"), fields.get("under")
            self.parents = ([self.prev] if self.prev else []) + self.deps
            self.ops = []
            for part in fields.get("do", "").split("+"):
                if part:
                    word, _, rest = part.partition(":")
                    self.ops.append((word, rest.split(",") if rest else []))
            self.act = self.ops[0] if self.ops and self.ops[0][0] in ACTS else (None, [])


def parse(text):
    return [Item(part) for part in text.split(";") if part.strip()]


class Oracle:
    """`rank` orders names as their ids are ordered (§7: the first unit, the smallest ground)."""

    def __init__(self, items, rank, off=frozenset()):
        self.rank, self.off = rank, off
        self.entries = {item.name: item for item in items if item.kind == "e"}
        self.changes = [item for item in items if item.kind == "c"]
        self.by_name = {item.name: item for item in self.changes}
        # Registry: what lies before an entry along `previous` (§6), and the heads of a change set (2 §4).
        self.before, self.rests_on = {}, {}
        for name, e in self.entries.items():
            self.before[name] = self.before[e.prev] | {e.prev} if e.prev else set()
            named = [n for n in [e.prev, e.chain, *e.links, *self.named_in_body(e)] if n]
            self.rests_on[name] = {name}.union(*(self.rests_on[n] for n in named))
        self.past, self.heads, self.seq = {}, {}, {}
        for c in self.changes:
            self.past[c.name] = set(c.parents).union(*(self.past[p] for p in c.parents))
            self.heads[c.name] = set().union(*(self.heads[p] for p in c.parents),
                                             *(self.rests_on[n] for n in c.reg))
            self.seq[c.name] = self.seq[c.prev] + 1 if c.prev else 0
        self.judge()

    @staticmethod
    def named_in_body(e):
        """2 §4, *what they link*: the hash links in the body count like the field (§3 asks that both are held)."""
        places = {"revoke": (0, 3), "branch": (0,), "countersign": (0,), "lift": (0,), "suspend": (0,)}
        return [e.args[i] for i in places.get(e.body, ()) if i < len(e.args)]

    def on(self, rule):
        return rule not in self.off

    # ---- the registry ------------------------------------------------------------------------------------------
    def opener(self, e):
        return self.entries.get(e.chain) if e.chain else None

    def is_root_chain(self, e):
        opener = self.opener(e)
        return opener is None or opener.body in ("genesis", "admit")

    def unit_of(self, e):
        """The unit in whose chains an entry lies; none for the network's."""
        while e is not None and self.opener(e) is not None:
            e = self.opener(e)
            if e.body == "admit":
                return e.name
        return None

    def chain_of(self, e):
        return e.chain or e.name

    def along(self, a, b):
        """a is b, or before it along `previous`."""
        return a.name == b.name or a.name in self.before[b.name]

    def inside(self, e):
        """§6: inside the cuts of its own chain."""
        chain = [x for x in self.entries.values() if self.chain_of(x) == self.chain_of(e)]
        if self.is_root_chain(e):
            successions = [x for x in chain if x.body in ("rotate", "recover")]
            rank = lambda s: s.body == "recover"
            beside = lambda x, y: not self.along(x, y) and not self.along(y, x)
            for s in successions if self.on("6 succession") else []:
                overruled = (self.on("6 overruled") and s.body == "rotate"
                             and any(r.body == "recover" and beside(r, s) for r in successions))
                rescued = self.on("6 beside") and any(
                    self.along(o, e) and beside(o, s) and rank(o) >= rank(s) for o in successions)
                if not (self.along(e, s) or self.along(s, e) or overruled or rescued):
                    return False
            return True
        if not self.on("6 administrator"):
            return True
        revocations = [r for r in self.entries.values() if r.body == "revoke" and r.args[0] == e.chain]
        return all(len(r.args) > 3 and self.along(e, self.entries[r.args[3]])
                   for r in revocations if self.stands(r))

    def stands(self, e):
        """§6: inside with its openers, up to the network's genesis."""
        opener = self.opener(e)
        return self.inside(e) and (opener is None or not self.on("6 opener") or self.stands(opener))

    def standing_entries(self, body):
        return [e for e in self.entries.values() if e.body == body and self.stands(e)]

    def above_fork(self, e, heads):
        """§5: e or an opener lies above a fork of which both branches are held, and no branch of it is named."""
        if e is None:
            return False
        for name in self.before[e.name] | {e.name}:
            own = self.entries[name]
            others = [self.entries[n] for n in heads
                      if self.entries[n].chain == own.chain and self.entries[n].prev == own.prev and n != name]
            if self.on("5 dead side"):
                others = [other for other in others if self.inside(other)]
            named = self.on("5 named") and any(
                b.body == "branch" and b.name in heads and self.stands(b) and self.along(own, self.entries[b.args[0]])
                for b in self.entries.values())
            if others and own.chain is not None and not named:
                return True
        return self.above_fork(self.opener(e), heads)

    # ---- who acts (§7) -----------------------------------------------------------------------------------------
    def standing(self, key, unit, heads):
        """2 §4 and §7: the entries within the heads by which a key has standing in a unit."""
        found = []
        for name in heads:
            e = self.entries[name]
            if e.body == "unit" and e.chain == unit and self.entries[unit].args[0] == key:
                found.append(e)
            if e.body in ("rotate", "recover") and e.chain == unit and e.key == key:
                found.append(e)
            if e.body in ("delegate", "certify") and e.args[0] == key and self.unit_of(e) == unit:
                found.append(e)
        return found

    def named_units(self, c):
        """Units that a change set names as parties: `open`, `binds` of an outcome, `bind`."""
        units = []
        for word, args in c.ops:
            if word == "open":
                units += [pair.split("/")[1] for pair in args]
            if word == "bind":
                units.append(args[1])
            if word == "outcome" and len(args) > 2:
                units.append(args[2].split("/")[1])
        return units

    def identify(self, c):
        seen = self.past[c.name] | {c.name}
        named = {unit for n in seen for unit in self.named_units(self.by_name[n])}
        for unit in sorted(named, key=self.rank.__getitem__):
            grounds = self.standing(c.key, unit, self.heads[c.name])
            if grounds:
                return unit, min(grounds, key=lambda e: self.rank[e.name])
        return None, None

    def person(self, c):
        ground = self.ground[c.name]
        return ground.args[1] if ground is not None and ground.body == "certify" else None

    def role(self, c):
        mandate = self.mandate[c.name]
        return mandate.args[1] if mandate is not None else None

    # ---- (A) and (C): valid as signed --------------------------------------------------------------------------
    def reason_as_signed(self, c):
        unit, ground, heads = self.unit[c.name], self.ground[c.name], self.heads[c.name]
        if unit is None:
            return "no-mandate"
        if self.on("A1 person") and ground.body == "certify" and ground.args[2] == "1":
            return "node-key"
        if self.on("A2 feature") and any(word == "feature" and not self.enabled(args[0], heads)
                                         for word, args in c.ops):
            return "feature-not-enabled"
        words = [word for word, _ in c.ops]
        acts = [word for word in words if word in ACTS]
        if self.on("A3 alone") and acts and len(words) > 1 and set(words) not in ({"accept"}, {"decline"}):
            return "not-alone"
        mandate = None
        if acts:
            reason, mandate = self.mandate_reason(c, acts[0], unit, ground, heads)
            if reason:
                return reason
        self.mandate[c.name] = mandate
        for e in [ground, mandate]:
            if e is not None and self.on("A5 stands") and not self.stands(e):
                return "outside-chain-cut"
        for e in [ground, mandate]:
            if e is not None and self.on("A5 fork") and self.above_fork(e, heads):
                return "above-chain-fork"
        for r in self.standing_entries("revoke"):
            if r.name in heads and (
                    self.on("A6 certificate") and ground.body == "certify" and r.args[0] == ground.name
                    or self.on("A6 mandate") and mandate is not None and r.args[0] == mandate.name):
                return "revoked-in-own-past"
        own = [n for n in self.past[c.name] if self.by_name[n].key == c.key]
        if self.on("C fork") and len({self.seq[n] for n in own}) != len(own):
            return "after-own-fork"
        return None

    def enabled(self, feature, heads):
        """An enabling is a grant: above a fork of which both branches are held it does not count (§5)."""
        return any(e.args[0] == feature and e.name in heads and not self.above_fork(e, heads)
                   for e in self.standing_entries("enable"))

    def mandate_reason(self, c, word, unit, ground, heads):
        is_root, is_administrator = ground.body in ("unit", "rotate", "recover"), ground.body == "delegate"
        if word in ("accept", "decline"):
            by = (is_root or is_administrator) or not self.on("A4 administrator")
            under = c.under == ground.name or not self.on("A4 ground")
            return (None, None) if by and under else ("not-an-administrator", None)
        if word == "erase" and is_root:
            return ("not-an-administrator" if c.under != ground.name and self.on("A4 ground") else None), None
        mandate = self.entries.get(c.under)
        if mandate is None or self.on("A4 device") and ground.body != "certify":
            return "no-mandate", None
        # What lies outside its heads is not looked at.
        if self.on("A4 held") and mandate.name not in heads:
            return "mandate-not-held", None
        if mandate.body != "mandate":
            return "no-mandate", None
        if self.on("A4 unit") and self.unit_of(mandate) != unit:
            return "mandate-of-another-unit", None
        if self.on("A4 person") and ground.body == "certify" and mandate.args[0] != ground.args[1]:
            return "mandate-of-another-person", None
        start, end = int(mandate.args[2]), mandate.args[3]
        if self.on("A4 from") and c.at < start or self.on("A4 until") and end != "-" and c.at >= int(end):
            return "outside-term", None
        return None, mandate

    # ---- (B): what ended since -----------------------------------------------------------------------------------
    def endings(self, c):
        """(kind, id, unit whose administrators accept or None for any other, effective time)"""
        found, unit, ground, mandate = [], self.unit[c.name], self.ground[c.name], self.mandate[c.name]
        if ground is None:
            return found
        revocations = sorted(self.standing_entries("revoke"), key=lambda r: self.rank[r.name])
        touches = {"certify": "B certificate", "delegate": "B delegation"}.get(ground.body)
        for target, rule in (ground, touches), (mandate, "B mandate"):
            for r in revocations:
                if target is not None and rule and self.on(rule) and r.args[0] == target.name:
                    found.append(("revocation", r.name, self.unit_of(r), int(r.args[2])))
        if ground.body in ("unit", "rotate", "recover") and self.on("B succession"):
            successions = self.standing_entries("rotate") + self.standing_entries("recover")
            for s in sorted(successions, key=lambda s: self.rank[s.name]):
                accession = [n for n in self.before[s.name] if self.entries[n].body in ("unit", "rotate", "recover")]
                latest = max(accession, key=lambda n: len(self.before[n]), default=None)
                if latest == ground.name or not self.on("B own accession") and ground.name in accession:
                    found.append(("succession", s.name, self.unit_of(s), s.at))
        for s in self.standing_entries("suspend") if self.on("B suspension") else []:
            lifted = self.on("B lift") and any(l.args[0] == s.name and l.name in self.heads[c.name]
                                               for l in self.standing_entries("lift"))
            if s.args[0] == unit and not lifted:
                found.append(("suspension", s.name, None, int(s.args[1])))
        for n in self.removals if self.on("B removal") else []:
            if self.by_name[n].act[1][0] == unit and self.is_removed(c, n):
                found.append(("removal", n, None, 0))
        return found

    def is_removal(self, c):
        """B.7"""
        word, args = c.act
        if word != "unbind" or self.on("B7 signed") and self.signed[c.name]:
            return False
        if self.unit[c.name] == args[0]:
            return True
        first = self.by_name.get(args[1]) if len(args) > 1 else None
        if not self.on("B7 second"):
            return True
        return (first is not None and first.name in self.past[c.name] and first.act[0] == "unbind"
                and first.act[1][0] == args[0] and not self.signed[first.name]
                and self.unit[first.name] != self.unit[c.name])

    def is_removed(self, c, n):
        """Not in the removal's own past, and not after another unit named the unit anew having seen it."""
        if self.on("B7 past") and (c.name in self.past[n] or c.name == n):
            return False
        unit = self.unit[c.name]
        return not (self.on("B7 renamed") and any(
            unit in self.named_units(self.by_name[m]) and not self.signed[m] and self.unit[m] != unit
            and n in self.past[m] for m in self.past[c.name]))

    def covers(self, word, ending, c, verdict):
        """B.1: an `accept` or `decline` of this ending has c in the prefix that it names."""
        kind, name, owner, _ = ending
        for a in self.changes:
            for w, args in a.ops:
                if w != word or args[0] != name or args[1] not in self.by_name:
                    continue
                tip = self.by_name[args[1]]
                if self.on("B1 authorised") and verdict.get(a.name) is not None:
                    continue
                if self.on("B1 tip") and tip.name not in self.past[a.name]:
                    continue
                maker = self.unit[a.name]
                if self.on("B1 unit") and (maker != owner if owner else maker == self.unit[c.name]):
                    continue
                if self.ground[a.name] is None or self.ground[a.name].body == "certify":
                    continue
                if tip.key == c.key and (c.name == tip.name or c.name in self.past[tip.name]
                                         or not self.on("B1 prefix")):
                    return True
        return False

    def is_plain(self, c):
        """B.3: no act but outcomes of steps with a single outcome and no sign rule."""
        word, args = c.act
        if not self.on("B3 plain"):
            return True
        if not any(w in ACTS for w, _ in c.ops):
            return True
        step = STEPS.get(args[0]) if word == "outcome" and len(c.ops) == 1 else None
        return step is not None and list(step["next"]) == [args[1]] and not step["sign"]

    def ratified(self, c, verdict):
        for r in self.changes:
            if r.act[0] != "ratify" or c.name not in r.act[1][0].split("/") or c.name not in self.past[r.name]:
                continue
            if self.on("B3 authorised") and verdict[r.name] is not None:
                continue
            if self.person(r) is None or self.on("B3 unit") and self.unit[r.name] != self.unit[c.name]:
                continue
            decides = c.act[0] != "outcome" or self.decides(r, c.act[1][0]) or self.resolves(r, c.act[1][0])
            if self.is_plain(c) and (decides or not self.on("B3 role")):
                return True
        return False

    # ---- entitlement and resting (4 §3) --------------------------------------------------------------------------
    def fills(self, c, roles):
        """As if nothing had been ended (B.4)."""
        role = self.role(c)
        return role in roles and self.slots.get(ROLES.get(role)) == self.unit[c.name]

    def is_bound(self, c, within=None):
        """4 §3.8: a removal ends the binding for what has it in its past, unless a binding saw it."""
        unit = self.unit[c.name]
        rebound = [b for b in self.changes if b.act[0] == "bind" and b.act[1][1] == unit and self.reason[b.name] is None
                   and (within is None or b.name in within) and self.may_bind(b)]
        return not any(self.by_name[n].act[1][0] == unit and n in self.past[c.name]
                       and not any(n in self.past[b.name] for b in rebound) for n in self.removals)

    def may_bind(self, b):
        """The head of a party that is bound as b itself saw it."""
        return (self.role(b) or "").endswith(".head") and self.fills(b, ROLES) and self.is_bound(b, self.past[b.name])

    def decides(self, c, step):
        return step in STEPS and self.fills(c, STEPS[step]["by"])

    def has_right(self, c, step):
        return self.decides(c, step) and self.is_bound(c)

    def signs(self, c, step):
        return step in STEPS and self.fills(c, STEPS[step]["sign"])

    def resolves(self, c, step):
        return step in STEPS and self.fills(c, [STEPS[step].get("resolver")])

    def may_rule(self, c, step):
        """4 §3.5: the resolver, who recorded and signed none of the outcomes that it saw."""
        involved = any(x.name in self.past[c.name] and self.person(x) == self.person(c) and self.unit[x.name]
                       == self.unit[c.name] and x.act[0] in ("outcome", "sign") and x.act[1][0] == step
                       and self.unprotected[x.name] is None for x in self.changes)
        return (self.resolves(c, step) or not self.on("E resolver")) and not (involved and self.on("E uninvolved"))

    def saw_causes(self, c, step, verdict):
        """4 §3.3: an outcome that caused the activation, recorded by somebody who may, lies in its past."""
        return CAUSE[step] is None or any(
            self.by_name[n].act[0] == "outcome" and self.subject(self.by_name[n]) == CAUSE[step]
            and verdict[n] is None and self.decides(self.by_name[n], CAUSE[step][0]) for n in self.past[c.name])

    def subject(self, c):
        """(step, outcome) that an outcome records, a signature is over, or a ruling chose."""
        word, args = c.act
        if word in ("outcome", "sign"):
            return args[0], args[1]
        winner = self.by_name.get(args[1]) if word == "ruling" else None
        return (args[0], winner.act[1][1]) if winner is not None and winner.act[0] == "outcome" else (None, None)

    def derives(self, step, cause):
        """An activation that derives from a cause, as far as outcomes were recorded for what causes it."""
        while step in CAUSE and CAUSE[step] is not None:
            if not any(c.act[0] == "outcome" and (c.act[1][0], c.act[1][1]) == CAUSE[step] for c in self.changes):
                return False
            if CAUSE[step] == cause:
                return True
            step = CAUSE[step][0]
        return False

    def rests(self, y, x):
        """4 §3.7: y has x in its past and names it."""
        word, args = y.act
        if x.name not in self.past[y.name] or word is None:
            return False
        if word == "acknowledge":
            return args[0] == x.name
        if word not in ("outcome", "sign", "ruling"):
            return False
        again = word in ("outcome", "sign") and x.act[0] != "ruling" and (args[0], args[1]) == self.subject(x)
        return again or self.derives(args[0], self.subject(x))

    def has_rival(self, x, y, verdict):
        """4 §3.7: another outcome of that activation in y's past, by a person entitled to it, authorised without
        protection, unless a ruling in that past chose the other."""
        step, name = self.subject(x)
        if x.act[0] == "ruling":
            # Of a ruling: one that it had not seen.
            return any(self.opposes(self.by_name[n], x) and n not in self.past[x.name] for n in self.past[y.name])
        for r in (self.by_name[n] for n in self.past[y.name]):
            if r.act[0] != "outcome" or r.act[1][0] != step or r.act[1][1] == name:
                continue
            if self.on("F entitled") and not self.decides(r, step):
                continue
            if (self.unprotected if self.on("F unprotected") else self.signed)[r.name] is not None:
                continue
            if not self.saw_causes(r, step, verdict):
                continue
            ruled = any(self.by_name[n].act[0] == "ruling" and self.unprotected[n] is None
                        and self.subject(self.by_name[n]) == (step, name) and self.may_rule(self.by_name[n], step)
                        and r.name in self.by_name[n].act[1][2].split("/") for n in self.past[y.name])
            if not (ruled and self.on("F ruled")):
                return True
        return False

    def protected(self, x, verdict):
        """B.4 (a) and (b)."""
        if x.act[0] not in ("outcome", "sign", "ruling"):
            return False
        step = x.act[1][0]
        a = not self.on("B4 other unit")
        b = not self.on("B4 own unit")
        for y in self.changes:
            if y.name not in verdict or verdict[y.name] is not None or self.person(y) is None:
                continue
            if self.unit[y.name] != self.unit[x.name]:
                a = a or self.rests(y, x) and not (self.on("B4 rival") and self.has_rival(x, y, self.signed))
                continue
            other = self.person(y) != self.person(x) or not self.on("B4 other person")
            chose = (self.on("B4 ruling") and y.act[0] == "ruling" and x.act[0] == "outcome"
                     and y.act[1][1] == x.name and x.name in self.past[y.name])
            if other and y.act[0] in ("outcome", "sign", "ruling") and (self.rests(y, x) or chose):
                entitled = self.decides(y, step) or self.signs(y, step) or self.resolves(y, step)
                b = b or entitled or not self.on("B4 entitled")
        return a and b

    def held_off(self, c, ending):
        """B.4: protection holds off a revocation of certificate or mandate, but a countersigned compromise."""
        kind, name, _, effective = ending
        if kind != "revocation":
            return not self.on("B4 not delegation") and kind in ("suspension", "removal")
        revocation = self.entries[name]
        if self.entries[revocation.args[0]].body == "delegate":
            return False
        countersigned = revocation.args[1] == "1" and any(
            s.args[0] == name for s in self.standing_entries("countersign"))
        late = c.at >= effective or not self.on("B4 time")
        return not (self.on("B4 compromise") and countersigned and late)

    # ---- the verdicts ----------------------------------------------------------------------------------------------
    def judge(self):
        self.unit, self.ground, self.mandate = {}, {}, {c.name: None for c in self.changes}
        for c in self.changes:
            self.unit[c.name], self.ground[c.name] = self.identify(c)
        self.slots = dict(pair.split("/") for pair in self.changes[0].ops[0][1])
        self.signed = {c.name: self.reason_as_signed(c) for c in self.changes}
        self.removals = [c.name for c in self.changes if self.is_removal(c)]
        self.unprotected = self.run(None)
        self.saved, self.is_protected = {}, {}
        # B.5: first without protection, then again with it, each time from the latest backwards.
        self.reason = self.run(self.unprotected)
        self.disputed = {c.name: self.is_disputed(c) for c in self.changes}

    def run(self, first):
        verdict = {}
        for c in reversed(self.changes):
            saved = first is not None and self.protected(c, verdict if self.on("B5 again") else first)
            if first is not None:
                self.is_protected[c.name] = saved
                open_ones = self.open_endings(c, verdict, False) if saved and not self.signed[c.name] else []
                ended = [e for e in open_ones if e[0] == "revocation"]
                self.saved[c.name] = bool(ended) and all(self.held_off(c, e) for e in ended)
            verdict[c.name] = self.signed[c.name] or self.reason_ended(c, verdict, saved)
        return verdict

    def open_endings(self, c, verdict, saved):
        return [e for e in self.endings(c) if not (
            self.on("B1 accept") and self.covers("accept", e, c, verdict)
            or self.on("B3 ratify") and self.ratified(c, verdict) or saved and self.held_off(c, e))]

    def reason_ended(self, c, verdict, saved):
        for kind, _, _, effective in self.open_endings(c, verdict, saved):
            early = self.on("B awaits") and c.at < effective
            return {"suspension": "suspended", "removal": "removed"}.get(
                kind, "awaits-ratification" if early else "revoked")
        return None

    def is_disputed(self, c):
        """B.6"""
        if self.signed[c.name]:
            return False
        for e in self.open_endings(c, self.reason, self.is_protected[c.name]):
            unaware = any(
                c.name in self.past[d.name] and self.unit[d.name] is not None
                and (self.unit[d.name] != self.unit[c.name] or not self.on("B6 unit"))
                and (e[1] not in self.heads[d.name] | self.past[d.name] or not self.on("B6 ignorance"))
                for d in self.changes)
            if unaware and not (self.on("B6 decline") and self.covers("decline", e, c, self.reason)):
                return True
        return False

    # ---- what takes effect (4 §3.3-3.7), for the step that is decided ------------------------------------------------
    def is_final(self, x):
        return any(
            (self.reason if self.on("F authorised") else self.signed)[y.name] is None and self.person(y) is not None
            and (self.unit[y.name] != self.unit[x.name] or not self.on("F other unit")) and y.name != x.name
            and self.rests(y, x) and not (self.on("F rival") and self.has_rival(x, y, self.reason))
            for y in self.changes)

    def effect(self, step="2"):
        """(decided outcome or none, final, contested), and a word for every outcome and ruling of the step."""
        words, candidates = {}, []
        recorded = [c for c in self.changes if CAUSE[step] and c.act[0] == "outcome"
                    and (c.act[1][0], c.act[1][1]) == CAUSE[step] and self.has_right(c, CAUSE[step][0])]
        causes = [c for c in recorded if self.reason[c.name] is None]
        for c in self.changes:
            if c.act[0] == "outcome" and c.act[1][0] == step:
                seen = self.saw_causes(c, step, self.reason)
                if self.reason[c.name] is not None or not causes:
                    words[c.name] = "none"
                elif self.on("E entitled") and not self.has_right(c, step):
                    words[c.name] = "opinion"
                else:
                    words[c.name] = "candidate" if seen else "none"
                    candidates += [c] if seen else []
        if not causes:
            words.update({c.name: "none" for c in self.changes if c.act[0] == "ruling" and c.act[1][0] == step})
            if self.on("E frozen") and any(self.reason[c.name] == "awaits-ratification" for c in recorded):
                words = {name: "waiting" if self.reason[name] is None else "none" for name in words}
            return (None, False, False), words
        final = sorted({self.subject(c)[1] for c in candidates if self.is_final(c)})
        rulings = [c for c in self.changes if c.act[0] == "ruling" and c.act[1][0] == step
                   and self.counts_as_ruling(c, step, candidates, final)]
        words.update({c.name: "none" for c in self.changes if c.act[0] == "ruling" and c.act[1][0] == step})
        names = sorted({self.subject(c)[1] for c in candidates})
        decided, contested, chosen_by = self.settle(names, final, rulings, words)
        for c in candidates:
            name = self.subject(c)[1]
            if decided == name:
                words[c.name] = "effective"
            elif contested:
                words[c.name] = "contested"
            else:
                named = self.on("E objection") and any(c.name in r.act[1][2].split("/") for r in chosen_by)
                words[c.name] = "superseded" if named else "objection"
        by_ruling = any(self.is_final_ruling(r, step) for r in chosen_by)
        return (decided, decided in final or by_ruling, contested), words

    def counts_as_ruling(self, c, step, candidates, final):
        """4 §3.5: it names a winner that it saw; against a final outcome it counts only when it is final itself."""
        seen = [x.name for x in candidates if x.name in self.past[c.name]]
        if self.reason[c.name] is not None or not self.may_rule(c, step) or not self.is_bound(c):
            return False
        if c.act[1][1] not in seen or c.act[1][1] not in c.act[1][2].split("/"):
            return False
        against = self.on("E against") and any(name != self.subject(c)[1] for name in final)
        return not against or self.is_final_ruling(c, step)

    def opposes(self, r, c):
        """Another ruling on that activation, by somebody who may rule, that chose another outcome."""
        return (r.act[0] == "ruling" and r.act[1][0] == c.act[1][0] and self.unprotected[r.name] is None
                and self.subject(r)[1] != self.subject(c)[1] and self.may_rule(r, c.act[1][0]))

    def is_final_ruling(self, c, step):
        """An act of another unit rests on it, and no other ruling that it does not name chose otherwise before."""
        replaced = c.act[1][3].split("/") if len(c.act[1]) > 3 else []

        def opposed(y):
            return any(self.opposes(r, c) and r.name in self.past[y.name] and r.name not in replaced
                       for r in self.changes)
        return any(self.reason[y.name] is None and self.person(y) is not None and self.unit[y.name] != self.unit[c.name]
                   and self.rests(y, c) and not opposed(y) for y in self.changes)

    def settle(self, names, final, rulings, words):
        """(decided outcome or none, whether it is a sengketa, rulings that chose it)"""
        live = [r for r in rulings if not (self.on("E replaced") and any(
            r.name in (s.act[1][3].split("/") if len(s.act[1]) > 3 else []) and r.name in self.past[s.name]
            for s in rulings))]
        words.update({r.name: "effective" for r in rulings})
        chose = {self.subject(r)[1] for r in live}
        if len(chose) > 1:
            # Concurrent rulings conflict unless exactly one is final.
            chose = {self.subject(r)[1] for r in live if self.is_final_ruling(r, r.act[1][0])}
        if len(chose) == 1:
            return *chose, False, [r for r in live if {self.subject(r)[1]} == chose]
        words.update({r.name: "contested" for r in live})
        if len(names) <= 1:
            return (names[0] if names else None), False, []
        if self.on("E final") and len(final) == 1:
            return final[0], False, []
        return None, True, []

    def report(self):
        """The lines that the comparison compares."""
        (decided, final, contested), words = self.effect()
        lines = {}
        for c in self.changes:
            lines[c.name] = (self.reason[c.name] or "authorised", self.signed[c.name] is None,
                             self.unprotected[c.name] is None, self.disputed[c.name], words.get(c.name, "-"),
                             self.saved[c.name])
        return lines, (decided or "-", final, contested)


if __name__ == "__main__":
    for line in sys.stdin:
        history = parse(line)
        names = [item.name for item in history if item.kind == "e"]
        lines, effect = Oracle(history, {name: place for place, name in enumerate(names)}).report()
        print(";".join(f"{name} {' '.join(map(str, values))}" for name, values in lines.items()), "|", *effect)
