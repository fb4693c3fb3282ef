"""The JSON twin of the inbox and the case, under the same policies; described by `openapi.py`."""

from __future__ import annotations

from aiohttp import web

from admin.answers import answered
from admin.case import Opened, contact_of, decision_of, open_case, rows_of, steps
from admin.consents import concerning
from admin.door.keys import DATABASE, WORDS, signed_in
from admin.door.policy import Role, needs
from admin.openapi import DESCRIPTION
from admin.referrals import line, read_inbox
from admin.why import why
from admin.words import Words
from dialogs.referral import ReferralStatus
from storage import OpenReferral

# Every change has all fields, so that a program need not ask whether one is there.
_NO_CHANGE: dict[str, object] = dict.fromkeys(
    ("when", "event", "days", "months", "years", "question", "fact", "value", "dienst", "mode", "urgent", "flag")
)


def referral_json(words: Words, row: OpenReferral) -> dict[str, object]:
    shown = line(words, row)
    return {
        "id": row.id, "status": row.status, "stelle": row.stelle, "stelle_name": shown.stelle, "dienst": row.dienst,
        "dienst_name": shown.dienst, "urgent": row.urgent, "condition": row.condition, "kommune": row.kommune,
        "locale": row.locale, "rule": row.rule, "because": shown.because,
        "waiting_since": row.waiting_since.isoformat(), "version": row.version,
    }  # fmt: skip


def case_json(words: Words, opened: Opened) -> dict[str, object]:
    case = opened.case
    reasons = why(words, decision_of(case), case.rules_version)
    return {
        **referral_json(words, case),
        "source": decision_of(case).get("source") or "",
        "rules_version": reasons.rules_version,
        "decided_from": reasons.decided_from or None,
        "decided_by": [{**said.data, "text": said.text} for said in reasons.facts],
        "changes": [{**_NO_CHANGE, **said.data, "text": said.text} for said in reasons.changes],
        "open": list(reasons.open_questions),
        "contact": contact_of(case) or None,
        "answers": [
            {"question_id": row.id, "question": row.question, "answer": row.answer} for row in answered(words, rows_of(case))
        ],
        "consents": [
            {"purpose": row.purpose, "given": row.given, "text_version": row.text_version, "locale": row.locale}
            for _, row in concerning(opened.consents, case.stelle)
        ],
        "history": [
            {"what": step.what, "who": step.who, "at": step.at.isoformat(), "remark": step.remark or None}
            for step in steps(words, opened)
        ],
    }


@needs(Role.CASE_MANAGER)
async def referrals(request: web.Request) -> web.StreamResponse:
    try:
        status = ReferralStatus(request.query.get("status", ReferralStatus.WAITING.value))
    except ValueError:
        raise web.HTTPBadRequest from None
    staff = signed_in(request).staff
    words = request.app[WORDS]
    after = request.query.get("after") or None
    page, counts = await request.app[DATABASE].read(lambda uow: read_inbox(uow, staff, status, after))
    return web.json_response(
        {"items": [referral_json(words, row) for row in page.rows], "after": page.next, "counts": dict(counts)}
    )


@needs(Role.CASE_MANAGER)
async def referral(request: web.Request) -> web.StreamResponse:
    staff = signed_in(request).staff
    referral_id = request.match_info["id"]
    opened = await request.app[DATABASE].write(lambda uow: open_case(uow, staff, referral_id))
    if opened is None:
        raise web.HTTPNotFound
    return web.json_response(case_json(request.app[WORDS], opened))


@needs(Role.CASE_MANAGER, Role.COORDINATOR, Role.ADMIN)
async def description(request: web.Request) -> web.StreamResponse:
    return web.json_response(DESCRIPTION)
