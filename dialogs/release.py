"""A rule book that was released while the program runs: its text, its first day, and under which ids its words stand.

The words of a rule stand under the rule's id in the catalogues. A released book may say something else under an old id,
while sessions that began before still show the old sentence: so a sentence that is new gets an id with the version in it,
and a sentence that is known anywhere in the county keeps the id under which it is translated.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dialogs.routing import Rule
from dialogs.script import Script


@dataclass(frozen=True, slots=True)
class Release:
    """One released rules file. `name` is for findings; `starts` the first day on which a session may begin with it."""

    name: str
    text: str
    starts: dt.date


def with_own_words(scripts: Mapping[str, Script]) -> Iterator[tuple[str, Script]]:
    """The scripts, in their order, with the ids of released sentences that are new."""
    known: dict[str, str] = {}
    by_sentence: dict[str, str] = {}

    def settled(rule: Rule, version: str) -> Rule:
        if known.get(rule.key) == rule.because:
            return rule
        return replace(rule, key=by_sentence.get(rule.because) or f"{rule.key}@{version}")

    for version, script in scripts.items():
        book = script.book
        if script.order > 0:
            fresh: dict[int, Rule] = {}

            def of(rules: tuple[Rule, ...], version: str = book.version, fresh: dict[int, Rule] = fresh) -> tuple[Rule, ...]:
                return tuple(fresh.setdefault(id(rule), settled(rule, version)) for rule in rules)

            book = replace(
                book, rules=of(book.rules), topics=of(book.topics), also=of(book.also), immediate=of(book.immediate)
            )
        for rule in (*book.rules, *book.topics, *book.also):
            known.setdefault(rule.key, rule.because)
            by_sentence.setdefault(rule.because, rule.key)
        yield version, replace(script, book=book)


def sentences(script: Script) -> Mapping[str, str]:
    """Every reason of a script's rule book by the id under which its words stand."""
    book = script.book
    return {rule.key: rule.because for rule in (*book.rules, *book.topics, *book.also)}
