"""Where the rules can lead a case, as far as it is known; and whether everything that is missing leads to one place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialogs.answers import Value
from dialogs.compiled import Values
from dialogs.conditions import Atom, Case, Condition, Partly
from dialogs.table import table

if TYPE_CHECKING:
    from dialogs.routing import Rule, RuleBook

TOPIC = "TOPIC"

# How many assumed cases are tried before giving up on proving that all of them agree. Giving up is safe: a human decides.
MOST_CASES = 4000


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where one matching rule leads."""

    rule: Rule
    dienst: str
    row: Rule | None = None

    @property
    def place(self) -> tuple[str, str, str | None]:
        return (self.dienst, self.rule.mode, self.rule.flag)


def outcomes(book: RuleBook, values: Values) -> Iterator[Outcome]:
    """Every place that is still possible as far as single conditions tell, in the order of the table."""
    for rule, row in table(book, values.case.on).rules:
        truth = values.all_of(row)
        if truth is False:
            continue
        if rule.to == TOPIC:
            yield from (Outcome(rule, row.to, row) for row in topic_rows(book, values))
        else:
            yield Outcome(rule, rule.to)
        if truth is True:
            return


def topic_rows(book: RuleBook, values: Values) -> Iterator[Rule]:
    for named, rows in table(book, values.case.on).needs.values():
        if values.of(named) is False:
            continue
        for row, terms in rows:
            truth = values.all_of(terms)
            if truth is not False:
                yield row
            if truth is True:
                break


def agreed(book: RuleBook, values: Values) -> list[Outcome] | None:
    """One outcome if really every completion leads to the same place, else None.

    Conditions one by one may say "perhaps" where together they can't differ; so the completions are tried, each silent
    question only as far as a rule looks at it.
    """
    first: list[Outcome] = []
    budget = [MOST_CASES]

    def same(values: Values) -> bool:
        budget[0] -= 1
        if budget[0] < 0:
            return False
        found = list(outcomes(book, values))
        if len({outcome.place for outcome in found}) == 1:
            if not first:
                first.append(found[-1])
            return found[-1].place == first[0].place
        open_atom = _first_open_atom(book, values)
        if open_atom is None:
            return False
        completed = _completions(book, values.case, open_atom)
        return all(same(values.with_case(case, open_atom.question)) for case in completed)

    return first if same(values) else None


def _first_open_atom(book: RuleBook, values: Values) -> Atom | None:
    case = values.case
    for rule, row in table(book, case.on).rules:
        truth = values.all_of(row)
        if truth is True:
            conditions: list[Condition] = [row.condition for row in topic_rows(book, values)] if rule.to == TOPIC else []
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
