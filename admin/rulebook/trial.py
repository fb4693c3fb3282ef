"""A changed rules file on trial: read, checked, and compared with the book that holds on its first day.

Whatever stands in the file, the answer is a trial with problems in words.
"""

from __future__ import annotations

import datetime as dt
import random
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from admin.rulebook.bounds import blocks_of, too_many, too_much
from admin.rulebook.differences import Difference, differences
from admin.rulebook.findings import Problem, of_checker, of_loader
from admin.rulebook.wording import unfit
from dialogs.check import check
from dialogs.comparison import Comparison, compare
from dialogs.drawing import crowd
from dialogs.errors import DefinitionError
from dialogs.load import load_library
from dialogs.people import load_people
from dialogs.release import Release
from dialogs.script import Library, Script

SEED: Final = 104
NAME: Final = "rules.toml"
HEAD: Final = "Kopf der Datei"
# How far from today a first day may lie: beyond it is a slip of the pen, and the calendar ends.
YEARS: Final = 10


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that is released, and the text of each version."""

    library: Library
    releases: tuple[Release, ...]
    texts: Mapping[str, str]
    mark: tuple[int, int] = (0, 0)

    @property
    def versions(self) -> frozenset[str]:
        return frozenset(script.book.version for script in self.library.scripts.values())


@dataclass(frozen=True, slots=True)
class Trial:
    """A changed file, as far as it could be read. Without `script` it could not; then `problems` say why."""

    version: str
    valid_from: dt.date
    on: dt.date
    problems: tuple[Problem, ...]
    old: Script | None = None
    script: Script | None = None
    people: Comparison | None = None
    source: str = ""
    changed: tuple[Difference, ...] = ()

    @property
    def sound(self) -> bool:
        return self.script is not None and not self.problems


def tried(books: Books, text: str, today: dt.date, *, released: bool = False) -> Trial:
    """Read, check and compare a changed file. Blocks for up to a second: call it in a thread.

    `released`: the change is among the books already, so its version is no finding.
    """
    refused = too_much(text)
    if refused is not None:
        return Trial("", dt.date.min, today, (Problem(*refused),))
    try:
        return _tried(books, text, today, released)
    except (ValueError, OverflowError):
        # A number of thousands of digits, a day at the end of the calendar: somewhere it is reckoned with.
        what = "In der Datei steht eine Zahl oder ein Tag, womit sich nicht rechnen lässt. Berichtigen Sie den Wert."
        return Trial("", dt.date.min, today, (Problem("Ganze Datei", what),))


def _tried(books: Books, text: str, today: dt.date, released: bool) -> Trial:
    county = books.library.county.id
    before = [release for release in books.releases if not (released and release.text == text)]
    version, first, blocks = _head(text)
    on = max(today, first)
    refused = too_many(blocks)
    if refused is not None:
        return Trial(version, first, on, (Problem(*refused),))
    if first != dt.date.min and not released and abs(first.year - today.year) > YEARS:
        far = f"Der erste Tag (valid_from) liegt mehr als {YEARS} Jahre von heute entfernt. Berichtigen Sie ihn."
        return Trial(version, first, today, (Problem(HEAD, far),))
    if version in books.versions and not released:
        used = f"Die Fassung „{version}“ gibt es schon. Geben Sie der geänderten Datei oben bei version einen neuen Namen."
        return Trial(version, first, on, (Problem(HEAD, used),))
    try:
        library = load_library(county, released=[*before, Release(NAME, text, first)])
    except DefinitionError as error:
        return Trial(version, first, on, of_loader(error.findings))
    script = of_version(library, version, on)
    problems = (*of_checker(check(replace(library, scripts={script.version: script}), on), script), *_unfit(script))
    old = load_library(county, released=before).current(on)
    made_up = load_people(old)
    drawn = crowd(old, made_up, on, random.Random(SEED)).people
    people = compare(old, script, [(str(n), person.answers) for n, person in enumerate(drawn)], on, finished=False)
    changed = differences(books.texts[old.book.version], text)
    return Trial(version, first, on, problems, old, script, people, made_up.source, changed)


def ending(books: Books, trial: Trial) -> tuple[str, dt.date] | None:
    """Which released version takes over from this one, and when: one whose first day is later. None if none does.

    Of all versions the one with the latest first day holds, whenever it was confirmed.
    """
    later = {
        script.book.version: script.book.valid_from
        for script in books.library.scripts.values()
        if script.book.valid_from > trial.on and script.book.version != trial.version
    }
    return min(later.items(), key=lambda item: item[1]) if later else None


def of_version(library: Library, version: str, on: dt.date) -> Script:
    """The rules of this version with the questionnaire that people will be asked; with an old one nobody begins."""
    current = library.current(on)
    if current.book.version == version:
        return current
    known = [script for script in library.scripts.values() if script.book.version == version]
    asked = [script for script in known if script.questionnaire.valid_from <= on]
    return max(asked or known, key=lambda script: script.questionnaire.valid_from)


def _unfit(script: Script) -> Iterator[Problem]:
    """What stands in sentences for people and must not."""
    book = script.book
    read = [(rule.id, "because", rule.because) for rule in (*book.rules, *book.topics, *book.also)]
    read += [(f"[[condition]] {proviso.id}", "text", proviso.text) for proviso in book.provisos.values()]
    for where, name, sentence in read:
        if what := unfit(sentence):
            yield Problem(f"{where}, {name}", what)


def _head(text: str) -> tuple[str, dt.date, int]:
    """Version, first day and number of blocks, as far as they can be read; the loader says what is wrong with them."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return "", dt.date.min, 0
    first = data.get("valid_from")
    return str(data.get("version", "")), first if type(first) is dt.date else dt.date.min, blocks_of(data)
