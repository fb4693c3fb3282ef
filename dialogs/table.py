"""The rules of a book as rows of terms: made once for the book, and looked up by the day."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from typing import TYPE_CHECKING

from dialogs.compiled import Row, Terms
from dialogs.conditions import Among, DaysLeft, MonthsLeft, YearsSince
from dialogs.facts import OPTION_FACTS

if TYPE_CHECKING:
    from dialogs.routing import Rule, RuleBook

Timed = DaysLeft | MonthsLeft | YearsSince


class Rows:
    """Every rule of a book as a row of terms, made once and then only read.

    `days`: on each of them some rule begins or has ended. `timed`: conditions that change as days pass, by question.
    """

    def __init__(self, book: RuleBook) -> None:
        self.terms = Terms()
        # Everything that anybody may ask for has its number before the first case is read.
        for fact in book.facts.values():
            self.terms.number(fact)
        for rule in (*book.rules, *book.topics):
            for name, values in rule.when.items():
                if OPTION_FACTS.get(name) in book.several:
                    for value in values:
                        self.terms.number(Among(OPTION_FACTS[name], frozenset({str(value)})))
        self.rules = tuple((rule, self.terms.row(rule.condition)) for rule in book.rules)
        self.topics = tuple(
            (rule, self.terms.row(rule.condition), self.terms.number(Among("S15_needs", frozenset({rule.need}))))
            for rule in book.topics
            if rule.need is not None
        )
        self.also = tuple((rule, self.terms.row(rule.condition)) for rule in book.also)
        every = (*book.rules, *book.topics, *book.also)
        ended = {rule.valid_until + dt.timedelta(days=1) for rule in every if rule.valid_until not in (None, dt.date.max)}
        open_ = [span for rule in every for span in rule.served or ()]
        shut = {span.last + dt.timedelta(days=1) for span in open_ if span.last not in (None, dt.date.max)}
        self.days = tuple(sorted({rule.valid_from for rule in every} | ended | {span.first for span in open_} | shut))
        atoms = dict.fromkeys(atom for rule in (*book.rules, *book.topics) for atom in rule.condition.atoms())
        self.timed: dict[str, list[Timed]] = {}
        for atom in atoms:
            if isinstance(atom, DaysLeft | MonthsLeft | YearsSince):
                self.timed.setdefault(atom.question, []).append(atom)
        self._tables: dict[int, Table] = {}

    def on(self, day: dt.date) -> Table:
        """The table of this day. Two threads may make the same table twice, never one together."""
        between = bisect_right(self.days, day)
        found = self._tables.get(between)
        if found is None:
            found = self._tables[between] = Table(self, day)
        return found


class Table:
    """The rows that are valid on one day. `needs`: for each need its term and its rows."""

    def __init__(self, rows: Rows, on: dt.date) -> None:
        self.terms = rows.terms
        self.rules = tuple((rule, row) for rule, row in rows.rules if rule.valid(on))
        self.also = tuple((rule, row) for rule, row in rows.also if rule.valid(on))
        self.needs: dict[str, tuple[int, list[tuple[Rule, Row]]]] = {}
        for rule, row, named in rows.topics:
            if rule.valid(on):
                self.needs.setdefault(str(rule.need), (named, []))[1].append((rule, row))


def rows_of(book: RuleBook) -> Rows:
    """The book's rows, made when they are first needed."""
    found = book.memory.get("rows")
    if not isinstance(found, Rows):
        found = book.memory["rows"] = Rows(book)
    return found


def table(book: RuleBook, on: dt.date) -> Table:
    """The rules that are valid on this day."""
    return rows_of(book).on(on)
