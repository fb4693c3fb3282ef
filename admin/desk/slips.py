"""The desk's two pages: hand out a slip, and see how many of today's slips are in use. Never a person, never an answer."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp import web

from admin.desk.entries import ENTRIES, OTHER
from admin.desk.qr import drawing
from admin.door.dates import clock, local_day, start_of_day
from admin.door.forms import read_fields
from admin.door.keys import DATABASE, SETTINGS, WORDS, signed_in
from admin.door.pages import render
from admin.door.policy import Role, needs
from admin.language_names import german_name
from storage import Slip, SlipState, Staff, UnitOfWork

DAYS = 7
GERMAN = "de"
STATES = {"waiting": "wartet", "answering": "antwortet gerade", "finished": "fertig"}

# `domain.md` 5.2 no. 2: the one sentence the staff say.
SENTENCE = (
    "Wenn Sie möchten, können Sie hier freiwillig eine kostenlose Beratung finden. "
    "Das hat nichts mit Ihrem Aufenthaltstitel zu tun."
)


def own_slips(uow: UnitOfWork, staff: Staff) -> tuple[tuple[SlipState, ...], dt.date]:
    today = local_day(uow.now)
    return uow.slips.of(staff.id, start_of_day(today - dt.timedelta(days=DAYS - 1))), today


def totals(slips: Sequence[SlipState]) -> list[tuple[dt.date, int, int]]:
    """(day, handed out, finished), the newest day first."""
    issued = Counter(local_day(slip.issued_at) for slip in slips)
    finished = Counter(local_day(slip.issued_at) for slip in slips if slip.state == "finished")
    return [(day, issued[day], finished[day]) for day in sorted(issued, reverse=True)]


@needs(Role.DESK)
async def index(request: web.Request) -> web.StreamResponse:
    staff = signed_in(request).staff
    words = request.app[WORDS]
    slips, today = await request.app[DATABASE].read(lambda uow: own_slips(uow, staff))
    chosen = request.query.get("papier", OTHER)
    return render(
        request, "desk.html",
        entries=ENTRIES, chosen=chosen if chosen in ENTRIES else OTHER, states=STATES, sentence=SENTENCE,
        languages=[(code, words.own_name(code), german_name(code), words.direction(code)) for code in words.locales],
        today=sorted((s for s in slips if local_day(s.issued_at) == today), key=lambda s: s.issued_at, reverse=True),
        totals=totals(slips), german_name=german_name,
    )  # fmt: skip


@needs(Role.DESK, passive=True)
async def states(request: web.Request) -> web.StreamResponse:
    """For the page that looks by itself: number and state of today's own slips."""
    staff = signed_in(request).staff
    slips, today = await request.app[DATABASE].read(lambda uow: own_slips(uow, staff))
    return web.json_response(
        [
            {"id": slip.id, "state": slip.state, "words": STATES[slip.state]}
            for slip in slips
            if local_day(slip.issued_at) == today
        ]
    )


@needs(Role.DESK)
async def issue(request: web.Request) -> web.StreamResponse:
    """A new slip. Its token is on this page and nowhere else: the database keeps only what recognises it."""
    form = await read_fields(request)
    entry, locale = form.get("papier", ""), form.get("sprache", "")
    words = request.app[WORDS]
    settings = request.app[SETTINGS]
    if entry not in ENTRIES or locale not in words.locales:
        raise web.HTTPBadRequest
    staff = signed_in(request).staff

    def step(uow: UnitOfWork) -> tuple[Slip, dt.datetime]:
        slip = uow.slips.issue(kreis=settings.kreis, entry=entry, locale=locale, staff_id=staff.id)
        uow.audit.note("slip_issued", staff_id=staff.id, traeger=staff.traeger, object_type="slip", object_id=slip.id)
        return slip, uow.now

    slip, now = await request.app[DATABASE].write(step)
    address = f"{settings.public_url.rstrip('/')}/z/{slip.token}"
    telegram = settings.desk_telegram_url
    blocks = [(GERMAN, "ltr", _lines(request, GERMAN))]
    if locale != GERMAN:
        blocks.append((locale, words.direction(locale), _lines(request, locale)))
    return render(
        request, "slip.html",
        slip=slip, entry=entry, blocks=blocks, at=clock(now), sentence=SENTENCE, language=german_name(locale),
        host=urlsplit(settings.public_url).netloc, web_qr=drawing(address, "QR-Code zur Internet-Seite"),
        telegram_qr=drawing(telegram + slip.token, "QR-Code zu Telegram") if telegram else None,
    )  # fmt: skip


def _lines(request: web.Request, locale: str) -> list[str]:
    words = request.app[WORDS]
    keys = ("slip.line1", "slip.line2", "slip.line3")
    return [words.german(key) if locale == GERMAN else words.text(key, locale) for key in keys]
