"""What can be known of a county before anybody talks to it: proofs over everybody who can come out of the questionnaire.

`load` has already refused what can't be read; here is what can be read and is still wrong. Each finding has a code, the
place, the remedy and a person (`docs/checking.md` lists all codes). It is proved for every day from the county's first on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from dialogs.county import County
from dialogs.proof import boundaries, calendar, invariants, overlaps, questions, rules, services, unknown
from dialogs.proof.calendar import Stretch
from dialogs.proof.day import Day, Duty
from dialogs.proof.findings import Finding
from dialogs.proof.paths import Ways, ways
from dialogs.script import Library, Script
from dialogs.validity_check import Found, faults, remarks

__all__ = ["Examination", "Finding", "check", "examine", "gaps", "longest_path"]

FAULTS: tuple[Callable[[Day], Iterable[Finding]], ...] = (
    rules.gaps, rules.ends, overlaps.overlaps, services.missing, invariants.broken, unknown.counted_as_no,
    questions.order, questions.dead_ends,
)  # fmt: skip
DUTIES: tuple[Callable[[Day], Iterable[Duty]], ...] = (
    rules.uses, overlaps.documented, services.reached, invariants.about_somebody, boundaries.useful, questions.seen,
)  # fmt: skip

NO_WAYS = Ways(())


@dataclass(frozen=True, slots=True)
class Examination:
    """`people`: how many different people (as far as rules can tell them apart) the proofs speak of, on the day asked for."""

    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    rules: int = 0
    invariants: int = 0
    people: int = 0
    ways: Ways = NO_WAYS


def check(library: Library, on: dt.date) -> tuple[Finding, ...]:
    """All findings for one county."""
    return examine(library, on).findings


def examine(library: Library, on: dt.date) -> Examination:
    """All findings and remarks for one county, with what was proved. `on`: the day whose script is to be described."""
    stretches = calendar.stretches(library)
    if not any(stretch.script and stretch.contains(on) for stretch in stretches):
        what = f"Am {on:%d.%m.%Y} gilt kein Fragebogen mit Regeln."
        remedy = "Eine Regel-Datei mit früherem valid_from anlegen oder ein späteres Datum wählen."
        return Examination((Finding("no-script", library.county.id, 1, library.county.id, what, remedy),))
    found: dict[tuple[object, ...], list[tuple[Stretch, Finding]]] = {}
    # What has been of no use yet, and what has.
    idle: dict[tuple[str, ...], Duty] = {}
    useful: set[tuple[str, ...]] = set()
    longest: dict[str, Ways] = {}
    today: Day | None = None
    for stretch in stretches:
        if stretch.script is None:
            what = "An diesen Tagen gilt kein Fragebogen mit Regeln."
            finding = Finding("no-script", library.county.id, 1, library.county.id, what, "Eine Regel-Datei dafür anlegen.")
            found.setdefault(_key(finding), []).append((stretch, finding))
            continue
        # The day asked for stands for its stretch, so that its examples can be tried on it.
        day = Day(stretch.script, on if stretch.contains(on) else stretch.first)
        for fault in FAULTS:
            for finding in fault(day):
                found.setdefault(_key(finding), []).append((stretch, finding))
        for finding in _too_long(day, longest):
            found.setdefault(_key(finding), []).append((stretch, finding))
        for duty_list in DUTIES:
            for duty in duty_list(day):
                if duty.key in useful:
                    continue
                if duty.fulfilled if isinstance(duty.fulfilled, bool) else duty.fulfilled():
                    useful.add(duty.key)
                    idle.pop(duty.key, None)
                else:
                    idle.setdefault(duty.key, duty)
        if stretch.contains(on):
            today = day
    everything = [*_dated(found, stretches), *(duty.say() for duty in idle.values()), *_names(library)]
    everything += [_of_law(fault) for fault in faults(library, on)]
    everything += [_of_law(remark, remark=True) for remark in remarks(library, on)]
    everything.sort(key=lambda finding: (finding.file, finding.line, finding.code))
    assert today is not None, "the day asked for lies in a stretch"
    return Examination(
        findings=tuple(finding for finding in everything if not finding.remark),
        remarks=tuple(finding for finding in everything if finding.remark),
        stretches=stretches, rules=len(today.table.rules), invariants=len(today.script.invariants),
        people=today.space.diagrams.count(today.space.possible), ways=longest[today.script.version],
    )  # fmt: skip


def longest_path(script: Script, on: dt.date | None = None) -> int:
    """The most questions anybody can be asked (`docs/decisions/0007`): over every combination of answers."""
    return len(ways(script, on or script.valid_from).longest)


def gaps(county: County) -> tuple[Finding, ...]:
    """What the Kreis still has to enter before real use: not wrong, but missing."""
    return tuple(
        Finding("open", county.id, 1, stelle.id, "Es fehlen Adresse und Telefon.", "In services.toml eintragen.", remark=True)
        for stelle in county.stellen.values()
        if not (stelle.address or stelle.phone or stelle.email or stelle.url)
    )


def _of_law(found: Found, *, remark: bool = False) -> Finding:
    """What the watch over days and law has found; its sentence names the remedy itself."""
    code, where, what = found
    place, _, id_ = where.rpartition(": ")
    file, _, line = place.partition(":")
    return Finding(code, file, int(line) if line.isdecimal() else 1, id_, what, "", remark=remark)


def _key(finding: Finding) -> tuple[object, ...]:
    return (finding.code, finding.file, finding.line, finding.id, finding.what)


def _dated(
    found: dict[tuple[object, ...], list[tuple[Stretch, Finding]]], stretches: tuple[Stretch, ...]
) -> Iterator[Finding]:
    """One finding for days in a row; with first and last day, unless it is so on every day."""
    for times in found.values():
        runs: list[tuple[Stretch, Stretch, Finding]] = []
        for stretch, finding in times:
            if runs and runs[-1][1].last is not None and runs[-1][1].last + dt.timedelta(days=1) == stretch.first:
                runs[-1] = (runs[-1][0], stretch, runs[-1][2])
            else:
                runs.append((stretch, stretch, finding))
        for first, last, finding in runs:
            always = first is stretches[0] and last is stretches[-1]
            yield finding if always else replace(finding, first=first.first, last=last.last)


def _too_long(day: Day, known: dict[str, Ways]) -> Iterator[Finding]:
    way = known[day.script.version] = ways(day.script, day.on)
    if len(way.longest) > questions.MOST_QUESTIONS:
        last = way.longest[-1]
        what = f"Manche Menschen werden {len(way.longest)} Fragen gefragt, erlaubt sind {questions.MOST_QUESTIONS}."
        yield day.finding("too-long", "question", last, what, "Eine Frage streichen oder seltener stellen.")


def _names(library: Library) -> Iterator[Finding]:
    """Two Kommunen with one name: whoever writes it would be sent to either."""
    county = library.county
    places = next(iter(library.scripts.values())).places
    names: dict[str, str] = {}
    for kommune in county.kommunen.values():
        for alias in (kommune.name, *kommune.aliases):
            other = names.setdefault(alias.casefold(), kommune.id)
            if other != kommune.id:
                file, line = places.get(("kommune", kommune.id), (county.id, 1))
                what = f"Der Name „{alias}“ gehört auch zu {county.kommunen[other].name}."
                yield Finding("alias-twice", file, line, kommune.id, what, "Ihn bei einer der beiden entfernen.")
