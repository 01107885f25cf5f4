"""Random histories with everything the oracle knows: backdated times, old heads, forks of logs and chains, named
branches, rotations and recoveries, cuts of administrators, suspensions, removals, mandates of others, features."""
import random

import oracle
from histories import BASE_TEXT, TIME

ROLES = {"A": ["a.head", "a.officer"], "B": ["b.head"], "C": ["c.head"]}
SLOT = {"A": "a", "B": "b", "C": "c"}

# What a history is mostly about: weights of entries, weights of what devices do where they differ from USUAL, and who
# writes (all devices, where nobody is named).
USUAL = {"decide": 5, "done": 2, "later": 1, "sign": 3, "acknowledge": 4, "ruling": 3, "ratify": 2, "unbind": 0, "bind": 0,
         "set": 1.5, "feature": 0.2, "erase": 0.2, "both": 0.2, "accept": 0.3}
PLAIN = {"decide": 0, "sign": 0, "ruling": 0, "later": 0, "acknowledge": 1, "done": 5, "ratify": 6}
RESTING = {"decide": 5, "done": 0, "sign": 4, "acknowledge": 5, "ruling": 2, "ratify": 0, "set": 0}
RULING = {"decide": 4, "done": 0, "sign": 0, "acknowledge": 3, "ruling": 8, "ratify": 0, "set": 0}
THEMES = [
    ({"revoke": 6, "countersign": 3, "mandate": 1}, {}, ()),
    ({"revoke": 4, "certify": 3, "mandate": 3}, {"ratify": 4}, ()),
    ({"revoke": 5, "suspend": 1}, PLAIN, ("a1", "a3", "b1", "b2")),
    ({"revoke": 6, "countersign": 5}, RESTING, ("a1", "a2", "b1")),
    ({"second": 4, "revoke": 6}, RESTING, ("a1", "a1", "kA", "b1")),
    ({"revoke": 5}, {"later": 5, "decide": 0, "sign": 0, "done": 1, "ruling": 0, "ratify": 0}, ("a1", "a3", "b1", "b2")),
    ({"revoke": 1}, RULING, ("a1", "a2", "a3", "b1")),
    ({"mandate": 6, "certify": 2}, {}, ()),
    ({"cut": 5, "delegate": 2, "mandate": 2, "certify": 2, "fork": 1}, {}, ()),
    ({"rotate": 4, "recover": 3, "delegate": 1, "mandate": 1, "fork": 2}, {}, ()),
    ({"fork": 6, "branch": 4, "mandate": 2, "revoke": 1}, {}, ()),
    ({"suspend": 4, "lift": 3, "revoke": 1}, {"ratify": 2}, ()),
    ({"revoke": 1}, {"unbind": 9, "bind": 4}, ()),
    ({"mandate": 1}, {"unbind": 8, "bind": 6, "sign": 1, "ruling": 0, "done": 0}, ("a1", "b1", "c1")),
    ({"enable": 4, "fork": 1, "recover": 1}, {"feature": 6}, ()),
]


