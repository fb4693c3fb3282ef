"""`wegweiser check`: every county's proofs and missing translations, as lines for people or as JSON for programs."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from dialogs.check import Examination, Finding, examine, gaps
from dialogs.errors import DefinitionError
from dialogs.load import load_library
from dialogs.script import Library, Script

Gaps = Callable[[Library], Iterable[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Checked:
    """One county. `script` is None if its files can't be read. `seconds`: loading, proofs, translations."""

    county: str
    script: Script | None
    examination: Examination
    seconds: float
    open_stellen: int = 0

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.examination.findings


def check_county(county: str, on: dt.date, translations: Gaps) -> Checked:
    """Everything that can be known of one county. Raises LookupError for a county that is not there."""
    begun = time.perf_counter()
    try:
        library = load_library(county)
    except DefinitionError as error:
        return Checked(county, None, Examination(tuple(map(unreadable, error.findings))), time.perf_counter() - begun)
    found = examine(library, on)
    missing = tuple(
        Finding("translation", locale, 1, locale, what, "Den Text in der PO-Datei übersetzen.")
        for locale, what in translations(library)
    )
    try:
        script = library.current(on)
    except LookupError:
        script = None
    whole = Examination(
        (*found.findings, *missing), found.remarks, found.stretches, found.rules, found.invariants, found.people, found.ways
    )
    return Checked(county, script, whole, time.perf_counter() - begun, len(gaps(library.county)))


def unreadable(line: str) -> Finding:
    """`file:line: id: what` of the loader as a finding. Its sentences name the remedy themselves."""
    place = re.match(r"(?P<file>[^:]*):(?P<line>\d+): (?:(?P<id>[^:\s]+): )?(?P<what>.*)", line, re.DOTALL)
    if place is None:
        return Finding("definition", "", 1, "", line, "")
    return Finding("definition", place["file"], int(place["line"]), place["id"] or "", place["what"], "")


def summary(checked: Checked) -> str:
    """One line on what was proved."""
    if checked.script is None:
        return f"{checked.county}: not examined, {checked.seconds:.2f} s"
    found = checked.examination
    days = f", {len(found.stretches)} stretches of days" if len(found.stretches) > 1 else ""
    return (
        f"{checked.county}: {checked.script.version}, {found.rules} rules, {found.invariants} invariants, "
        f"{found.people:,} different people{days}, longest path {len(found.ways.longest)} questions, "
        f"{checked.seconds:.2f} s, {checked.open_stellen} Stellen still without a contact (the Kreis enters them)\n"
        f"  median of {len(found.ways.ways)} ways {len(found.ways.median)} questions: {' '.join(found.ways.median)}"
    )


def lines(checked: Checked) -> Iterator[str]:
    """Every finding and remark, with remedy and person."""
    for finding in (*checked.findings, *checked.examination.remarks):
        word = "Bemerkung " if finding.remark else ""
        yield f"{checked.county}: {finding.where}: {word}{finding.code}: {finding.what}{finding.days}"
        if finding.remedy:
            yield f"    Abhilfe: {finding.remedy}"
        if finding.person is not None and checked.script is not None:
            yield f"    Beispiel: {finding.person.words(checked.script)}"


def as_json(checked: Checked) -> list[dict[str, object]]:
    """The same for programs; `person.answers` is what `wegweiser route` takes."""
    return [
        {"county": checked.county, **finding.to_json()} for finding in (*checked.findings, *checked.examination.remarks)
    ]
