"""Chapter 7: evidence files, the lines that they prove, and exported audits. Written from Protocol/7-evidence.md."""
import datetime
import json
import os

import cbor2

from .authority import Authority
from .history import History, claims, committed, is_act
from .procedure import MIGRATE, OUTCOME, Procedure
from .registry import Registry
from .signed import Refused, blake, decode, is_bytes, is_committed, is_number, is_value, need

CAPACITIES = ["definitif", "plt", "plh", "an", "ub"]
ASSURANCES = ["internal", "certified", "wetInkScan"]
KINDS = {16: "outcome", 17: "sign", 18: "ruling", 19: "acknowledge", 20: "accept", 21: "decline", 22: "ratify",
         23: "release", 24: "erase", 25: "set-aside", 26: "bind", 27: "unbind", 28: "withdraw", 29: "cancel",
         30: "suspend", 31: "resume", 32: "reassign", 34: "lease", 35: "void", 36: "migrate"}
# Commitments in entries: names, instruments, titles.
PLACES = {0: [1], 1: [3], 17: [3], 18: [5], 19: [6, 7]}
BYTE_COUNT_MAX = 64 << 20


def text_of(value):
    return value if isinstance(value, str) else ""


def text(value):
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    return value.hex() if isinstance(value, bytes) else "" if value is None else str(value)


def is_list(value, is_item):
    return isinstance(value, list) and all(map(is_item, value))


def is_opening(item):
    return isinstance(item, list) and len(item) == 4 and is_bytes(item[0], 32) and is_bytes(item[1], 16) \
        and is_number(item[2], 2) and (is_bytes(item[3], 32) if item[2] else is_value(item[3]))


def is_content(item):
    return isinstance(item, list) and len(item) == 4 and isinstance(item[0], str) and is_number(item[1], 65536) \
        and item[1] > 0 and (item[2] is None or isinstance(item[2], str)) and is_list(item[3], lambda pair: (
            isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)
            and (is_value(pair[1]) or is_committed(pair[1]))))


def is_body(body):
    """Exactly the form of section 1."""
    keys = {1, 2, 3, 4, 6, 7, 8}
    return isinstance(body, dict) and keys <= set(body) <= keys | {5, 9} \
        and all(is_bytes(body[key], 32) for key in (1, 3, 5) if key in body) and isinstance(body[7], bytes) \
        and all(is_list(body[key], lambda item: isinstance(item, bytes)) for key in (2, 4, 9) if key in body) \
        and is_list(body[6], is_opening) and is_list(body[8], is_content) and body.get(9) != []