class Draft:
    """A history under construction, with just enough knowledge of the registry to write valid entries."""

    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.items, self.names = [], 0
        base = oracle.parse(BASE_TEXT)
        self.entries = {item.name: item for item in base if item.kind == "e"}
        self.changes = {item.name: item for item in base if item.kind == "c"}
        self.heads, self.past, self.closures = {}, {}, {}
        for e in self.entries.values():
            self.note(e)
        for c in self.changes.values():
            self.note(c)
        self.theme = self.chance.choice(THEMES)

    def note(self, item):
        if item.kind == "e":
            self.closures[item.name] = {item.name}.union(
                *(self.closures[n] for n in [item.prev, item.chain, *item.links] if n))
        else:
            self.past[item.name] = set(item.parents).union(*(self.past[p] for p in item.parents))
            self.heads[item.name] = set().union(*(self.heads[p] for p in item.parents),
                                                *(self.closures[n] for n in item.reg))

    def add(self, text):
        item = oracle.Item(text)
        (self.entries if item.kind == "e" else self.changes)[item.name] = item
        self.note(item)
        self.items.append(text)
        return item

    def fresh(self, letter):
        self.names += 1
        return f"{letter}{self.names}"

    def pick(self, weights):
        names = [name for name, weight in weights.items() if weight]
        return self.chance.choices(names, [weights[name] for name in names])[0]

    def likely(self, probability):
        return self.chance.random() < probability

    # ---- the registry ---------------------------------------------------------------------------------------------
    def of(self, *bodies):
        return [e for e in self.entries.values() if e.body in bodies]

    def unit(self, e):
        while e.chain and self.entries[e.chain].body != "genesis":
            e = self.entries[e.chain]
        return e.name if e.body == "admit" else None

    def reign(self, chain, previous):
        """(key in force after an entry, key to which the chain committed)"""
        opener = self.entries[chain]
        if opener.body == "delegate":
            return opener.args[0], None
        at = previous
        while at:
            e = self.entries[at]
            if e.body == "genesis":
                return e.args[0], e.args[1]
            if e.body in ("unit", "rotate", "recover"):
                return e.key, e.args[0]
            at = e.prev
        return opener.args[0], None

    def place(self, chain, fork=False):
        """Where the next entry of a chain goes: a tip, sometimes the highest, or an entry before one."""
        own = [e for e in self.entries.values() if e.chain == chain or e.name == chain == "net"]
        followed = {e.prev for e in own}
        tips = [e for e in own if e.name not in followed]
        if not own:
            return None
        if fork or self.likely(0.06):
            before = [e.prev for e in own if e.prev] or [None]
            candidates = before + ([None] if self.entries[chain].body == "delegate" else [])
            return self.chance.choice(candidates)
        return self.chance.choice(tips).name

    def write(self, chain, body, previous=None, key=None):
        previous = previous or self.place(chain)
        if previous is None and self.entries[chain].body != "delegate":
            return None
        key = key or self.reign(chain, previous)[0]
        return self.add(f"e {self.fresh('e')} chain={chain}" + (f" prev={previous}" if previous else "")
                        + f" key={key} at={self.time()} body={body}")

    def time(self):
        self.clock = getattr(self, "clock", TIME + 50_000) + 1000
        return self.clock

    def moment(self):
        """Around what is stated."""
        return TIME + self.chance.choice([0, 20_000, 58_000, 62_000, 66_000, 70_000, 10_000_000])

    def chain(self, unit):
        openers = [e.name for e in self.of("delegate") if e.chain == unit]
        return self.chance.choice(openers * 2 + [unit])

    def entry(self):
        kind = self.pick(self.theme[0])
        unit = self.chance.choice(["A", "A", "B", "C"])
        person = self.chance.choice([e.args[1] for e in self.of("certify") if self.unit(e) == unit])
        if kind == "mandate":
            person = person if self.likely(0.8) else self.chance.choice([e.args[1] for e in self.of("certify")])
            until = self.chance.choice(["-", str(self.moment())])
            start = self.chance.choice([0, self.moment()])
            self.write(self.chain(unit), f"mandate:{person},{self.chance.choice(ROLES[unit])},{start},{until}")
        elif kind == "certify":
            keys = [e.args[0] for e in self.of("certify")] + [f"k{unit}"]
            key = self.chance.choice(keys)
            node = int(self.likely(0.4))
            self.write(self.chain(unit), f"certify:{key},{person},{node}")
        elif kind == "second":
            self.write("dA", "certify:kA,pa1,0")
        elif kind == "revoke":
            targets = [e for e in self.of("certify", "mandate") if e.name not in ("cb2", "mb2") or self.likely(0.1)]
            if self.theme[2]:
                persons = {f"p{name}" for name in self.theme[2]}
                targets = [e for e in targets if persons & set(e.args[:2])]
            target = self.chance.choice(targets)
            self.write(self.chain(self.unit(target)),
                       f"revoke:{target.name},{self.chance.choice([0, 1])},{self.moment()}")
        elif kind == "countersign":
            self.countersign()
        elif kind == "cut":
            opener = self.chance.choice(self.of("delegate"))
            own = [e.name for e in self.entries.values() if e.chain == opener.name]
            cut = f",{self.chance.choice(own)}" if own and self.likely(0.7) else ""
            self.write(opener.chain, f"revoke:{opener.name},{self.chance.choice([0, 1])},{self.moment()}{cut}")
        elif kind == "delegate":
            self.write(unit, f"delegate:ad{unit}2,pad{unit}2")
        elif kind in ("rotate", "recover"):
            self.succeed(kind, self.chance.choice([unit, unit, unit, "net"]))
        elif kind == "fork":
            self.fork(unit, person)
        elif kind == "branch":
            self.name_branch()
        elif kind == "suspend":
            self.write("net", f"suspend:{unit},{self.moment()}")
        elif kind == "lift" and self.of("suspend"):
            self.write("net", f"lift:{self.chance.choice(self.of('suspend')).name}")
        elif kind == "enable":
            self.write("net", f"enable:{self.chance.choice([1, 2])}")

    def countersign(self):
        for r in self.of("revoke"):
            if r.args[1] == "1" and not any(s.args[0] == r.name for s in self.of("countersign")):
                upper = self.entries[r.chain].chain
                self.write(upper, f"countersign:{r.name}")
                return

    def succeed(self, kind, chain):
        previous = self.place(chain, fork=self.likely(0.5))
        if previous is None:
            return
        _, following = self.reign(chain, previous)
        key = following if kind == "rotate" else self.fresh("r")
        if key is None or self.entries[previous].body == "admit":
            return
        self.write(chain, f"{kind}:{self.fresh('n')}" + ("" if chain == "net" else f",p{key}"), previous, key)

    def fork(self, unit, person):
        chain = self.chain(unit)
        previous = self.place(chain, fork=True)
        if previous is None and self.entries[chain].body != "delegate":
            return
        key = self.reign(chain, previous)[0]
        body = self.chance.choice([f"mandate:{person},{self.chance.choice(ROLES[unit])},0,-",
                                   f"certify:k{unit},{person},0"])
        self.add(f"e {self.fresh('e')} chain={chain}" + (f" prev={previous}" if previous else "")
                 + f" key={key} at={self.time()} body={body}")

    def name_branch(self):
        forked = [e for e in self.entries.values() if e.chain and e.chain != "net" and sum(
            o.chain == e.chain and o.prev == e.prev for o in self.entries.values()) > 1]
        if forked:
            named = self.chance.choice(forked)
            after = [e for e in self.entries.values() if e.chain == named.chain and named.name in self.line(e)]
            self.write(self.entries[named.chain].chain, f"branch:{self.chance.choice([named] + after).name}")

    def line(self, e):
        names = []
        while e.prev:
            names.append(e.prev)
            e = self.entries[e.prev]
        return names

    # ---- change sets ------------------------------------------------------------------------------------------------
    def author(self):
        devices = [(e.args[0], e) for e in self.of("certify") if not self.theme[2] or e.args[0] in self.theme[2]]
        administrators = [(e.args[0], e) for e in self.of("delegate")]
        roots = [(e.key, e) for e in self.of("unit", "rotate", "recover") if e.chain != "net"]
        endings = self.of("revoke", "suspend", "rotate", "recover")
        return self.chance.choice(
            self.chance.choices([devices, administrators, roots], [8, 2 if endings else 0.4, 1 if endings else 0.2])[0])

    def writers(self, key):
        """Entries by which a key is another than a node's."""
        return [e for e in self.entries.values()
                if e.body in ("unit", "rotate", "recover") and e.chain != "net" and e.key == key
                or e.body == "delegate" and e.args[0] == key
                or e.body == "certify" and e.args[0] == key and e.args[2] == "0"]

    def change(self):
        key, ground = self.author()
        if not self.writers(key):
            return  # A node's key and nothing else: the change set would be refused (2 §4).
        own = [c.name for c in self.changes.values() if c.key == key]
        names = list(self.changes)
        count = self.chance.choice([1, 1, 2, 3])
        seen = set(self.chance.sample(names[1:], min(count, len(names) - 1)))
        if self.likely(0.4):
            seen.add(names[-1])
        if own and self.likely(0.9):
            seen.add(own[-1])
        past = seen.union(*(self.past[n] for n in seen))
        maximal = [n for n in past if not any(n in self.past[m] for m in past)]
        mine = [n for n in past if self.changes[n].key == key]
        previous = max(mine, key=lambda n: len(self.past[n]), default=None)
        deps = [n for n in maximal if n != previous]
        heads = set().union(*(self.heads[n] for n in past))
        named = []
        for e in reversed(list(self.entries.values())):
            if e.name not in heads and self.likely(0.35 if len(named) < 10 else 0):
                named.append(e.name)
                heads |= self.closures[e.name]
        if ground.name not in heads:
            named.append(ground.name)
            heads |= self.closures[ground.name]
        for e in self.writers(key):
            # Nothing but a node's key: the change set would be refused (2 §4).
            if not any(w.name in heads for w in self.writers(key)):
                named.append(e.name)
                heads |= self.closures[e.name]
        do, under = self.words(key, ground, past, heads)
        if do is None:
            return
        at = self.time()
        if self.likely(0.2):
            at = self.moment()
        # Two change sets that say the same would be one.
        while any(c.key == key and c.at == at for c in self.changes.values()):
            at += 1
        self.add(f"c {self.fresh('x')} key={key} at={at}" + (f" prev={previous}" if previous else "")
                 + (f" deps={','.join(deps)}" if deps else "") + (f" reg={','.join(named)}" if named else "")
                 + (f" under={under}" if under else "") + f" do={do}")

    def words(self, key, ground, past, heads):
        if ground.body != "certify" and self.likely(0.93):
            return self.cuts(past, heads), ground.name if self.likely(0.95) else "gA"
        mandates = [e for e in self.of("mandate") if ground.body == "certify" and e.args[0] == ground.args[1]]
        right = [e for e in mandates if e.name in heads and self.likely(0.85)] or mandates
        under = self.chance.choice(right).name if right else "ma1"
        if self.likely(0.06):
            under = self.chance.choice(self.of("mandate", "delegate", "certify")).name
        word = self.pick({**USUAL, **self.theme[1]})
        if word == "accept" and self.likely(0.5):
            under = ground.name
        return self.device_words(word, self.unit(ground), past), under

    def endings(self):
        removals = [c.name for c in self.changes.values() if c.act[0] == "unbind"]
        return [e.name for e in self.of("revoke", "suspend", "rotate", "recover")] + removals

    def cuts(self, past, heads):
        """Mostly an ending with a tip of a key that it ends; a tip outside the past covers nothing."""
        endings = self.endings()
        tips = sorted(n for n in (past if self.likely(0.85) else self.changes) if n != "open")
        if not endings or not tips:
            return None
        word = "accept" if self.likely(0.75) else "decline"
        pairs = set()
        for _ in range(self.chance.choice([1, 1, 2])):
            ending = self.chance.choice(endings)
            touched = [n for n in tips if self.changes[n].key in self.keys_ended(ending)]
            tip = self.chance.choice(touched if touched and self.likely(0.8) else tips)
            pairs.add(f"{word}:{ending},{tip}")
        return "+".join(sorted(pairs))

    def keys_ended(self, ending):
        e = self.entries.get(ending)
        if e is None or e.body != "revoke":
            return set()
        target = self.entries[e.args[0]]
        if target.body == "mandate":
            return {c.args[0] for c in self.of("certify") if c.args[1] == target.args[0]}
        return {target.args[0]}

    def device_words(self, word, unit, past):
        chance = self.chance
        acts = [n for n in past if self.changes[n].act[0] in ("outcome", "sign", "ruling")]
        if word == "decide":
            return f"outcome:2,{chance.choice(['yes', 'yes', 'no'])}"
        if word == "done":
            return f"outcome:{chance.choice(['1', '3'])},done"
        if word == "later":
            return chance.choice(["outcome:4,agreed", "sign:4,agreed"])
        if word == "sign":
            return f"sign:2,{chance.choice(['yes', 'yes', 'no'])}"
        if word == "acknowledge":
            return f"acknowledge:{chance.choice(acts)}" if acts else None
        if word == "ruling":
            return self.ruling(past)
        if word == "ratify":
            return "ratify:" + "/".join(sorted(chance.sample(sorted(past), min(len(past), chance.choice([1, 2])))))
        if word == "unbind":
            first = [n for n in past if self.changes[n].act[0] == "unbind"]
            if first and self.likely(0.7):
                second = chance.choice(first)
                return f"unbind:{self.changes[second].act[1][0]},{second}"
            return f"unbind:{unit if self.likely(0.3) else chance.choice(['B', 'C', 'C'])}"
        if word == "bind":
            removed = [self.changes[n].act[1][0] for n in past if self.changes[n].act[0] == "unbind"]
            named = chance.choice([u for u in removed if u != "A"] or ["B", "C"])
            return f"bind:{SLOT[named]},{named}"
        if word == "both":
            return "set:x+outcome:2,yes"
        if word == "accept":
            endings = self.endings()
            return f"accept:{chance.choice(endings)},{chance.choice(sorted(past))}" if endings else None
        return {"set": "set:x", "feature": f"feature:{chance.choice([1, 2])}", "erase": "erase"}[word]

    def ruling(self, past):
        outcomes = sorted(n for n in past if self.changes[n].act[0] == "outcome" and self.changes[n].act[1][0] == "2")
        if len(outcomes) < 2:
            return "sign:2,yes"
        if self.likely(0.15) and len(outcomes) > 2:
            outcomes = self.chance.sample(outcomes, 2)
        winner = self.chance.choice(outcomes)
        others = [n for n in past if self.changes[n].act[0] == "ruling"]
        named = "," + "/".join(sorted(others)) if others and self.likely(0.6) else ""
        return f"ruling:2,{winner},{'/'.join(sorted(outcomes))}{named}"


