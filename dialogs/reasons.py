"""Why a person is sent where she is sent: the smallest set of facts that decided, and what would have led elsewhere.

A set of facts decides if everybody of whom they hold is sent to the same place in the same way. From what is known of
her, one fact after the other is left out as long as the rest still decides; what remains can't do without any of them.
Both are questions about the whole answer space, asked of diagrams (`dialogs.answer_space`), never of samples. The answer
depends on the facts' values alone, so each combination is worked out once and kept.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping, MutableMapping
from dataclasses import replace
from typing import Any

from dialogs.answer_reasons import deciding_answers
from dialogs.answer_space.deciding import Deciding, deciding, turned
from dialogs.answer_space.fact_space import FactSpace, Seen, shape
from dialogs.answer_space.space import Space
from dialogs.coming import next_change
from dialogs.compiled import Values
from dialogs.conditions import Case
from dialogs.fact_names import change_of, named
from dialogs.outcomes import TOPIC
from dialogs.routing import Decision, Rule, decide, values_of
from dialogs.script import Script

# Combinations of fact values that are kept. Ten thousand random people have about two thousand.
MOST_KEPT = 50_000
# Changes by a single fact that are told.
MOST_CHANGES = 2
# Days on which decisions were asked for.
MOST_DAYS = 1_000


def decide_with_reasons(script: Script, case: Case) -> Decision:
    """The decision of `routing.decide`, with the facts that decided and what would change it."""
    values = values_of(script.book, case)
    decision = decide(script.book, case, values)
    if not script.explains:
        return decision
    if decision.mode == "clearing" or decision.open:
        return replace(decision, decided_from="open")
    return _reasons(script, case.on).added(decision, values)


def get_ready(script: Script, on: dt.date) -> None:
    """Work out now what the first decision of this day would wait for (a quarter of a second)."""
    _reasons(script, on).get_ready()


class Reasons:
    """The reasons of one script, for all days that look alike. No result depends on what is kept."""

    def __init__(self, script: Script, on: dt.date) -> None:
        self._script = script
        self._space = space = FactSpace(script, on)
        self._rules = {rule.id: rule for rule in space.rules}
        self._rows = {row.key: row for rows in space.needs.values() for row in rows}
        # Only of use to somebody with a single need: which one it is, and what its rows look at.
        self._needs = tuple(space.need_columns.values())
        primary = {index for rule in space.rules for index in space.of_rule(rule)}
        looked_at = {index for row in self._rows.values() for index in space.of_rule(row)}
        self._topical = (looked_at | set(self._needs)) - primary
        self._looked_at: dict[tuple[str, str], tuple[int, ...]] = {}
        self._facts: dict[object, Deciding | None] = {}
        self._turns: dict[object, tuple[Mapping[str, object], ...]] = {}
        self._people: Space | None = None
        # Diagrams grow while they are asked, and a door asks from several threads.
        self._lock = threading.RLock()

    def get_ready(self) -> None:
        with self._lock:
            _ = self._space.real_rows

    def added(self, decision: Decision, values: Values) -> Decision:
        coming = next_change(self._script, decision, values)
        seen = self._space.seen(values)
        decided = self._deciding(decision, seen)
        if decided is None:
            found = self._answers(decision, values.case)
            return replace(decision, decided_by=found, decided_from="answers", changes=coming)
        facts = [(self._space.columns[index], seen[index] or 0) for index in decided.columns]
        # After a rule that ends the questions at once nobody knows what else she would have answered.
        turns = () if self._rules[decision.rule].at_once else self._turned(decision, decided, seen)
        # A fact that turns by itself on the day already told is not told twice.
        dates = [_where(change) for change in coming]
        told = [change for change in turns if _where(change) not in dates][:MOST_CHANGES]
        return replace(decision, decided_by=named(facts), changes=(*coming, *told))

    def _answers(self, decision: Decision, case: Case) -> Mapping[str, object]:
        with self._lock:
            if self._people is None or self._people.on != case.on:
                self._people = Space(self._script, case.on)
            return deciding_answers(self._people, decision, case)

    # -- the facts that decided --------------------------------------------------------------------------------------

    def _deciding(self, decision: Decision, seen: Seen) -> Deciding | None:
        """None if what is known does not force the place."""
        looked_at = self._looking(decision)
        values = tuple([seen[index] for index in looked_at])
        key: object = (decision.rule, decision.key, values)
        if None in values:
            # A fact on the way is not known: what is known further down may still force the place.
            key, looked_at = (decision.rule, decision.key, decision.place, seen), tuple(range(len(seen)))
        try:
            return self._facts[key]
        except KeyError:
            pass
        known = {index: value for index in looked_at if (value := seen[index]) is not None}
        own = self._own(decision)
        with self._lock:
            found = deciding(self._space, known, own, self._labels(decision, len(decision.place)))
            if found is None and None in values:
                # Of those who are not wholly known, only Dienst, mode and condition were agreed on.
                found = deciding(self._space, known, own, self._labels(decision, 3))
            _make_room(self._facts)
            self._facts[key] = found
        return found

    def _labels(self, decision: Decision, parts: int) -> frozenset[int]:
        wanted = decision.place[:parts]
        return frozenset(i for i, place in enumerate(self._space.places) if place is not None and place[:parts] == wanted)

    def _looking(self, decision: Decision) -> tuple[int, ...]:
        """The columns at which the rules look, up to the one that matched."""
        found = self._looked_at.get((decision.rule, decision.key))
        if found is None:
            space, columns = self._space, dict[int, None]()
            for rule in space.rules:
                columns |= dict.fromkeys(space.of_rule(rule))
                if rule.id == decision.rule:
                    break
            for row in self._matched(decision)[1:]:
                before = space.needs[str(row.need)]
                columns |= dict.fromkeys(i for other in before[: before.index(row) + 1] for i in space.of_rule(other))
                columns[space.need_columns[str(row.need)]] = None
            found = self._looked_at[decision.rule, decision.key] = tuple(columns)
        return found

    def _matched(self, decision: Decision) -> tuple[Rule, ...]:
        """The rule; and of a single topic, its row."""
        rule = self._rules[decision.rule]
        return (rule, self._rows[decision.key]) if rule.to == TOPIC else (rule,)

    def _own(self, decision: Decision) -> tuple[int, ...]:
        """The columns that the matching rule itself names, in its order."""
        found: dict[int, None] = {}
        for rule in self._matched(decision):
            if rule.need is not None:
                found[self._space.need_columns[rule.need]] = None
            found |= dict.fromkeys(self._space.of_rule(rule))
        return tuple(found)

    # -- what would have led elsewhere -------------------------------------------------------------------------------

    def _turned(self, decision: Decision, decided: Deciding, seen: Seen) -> tuple[Mapping[str, object], ...]:
        space = self._space
        if [seen[index] for index in self._needs].count(1) != 1:
            seen = tuple([None if index in self._topical else value for index, value in enumerate(seen)])
        key = (decision.rule, decision.key, seen)
        try:
            return self._turns[key]
        except KeyError:
            pass
        with self._lock:
            turns = turned(space, seen, decided, self._own(decision))
            _make_room(self._turns)
            self._turns[key] = tuple([change_of(turn, space.columns[turn.column], decision) for turn in turns])
        return self._turns[key]


def _where(change: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(change.get(part) for part in ("dienst", "mode", "urgent", "flag"))


def _make_room(kept: MutableMapping[object, Any]) -> None:
    if len(kept) >= MOST_KEPT:
        kept.clear()


def _reasons(script: Script, on: dt.date) -> Reasons:
    """Made once for all days that look alike."""
    found = script.memory.get(on)
    if not isinstance(found, Reasons):
        if len(script.memory) > MOST_DAYS:
            script.memory.clear()
        alike = ("reasons", shape(script, on))
        found = script.memory.get(alike)
        if not isinstance(found, Reasons):
            found = script.memory[alike] = Reasons(script, on)
        script.memory[on] = found
    return found
