"""The inbox: who is waiting at one's own Stellen, the longest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from admin.door.keys import DATABASE, WORDS, signed_in
from admin.door.pages import render
from admin.door.policy import Role, needs
from admin.language_names import german_name
from admin.words import Words, german_or
from dialogs.referral import ReferralStatus
from storage import OpenReferral, Page, Staff, UnitOfWork

PAGE = 25
UNKNOWN = "nicht angegeben"


@dataclass(frozen=True, slots=True)
class Tab:
    """A state of a referral as the office calls it. `empty` teaches what would be here."""

    status: ReferralStatus
    slug: str
    name: str
    empty: str
    explained: str


TABS = (
    Tab(
        ReferralStatus.WAITING, "wartet", "Wartet", "Gerade wartet niemand.",
        "Hier erscheint eine Person, sobald sie die Fragen beantwortet und der Weitergabe an Ihre Stelle zugestimmt hat. "
        "Wer am längsten wartet, steht oben. Sie nehmen an, geben zurück oder lehnen ab; "
        "die Person erfährt das in ihrer Sprache.",
    ),
    Tab(
        ReferralStatus.ACCEPTED, "angenommen", "Angenommen", "Noch kein Fall angenommen.",
        "Angenommene Fälle bleiben hier lesbar. Übertragen Sie, was Sie brauchen, in Ihre eigene Akte.",
    ),
    Tab(
        ReferralStatus.RETURNED, "zurueckgegeben", "Zurückgegeben", "Nichts zurückgegeben.",
        "Zurückgegeben wird, wer zu einer anderen Stelle besser passt. Der Grund steht beim Fall.",
    ),
    Tab(
        ReferralStatus.DECLINED, "abgelehnt", "Abgelehnt", "Nichts abgelehnt.",
        "Abgelehnt wird, wenn kein Fall zustande kommt, zum Beispiel weil schon eine andere Beratung läuft.",
    ),
)  # fmt: skip
BY_SLUG = {tab.slug: tab for tab in TABS}


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the inbox in German words."""

    row: OpenReferral
    kommune: str
    language: str
    dienst: str
    stelle: str
    because: str
    mark: str = ""


def line(words: Words, row: OpenReferral) -> Line:
    proviso = words.proviso(row.condition, row.rules_version) if row.condition else None
    return Line(
        row,
        kommune=words.kommune_name(row.kommune) if row.kommune else UNKNOWN,
        language=german_name(row.locale) if row.locale else UNKNOWN,
        dienst=german_or(words, f"dienst.{row.dienst}.name", row.dienst),
        stelle=words.stelle_name(row.stelle),
        because=german_or(words, row.because, f"Regel {row.rule}") if row.because else "nicht mehr lesbar",
        mark=proviso.mark if proviso else "",
    )


def read_inbox(
    uow: UnitOfWork, staff: Staff, status: ReferralStatus, after: str | None
) -> tuple[Page[OpenReferral], Mapping[str, int]]:
    """A key that leads nowhere (typed by hand, or from another version) is a page that does not exist."""
    try:
        page = uow.referrals.open_for(staff.traeger or "", staff.stellen, status=status.value, after=after, limit=PAGE)
    except ValueError:
        raise web.HTTPNotFound from None
    return page, uow.referrals.counts(staff.traeger or "", staff.stellen)


@needs(Role.CASE_MANAGER)
async def index(request: web.Request) -> web.StreamResponse:
    tab = BY_SLUG.get(request.query.get("ansicht", TABS[0].slug))
    if tab is None:
        raise web.HTTPNotFound
    after = request.query.get("nach") or None
    staff = signed_in(request).staff
    words = request.app[WORDS]
    page, counts, now = await request.app[DATABASE].read(lambda uow: (*read_inbox(uow, staff, tab.status, after), uow.now))
    return render(
        request, "inbox.html",
        tab=tab, tabs=TABS, counts=counts, now=now, further=page.next, paged=after is not None,
        lines=[line(words, row) for row in page.rows],
        stellen=[words.stelle_name(stelle) for stelle in staff.stellen],
    )  # fmt: skip
