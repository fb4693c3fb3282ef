"""The rule book and its decision: first match for the primary Dienst, a collection for the further ones.

An unknown never counts as "no". A decision is taken over everything that is still possible: if every completion of the
missing answers leads to the same place, that is the place; if not, the questions that would decide are named, to be
asked if they still can be, else to be settled by a human at the county's clearing Dienst.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dialogs.answers import Value
from dialogs.conditions import Among, Atom, Case, Condition, Partly
from dialogs.provisos import Proviso
from dialogs.validity import Span

TOPIC = "TOPIC"
KEIN_BEDARF = "KEIN_BEDARF"

# How many assumed cases are tried before giving up on proving that all of them agree. Giving up is safe: a human decides.
MOST_CASES = 4000

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

    def valid_rules(self, on: dt.date) -> tuple[Rule, ...]:
        return _valid(self.rules, on)




def _valid(rules: tuple[Rule, ...], on: dt.date) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.valid(on))


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where one matching rule leads."""

    rule: Rule
    dienst: str
    row: Rule | None = None

    @property
    def place(self) -> tuple[str, str, str | None]:
        return (self.dienst, self.rule.mode, self.rule.flag)


@dataclass(frozen=True, slots=True)
class Decision:
    """Who will help, and why. `open`: questions whose answers would have mattered and are missing."""

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
    open: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        return {
            "dienst": self.dienst, "mode": self.mode, "urgent": self.urgent, "also": list(self.also),
            "also_keys": list(self.also_keys), "rule": self.rule, "because": self.because, "key": self.key,
            "source": self.source, "rules_version": self.rules_version, "flag": self.flag,
            "decided_by": dict(self.decided_by), "open": list(self.open),
        }  # fmt: skip


def decide(book: RuleBook, case: Case) -> Decision:
    """The decision for this case. With open questions that matter and can't be asked, the mode is `clearing`."""
    outcomes = _agreed(book, case) or list(_outcomes(book, case))
    if not outcomes:  # no rule is valid on this day: `check` says so beforehand, and a human helps nevertheless
        return _finished(book, case, None, book.clearing, "clearing", False, (), ())
    places = {outcome.place for outcome in outcomes}
    last = outcomes[-1]
    missing = deciding_questions(book, case) if len(outcomes) > 1 else ()
    urgent = any(outcome.rule.urgent for outcome in outcomes)
    if len(places) == 1 or all(outcome.rule.mode == "info_only" for outcome in outcomes):
        # Several information-only places: nothing is stored there, so a human who asks back is no help; both are named.
        others = tuple(dict.fromkeys(outcome.dienst for outcome in outcomes if outcome.dienst != last.dienst))
        missing = missing if len(places) > 1 else ()
        return _finished(book, case, last, last.dienst, last.rule.mode, urgent, missing, others)
    return _finished(book, case, None, book.clearing, "clearing", urgent, missing, ())


def deciding_questions(book: RuleBook, case: Case) -> tuple[str, ...]:
    """The silent questions that stand between this case and a decision, in the order in which the rules need them."""
    found: dict[str, None] = {}
    for rule in book.valid_rules(case.on):
        truth = rule.condition.of(case)
        if truth is False:
            continue
        conditions = [rule.condition]
        if rule.to == TOPIC:
            conditions += [row.condition for row in _topic_rows(book, case) if row.condition.of(case) is not False]
        for condition in conditions:
            for atom in condition.atoms():
                if atom.question in case.silent and atom.of(case) is None:
                    found[atom.question] = None
        if truth is True:
            break
    return tuple(found)


def undecided(book: RuleBook, case: Case) -> tuple[str, ...]:
    """Empty if the missing answers can't change the place; else the questions that could."""
    if len({outcome.place for outcome in _outcomes(book, case)}) == 1 or _agreed(book, case):
        return ()
    return deciding_questions(book, case)


