"""The county's rule books as the dashboard reads them: the files, what was released since, and a change on trial.

Loading costs a few tenths of a second: it is done when first needed, in a thread, and again only after a release.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from aiohttp import web

from admin.rulebook.trial import Books, Trial, tried
from dialogs.errors import DefinitionError
from dialogs.load import ROOT, load_library
from dialogs.release import Release
from storage import Database

KEPT_TRIALS: Final = 8


@dataclass
class Shelf:
    """One per application."""

    kreis: str
    books: Books | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    trying: asyncio.Lock = field(default_factory=asyncio.Lock)
    # The last used one at the end.
    trials: dict[tuple[str, tuple[int, int], dt.date, bool], Trial] = field(default_factory=dict)

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


    async def trial(self, books: Books, text: str, today: dt.date, *, released: bool = False) -> Trial:
        """A change on trial. One at a time, and none twice: the same page is looked at, proposed and confirmed."""
        key = (hashlib.sha256(text.encode()).hexdigest(), books.mark, today, released)
        async with self.trying:
            found = self.trials.pop(key, None)
            if found is None:
                found = await asyncio.to_thread(tried, books, text, today, released=released)
            self.trials[key] = found
            while len(self.trials) > KEPT_TRIALS:
                del self.trials[next(iter(self.trials))]
        return found


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
