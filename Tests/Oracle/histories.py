"""Histories for the comparison of oracle.py with the fold: all small ones, and random larger ones."""
import itertools
import random

TIME = 1_772_000_000_000


def base_items():
    """A network of three units, each with an administrator who certified people; a dossier whose step 2 is open."""
    items, clock, tips = [], [TIME], {}

    def entry(name, key, body, chain=None):
        clock[0] += 1000
        previous = tips.get(chain)
        items.append(f"e {name}" + (f" chain={chain}" if chain else "") + (f" prev={previous}" if previous else "")
                     + f" key={key} at={clock[0]} body={body}")
        tips[chain or name] = name

    def change(name, key, words):
        clock[0] += 1000
        items.append(f"c {name} key={key} at={clock[0]} {words}")

    entry("net", "n0", "genesis:n0,n1")
    for unit, kind in (("A", "applicant"), ("B", "it_agency"), ("C", "vendor")):
        entry(unit, "n0", f"admit:{unit}0,{kind}", "net")
    entry("pub", "n0", "publish", "net")
    people = {"A": [("a1", "a.head"), ("a2", "a.head"), ("a3", "a.officer")], "B": [("b1", "b.head"), ("b2", "b.head")],
              "C": [("c1", "c.head")]}
    for unit, listed in people.items():
        entry(f"g{unit}", f"{unit}0", f"unit:{unit}1,p{unit}0", unit)
        entry(f"d{unit}", f"{unit}0", f"delegate:ad{unit},pad{unit}", unit)
        for name, role in listed:
            entry(f"c{name}", f"ad{unit}", f"certify:{name},p{name},0", f"d{unit}")
            entry(f"m{name}", f"ad{unit}", f"mandate:p{name},{role},0,-", f"d{unit}")
    tips_named = ",".join(["pub", "ma3", "mb2", "mc1"])
    change("open", "b2", f"reg={tips_named} do=open:a/A,b/B,c/C")
    change("start", "b2", "prev=open under=mb2 do=outcome:1,done")
    return items, tips


BASE, TIPS = base_items()
BASE_TEXT = ";".join(BASE)
UNIT = {"a1": "A", "a2": "A", "a3": "A", "b1": "B", "b2": "B", "c1": "C"}


# ---- all small histories ---------------------------------------------------------------------------------------------
#
# Up to five events: registry events (a grant; a revocation, ended or for compromise, of a mandate or certificate; a
# countersignature) and change sets of three people and two administrators, in every graph of what has seen what, with
# every choice of who knows the registry event. What is left out, and why:
# 1. Isomorphic histories: the same graph in another order of writing; a1 for a2 (same unit and role), yes for no.
# 2. What names nothing: an acknowledge, sign, ruling, ratify or accept names what lies in its own past, a ruling all
#    outcomes of its past, among which are both. An accept is by an administrator of the unit that revokes, who knows
#    the revocation. The random histories break these rules.
# 3. More than one grant or revocation; a revocation of somebody who wrote nothing. An ended mandate was so after all
#    that is stated, one revoked for compromise before it; the random histories mix both.
# 4. Forks of a device log are made of at most `FORKED` events, histories without a registry event of `PLAIN`.
# 5. The last of four change sets is none that its author wrote in the same words before, and no acknowledgement of what
#    his own unit did (it counts for nobody); at five events none of them is.
# 6. At five events: the revocation has the reason *ended* and is of a mandate (certificates and compromise differ in
#    laws that look at one change set alone, which four events show), unless a countersignature is the fifth; choices
#    and plain work stand in separate histories, and so do rulings and signatures; and only who accepts knows the
#    revocation.

PLAIN, FORKED, SPARSE = 4, 3, 5
FULL = frozenset({"decide", "sign", "rule", "accept", "ratify"})
FAMILIES = [frozenset({"decide", "accept", "rule"}), frozenset({"decide", "accept", "sign"}),
            frozenset({"ratify", "accept"})]
PEOPLE = ("a1", "a2", "b1")


class Small:
    """A history under construction: events as tuples, in an order in which parents come first."""

    def __init__(self, world, family):
        self.world, self.family = world, family      # world: (kind, target, countersigned) or None
        self.events, self.past, self.knows = [], [], []

    def grown(self, event, past, knows):
        other = Small(self.world, self.family)
        other.events = self.events + [event]
        other.past, other.knows = self.past + [past], self.knows + [knows]
        return other


def antichains(small, author, may_fork):
    """Sets of parents: closed pasts that hold the author's own log, or a part of it where it may fork."""
    count = len(small.events)
    own = [i for i in range(count) if small.events[i][0] == author]
    for bits in range(1 << count):
        past = {i for i in range(count) if bits >> i & 1}
        if all(small.past[i] <= past for i in past) and (may_fork or all(i in past for i in own)):
            yield frozenset(past)


def operations(small, author, past):
    """(word, arguments by index) that mean something there."""
    events = small.events
    outcomes = [i for i in past if events[i][1] == "outcome" and events[i][2][0] == "2"]
    if author.startswith("ad"):
        revoked = small.world[1][-2:]
        for tip in past if "accept" in small.family else ():
            if events[tip][0] == revoked:
                yield "accept", (tip,)
        return
    for name in ("yes", "no") if "decide" in small.family else ():
        yield "outcome", ("2", name)
        if "sign" in small.family and any(events[i][2][1] == name for i in outcomes):
            yield "sign", ("2", name)
    if author != "b1" and "ratify" in small.family:
        yield "outcome", ("1", "done")
    for i in past:
        if events[i][1] in ("outcome", "sign", "ruling") and events[i][0] != author:
            yield "acknowledge", (i,)
            if "ratify" in small.family and events[i][1] == "outcome" and UNIT[author] == "A" and events[i][0] in ("a1", "a2"):
                yield "ratify", (i,)
    if "rule" in small.family and {events[i][2][1] for i in outcomes} == {"yes", "no"}:
        for name in ("yes", "no"):
            winner = min(i for i in outcomes if events[i][2][1] == name)
            yield "ruling", ("2", winner, tuple(sorted(outcomes)))


