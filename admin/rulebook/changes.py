"""Trying a changed rule book, proposing it, and releasing it with a second person."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping

from aiohttp import web

from admin.door.forms import read_fields
from admin.door.keys import DATABASE, SETTINGS, WORDS, signed_in
from admin.door.pages import render
from admin.door.policy import Role, needs
from admin.rulebook.bounds import LARGEST
from admin.rulebook.discretion import Past, past
from admin.rulebook.fact_words import dienst_name
from admin.rulebook.missing_words import Missing, Translated, collected, missing_words, new_words
from admin.rulebook.rules import as_file, today
from admin.rulebook.shelf import SHELF
from admin.rulebook.trial import Books, Trial, ending
from admin.rulebook.upload import UploadRefused, rules_text
from dialogs.comparison import described, telling
from storage import ChangeRefused, NewerRelease, RuleChange, SamePerson, Staff, UnitOfWork, VersionTaken

STATES = {"draft": "Entwurf", "proposed": "vorgeschlagen", "confirmed": "freigegeben", "withdrawn": "zurückgezogen"}
EXAMPLES = 6
LONGEST_NOTE = 500
OUTDATED = "Inzwischen gilt eine andere Fassung. Bitte vergleichen Sie neu."
FIRST_DAY_OF_ALL = dt.date.min


def may_release(books: Books, staff: Staff) -> bool:
    """Coordinators of the Träger that answers for the rule book. Others may try a change, on their own cases."""
    return staff.traeger is not None and staff.traeger == books.library.county.lead


@needs(Role.COORDINATOR)
async def index(request: web.Request) -> web.StreamResponse:
    return await _index(request)


async def _index(
    request: web.Request, *, refused: str = "", trial: Trial | None = None, status: int = 200
) -> web.StreamResponse:
    staff, kreis = signed_in(request).staff, request.app[SETTINGS].kreis
    books = await request.app[SHELF].open(request.app[DATABASE])

    def query(uow: UnitOfWork) -> tuple[tuple[RuleChange, ...], Mapping[str, str]]:
        found = uow.rule_changes.of(kreis, staff.traeger or "")
        return found, _names(uow, found)

    changes, names = await request.app[DATABASE].read(query)
    return render(
        request, "changes.html", status=status, changes=changes, names=names, states=STATES, refused=refused, trial=trial,
        release=may_release(books, staff),
    )  # fmt: skip


def _names(uow: UnitOfWork, changes: tuple[RuleChange, ...]) -> Mapping[str, str]:
    ids = {id_ for change in changes for id_ in (change.proposed_by, change.confirmed_by) if id_}
    return {id_: found.name for id_ in ids if (found := uow.staff.get(id_)) is not None}


# The file, and around it what a form needs.
@needs(Role.COORDINATOR, largest=LARGEST + 16 * 1024)
async def upload(request: web.Request) -> web.StreamResponse:
    """A file comes in. What can't be read is said at once; what can is kept as a draft and shown on a page of its own."""
    database, staff, kreis = request.app[DATABASE], signed_in(request).staff, request.app[SETTINGS].kreis
    file = (await request.post()).get("datei")
    name, raw = (file.filename, file.file.read()) if isinstance(file, web.FileField) else ("", b"")
    try:
        text = rules_text(name, raw)
    except UploadRefused as refused:
        return await _index(request, refused=str(refused), status=422)
    books, now = await request.app[SHELF].open(database), await database.read(lambda uow: uow.now)
    trial = await request.app[SHELF].trial(books, text, today(now))
    if trial.script is None:
        return await _index(request, trial=trial, status=422)

    def step(uow: UnitOfWork) -> str:
        first = trial.valid_from if trial.valid_from != FIRST_DAY_OF_ALL else trial.on
        change = uow.rule_changes.try_out(
            kreis, staff.traeger or "", version=trial.version, valid_from=first, rules=text, by=staff.id
        )
        _note(uow, "rule_change_tried", staff, change)
        return change

    return web.HTTPSeeOther(f"/regeln/aenderung/{await database.write(step)}")


def _note(uow: UnitOfWork, action: str, staff: Staff, change: str) -> None:
    uow.audit.note(action, staff_id=staff.id, traeger=staff.traeger, object_type="rule_change", object_id=change)


@needs(Role.COORDINATOR)
async def show(request: web.Request) -> web.StreamResponse:
    return await _page(request)


