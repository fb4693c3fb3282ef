"""The rule book and its decision: first match for the primary Dienst, a collection for the further ones.

An unknown never counts as "no". A decision is taken over everything that is still possible: if every completion of the
missing answers leads to the same place, that is the place; if not, the questions that would decide are named, to be
asked if they still can be, else to be settled by a human at the county's clearing Dienst.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from dialogs.compiled import Values
from dialogs.conditions import Case, Condition
from dialogs.outcomes import TOPIC as TOPIC
from dialogs.outcomes import Outcome, agreed, outcomes, topic_rows
from dialogs.provisos import Proviso
from dialogs.table import table
from dialogs.validity import Span

KEIN_BEDARF = "KEIN_BEDARF"

CLEARING_BECAUSE = "Für eine sichere Entscheidung fehlt noch eine Angabe. Das klärt ein Mensch mit Ihnen."


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. `when` is what the file says (fact: values), `condition` what it means.

    `flag`: the id of the `Proviso` under which a case of this rule may be accepted. `served`: the days on which the Dienst
    it sends to has an open Stelle; None: always. On other days the rule is not valid and the table falls through to the
    next one, so nobody is sent to a closed door.
    Rules stand in sections; an earlier section goes before a later one by intention. Inside a section `over` names the
    rules before which this one goes on purpose, although both match somebody, and `over_because` says why.
    """

    id: str
    to: str
    when: Mapping[str, tuple[object, ...]]
    condition: Condition
    because: str
    source: str
    key: str
    valid_from: dt.date
    valid_until: dt.date | None = None
    mode: str = "referral"
    urgent: bool = False
    flag: str | None = None
    at_once: bool = False
    need: str | None = None
    card: str | None = None
    served: tuple[Span, ...] | None = None
    section: str = ""
    over: tuple[str, ...] = ()
    over_because: str = ""

    def valid(self, on: dt.date) -> bool:
        if on < self.valid_from or (self.valid_until is not None and on > self.valid_until):
            return False
        return self.served is None or any(span.covers(on) for span in self.served)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """A county's rules.

    `domains` are the values each question can have, for trying what is still possible; `several` the questions with
    several choices; `watched` the questions after which one of the `immediate` rules may end the dialogue.
    """

    version: str
    rules: tuple[Rule, ...]
    topics: tuple[Rule, ...]
    also: tuple[Rule, ...]
    clearing: str
    facts: Mapping[str, Condition]
    domains: Mapping[str, tuple[str, ...]]
    several: frozenset[str] = frozenset()
    watched: frozenset[str] = frozenset()
    immediate: tuple[Rule, ...] = ()
    provisos: Mapping[str, Proviso] = field(default_factory=dict)
    valid_from: dt.date = dt.date.min
    # What was worked out about these rules, kept. No decision depends on whether it is there.
    memory: dict[object, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def valid_rules(self, on: dt.date) -> tuple[Rule, ...]:
        return _valid(self.rules, on)


def _valid(rules: tuple[Rule, ...], on: dt.date) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.valid(on))


@dataclass(frozen=True, slots=True)
class Decision:
    """Who will help, and why. `open`: questions whose answers would have mattered and are missing.

    `decided_by`: the smallest set of facts that decided, with their values. `decided_from` says what they are: `facts`;
    `answers` (question and answer), if the facts alone do not force the place; or `open`, if the open questions are the
    reason. `changes`: what would have led elsewhere, first the day, then single facts. (`dialogs.reasons` fills these.)
    """

    dienst: str
    mode: str
    rule: str
    because: str
    key: str
    source: str
    rules_version: str
    urgent: bool = False
    flag: str | None = None
    cards: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    also_keys: tuple[str, ...] = ()
    decided_by: Mapping[str, object] = field(default_factory=dict)
    decided_from: str = "facts"
    changes: tuple[Mapping[str, object], ...] = ()
    open: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str, str | None, bool]:
        """What two decisions must share to be the same for the person."""
        return (self.dienst, self.mode, self.flag, self.urgent)

    def to_json(self) -> dict[str, object]:
        return {
            "dienst": self.dienst, "mode": self.mode, "urgent": self.urgent, "also": list(self.also),
            "also_keys": list(self.also_keys), "rule": self.rule, "because": self.because, "key": self.key,
            "source": self.source, "rules_version": self.rules_version, "flag": self.flag,
            "decided_by": dict(self.decided_by), "decided_from": self.decided_from,
            "changes": [dict(change) for change in self.changes], "open": list(self.open),
        }  # fmt: skip


