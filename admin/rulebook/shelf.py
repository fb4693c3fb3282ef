"""The county's rule books as the dashboard reads them: the files, what was released since, and a change on trial.

Loading costs a few tenths of a second: it is done when first needed, in a thread, and again only after a release.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from aiohttp import web

from admin.rulebook.differences import Difference, differences
from admin.rulebook.findings import Problem, of_checker, of_loader
from admin.rulebook.wording import unfit
from dialogs.check import check
from dialogs.comparison import Comparison, compare
from dialogs.drawing import crowd
from dialogs.errors import DefinitionError
from dialogs.load import ROOT, load_library
from dialogs.people import load_people
from dialogs.release import Release
from dialogs.script import Library, Script
from storage import Database

SEED: Final = 104
NAME: Final = "rules.toml"


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


@dataclass
class Shelf:
    """One per application."""

    kreis: str
    books: Books | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self, database: Database) -> Books:
        """What is released now."""
        mark = await database.read(lambda uow: uow.rule_changes.mark(self.kreis))
        async with self.lock:
            if self.books is None or mark != self.books.mark:
                # Both in one read: the mark must be that of just these releases.
                mark, changes = await database.read(
                    lambda uow: (uow.rule_changes.mark(self.kreis), uow.rule_changes.confirmed(self.kreis))
                )
                found = await asyncio.to_thread(loaded, self.kreis, tuple(change.release() for change in changes))
                self.books = replace(found, mark=mark)
            return self.books


SHELF: web.AppKey[Shelf] = web.AppKey("shelf")


def loaded(kreis: str, releases: Sequence[Release]) -> Books:
    """Raises DefinitionError only if the county's own files are wrong; a release that can't be read is left out."""
    kept: list[Release] = []
    library = load_library(kreis)
    for release in releases:
        try:
            library = load_library(kreis, released=[*kept, release])
            kept.append(release)
        except DefinitionError:
            continue
    texts = {}
    for path in sorted((ROOT / "counties" / kreis).glob("rules*.toml")):
        text = path.read_text(encoding="utf-8")
        texts[str(tomllib.loads(text).get("version", ""))] = text
    return Books(library, tuple(kept), {**{release.name: release.text for release in kept}, **texts})


def tried(books: Books, text: str, today: dt.date, *, released: bool = False) -> Trial:
    """Read, check and compare a changed file. Blocks for up to a second: call it in a thread.

    `released`: the change is among the books already, so its version is no finding.
    """
    county = books.library.county.id
    before = [release for release in books.releases if not (released and release.text == text)]
    version, first = _head(text)
    on = max(today, first)
    taken = version in books.versions and not released
    if taken:
        used = f"Die Fassung „{version}“ gibt es schon. Geben Sie der geänderten Datei oben bei version einen neuen Namen."
        return Trial(version, first, on, (Problem("Kopf der Datei", used),))
    try:
        library = load_library(county, released=[*before, Release(NAME, text, first)])
    except DefinitionError as error:
        return Trial(version, first, on, of_loader(error.findings))
    script = next(script for script in library.scripts.values() if script.book.version == version)
    problems = (*of_checker(check(replace(library, scripts={script.version: script}), on), script), *_unfit(script))
    old = load_library(county, released=before).current(on)
    made_up = load_people(old)
    drawn = crowd(old, made_up, on, random.Random(SEED)).people
    people = compare(old, script, [(str(n), person.answers) for n, person in enumerate(drawn)], on, finished=False)
    changed = differences(books.texts[old.book.version], text)
    return Trial(version, first, on, problems, old, script, people, made_up.source, changed)


def _unfit(script: Script) -> Iterator[Problem]:
    """What stands in sentences for people and must not."""
    book = script.book
    read = [(rule.id, "because", rule.because) for rule in (*book.rules, *book.topics, *book.also)]
    read += [(f"[[condition]] {proviso.id}", "text", proviso.text) for proviso in book.provisos.values()]
    for where, name, sentence in read:
        if what := unfit(sentence):
            yield Problem(f"{where}, {name}", what)


def _head(text: str) -> tuple[str, dt.date]:
    """Version and first day, as far as they can be read; the loader says what is wrong with them."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return "", dt.date.min
    first = data.get("valid_from")
    return str(data.get("version", "")), first if type(first) is dt.date else dt.date.min
