"""Compares the rules as written down in Tests/Oracle/oracle.py with the fold, on all small histories and random ones.

    Tests/Processes/oracle.py             a fixed part of both, and every mutation (what Tools/test runs)
    Tests/Processes/oracle.py --full        all small histories and 100,000 random ones
    Tests/Processes/oracle.py --mutate      each rule switched off in turn: a table of when that is noticed

MUFAKAT_PROGRAM names the release program; `Tools/build-release Oracle` puts the executable Oracle beside it.
"""
import argparse
import collections
import itertools
import multiprocessing
import os
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Tests", "Oracle"))
import histories  # noqa: E402
import random_histories  # noqa: E402
import oracle  # noqa: E402

PROGRAM = os.path.join(os.path.dirname(os.environ.get("MUFAKAT_PROGRAM", "")), "Oracle")
BASE = oracle.parse(histories.BASE_TEXT)
SHUFFLES = 3
WINDOW = 8
# Enough for every rule; `--mutate` says how many each needs.
MUTATED = 20_000


class Fold:
    """The executable: a line in, a line out."""

    def __init__(self):
        self.process = subprocess.Popen(
            [PROGRAM, os.path.join(ROOT, "Tests", "Oracle", "procedure.json"), str(SHUFFLES)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, bufsize=1)
        self.write(histories.BASE_TEXT)
        answer = self.read()
        if answer != "ready":
            raise SystemExit(answer)

    def write(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def read(self):
        return self.process.stdout.readline().rstrip("\n")

    def results(self, lines):
        """Keeps some lines in flight, so that both sides work at once."""
        waiting = collections.deque()
        for line in lines:
            self.write(line)
            waiting.append(line)
            if len(waiting) >= WINDOW:
                yield waiting.popleft(), self.read()
        while waiting:
            yield waiting.popleft(), self.read()


def read(answer):
    """(lines by change set, effect, rank of names, orders)"""
    words, ranked, orders = answer.split("|")
    *changes, effect = words.split(";")
    lines = {}
    for change in changes:
        name, reason, signed, rival, disputed, word, saved = change.split(",")
        lines[name] = (reason, signed, rival, disputed, "none" if word.startswith("no-effect") else word, saved)
    return lines, tuple(effect.split(",")), {name: i for i, name in enumerate(ranked.split(","))}, int(orders)


def expected(line, rank, off=frozenset()):
    lines, (decided, final, contested) = oracle.Oracle(BASE + oracle.parse(line), rank, off).report()
    bit = lambda value: "1" if value else "0"
    return ({name: (reason, bit(signed), bit(rival), bit(disputed), word, bit(saved))
             for name, (reason, signed, rival, disputed, word, saved) in lines.items()},
            (decided, bit(final), bit(contested)))


def differences(line, answer, off=frozenset()):
    if answer.startswith("error") or not answer:
        return [("fold", answer or "ended", "")], None
    lines, effect, rank, orders = read(answer)
    want, want_effect = expected(line, rank, off)
    # The oracle has a word for the outcomes and rulings of the step that is decided.
    lines = {name: (*got[:4], "-", got[5]) if want[name][4] == "-" else got for name, got in lines.items()}
    found = [(name, want[name], lines[name]) for name in lines if want[name] != lines[name]]
    if effect != want_effect:
        found.append(("effect", want_effect, effect))
    return found, (lines, effect, orders)


def fold_of_this_process():
    if not hasattr(fold_of_this_process, "fold"):
        fold_of_this_process.fold = Fold()
    return fold_of_this_process.fold


def compare(lines):
    """What one worker found in a list of histories."""
    wrong, hits, orders = [], collections.Counter(), 0
    for line, answer in fold_of_this_process().results(lines):
        found, got = differences(line, answer)
        if found:
            wrong.append((line, found))
        if got:
            orders += got[2]
            hits.update(seen_in(*got[:2]))
    return wrong, hits, orders, len(lines)


def seen_in(lines, effect):
    """Names of the reasons and verdicts that a history shows."""
    for reason, _, _, disputed, word, saved in lines.values():
        yield reason
        if word != "-":
            yield f"act {word}"
        if disputed == "1":
            yield "disputed"
        if saved == "1":
            yield "protected"
    for name, place in (("final", 1), ("sengketa", 2)):
        if effect[place] == "1":
            yield name
    if effect[0] != "-":
        yield "decided"


EXPECTED = [*oracle.REASONS, "authorised", "disputed", "protected", "decided", "final", "sengketa",
            *(f"act {word}" for word in ("effective", "contested", "opinion", "objection", "superseded", "none"))]


def chunks(lines, size=100):
    lines = iter(lines)
    while chunk := list(itertools.islice(lines, size)):
        yield chunk


def kind(found):
    """Differences of one kind differ in the same places."""
    return tuple(sorted({(name == "effect", *(w + "/" + g if len(w) > 1 else place for place, (w, g) in enumerate(
        zip(want, got)) if w != g)) for name, want, got in found}, key=str))


def run(pool, title, lines, show):
    """Compares; says how many, and the smallest history of every kind of difference."""
    start, count, orders, wrong, hits = time.time(), 0, 0, [], collections.Counter()
    for part, hit, order, number in pool.imap_unordered(compare, chunks(lines)):
        count, orders, hits = count + number, orders + order, hits + hit
        wrong += part
    print(f"{title}: {count} histories in {orders} orders of delivery, {len(wrong)} differ"
          f" ({time.time() - start:.0f} s)", flush=True)
    kinds, shown = collections.Counter(kind(found) for _, found in wrong), set()
    for line, found in sorted(wrong, key=lambda w: (w[0].count(";"), len(w[0]))):
        if kind(found) not in shown and len(shown) < show:
            shown.add(kind(found))
            print(f"  -- {kinds[kind(found)]} of this kind\n  " + line.replace(";", "\n  "))
            for name, want, got in found:
                print(f"    {name}: oracle {want}, fold {got}")
    return not wrong, hits


def covered(hits, least):
    print("seen: " + ", ".join(f"{name} {hits[name]}" for name in EXPECTED))
    missing = [name for name in EXPECTED if hits[name] < least]
    if missing:
        print(f"FAILED: seen fewer than {least} times: {', '.join(missing)}")
    return not missing


# ---- mutation --------------------------------------------------------------------------------------------------------

def notice(task):
    """For each rule the first of some histories at which the comparison notices that it is off."""
    lines, rules = task
    noticed = {}
    for place, (line, answer) in enumerate(fold_of_this_process().results(lines)):
        for rule in rules:
            if rule not in noticed and differences(line, answer, frozenset({rule}))[0]:
                noticed[rule] = place
    return noticed


def mutate(pool, verbose):
    """Random histories with a small one now and then, until every rule was noticed, at most `MUTATED` of them."""
    start, count, noticed, size = time.time(), 0, {}, 100
    small = every(small_texts(4), 97)
    lines = (line for seed in range(MUTATED) for line in (random_histories.random_history(seed), *(
        itertools.islice(small, 1) if seed % 4 == 0 else ())))
    while len(noticed) < len(oracle.RULES):
        parts = list(chunks(itertools.islice(lines, 2 * size), size))
        if not parts:
            break
        left = [rule for rule in oracle.RULES if rule not in noticed]
        for part, found in zip(parts, pool.map(notice, [(part, left) for part in parts])):
            for rule, place in found.items():
                noticed.setdefault(rule, count + place + 1)
            count += len(part)
    survivors = [rule for rule in oracle.RULES if rule not in noticed]
    for rule in oracle.RULES if verbose else survivors:
        print(f"  {rule:18} {noticed.get(rule, 'NOT NOTICED'):>11}  {oracle.RULES[rule]}")
    print(f"mutation: of {len(oracle.RULES)} rules, each switched off alone, {len(noticed)} noticed within {count}"
          f" histories ({time.time() - start:.0f} s)")
    return not survivors


# ---- which histories -------------------------------------------------------------------------------------------------

def small_texts(limit):
    return (histories.small_text(small) for small in histories.small_histories(limit))


def every(lines, step):
    return (line for place, line in enumerate(lines) if place % step == 0)


def random_part(count, first=0):
    return (random_histories.random_history(seed) for seed in range(first, first + count))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="all small histories and 100,000 random ones")
    parser.add_argument("--mutate", action="store_true", help="each rule switched off in turn, as a table")
    parser.add_argument("--random", type=int, metavar="N", help="only N random histories")
    parser.add_argument("--seed", type=int, default=0, help="the first of them")
    parser.add_argument("--show", type=int, default=3, help="how many kinds of difference to show")
    options = parser.parse_args()
    if not os.path.exists(PROGRAM):
        subprocess.run([os.path.join(ROOT, "Tools", "build-release"), "Oracle"], check=True)
    with multiprocessing.Pool(2) as pool:
        if options.mutate:
            passed = mutate(pool, verbose=True)
        elif options.random:
            passed, hits = run(pool, "random", random_part(options.random, options.seed), options.show)
        else:
            step, count = (1, 100_000) if options.full else (20, 3_000)
            small, some = run(pool, "small", every(small_texts(histories.SPARSE), step), options.show)
            large, hits = run(pool, "random", random_part(count), options.show)
            passed = covered(hits + some, 20) & small & large and (options.full or mutate(pool, verbose=False))
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
