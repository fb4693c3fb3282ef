"""The page "Regeln": the county's rule book as a table, in force today or on a chosen day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from admin.door.dates import BERLIN
from admin.door.keys import DATABASE, WORDS
from admin.door.pages import render
from admin.door.policy import Role, needs
from admin.rulebook.fact_words import conditions, dienst_name
from admin.rulebook.shelf import SHELF
from admin.rulebook.trial import Books
from admin.words import Words
from dialogs.routing import Rule
from dialogs.script import Script

MODES = {"referral": "", "info_only": "nur Auskunft, nichts wird gespeichert"}


@dataclass(frozen=True, slots=True)
class Line:
    """One rule in German words."""

    id: str
    when: tuple[str, ...]
    dienst: str
    notes: tuple[str, ...]
    because: str
    source: str
    valid_from: dt.date
    valid_until: dt.date | None


@dataclass(frozen=True, slots=True)
class Part:
    """Rules under one heading."""

    title: str
    explained: str
    lines: tuple[Line, ...]


def today(now: dt.datetime) -> dt.date:
    return now.astimezone(BERLIN).date()


def parts(words: Words, script: Script, on: dt.date, dienst: str = "") -> tuple[Part, ...]:
    """The rules valid on a day, by section; with `dienst`, only those that send there."""
    book = script.book
    found: list[Part] = []
    primary = _lines(words, script, book.rules, on, dienst)
    for section in dict.fromkeys(getattr(rule, "section", "") or "" for rule in book.rules):
        ids = {rule.id for rule in book.rules if (getattr(rule, "section", "") or "") == section}
        title = f"Erstes Ziel: {section}" if section else "Erstes Ziel"
        found.append(Part(title, "Die erste Regel, die passt, entscheidet.", tuple(line for line in primary if line.id in ids)))
    found.append(
        Part(
            "Eine Frage zu einem Thema", "Wohin eine einzelne Frage führt. Je Thema entscheidet die erste Zeile, die passt.",
            _lines(words, script, book.topics, on, dienst),
        )
    )  # fmt: skip
    further = "Was zusätzlich genannt wird: alle Zeilen, die passen, höchstens drei."
    found.append(Part("Weitere Dienste", further, _lines(words, script, book.also, on, dienst)))
    return tuple(part for part in found if part.lines)


def _lines(words: Words, script: Script, rules: Sequence[Rule], on: dt.date, dienst: str) -> tuple[Line, ...]:
    return tuple(
        Line(
            rule.id, conditions(words, script, rule), dienst_name(script, rule.to), _notes(script, rule), rule.because,
            rule.source, rule.valid_from, rule.valid_until,
        )
        for rule in rules
        if rule.valid(on) and dienst in ("", rule.to)
    )  # fmt: skip


def _notes(script: Script, rule: Rule) -> tuple[str, ...]:
    notes = [MODES.get(rule.mode, rule.mode)]
    if rule.urgent:
        notes.append("dringend")
    proviso = script.book.provisos.get(rule.flag or "")
    if proviso is not None:
        notes.append(proviso.text)
    return tuple(note for note in notes if note)


def destinations(script: Script, on: dt.date) -> tuple[tuple[str, str], ...]:
    """(id, name) of every Dienst that a rule of this day names, by name."""
    book = script.book
    ids = {rule.to for rule in (*book.rules, *book.topics, *book.also) if rule.valid(on) and rule.to != "TOPIC"}
    return tuple(sorted(((id_, dienst_name(script, id_)) for id_ in ids), key=lambda item: item[1].casefold()))


@needs(Role.COORDINATOR)
async def show(request: web.Request) -> web.StreamResponse:
    books, now = await _books(request)
    asked = request.query.get("am", "")
    problem = ""
    on = today(now)
    try:
        on = dt.date.fromisoformat(asked) if asked else on
    except ValueError:
        problem = "Diesen Tag gibt es nicht. Bitte wählen Sie einen Tag."
    dienst = request.query.get("dienst", "")
    try:
        script = books.library.current(on)
    except LookupError:
        return render(
            request, "rules.html", status=404, script=None, parts=(), on=on, dienst="", dienste=(), versions=_versions(books),
            problem="An diesem Tag galt noch keine Fassung.",
        )  # fmt: skip
    known, words = destinations(script, on), request.app[WORDS]
    if dienst and dienst not in dict(known):
        dienst, problem = "", problem or "Zu diesem Ziel führt an diesem Tag keine Regel."
    return render(
        request, "rules.html", status=422 if problem else 200, script=script, parts=parts(words, script, on, dienst),
        on=on, dienst=dienst, dienste=known, versions=_versions(books), problem=problem,
    )  # fmt: skip


@needs(Role.COORDINATOR)
async def download(request: web.Request) -> web.StreamResponse:
    """The text of one version, to change it and bring it back."""
    books, now = await _books(request)
    version = request.query.get("fassung") or books.library.current(today(now)).book.version
    text = books.texts.get(version)
    if text is None:
        raise web.HTTPNotFound
    return as_file(version, text)


def as_file(version: str, text: str) -> web.Response:
    """A rules file to keep."""
    name = "".join(letter if letter.isalnum() or letter in "-._" else "-" for letter in version)
    return web.Response(
        text=text, content_type="application/toml", charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="rules-{name}.toml"'},
    )  # fmt: skip


async def _books(request: web.Request) -> tuple[Books, dt.datetime]:
    database = request.app[DATABASE]
    return await request.app[SHELF].open(database), await database.read(lambda uow: uow.now)


def _versions(books: Books) -> list[Script]:
    """Newest first."""
    return sorted(books.library.scripts.values(), key=lambda script: (script.valid_from, script.order), reverse=True)
