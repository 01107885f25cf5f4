"""Chapter 3 sections 7 and 8: which change set has authority. Written from Protocol/3-registry.md."""
from types import SimpleNamespace

from .history import is_act, named_units
from .registry import COUNTERSIGN
from .signed import is_bytes


class Authority:
    """Laws (A), (C) and (B), from the latest change set backwards: twice, the second time with protection."""

    def __init__(self, history, procedure):
        self.history, self.registry, self.procedure = history, history.registry, procedure
        self.signed = {change.id: self.as_signed(change) for change in history.order}
        self.removals = self.find_removals()
        procedure.read(history, {name for name, found in self.signed.items() if found[0] is None})
        self.verdicts = self.run(None)
        if any(verdict.reason in ("awaits-ratification", "revoked") for verdict in self.verdicts.values()):
            self.verdicts = self.run(self.verdicts)
        for change in history.order:
            self.verdicts[change.id].disputed = self.is_disputed(change)

    def as_signed(self, change):
        """(A) and (C): the reason and the entry behind it, or twice None."""
        registry, ground = self.registry, change.ground
        if ground.code == 18 and ground.fields[3] == 1:
            return "node-key", None
        for code, _ in change.ops:
            if code >= 256 and not any(
                    entry.fields[1] == code // 256 and entry.bit & change.heads and registry.outside(entry) is None
                    and not registry.above_fork(entry, change.heads) for entry in registry.of(3)):
                return "feature-not-enabled", None
        act = next((op for op in change.ops if is_act(op[0])), None)
        reason = self.mandate_fault(change, *act) if act else None
        if reason:
            return reason, None
        rests = [ground] + ([change.mandate] if change.mandate else [])
        for entry in filter(None, map(registry.outside, rests)):
            return "outside-chain-cut", entry.id
        for entry in rests:
            if registry.above_fork(entry, change.heads):
                return "above-chain-fork", entry.id
        if ground.code == 18:
            for entry in rests:
                for end in registry.revocations(entry.id):
                    if end.bit & change.heads:
                        return "revoked-in-own-past", end.id
        seqs = [other.seq for other in self.history.own(change.kid) if other.bit & change.past]
        return ("after-own-fork" if len(seqs) > len(set(seqs)) else None), None

    def mandate_fault(self, change, code, fields):
        is_cut, named, ground = code in (20, 21), fields.get(20), change.ground
        if len(change.ops) > 1 and not (is_cut and all(op[0] == code for op in change.ops)):
            return "not-alone"
        if is_cut or code == 24 and ground.code in (16, 22, 23):
            is_own = ground.code != 18 and all(op[1].get(20) == ground.id for op in change.ops)
            return None if is_own else "not-an-administrator"
        if not is_bytes(named, 32) or ground.code != 18:
            return "no-mandate"
        mandate = self.registry.entries.get(named)
        if mandate is None or not mandate.bit & change.heads:
            return "mandate-not-held"
        if mandate.code != 19:
            return "no-mandate"
        if self.registry.unit(mandate.chain) != change.unit:
            return "mandate-of-another-unit"
        if mandate.fields[1] != change.person:
            return "mandate-of-another-person"
        change.mandate = mandate
        return None if mandate.fields[3] <= change.at[0] < mandate.fields.get(4, 2**53) else "outside-term"

    def find_removals(self):
        """(B) 7, sorted by id; `undone` are namings by another unit that saw it."""
        def is_signed_by_another(change, unit):
            return self.signed[change.id][0] is None and change.unit != unit

        proposals = [change for change in self.history.order if change.ops and change.ops[0][0] == 27
                     and self.signed[change.id][0] is None and is_bytes(change.ops[0][1].get(1), 32)]
        found = []
        for change in proposals:
            unit = change.ops[0][1][1]
            second = self.history.find(change.ops[0][1].get(3))
            is_seconded = second in proposals and second.ops[0][1][1] == unit and second.unit != change.unit \
                and second.bit & change.past
            if change.unit == unit or is_seconded:
                undone = [later for later in self.history.order if later is not change and later.past & change.bit
                          and unit in named_units(later.ops) and is_signed_by_another(later, unit)]
                found.append(SimpleNamespace(id=change.id, past=change.past, unit=unit, undone=undone))
        return sorted(found, key=lambda removal: removal.id)

    def endings(self, change):
        """Every ending that touches it: id, kind, effective time, whether its own cut covers it."""
        registry = self.registry
        for target in [change.ground] + ([change.mandate] if change.mandate else []):
            for end in registry.revocations(target.id):
                yield end.id, "revocation", end.fields[3], False
        stands = [entry for entry in sorted(registry.of(2, 11, 22, 23), key=lambda entry: entry.id)
                  if registry.outside(entry) is None]
        for entry in stands:
            if entry.code in (22, 23) and registry.entries[entry.previous].reign[2] == change.ground.id:
                yield entry.id, "succession", entry.at, False
        lifted = {entry.fields[1] for entry in stands if entry.code == 11 and entry.bit & change.heads}
        for entry in stands:
            if entry.code == 2 and entry.fields[1] == change.unit and entry.id not in lifted:
                yield entry.id, "suspension", None, False
        own = [removal for removal in self.removals if removal.unit == change.unit]
        found = [removal for removal in own if not any(later.bit & change.past for later in removal.undone)]
        if len(own) > 16:
            # Of so many only the first that nothing holds off is said (chapter 3 §7 B.7).
            found = [removal for removal in found if not removal.past & change.bit
                     and not self.cuts[20].get(removal.id, 0) & change.bit][:1]
        for removal in found:
            yield removal.id, "removal", None, bool(removal.past & change.bit)

    def run(self, rivals):
        self.cuts, self.ratified, verdicts = {20: {}, 21: {}}, {}, {}
        for change in reversed(self.history.order):
            verdict = self.judge(change)
            if rivals and verdict.reason in ("awaits-ratification", "revoked"):
                self.protect(change, verdict, verdicts, rivals)
            if verdict.authorised:
                self.learn(change)
            verdicts[change.id] = verdict
        return verdicts

    def judge(self, change):
        reason, because = self.signed[change.id]
        ratified = sorted(self.ratified.get(change.id, []))
        verdict = SimpleNamespace(valid=reason is None, protected=False, disputed=False, endings=[], ratified=ratified)
        verdict.open = []
        for name, kind, effective, is_covered in self.endings(change) if verdict.valid else ():
            is_covered = is_covered or bool(self.cuts[20].get(name, 0) & change.bit)
            is_ratified = bool(ratified) and kind != "removal"
            verdict.endings.append({"id": name.hex(), "kind": kind, "accepted": is_covered, "ratified": is_ratified})
            if not is_covered and not is_ratified:
                word = {"suspension": "suspended", "removal": "removed"}.get(kind) or (
                    "awaits-ratification" if change.at[0] < effective else "revoked")
                verdict.open.append((word, name, kind))
        verdict.reason, verdict.because = verdict.open[0][:2] if verdict.open else (reason, because)
        verdict.authorised = verdict.reason is None
        return verdict

    def protect(self, change, verdict, verdicts, rivals):
        """(B) 4. What a countersigned revocation for compromise ends is not held off."""
        if any(kind == "revocation" and self.is_lifted(change, name) for _, name, kind in verdict.open):
            return
        verdict.protected = self.procedure.protects(change, verdicts, rivals)
        if verdict.protected is False:
            return
        # The end of its unit is another matter.
        rest = next((item for item in verdict.open if item[2] in ("suspension", "removal")), (None, None))
        if verdict.protected:
            verdict.reason, verdict.because = rest[:2]
        verdict.authorised = False if rest[0] else verdict.protected

    def is_lifted(self, change, name):
        end = self.registry.entries[name]
        return end.fields[2] == 1 and change.at[0] >= end.fields[3] and any(
            entry.fields[1] == name and self.registry.outside(entry) is None
            for entry in self.registry.of(*COUNTERSIGN))

    def learn(self, change):
        """What an authorised change set saves: cuts, and plain work that it ratifies."""
        for code, fields in change.ops:
            tip, ending = self.history.find(fields.get(2)), fields.get(1)
            if code in self.cuts and tip and tip is not change and tip.bit & change.past \
                    and is_bytes(ending, 32) and self.may_draw(ending, change.unit):
                covered = sum(other.bit for other in self.history.own(tip.kid) if other.bit & tip.past)
                self.cuts[code][ending] = self.cuts[code].get(ending, 0) | covered
            for name in ending if code == 22 and isinstance(ending, (list, tuple)) else ():
                saved = self.history.find(name)
                if saved and saved is not change and saved.bit & change.past and saved.unit == change.unit \
                        and self.procedure.may_ratify(saved, change.mandate.fields[2]):
                    self.ratified.setdefault(saved.id, set()).add(change.id.hex())

    def may_draw(self, ending, unit):
        entry = self.registry.entries.get(ending)
        if entry:
            return entry.code in (20, 22, 23) and self.registry.unit(entry.chain) == unit \
                or entry.code == 2 and entry.fields[1] != unit
        return any(removal.id == ending and removal.unit != unit for removal in self.removals)

    def is_disputed(self, change):
        """(B) 6; None where it is undecided whether an ending stands against it."""
        verdict = self.verdicts[change.id]
        if not verdict.valid or verdict.authorised is not False:
            return False if verdict.authorised is not None else None
        if self.cuts[21].get(verdict.because, 0) & change.bit:
            return False
        entry, removal = self.registry.entries.get(verdict.because), self.history.changes.get(verdict.because)
        return any(not (other.heads & entry.bit if entry else other.past & removal.bit) for other in self.history.order
                   if other is not change and other.past & change.bit and other.unit != change.unit)