async def _page(
    request: web.Request, *, problem: str = "", said: Mapping[str, str] | None = None, status: int = 200
) -> web.StreamResponse:
    database, staff, kreis = request.app[DATABASE], signed_in(request).staff, request.app[SETTINGS].kreis
    change, names, now = await database.read(lambda uow: _found(uow, kreis, staff, request.match_info["id"]))
    if change is None:
        raise web.HTTPNotFound
    books = await request.app[SHELF].open(database)
    trial = await request.app[SHELF].trial(books, change.rules, today(now), released=change.state == "confirmed")
    release = may_release(books, staff)
    people = await _past(request, trial, staff, change, release)
    return render(
        request, "change.html", status=status, change=change, trial=trial, state=STATES[change.state], names=names,
        mine=change.proposed_by == staff.id, seen=seen(change, trial),
        ending=ending(books, trial), release=release, problem=problem, said=said or {},
        missing=_missing(request, trial, change), translated=_translated(request, trial, change),
        longest=LONGEST_NOTE, past=people,
        past_names={row.dienst: dienst_name(trial.script, row.dienst) for row in people.rows} if people and trial.script else {},
        **_shown(trial),
    )  # fmt: skip


def _found(
    uow: UnitOfWork, kreis: str, staff: Staff, change_id: str
) -> tuple[RuleChange | None, Mapping[str, str], dt.datetime]:
    change = uow.rule_changes.get(kreis, staff.traeger or "", change_id)
    return change, _names(uow, (change,)) if change is not None else {}, uow.now


async def _past(request: web.Request, trial: Trial, staff: Staff, change: RuleChange, whole: bool) -> Past | None:
    """The same question to past cases: all of the Kreis for those who answer for it, else those of one's own Träger.

    Read, decided and counted in one go; that it was done is written down.
    """
    if trial.script is None or trial.old is None or not trial.sound:
        return None
    kreis, database, old, new = request.app[SETTINGS].kreis, request.app[DATABASE], trial.old, trial.script

    def query(uow: UnitOfWork) -> Past:
        cases = uow.past_cases.of_kreis(kreis) if whole else uow.past_cases.of_traeger(kreis, staff.traeger or "")
        return past(old, new, cases, trial.on)

    await database.write(lambda uow: _note(uow, "past_cases_counted", staff, change.id))
    return await database.read(query)


def _missing(request: web.Request, trial: Trial, change: RuleChange) -> tuple[Missing, ...]:
    if trial.script is None or change.state in ("confirmed", "withdrawn"):
        return ()
    return missing_words(request.app[WORDS], trial.script, change.words)


def _translated(request: web.Request, trial: Trial, change: RuleChange) -> tuple[Translated, ...]:
    if trial.script is None or trial.old is None or change.state == "draft":
        return ()
    return new_words(request.app[WORDS], trial.old, trial.script, change.words)


def seen(change: RuleChange, trial: Trial) -> str:
    """What the second person has read, as a hash: file, translations, the version it was compared with, and the day."""
    words = {locale: dict(sorted(said.items())) for locale, said in sorted(change.words.items())}
    against = trial.old.book.version if trial.old is not None else ""
    said = json.dumps([change.rules, words, against, trial.on.isoformat()], ensure_ascii=True)
    return hashlib.sha256(said.encode()).hexdigest()


def _shown(trial: Trial) -> dict[str, object]:
    """What the page says of the comparison, in words."""
    found, old, new = trial.people, trial.old, trial.script
    if found is None or old is None or new is None:
        return {"counts": (), "shifts": (), "examples": (), "most": 1}
    counts = [(dienst_name(new, name), before, after) for name, before, after in found.counts()]
    return {
        "counts": counts, "most": max([1, *(max(before, after) for _, before, after in counts)]),
        "shifts": [
            (*shift.rules, *(dienst_name(new, dienst) for dienst in shift.dienste), shift.people) for shift in found.shifts()
        ],
        "examples": [
            (
                described(old, pair.answers, telling(old, new, pair)), (dienst_name(old, pair.before.dienst), pair.before),
                (dienst_name(new, pair.after.dienst), pair.after),
            )
            for pair in found.examples(EXAMPLES)
        ],
    }  # fmt: skip


@needs(Role.COORDINATOR)
async def file(request: web.Request) -> web.StreamResponse:
    """The file of a change as it was uploaded, for those who may release it."""
    database, staff, kreis = request.app[DATABASE], signed_in(request).staff, request.app[SETTINGS].kreis
    change, _, _ = await database.read(lambda uow: _found(uow, kreis, staff, request.match_info["id"]))
    if change is None:
        raise web.HTTPNotFound
    if not may_release(await request.app[SHELF].open(database), staff):
        raise web.HTTPForbidden
    return as_file(change.version, change.rules)