# ---- scripted: what pure chance finds seldom ---------------------------------------------------------------------------

def say(draft, key, do, under, seen, at=None):
    """A change set that has seen some others and its own."""
    own = [c.name for c in draft.changes.values() if c.key == key]
    seen = set(seen) | set(own[-1:]) or {"start"}
    past = seen.union(*(draft.past[n] for n in seen))
    maximal = [n for n in past if not any(n in draft.past[m] for m in past)]
    previous = max((n for n in past if draft.changes[n].key == key), key=lambda n: len(draft.past[n]), default=None)
    heads = set().union(*(draft.heads[n] for n in past))
    named = [n for n in [e.name for e in draft.of("certify") if e.args[0] == key][:1] if n not in heads]
    deps = [n for n in maximal if n != previous]
    return draft.add(f"c {draft.fresh('x')} key={key} at={at or draft.time()}" + (f" prev={previous}" if previous else "")
                     + (f" deps={','.join(deps)}" if deps else "") + (f" reg={','.join(named)}" if named else "")
                     + f" under={under} do={do}").name


def protection(draft):
    """Something that acts of two units rest on, or nearly; then its author is ended, and perhaps theirs."""
    chance, likely = draft.chance, draft.likely
    if likely(0.3):
        draft.write("dA", "certify:kA,pa1,0")
    second = chance.choice(["a2", "a3", "a3"] + (["kA"] * 6 if draft.of("certify")[-1].args[0] == "kA" else []))
    step, name = chance.choice([("2", "yes"), ("2", "yes"), ("4", "agreed")])
    if step == "4":
        say(draft, "b2", "outcome:2,yes", "mb2", ["start"])
        say(draft, "b2", "outcome:3,done", "mb2", ["start"])
    base = list(draft.changes)[-1]
    x = say(draft, "a1", chance.choice([f"outcome:{step},{name}"] * 3 + [f"sign:{step},{name}"]), "ma1", [base])
    rival = say(draft, chance.choice(["a2", "a3", "b2"]), "outcome:2,no", "ma2", chance.choice([[base], [x]])) \
        if step == "2" and likely(0.35) else None
    if rival:
        draft.items[-1] = draft.items[-1].replace("under=ma2", "under=m" + draft.changes[rival].key)
        draft.changes[rival].under = "m" + draft.changes[rival].key
    also = lambda odds: [rival] if rival and likely(odds) else []
    named = [f"outcome:{step},{name}", f"sign:{step},{name}", f"acknowledge:{x}", f"acknowledge:{x}"]
    other = chance.choice(["b1", "c1"])
    y = say(draft, other, chance.choice(named), f"m{other}", [x] + also(0.5))
    under = "ma1" if second == "kA" else f"m{second}"
    acts = named[:3]
    if rival and draft.changes[x].act[0] == "outcome":
        acts += [f"ruling:2,{x},{x}/{rival}"] * 4
    word = chance.choice(acts)
    z = say(draft, second, word, under, [x] + ([rival] if "ruling" in word else also(0.3)) + ([y] if likely(0.3) else []))
    if likely(0.5):
        say(draft, "b2", chance.choice(named[:2]), "mb2", [y])
        say(draft, "a3", chance.choice([f"acknowledge:{y}", named[1]]), "ma3", [y])
    for target, odds in (("ma1", 0.7), ("ca1", 0.4), (f"m{other}", 0.35), (under, 0.2)):
        if likely(odds) and target in draft.entries:
            chain = "d" + draft.unit(draft.entries[target])
            draft.write(chain, f"revoke:{target},{chance.choice([0, 1])},{draft.moment()}")
            if likely(0.5):
                draft.countersign()
    if likely(0.15):
        draft.write("net", f"suspend:A,{draft.moment()}")
    if likely(0.3):
        revoked = draft.of("revoke")
        if revoked:
            say(draft, "adA", f"accept:{chance.choice(revoked).name},{chance.choice([x, y, z])}", "dA", [y, z])


