"""The little of a procedure that ratification and protection ask (chapter 3 section 7 B.3 and B.4, chapter 4 section 3).

This is no fold. What only a fold knows (bindings and seats that outcomes brought about, activations that join lanes)
is None, and so is what follows from it: True, False and None are the three answers here.
"""
from types import SimpleNamespace

import cbor2

from .history import claims, is_act, named_units
from .signed import blake, is_bytes

ACT, OUTCOME, SIGN, RULING, ACKNOWLEDGE, MIGRATE = (16, 17, 18, 19), 16, 17, 18, 19, 36


def some(values):
    values = list(values)
    return True if True in values else None if None in values else False


def both(*values):
    return False if False in values else None if None in values else True


def opposite(value):
    return None if value is None else not value


def is_text(value):
    return isinstance(value, str)


class Procedure:
    def __init__(self, definition):
        self.docs, self.roles, self.teams = definition["docs"], definition["roles"], definition.get("teams", {})
        self.steps, self.start = {step["id"]: step for step in definition["steps"]}, definition["start"]

    def rule(self, step, name):
        found = self.steps.get(step, {}).get("next", {}).get(name) if is_text(step) and is_text(name) else None
        return found if found is None or isinstance(found, dict) else {"to": found}

    def sign_rules(self, step, rule, names):
        rules = [step.get("sign"), rule.get("sign")]
        for reference in names:
            name, _, stage = reference.rstrip("?").partition("@")
            sign = self.docs[name].get("sign")
            is_single = not sign or "need" in sign or not self.docs[name].get("stages")
            rules.append(sign if is_single else sign.get(stage))
        return [found for found in rules if found]

    def may_ratify(self, change, role):
        """Plain work: no act but the only outcome of a step for which nobody signs."""
        act = next((op for op in change.ops if is_act(op[0])), None)
        if act is None:
            return True
        rule = self.rule(act[1].get(1), act[1].get(3)) if act[0] == OUTCOME and len(change.ops) == 1 else None
        step = self.steps[act[1][1]] if rule else {}
        takers = step.get("by", []) + [step.get("contest", {}).get("resolver")]
        return rule is not None and len(step["next"]) == 1 and role in takers \
            and not self.sign_rules(step, rule, rule.get("gives", step.get("gives", [])))

    # What the acts of a dossier say, and which outcome would cause which activation.

    def read(self, history, signed):
        self.history, self.acts, self.causes, self.edges = history, {}, {}, {}
        self.slots, self.bound_later, self.seated = history.order[0].ops[0][1][2], set(), set()
        self.step_of = {self.activation(self.start, []): self.start}
        for change in history.order:
            act = self.parse(change) if len(change.ops) == 1 and change.ops[0][0] in ACT else None
            if act is None:
                continue
            self.acts[change.id] = act
            rule = self.rule(act.step, act.name) if act.kind == OUTCOME else None
            targets = rule.get("to", []) if rule else []
            for target in [targets] if is_text(targets) else targets:
                child = self.activation(target, [[act.activation, act.name]])
                self.causes[child], self.step_of[child] = (act.activation, act.name), target
                self.edges.setdefault((act.activation, act.name), set()).add(child)
        for change in history.order:
            if change.id in signed and change.ops and change.ops[0][0] in (OUTCOME, 26):
                self.bound_later |= named_units(change.ops)
                seats = change.ops[0][1].get(11)
                self.seated |= {(seat[0], seat[2], seat[3]) for seat in seats if isinstance(seat, list) and len(seat) == 4
                                and is_text(seat[0]) and is_bytes(seat[2], 32) and is_bytes(seat[3], 16)} \
                    if isinstance(seats, list) else set()
        for act in self.acts.values():
            if act.kind == RULING:
                act.step, act.name = self.step_of.get(act.activation), self.name_of(act.target, act.activation)

    def parse(self, change):
        kind, fields = change.ops[0]
        act = SimpleNamespace(change=change, kind=kind, target=None, activation=None, step=None, name=None, candidates=())
        if kind == ACKNOWLEDGE:
            act.target = fields.get(1)
            return act
        act.activation = fields.get(1 if kind == RULING else 2)
        if not is_bytes(act.activation, 32):
            return None
        if kind == RULING:
            act.target, named = fields.get(3), fields.get(2)
            act.candidates = named if isinstance(named, list) else ()
            return act if is_bytes(act.target, 32) else None
        act.step, act.name = fields.get(1), fields.get(3) if is_text(fields.get(3)) else None
        return act if is_text(act.step) and (kind == SIGN or act.name is not None) else None

    def activation(self, step, causes):
        return blake(cbor2.dumps([self.history.dossier, step, causes]), b"mufakat activ")

    def name_of(self, winner, activation):
        chosen = self.acts.get(winner)
        return chosen.name if chosen and chosen.kind == OUTCOME and chosen.activation == activation else None

    def of(self, kind, activation):
        return [act for act in self.acts.values() if act.kind == kind and act.activation == activation]

    def is_joined(self, activation, step):
        """An activation that more than one outcome caused together: which, only the fold knows."""
        return self.steps.get(step, {}).get("join") == "all" and activation not in self.causes

    # Entitlement, as if nothing had been ended.

    def fills(self, act, name):
        """Whether a person fills a role, or sits in a team."""
        change = act.change
        if name in self.teams:
            return None if (name, change.unit, change.person) in self.seated else False
        if change.mandate is None or change.mandate.fields[2] != name or name not in self.roles:
            return False
        if self.slots.get(self.roles[name]["party"]) == change.unit:
            return True
        return None if change.unit in self.bound_later else False

    def may_decide(self, act, step, rule):
        return some(self.fills(act, name) for name in rule.get("by", step.get("by", [])))

    def is_entitled(self, act, claim):
        step, rule = self.steps.get(claim.step), self.rule(claim.step, claim.name)
        if step is None:
            return False
        given = (rule or {}).get("gives", step.get("gives", []))
        names = step.get("needs", []) + step.get("brings", []) + given if rule else given
        signers = [name.rstrip("?") for sign in self.sign_rules(step, rule or {}, names) for name in sign["need"]]
        resolver = step.get("contest", {}).get("resolver", "it.head")
        return some([self.may_decide(act, step, rule or {})]
                    + [self.fills(act, name) for name in signers + [resolver, "it.head", "authority.official"]])

    # Protection.

    def protects(self, change, verdicts, rivals):
        claim = self.acts.get(change.id)
        if claim is None or claim.kind == ACKNOWLEDGE:
            return False
        if claim.kind == RULING and (claim.step is None or claim.name is None):
            # It may rule on joined lanes.
            return None if claim.name is not None else False
        later = [act for act in self.acts.values() if act is not claim and act.change.past & change.bit]
        rests = [(act, both(verdicts[act.change.id].authorised, self.rests(act, claim))) for act in later]
        countersigned = some(
            both(rest, opposite(self.has_rival(claim, act.change, rivals))) for act, rest in rests
            if act.change.unit != change.unit and act.kind != RULING)
        confirmed = some(both(rest, self.is_entitled(act, claim)) for act, rest in rests
                         if act.change.unit == change.unit and act.change.person != change.person
                         and act.kind != ACKNOWLEDGE)
        return both(countersigned, confirmed)

    def rests(self, act, claim):
        if act.kind == ACKNOWLEDGE:
            return act.target == claim.change.id
        if act.kind == RULING:
            return claim.kind != RULING and act.target == claim.change.id
        if act.activation in self.derived(claim):
            return True
        if act.activation != claim.activation:
            return None if self.is_joined(act.activation, act.step) else False
        if claim.kind == RULING:
            return False
        if claim.name is not None and (act.kind == OUTCOME or act.name == claim.name):
            return act.name == claim.name
        return bool(set(claims(act.change)) & set(claims(claim.change)))

    def derived(self, claim):
        queue, found = [(claim.activation, claim.name)], set()
        while queue:
            for child in self.edges.get(queue.pop(), set()) - found:
                found.add(child)
                queue += [(child, act.name) for act in self.of(OUTCOME, child)]
        return found

    def has_rival(self, claim, end, rivals):
        """Another outcome by an entitled person in the past of an act, unless a ruling there chose the claim's."""
        def before(act):
            return act.change is not end and act.change.bit & end.past and rivals[act.change.id].authorised

        rulings = [act for act in self.of(RULING, claim.activation) if before(act)]
        if claim.kind == RULING:
            return any(act is not claim and not act.change.bit & claim.change.past and act.name != claim.name
                       for act in rulings)
        found = []
        for act in self.of(OUTCOME, claim.activation):
            rule = self.rule(claim.step, act.name)
            is_settled = any(ruling.name == claim.name and act.change.id in ruling.candidates for ruling in rulings)
            if rule is not None and act.name != claim.name and before(act) and not is_settled:
                found.append(both(self.may_decide(act, self.steps[claim.step], rule), self.has_seen(act, claim)))
        return some(found)

    def has_seen(self, act, claim):
        """Whether an act has the outcome in its past that caused the claim's activation."""
        if claim.activation not in self.causes:
            return None if self.is_joined(claim.activation, claim.step) else True
        activation, name = self.causes[claim.activation]
        return any(source.name == name and source.change is not act.change and source.change.bit & act.change.past
                   for source in self.of(OUTCOME, activation))