@needs(Role.COORDINATOR)
async def act(request: web.Request) -> web.StreamResponse:
    """Propose, confirm or withdraw. What the page said is looked at again before anything is written."""
    acts = {"vorschlagen": _propose, "bestaetigen": _confirm, "zurueckziehen": _withdraw}
    wanted = acts.get(request.match_info["move"])
    if wanted is None:
        raise web.HTTPNotFound
    database, staff, kreis = request.app[DATABASE], signed_in(request).staff, request.app[SETTINGS].kreis
    change, _, now = await database.read(lambda uow: _found(uow, kreis, staff, request.match_info["id"]))
    if change is None:
        raise web.HTTPNotFound
    books = await request.app[SHELF].open(database)
    if not may_release(books, staff) and change.state != "draft":
        raise web.HTTPForbidden
    try:
        return await wanted(request, change, books, today(now))
    except SamePerson:
        refusal = "Sie haben diese Änderung selbst vorgeschlagen. Bestätigen muss sie eine zweite Person."
    except NewerRelease:
        refusal = OUTDATED
    except VersionTaken:
        refusal = "Eine Fassung mit diesem Namen wurde schon einmal vorgeschlagen. Geben Sie der Datei einen neuen Namen."
    except ChangeRefused:
        refusal = "Das ist nicht mehr möglich: Die Änderung steht inzwischen anders da. Es wurde nichts geändert."
    return await _page(request, problem=refusal, status=409)


async def _propose(request: web.Request, change: RuleChange, books: Books, on: dt.date) -> web.StreamResponse:
    staff, words = signed_in(request).staff, request.app[WORDS]
    if not may_release(books, staff):
        raise web.HTTPForbidden
    if change.state == "draft" and change.proposed_by != staff.id:
        return await _page(request, problem="Vorschlagen kann nur, wer die Datei hochgeladen hat.", status=409)
    trial = await request.app[SHELF].trial(books, change.rules, on)
    form = await read_fields(request)
    note = form.get("notiz", "").strip()[:LONGEST_NOTE]
    if trial.script is None or not trial.sound:
        return await _page(request, problem="Eine Änderung mit Befunden kann nicht vorgeschlagen werden.", status=422)
    supplied, wrong = collected(words, trial.script, form)
    if wrong:
        return await _page(request, problem=wrong, said=form, status=422)

    def step(uow: UnitOfWork) -> None:
        uow.rule_changes.propose(change.kreis, change.traeger, change.id, by=staff.id, words=supplied, note=note)
        _note(uow, "rule_change_proposed", staff, change.id)

    await request.app[DATABASE].write(step)
    return web.HTTPSeeOther(f"/regeln/aenderung/{change.id}")


async def _confirm(request: web.Request, change: RuleChange, books: Books, on: dt.date) -> web.StreamResponse:
    staff = signed_in(request).staff
    if change.state == "proposed" and change.proposed_by == staff.id:
        raise SamePerson
    trial = await request.app[SHELF].trial(books, change.rules, on, released=change.state == "confirmed")
    if change.state == "proposed" and (trial.script is None or not trial.sound or _missing(request, trial, change)):
        refusal = "Die Änderung hat inzwischen Befunde. Sie kann so nicht freigegeben werden."
        return await _page(request, problem=refusal, status=422)
    said = (await read_fields(request)).get("gesehen")
    if not said:
        return await _page(request, problem="Bitte bestätigen Sie, dass Sie den Vergleich gelesen haben.", status=422)
    if said != seen(change, trial):
        return await _page(request, problem=OUTDATED, status=422)

    def step(uow: UnitOfWork) -> None:
        uow.rule_changes.confirm(change.kreis, change.traeger, change.id, by=staff.id, on=on, tried_with=books.mark)
        _note(uow, "rule_change_confirmed", staff, change.id)

    await request.app[DATABASE].write(step)
    return web.HTTPSeeOther(f"/regeln/aenderung/{change.id}")


async def _withdraw(request: web.Request, change: RuleChange, books: Books, on: dt.date) -> web.StreamResponse:
    staff = signed_in(request).staff

    def step(uow: UnitOfWork) -> None:
        uow.rule_changes.withdraw(change.kreis, change.traeger, change.id, by=staff.id)
        _note(uow, "rule_change_withdrawn", staff, change.id)

    await request.app[DATABASE].write(step)
    return web.HTTPSeeOther("/regeln/aenderung")