def rulings(draft):
    """Different outcomes and rulings that know each other or not; acknowledgements between them."""
    chance, likely = draft.chance, draft.likely
    yes = say(draft, "a3", "outcome:2,yes", "ma3", ["start"])
    no = say(draft, chance.choice(["b1"]), "outcome:2,no", "mb1", [chance.choice(["start", yes])])
    outcomes, ruled = [yes, no], []
    if likely(0.3):
        outcomes.append(say(draft, "b2", f"outcome:2,{chance.choice(['yes', 'no'])}", "mb2", outcomes))
    for place in range(chance.choice([1, 2, 2, 3])):
        if likely(0.4):
            target = chance.choice(outcomes + ruled)
            key = chance.choice(["b1", "c1", "b2"])
            seen = [target] if likely(0.5) else outcomes + ruled
            say(draft, key, chance.choice([f"acknowledge:{target}", "sign:2,yes", "sign:2,no"]), f"m{key}", seen)
        key = chance.choice(["a1", "a2", "a1", "a2", "b2"])
        known = [r for r in ruled if likely(0.6)]
        named = ",{}".format("/".join(known)) if known and likely(0.8) else ""
        ruled.append(say(draft, key, f"ruling:2,{chance.choice(outcomes)},{'/'.join(outcomes)}{named}", f"m{key}",
                         outcomes + known))
    target = chance.choice(outcomes + ruled)
    key = chance.choice(["b1", "c1"])
    say(draft, key, chance.choice([f"acknowledge:{target}", "sign:2,yes", "outcome:3,done"]), f"m{key}",
        [target] if likely(0.4) else outcomes + ruled)
    if likely(0.3):
        draft.write("dA", f"revoke:{chance.choice(['ma1', 'ma2', 'ma3'])},{chance.choice([0, 1])},{draft.moment()}")


