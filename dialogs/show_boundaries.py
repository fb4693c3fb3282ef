"""Both sides of every boundary with a person on each, for coordinators: ages, days, months, years, counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from dialogs.answers import Value
from dialogs.proof.boundaries import boundaries
from dialogs.proof.counts import COUNTED
from dialogs.proof.day import Day
from dialogs.proof.findings import Example
from dialogs.proof.sides import Boundary
from dialogs.script import Script


def boundaries_list(script: Script, on: dt.date) -> str:
    """Every boundary that some rule looks at, as Markdown."""
    lines = [f"# Grenzen in den Regeln {script.county.name}, gültig am {on:%d.%m.%Y}"]
    day = Day(script, on)
    for boundary in boundaries(day):
        lines += _lines(day, boundary)
    return "\n".join(lines)


def _lines(day: Day, boundary: Boundary) -> Iterator[str]:
    script = day.script
    question = script.questionnaire.by_id.get(boundary.name.removeprefix(COUNTED))
    name = question.text.split("? ")[0].rstrip("?") + "?" if question else boundary.name
    if boundary.name.startswith(COUNTED):
        name = f"{name} Anzahl"
    yield ""
    yield f"## {name} {boundary.below} / {boundary.above}"
    yield f"Fakten: {', '.join(boundary.facts) or boundary.rule.id}"
    sides = boundary.find()
    if sides is None:
        yield "Diese Grenze ändert keine Entscheidung."
        return
    low, high = sides
    needed = {**low.needed(day), **high.needed(day)}
    for side, other in ((low, high), (high, low)):
        own = {key: side.answers[key] for key in needed if key in side.answers and other.answers.get(key) != side.answers[key]}
        yield f"- {side.value}: {side.rule} → {side.dienst}" + (f" ({_words(script, own)})" if own else "")
    shared = {key: low.answers[key] for key in needed if key in low.answers and high.answers.get(key) == low.answers[key]}
    if shared:
        yield f"- bei beiden gleich: {_words(script, shared)}"


def _words(script: Script, answers: dict[str, Value]) -> str:
    return Example(answers, answers).words(script)