def _outcomes(book: RuleBook, case: Case) -> Iterator[Outcome]:
    """Every place that is still possible as far as single conditions tell, in the order of the table."""
    for rule in book.valid_rules(case.on):
        truth = rule.condition.of(case)
        if truth is False:
            continue
        if rule.to == TOPIC:
            yield from (Outcome(rule, row.to, row) for row in _topic_rows(book, case))
        else:
            yield Outcome(rule, rule.to)
        if truth is True:
            return


def _topic_rows(book: RuleBook, case: Case) -> Iterator[Rule]:
    needs: dict[str, list[Rule]] = {}
    for row in book.topics:
        if row.valid(case.on) and row.need is not None:
            needs.setdefault(row.need, []).append(row)
    for need, rows in needs.items():
        if Among("S15_needs", frozenset({need})).of(case) is False:
            continue
        for row in rows:
            truth = row.condition.of(case)
            if truth is not False:
                yield row
            if truth is True:
                break


def _agreed(book: RuleBook, case: Case) -> list[Outcome] | None:
    """One outcome if really every completion leads to the same place, else None.

    Conditions one by one may say "perhaps" where together they can't differ; so the completions are tried, each silent
    question only as far as a rule looks at it.
    """
    first: list[Outcome] = []
    budget = [MOST_CASES]

    def same(case: Case) -> bool:
        budget[0] -= 1
        if budget[0] < 0:
            return False
        outcomes = list(_outcomes(book, case))
        if len({outcome.place for outcome in outcomes}) == 1:
            if not first:
                first.append(outcomes[-1])
            return outcomes[-1].place == first[0].place
        open_atom = _first_open_atom(book, case)
        if open_atom is None:
            return False
        return all(same(completed) for completed in _completions(book, case, open_atom))

    return first if same(case) else None


def _first_open_atom(book: RuleBook, case: Case) -> Atom | None:
    for rule in book.valid_rules(case.on):
        truth = rule.condition.of(case)
        if truth is True:
            conditions: list[Condition] = [row.condition for row in _topic_rows(book, case)] if rule.to == TOPIC else []
        elif truth is None:
            conditions = [rule.condition]
        else:
            continue
        for condition in conditions:
            for atom in condition.atoms():
                if atom.of(case) is None:
                    return atom
        if truth is True:
            return None
    return None


def _completions(book: RuleBook, case: Case, atom: Atom) -> Iterator[Case]:
    question = atom.question
    if question in book.several:
        known = case.get(question)
        chosen, unchosen = (known.chosen, known.not_chosen) if isinstance(known, Partly) else (frozenset(), frozenset())
        one = next(option for option in sorted(getattr(atom, "options", ())) if option not in chosen | unchosen)
        yield case.assume(question, Partly(chosen | {one}, unchosen))
        yield case.assume(question, Partly(chosen, unchosen | {one}))
        return
    values: tuple[Value, ...] = book.domains.get(question) or atom.turning_points(case.on)
    yield from (case.assume(question, value) for value in values)


def _finished(
    book: RuleBook, case: Case, outcome: Outcome | None, dienst: str, mode: str, urgent: bool,
    missing: tuple[str, ...], others: tuple[str, ...],
) -> Decision:  # fmt: skip
    rule = outcome.rule if outcome else None
    # Of a single topic, the reason is the topic's own: "don't go to the embassy" must not be lost behind a general sentence.
    reason = (outcome.row or outcome.rule) if outcome else None
    complete = case.assume("@ziel", dienst).assume("@dringend", "ja" if urgent else "nein")
    also: dict[str, str] = dict.fromkeys(others, rule.key if rule else "")
    cards: dict[str, None] = {rule.card: None} if rule and rule.card else {}
    for row in book.also:
        if row.valid(case.on) and row.to != dienst and row.to not in also and row.condition.of(complete) is True:
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
        decided_by={name: _known(book, name, values, case) for name, values in rule.when.items()} if rule else {},
    )  # fmt: skip


def _known(book: RuleBook, name: str, values: tuple[object, ...], case: Case) -> object:
    condition = book.facts.get(name)
    if condition is not None:
        return condition.of(case)
    return values[0] if len(values) == 1 else list(values)