def chained(draft):
    """Protected by an act that is itself only protected: the one that confirms it has seen a rival."""
    likely = draft.likely
    x = say(draft, "a1", "outcome:2,yes", "ma1", ["start"])
    rival = say(draft, "a3", "outcome:2,no", "ma3", ["start"])
    y = say(draft, "b1", draft.chance.choice(["sign:2,yes", "outcome:2,yes"]), "mb1", [x])
    say(draft, "a2", "sign:2,yes", "ma2", [x])
    say(draft, "c1", f"acknowledge:{y}", "mc1", [y] if likely(0.9) else [y, rival])
    say(draft, "b2", "sign:2,yes", "mb2", [y, rival] if likely(0.8) else [y])
    for target in ("ma1", "mb1"):
        if likely(0.9):
            draft.write("d" + draft.unit(draft.entries[target]), f"revoke:{target},0,{draft.moment()}")


def successions(draft):
    """Root keys that accept, and are replaced; who replaces them accepts what shall stay."""
    likely = draft.likely
    x = say(draft, "a1", "outcome:2,yes", "ma1", ["start"])
    ended = draft.write("dA", f"revoke:ma1,0,{draft.moment()}").name
    last = say(draft, "A0", f"accept:{ended},{x}", "gA", [x])
    key, ground, previous = "A1", None, "dA"
    for _ in range(draft.chance.choice([1, 2, 2, 3])):
        following = draft.fresh("n")
        body = f"{'recover' if likely(0.2) else 'rotate'}:{following},p{key}"
        ground = draft.write("A", body, previous, key if body.startswith("rotate") else draft.fresh("r"))
        if likely(0.85):
            draft.add(f"c {draft.fresh('x')} key={ground.key} at={draft.time()} deps={last} reg={ground.name}"
                      f" under={ground.name} do=accept:{ground.name},{last}")
            last = list(draft.changes)[-1]
        key, previous = following, ground.name