def values_of(book: RuleBook, case: Case) -> Values:
    """What the book's terms say of this case."""
    return Values(table(book, case.on).terms, case)


def decide(book: RuleBook, case: Case, values: Values | None = None) -> Decision:
    """The decision for this case. With open questions that matter and can't be asked, the mode is `clearing`.

    `values`: what was read of this case already. The reasons are added by `dialogs.reasons`.
    """
    values = values or values_of(book, case)
    found = agreed(book, values) or list(outcomes(book, values))
    if not found:  # no rule is valid on this day: `check` says so beforehand, and a human helps nevertheless
        return _finished(book, values, None, book.clearing, "clearing", False, (), ())
    places = {outcome.place for outcome in found}
    last = found[-1]
    missing = deciding_questions(book, case, values) if len(found) > 1 else ()
    urgent = any(outcome.rule.urgent for outcome in found)
    if len(places) == 1 or all(outcome.rule.mode == "info_only" for outcome in found):
        # Several information-only places: nothing is stored there, so a human who asks back is no help; both are named.
        others = tuple(dict.fromkeys(outcome.dienst for outcome in found if outcome.dienst != last.dienst))
        missing = missing if len(places) > 1 else ()
        return _finished(book, values, last, last.dienst, last.rule.mode, urgent, missing, others)
    # Whoever may be in danger hears of the places for that too, before anybody has settled what is missing.
    danger = tuple(dict.fromkeys(outcome.dienst for outcome in found if outcome.rule.urgent and outcome.dienst != book.clearing))
    return _finished(book, values, None, book.clearing, "clearing", urgent, missing, danger)


def place_of(book: RuleBook, values: Values) -> tuple[str, str, str | None, bool] | None:
    """Only where `decide` would send this case, None if no rule says; quick for somebody of whom everything is known."""
    found = list(outcomes(book, values))
    if not found:
        return None
    if len({outcome.place for outcome in found}) == 1:
        return (*found[-1].place, found[-1].rule.urgent)
    return decide(book, values.case, values).place


def deciding_questions(book: RuleBook, case: Case, values: Values | None = None) -> tuple[str, ...]:
    """The silent questions that stand between this case and a decision, in the order in which the rules need them."""
    values = values or values_of(book, case)
    found: dict[str, None] = {}
    for rule, row in table(book, case.on).rules:
        truth = values.all_of(row)
        if truth is False:
            continue
        conditions = [rule.condition]
        if rule.to == TOPIC:
            conditions += [row.condition for row in topic_rows(book, values) if row.condition.of(case) is not False]
        for condition in conditions:
            for atom in condition.atoms():
                if atom.question in case.silent and atom.of(case) is None:
                    found[atom.question] = None
        if truth is True:
            break
    return tuple(found)


def undecided(book: RuleBook, case: Case) -> tuple[str, ...]:
    """Empty if the missing answers can't change the place; else the questions that could."""
    values = values_of(book, case)
    if len({outcome.place for outcome in outcomes(book, values)}) == 1 or agreed(book, values):
        return ()
    return deciding_questions(book, case, values)


def _finished(
    book: RuleBook, values: Values, outcome: Outcome | None, dienst: str, mode: str, urgent: bool,
    missing: tuple[str, ...], others: tuple[str, ...],
) -> Decision:  # fmt: skip
    rule, case = outcome.rule if outcome else None, values.case
    # Of a single topic, the reason is the topic's own: "don't go to the embassy" must not be lost behind a general sentence.
    reason = (outcome.row or outcome.rule) if outcome else None
    decided = {"@ziel": dienst, "@dringend": "ja" if urgent else "nein"}
    complete = Case(case.answers, case.on, case.silent, {**case.assumed, **decided})
    values = values.with_case(complete, "@ziel", "@dringend")
    also: dict[str, str] = dict.fromkeys(others, rule.key if rule else "")
    cards: dict[str, None] = {rule.card: None} if rule and rule.card else {}
    for row, terms in table(book, case.on).also:
        if row.to != dienst and row.to not in also and values.all_of(terms) is True:
            also[row.to] = row.key
            if row.card:
                cards[row.card] = None
    shown = list(also.items())[:3]
    return Decision(
        dienst=dienst, mode=mode, urgent=urgent, rules_version=book.version, open=missing,
        rule=rule.id if rule else "CLEARING",
        because=reason.because if reason else CLEARING_BECAUSE,
        key=reason.key if reason else "clearing.because",
        source=reason.source if reason else "", flag=rule.flag if rule else None, cards=tuple(cards),
        also=tuple(dienst for dienst, _ in shown), also_keys=tuple(key for _, key in shown),
    )  # fmt: skip
