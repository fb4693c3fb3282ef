"""Counts of real people as a coordinator may see them: blurred, so that one page does not tell whether somebody is there.

Who uploads a rules file writes the question herself: rounding alone would answer "is there an eighth?" exactly, at the step
from seven to eight. So each count is moved by up to three, before it is rounded to fives, by a number drawn from the keys of
the cases that it counts and from the rules asked about: the same question has the same answer, and one case more has another
draw. Nothing is said under ten, and no move is said unless ten go and ten stay; these bounds look at the blurred count too,
or they were such a step again. It blurs and does not hide for ever: see docs/decisions/0011.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from dialogs.answers import Value, from_json
from dialogs.comparison import Comparison, Pair, compare, moved_to
from dialogs.script import Script
from storage import PastCase

LEAST: Final = 10
STEP: Final = 5
BLUR: Final = 3


@dataclass(frozen=True, slots=True)
class Count:
    """`about` is None under ten."""

    about: int | None

    def __str__(self) -> str:
        return f"weniger als {LEAST}" if self.about is None else f"rund {self.about}"

    @property
    def length(self) -> int:
        return self.about or 0


@dataclass(frozen=True, slots=True)
class Row:
    dienst: str
    before: Count
    after: Count


@dataclass(frozen=True, slots=True)
class Past:
    """What a change would mean for people whose answers are still there. Holds counts, and nothing of any one person."""

    people: Count
    moved: Count
    stranded: Count
    rows: tuple[Row, ...]

    @property
    def most(self) -> int:
        return max([1, *(max(row.before.length, row.after.length) for row in self.rows)])


UNSAID: Final = Count(None)


def about(keys: Collection[bytes], asked: bytes = b"") -> Count:
    """How many cases with these keys there are. `asked`: what stands for the rules that are tried."""
    total = sum(int.from_bytes(key) for key in keys) % 2**256
    drawn = hashlib.sha256(total.to_bytes(32) + asked).digest()
    number = len(keys) + int.from_bytes(drawn) % (2 * BLUR + 1) - BLUR
    return UNSAID if number < LEAST else Count(STEP * round(number / STEP))


def past(old: Script, new: Script, cases: Iterable[PastCase], on: dt.date) -> Past:
    """Everybody decided twice, as if she came today with the answers she gave then."""
    people = [(case.key.hex(), moved_to(_answers(old, case), case.on, on)) for case in cases]
    return counted(compare(old, new, people, on, finished=False), _asked(new))


def counted(found: Comparison, asked: bytes = b"") -> Past:
    """Pairs are named by the keys of their cases."""

    def blurred(pairs: Iterable[Pair]) -> Count:
        return about([bytes.fromhex(pair.id) for pair in pairs], asked)

    people, moved = blurred(found.pairs), blurred(found.moved)
    stayed = blurred(pair for pair in found.pairs if not pair.elsewhere)
    if moved.about is None or stayed.about is None:
        return Past(people, UNSAID, UNSAID, ())
    rows = []
    for name, _, _ in found.counts():
        before = blurred(pair for pair in found.pairs if pair.before.dienst == name)
        after = blurred(pair for pair in found.pairs if pair.after.dienst == name)
        turned = blurred(pair for pair in found.pairs if (pair.before.dienst == name) != (pair.after.dienst == name))
        # Few who come or go leave the row as it was: else two different figures would tell of one of them.
        after = before if turned.about is None else after
        if before.about is not None or after.about is not None:
            rows.append(Row(name, before, after))
    return Past(people, moved, blurred(found.stranded), tuple(rows))


def _asked(script: Script) -> bytes:
    """Rules that ask the same ask it in the same words: a remark or another name draws nothing anew."""
    book = script.book
    rules = [(rule.to, rule.mode, rule.urgent, sorted(rule.when.items())) for rule in (*book.rules, *book.topics, *book.also)]
    return hashlib.sha256(repr(rules).encode()).digest()


def _answers(script: Script, case: PastCase) -> Mapping[str, Value]:
    """The answers that this questionnaire knows; what does not fit it any more counts as not given."""
    found: dict[str, Value] = {}
    for key, raw in case.rows:
        question = script.questionnaire.by_id.get(key)
        if question is None:
            continue
        try:
            found[key] = from_json(question.kind, raw)
        except ValueError:
            continue
    return found
