"""Every option that a button can carry: what `TelegramChannel` needs as `options` to give each its code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dialogs.answers import NoAnswer
from dialogs.county import ELSEWHERE

if TYPE_CHECKING:
    from dialogs.script import Library

# Years of dates move on with the calendar while the program runs; these outlast it.
YEARS = range(1900, 2101)
PARTS_OF_A_DATE = range(1, 32)


def every_option(library: Library) -> Iterator[str]:
    """Questions, options, Kommunen, languages, numbers and parts of dates, of all versions. Some come more than once."""
    yield from (word.value for word in NoAnswer)
    yield from library.county.languages
    yield from (*library.county.kommunen, ELSEWHERE)
    yield from map(str, YEARS)
    yield from (f"{part:02d}" for part in PARTS_OF_A_DATE)
    for script in library.scripts.values():
        yield from script.county.languages
        yield from script.county.kommunen
        for question in script.questionnaire.questions:
            yield question.id
            yield from question.by_id
            if question.kind == "number":
                yield from map(str, range(question.minimum or 0, (question.maximum or YEARS[-1]) + 1))