def label(small, swap_people, swap_outcomes):
    """Equal for isomorphic histories: each event by what it says and by its past."""
    person = {"a1": "a2", "a2": "a1"} if swap_people else {}
    outcome = {"yes": "no", "no": "yes"} if swap_outcomes else {}
    labels = []
    for i, (author, word, arguments) in enumerate(small.events):
        said = tuple(labels[a] if isinstance(a, int) else tuple(sorted(labels[b] for b in a)) if isinstance(a, tuple)
                     else outcome.get(a, a) for a in arguments)
        past = tuple(sorted(labels[j] for j in small.past[i]))
        labels.append(hash((person.get(author, author), word, said, small.knows[i], past)))
    return tuple(sorted(labels))


def canonical(small):
    people = (False,) if small.world else (False, True)
    return min(label(small, p, o) for p in people for o in (False, True))


def registry_worlds():
    """(registry events, how many they are, operations, most change sets)"""
    yield None, 0, FULL, PLAIN
    yield ("grant", "ma2", False), 1, FULL, 3
    for target in ("ma1", "ca1", "mb1"):
        yield ("ended", target, False), 1, FULL, 3
        yield ("compromised", target, False), 1, FULL, 3
        yield ("compromised", target, True), 2, FULL, 3
    for family in FAMILIES:
        for target in ("ma1", "mb1"):
            yield ("ended", target, False), 1, family, 4


def small_histories(limit=5):
    for world, used, family, most in registry_worlds():
        level = [Small(world, family)]
        for size in range(1, min(most, limit - used) + 1):
            seen, following = set(), []
            for small in level:
                for grown in extensions(small, size + used, family != FULL or size == PLAIN):
                    mark = canonical(grown)
                    if mark not in seen:
                        seen.add(mark)
                        following.append(grown)
            level = following
            for small in level:
                # What the sparse ones have with fewer events is among the others.
                if means_something(small) and (family == FULL or size == most):
                    yield small


def extensions(small, size, is_sparse):
    world = small.world
    authors = list(PEOPLE)
    if world and world[0] != "grant":
        authors.append("adB" if world[1] == "mb1" else "adA")
    for author in authors:
        for past in antichains(small, author, size <= FORKED):
            known = {small.knows[i] for i in past}
            for knows in choices_of_knowing(small, author, known, is_sparse):
                for word, arguments in operations(small, author, past):
                    if not (is_sparse and is_idle(small, author, word, arguments)):
                        yield small.grown((author, word, arguments), past, bool(world) and knows)


def is_idle(small, author, word, arguments):
    if word == "acknowledge" and UNIT[small.events[arguments[0]][0]] == UNIT[author]:
        return True
    return (author, word, arguments) in small.events


def choices_of_knowing(small, author, known, is_sparse):
    """Whether a change set has the registry event within its heads: its past decides, else both."""
    if not small.world or True in known or author.startswith("ad"):
        return (True,)
    return (False,) if is_sparse else (False, True)


def means_something(small):
    """The revoked person, or the one to whom something is granted, wrote something."""
    return not small.world or any(e[0] == small.world[1][-2:] for e in small.events)


def small_text(small):
    """The history in words."""
    items, world = [], small.world
    chain = "dB" if world and world[1] == "mb1" else "dA"
    if world:
        kind, target, countersigned = world
        tip, administrator = TIPS[chain], "ad" + chain[1]
        if kind == "grant":
            items.append(f"e w chain={chain} prev={tip} key={administrator} at={TIME + 50_000} body=mandate:pa2,a.head,0,-")
        else:
            reason, effective = ("1", TIME) if kind == "compromised" else ("0", TIME + 10_000_000)
            items.append(f"e w chain={chain} prev={tip} key={administrator} at={TIME + 50_000}"
                         f" body=revoke:{target},{reason},{effective}")
        if countersigned:
            unit = chain[1]
            items.append(f"e s chain={unit} prev=d{unit} key={unit}0 at={TIME + 51_000} body=countersign:w")
    for i, (author, word, arguments) in enumerate(small.events):
        past = small.past[i]
        maximal = [j for j in past if not any(j in small.past[k] for k in past)]
        own = max((j for j in past if small.events[j][0] == author), default=None, key=lambda j: len(small.past[j]))
        parents = [f"x{j}" for j in maximal if j != own] if past else ["start"]
        said = [f"x{a}" if isinstance(a, int) else "/".join(f"x{b}" for b in a) if isinstance(a, tuple) else a
                for a in arguments]
        under = chain if word == "accept" else "w" if world and world[0] == "grant" and author == "a2" else f"m{author}"
        if word == "accept":
            said.insert(0, "w")
        fresh = small.knows[i] and not any(small.knows[j] for j in past)
        items.append(f"c x{i} key={author} at={TIME + 100_000 + 1000 * i} under={under}"
                     + (f" prev=x{own}" if own is not None else "") + (f" deps={','.join(parents)}" if parents else "")
                     + (" reg=w" if fresh else "") + f" do={word}:{','.join(said)}")
    return ";".join(items)
