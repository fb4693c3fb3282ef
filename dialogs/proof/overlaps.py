"""Rules of one section that both match somebody: on purpose only if the earlier one says so (`over`, `over_because`)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from dialogs.proof.day import Day, Duty
from dialogs.proof.findings import Finding
from dialogs.routing import Rule


def overlaps(day: Day) -> Iterator[Finding]:
    """Somebody for whom a rule decides, and whom a later one of the section would send elsewhere."""
    for rule, later in _pairs(day):
        if later.id in rule.over or _destination(rule) == _destination(later) or not _meet(day, rule, later):
            continue
        yield day.finding(
            "overlap", "rule", rule.id,
            f"{rule.id} ({rule.to}) und {later.id} ({later.to}) passen beide auf manche Menschen; im Abschnitt "
            f"„{rule.section}“ steht nicht, was vorgeht.",
            f"Bei {rule.id} over = [\"{later.id}\"] und over_because eintragen, oder eine Regel enger fassen.",
            day.space.diagrams.both(day.table.decides[rule.id], day.table.matches[later.id]),
        )  # fmt: skip


def documented(day: Day) -> Iterator[Duty]:
    """Every `over` must be about somebody."""
    for rule, later in _pairs(day):
        if later.id in rule.over:
            key = ("over-idle", day.script.book.version, rule.id, later.id)
            yield Duty(key, _meet(day, rule, later), partial(_idle, day, rule, later))


def _idle(day: Day, rule: Rule, later: Rule) -> Finding:
    what = f"over nennt {later.id}, aber niemand, für den {rule.id} entscheidet, erfüllt auch {later.id}."
    return day.finding("over-idle", "rule", rule.id, what, f"{later.id} aus over entfernen.")


def _pairs(day: Day) -> Iterator[tuple[Rule, Rule]]:
    rules = day.table.rules
    for index, rule in enumerate(rules):
        for later in rules[index + 1 :]:
            if later.section == rule.section and rule.section:
                yield rule, later


def _meet(day: Day, rule: Rule, later: Rule) -> bool:
    return day.space.diagrams.meet(day.table.decides[rule.id], day.table.matches[later.id])


def _destination(rule: Rule) -> tuple[str, str]:
    return (rule.to, rule.mode)