def plain_work(draft):
    """Work that is ratified: by those who decide the step, and others."""
    author, ratifier, step = draft.chance.choice([
        ("b1", "b2", "3"), ("b1", "b2", "1"), ("a1", "a3", "3"), ("a1", "b1", "1"), ("a3", "a1", "4")])
    do = "set:x" if draft.likely(0.2) else f"outcome:{step},{'agreed' if step == '4' else 'done'}"
    x = say(draft, author, do, f"m{author}", ["start"])
    unit = author[0].upper()
    draft.write(f"d{unit}", f"revoke:{draft.chance.choice('mc')}{author},{draft.chance.choice([0, 1])},{draft.moment()}")
    y = say(draft, ratifier, f"ratify:{x}", f"m{ratifier}", [x])
    if draft.likely(0.3):
        draft.write(f"d{ratifier[0].upper()}", f"revoke:m{ratifier},0,{draft.moment()}")
    if draft.likely(0.2):
        say(draft, "ad" + ratifier[0].upper(), f"accept:{draft.of('revoke')[-1].name},{y}", "d" + ratifier[0].upper(), [y])


def random_history(seed):
    draft = Draft(seed)
    size = draft.chance.randint(4, 14)
    script = draft.chance.choices(
        [protection, rulings, chained, successions, plain_work, None], [5, 4, 1, 1, 1, 14])[0]
    if script:
        script(draft)
        size = len(draft.items) + draft.chance.choice([0, 0, 1, 2])
    for _ in range(60):
        if len(draft.items) >= size:
            break
        entries = sum(1 for item in draft.items if item.startswith("e"))
        if entries < size * 0.35 and draft.likely(0.4):
            draft.entry()
        else:
            draft.change()
    return ";".join(draft.items)