class Evidence:
    """One file: of one act, or of all acts of a dossier where it names none."""
    registries = {}

    def __init__(self, data, fingerprint):
        need(len(data) <= BYTE_COUNT_MAX, "size")
        outer = decode(data, "evidence")
        need(isinstance(outer, list) and len(outer) == 3 and outer[0] == "mufakat-evidence/1"
             and isinstance(outer[1], bytes), "not an evidence file")
        need(blake(outer[1], b"mufakat evid") == outer[2], "damaged")
        body = decode(outer[1], "evidence")
        need(is_body(body), "form")
        self.network, self.dossier = body[1], body[3]
        asked = fingerprint.replace(" ", "").lower()
        need(len(asked) >= 32 and self.network.hex().startswith(asked), "other network")
        key = (self.network, blake(cbor2.dumps(body[2]), b""))
        if key not in self.registries:
            self.registries[key] = Registry(body[2], self.network)
        self.registry = self.registries[key]
        self.history = History(body[4], self.network, self.dossier, self.registry)
        need(len(self.registry.order) == len(body[2]) and len(self.history.order) == len(body[4]), "repeated")
        self.subject = self.history.find(body[5]) if 5 in body else None
        need(self.history.order and (5 not in body or self.subject), "subject missing")
        published = self.registry.entries[self.history.order[0].ops[0][1][1]]
        need(published.fields[1] == blake(body[7], b"mufakat blob"), "definition")
        self.procedure, self.opened = Procedure(json.loads(body[7])), {}
        self.migrates = self.check_newer(body.get(9, []))
        self.open_all(body[6])
        self.contents = body[8]
        self.check_contents()
        self.verdicts = Authority(self.history, self.procedure).verdicts
        self.erased = self.erasures()

    def open_all(self, openings):
        """Each once, and good where any place fits: the one that it fits is kept with it, and no other shows it."""
        places = {}
        for entry in self.registry.order:
            for key in PLACES.get(entry.code, []):
                self.add_place(places, entry.fields.get(key), entry.kid)
        for change in self.history.order:
            for code, fields in change.ops:
                for value in committed(code, fields):
                    self.add_place(places, value, change.kid)
        for commitment, salt, kind, value in openings:
            fitting = [place for place in places.get(commitment, {}).values() if blake(
                cbor2.dumps([place[0], place[1], kind, value]), b"mufakat commit", key=salt) == commitment]
            need(fitting and commitment not in self.opened, "opening")
            self.opened[commitment] = (value, *fitting[0])
        self.written = {(path, value[0]) for change in self.history.order for path, value in self.writes(change)
                        if self.shown(value, change.kid) is not None}

    @staticmethod
    def add_place(places, value, kid):
        if value is not None:
            places.setdefault(value[0], {})[kid, cbor2.dumps(value[1])] = (kid, value[1])

    def writes(self, change):
        """Commitments by the paths that they have in a document's list (chapter 4 section 2.5)."""
        for place, (code, fields) in enumerate(change.ops):
            path, value, cells = fields.get(1), fields.get(2), {}
            if code == 1 and isinstance(path, str) and is_committed(value):
                yield path, value
            if code == 4 and isinstance(path, str) and isinstance(value, dict):
                cells = {f"{path}/{change.id.hex()}-{place}/{column}": cell for column, cell in value.items()
                         if isinstance(column, str)}
            if code == 5 and isinstance(value, str) and isinstance(path, list) and len(path) == 2 \
                    and is_number(path[1], 512):
                row = self.history.find(path[0])
                added, table = row.ops[path[1]] if row and path[1] < len(row.ops) else (0, {})
                if added == 4 and isinstance(table.get(1), str):
                    cells = {f"{table[1]}/{row.id.hex()}-{path[1]}/{value}": fields.get(3)}
            yield from ((name, cell) for name, cell in cells.items() if is_committed(cell))

    def shown(self, value, kid):
        """The opening of a commitment where this author wrote it for this audience; None where it is another's."""
        found = self.opened.get(value[0])
        return found if found and found[1:] == (kid, value[1]) else None

    def check_newer(self, given):
        """Whether the dossier has migrations; their definitions are here, no more and no fewer."""
        wanted = [change for change in self.history.order if change.ops and change.ops[0][0] == MIGRATE]
        named = [(self.registry.entries.get(change.ops[0][1].get(1)), change) for change in wanted]
        blobs = {entry.fields[1] for entry, change in named if entry and entry.code == 4 and entry.bit & change.heads}
        need({blake(bytes, b"mufakat blob") for bytes in given} == blobs and len(given) == len(blobs), "definition")
        return bool(wanted)

    def check_contents(self):
        claimed = claims(self.subject) if self.subject else []
        found = [(name, instance, blake(cbor2.dumps([name, instance, stage, entries]), b"mufakat rev"), stage)
                 for name, instance, stage, entries in self.contents]
        pinned = {claim for claim in claimed if claim[0] in self.procedure.docs}
        need(set(found) <= set(claimed) and len(set(found)) == len(found), "content")
        self.is_listed = pinned <= set(found)

    def field(self, path, value):
        """A field as the signature covers it; what is erased with its legal basis."""
        if not is_committed(value):
            return {"path": path, "value": text(value)}
        found = self.opened.get(value[0])
        if found and found[2] == value[1] and (path, value[0]) in self.written:
            return {"path": path, "value": text(found[0])}
        shown = {"path": path, "value": ""}
        unit, bases = self.erased.get(value[0], [(None, [])])[0]
        if unit is not None and unit == self.writers[value[0]]:
            words = [found[0] for found in (self.shown(basis, kid) for basis, kid in bases) if found]
            shown["erased"] = next((word for word in words if isinstance(word, str)), "")
        return shown

    def erasures(self):
        """Units that erased a value of theirs, with the bases (chapter 4 section 6): two persons, one with the root key.
        The writer is who carries a commitment first."""
        self.writers, carriers, named = {}, {}, {}
        for change in self.in_order(self.history.order):
            for code, fields in change.ops:
                for value in committed(code, fields):
                    self.writers.setdefault(value[0], change.unit)
                    carriers.setdefault(value[0], set()).add(change.unit)
                names = fields.get(1)
                is_erase = code == 24 and isinstance(names, list) and 1 <= len(names) <= 256 and is_committed(fields.get(2))
                if is_erase and all(is_bytes(name, 32) for name in names) and self.verdicts[change.id].authorised:
                    voice = (change.ground.code in (16, 22, 23), change.person, (fields[2], change.kid))
                    for name in set(names):
                        named.setdefault((name, change.unit), []).append(voice)
        found = {}
        for (name, unit), voices in sorted(named.items(), key=lambda item: item[0]):
            roots, others = ({who for is_root, who, _ in voices if is_root is wanted} for wanted in (True, False))
            if unit in carriers.get(name, ()) and any(one != two for one in roots for two in others):
                found.setdefault(name, []).append((unit, [basis for _, _, basis in voices]))
        return {name: sorted(units, key=lambda item: item[0] != self.writers[name]) for name, units in found.items()}

    def erased_count(self, change):
        return sum(change.unit in {unit for unit, _ in self.erased.get(value[0], [])}
                   for code, fields in change.ops for value in committed(code, fields))

    def name(self, entry, key):
        value = entry.fields.get(key)
        return text_of((self.shown(value, entry.kid) or ("",))[0]) if value else ""

    def title(self):
        """The register `title` (chapter 4 section 2): of all writes that no other has seen the one with the smallest dot."""
        writes = [(change, place, fields.get(2)) for change in self.history.order
                  for place, (code, fields) in enumerate(change.ops)
                  if code == 1 and fields.get(1) == "title" and self.verdicts[change.id].authorised]
        current = [write for write in writes if not any(
            other[0] is not write[0] and other[0].past & write[0].bit or other[0] is write[0] and other[1] > write[1]
            for other in writes)]
        if not current:
            return ""
        change, _, value = min(current, key=lambda write: (write[0].id, write[1]))
        return text((self.shown(value, change.kid) or ("",))[0] if is_committed(value) else value)

    def acts(self):
        """All acts in canonical order (chapter 2 section 5)."""
        return self.in_order(change for change in self.history.order if any(is_act(code) for code, _ in change.ops))

    def in_order(self, changes):
        return sorted(changes, key=lambda change: (
            change.lamport, blake(self.dossier + change.kid, b"mufakat rank"), change.id))

    def place(self, change):
        """Step and outcome that an act names; of a ruling and an acknowledgement those of the act that it names."""
        code, fields = next(op for op in change.ops if is_act(op[0]))
        if code in (18, 19):
            named = self.history.find(fields.get(3 if code == 18 else 1))
            code, fields = named.ops[0] if named and named.ops else (0, {})
        return (text_of(fields.get(1)), text_of(fields.get(3))) if code in (16, 17) else ("", "")

    def line(self, change):
        """What the file proves of one act (section 4)."""
        verdict, mandate, ground = self.verdicts[change.id], change.mandate, change.ground
        code, fields = next(op for op in change.ops if is_act(op[0]))
        step, outcome = self.place(change)
        name = self.name(ground, {17: 3, 18: 5}.get(ground.code))
        level = fields.get(24) if is_number(fields.get(24), 2**64) else 0
        return {
            "change": change.id.hex(), "dossier": self.dossier.hex(), "kind": KINDS[code], "step": step,
            "outcome": outcome, "unit": self.name(self.registry.entries[change.unit], 3),
            "unitId": change.unit.hex(), "position": mandate and self.name(mandate, 7) or name,
            "person": change.person.hex(), "key": change.kid.hex(), "role": mandate.fields[2] if mandate else "",
            "capacity": CAPACITIES[mandate.fields[5]] if mandate else "",
            "instrument": self.name(mandate, 6) if mandate else "", "mandate": mandate.id.hex() if mandate else "",
            "stated": change.at[0], "zone": change.at[1], "registryHeight": bin(change.heads).count("1"),
            "assurance": ASSURANCES[level] if level <= 2 else "", "validAsSigned": verdict.valid,
            "standing": verdict.authorised, "reason": verdict.reason or "",
            "because": verdict.because.hex() if verdict.because else "", "disputed": verdict.disputed,
            "protected": verdict.protected, "ratifiedBy": verdict.ratified, "endings": verdict.endings,
            "forks": self.history.forks(change.kid), "erased": self.erased_count(change),
        }

    def judge(self):
        """The verdict on the subject; its reason."""
        if not any(is_act(code) for code, _ in self.subject.ops):
            return "not-valid", "no-act"
        verdict, act = self.verdicts[self.subject.id], self.procedure.acts.get(self.subject.id)
        rule = self.procedure.rule(act.step, act.name) if act and act.kind == OUTCOME else None
        if not verdict.valid:
            return "not-valid", verdict.reason
        if not self.is_listed:
            return "not-valid", "content-missing"
        if verdict.authorised is None:
            return "undecided", verdict.reason
        if not verdict.authorised:
            return "superseded", verdict.reason
        is_opinion = rule and self.procedure.may_decide(act, self.procedure.steps[act.step], rule) is False
        if self.migrates:
            return ("undecided" if is_opinion else "standing"), ""
        if is_opinion and "max" not in rule:
            return "not-valid", "opinion"
        return "standing", ""

    def result(self):
        lines = {change.id: self.line(change) for change in self.acts()}
        result = {"folded": False, "network": self.network.hex(), "dossier": self.dossier.hex(),
                  "title": self.title(), "changes": len(self.history.order), "entries": len(self.registry.order)}
        if self.subject is None:
            return {**result, "verdict": "listing", "reason": "", "acts": list(lines.values())}
        verdict, reason = self.judge()
        mine = {claim[2] for claim in claims(self.subject)}
        others = [line for name, line in lines.items() if name != self.subject.id and line["standing"]
                  and mine & {claim[2] for claim in claims(self.history.changes[name])}]
        line = lines.get(self.subject.id)
        return {
            **result, "verdict": verdict, "reason": reason, "step": line["step"] if line else "",
            "outcome": line["outcome"] if line else "", "approvals": ([line] if line else []) + others,
            "documents": [
                {"document": content[0], "instance": content[1],
                 "fields": [self.field(path, value) for path, value in content[3]]}
                for content in self.contents],
            "later": sum(change is not self.subject and bool(change.past & self.subject.bit)
                         for change in self.history.order),
        }


def verify(data, network):
    try:
        return Evidence(data, network).result()
    except Refused as refused:
        return {"verdict": "not-valid", "reason": str(refused)}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        return {"verdict": "not-valid", "reason": f"malformed: {type(error).__name__}"}


# ---- section 5: exported audits -------------------------------------------------------------------------------------

def is_wanted(line, zone, wanted):
    hours = {"Asia/Makassar": 8, "Asia/Jayapura": 9}.get(zone, 7)
    day = str(datetime.date(1970, 1, 1) + datetime.timedelta(days=(line["stated"] // 1000 + hours * 3600) // 86400))
    return wanted.get("unit", line["unitId"]) == line["unitId"] and wanted.get("from", day) <= day <= wanted.get("until", day)


def check_dossier(folder, item, listed, audit, network):
    """What is wrong with the lines of one dossier, and how many could not be decided without the fold."""
    with open(os.path.join(folder, item["dossier"] + ".evidence"), "rb") as file:
        evidence = Evidence(file.read(), network)
    need(evidence.dossier.hex() == item["dossier"] and evidence.subject is None, "another dossier")
    zone = evidence.history.order[0].ops[0][1][4]
    need(evidence.title() == item["title"] and item["acts"] == len(listed), "title or number of acts")
    proved = [line for line in map(evidence.line, evidence.acts()) if is_wanted(line, zone, audit["filter"])]
    problems = []
    if [line["change"] for line in proved] != [line["change"] for line in listed]:
        problems.append("acts are missing, added or in another order")
    for mine, line in zip(proved, listed):
        problems += [f"{line['change'][:12]} {key}: {line.get(key)!r}, proved {value!r}" for key, value in mine.items()
                     if value is not None and line.get(key) != value
                     and not (mine["standing"] is None and key in ("reason", "because"))]
    return problems, sum(line["standing"] is None for line in proved)


def verify_audit(folder, network):
    result = {"verdict": "not-valid", "lines": 0, "dossiers": 0, "undecided": 0, "problems": []}
    try:
        with open(os.path.join(folder, "audit.json"), "rb") as file:
            audit = json.load(file)
        asked = network.replace(" ", "").lower()
        need(audit["format"] == "mufakat-audit/1" and len(asked) >= 32 and audit["network"].startswith(asked),
             "no audit of this network")
        names = [item["dossier"] for item in audit["dossiers"]]
        need(all(len(name) == 64 and set(name) <= set("0123456789abcdef") for name in names) and names == sorted(set(names)),
             "dossiers")
        files = {name + ".evidence" for name in names} | {"audit.json"}
        need(set(os.listdir(folder)) == files, "the files are not those of the listing")
        need({line["dossier"] for line in audit["acts"]} <= set(names), "a line of another dossier")
        for item in audit["dossiers"]:
            listed = [line for line in audit["acts"] if line["dossier"] == item["dossier"]]
            try:
                problems, undecided = check_dossier(folder, item, listed, audit, network)
            except Refused as refused:
                problems, undecided = [str(refused)], 0
            result["problems"] += [f"{item['dossier'][:12]}: {problem}" for problem in problems]
            result["undecided"] += undecided
            result["dossiers"] += 1
            result["lines"] += len(listed)
    except (Refused, OSError, KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        result["problems"].append(f"{type(error).__name__}: {error}")
    if not result["problems"]:
        result["verdict"] = "proved"
    return result
