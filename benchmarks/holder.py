"""A made-up holder of § 104c: what she answers to whatever she is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dialogs import events as ev
from dialogs.session import Session, Status

TODAY = dt.date(2026, 11, 21)

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "F2_notice": ("yes",), "S01_safety": ("none",), "S03_age": ("a27",), "S04_status": ("p104c",),
    "S05_valid_until": ("2027-03-15",), "S06_applied": ("started",), "S07_identity": ("trying",), "S08_german": ("d2",),
    "S09_lid": ("no",), "S10_income": ("topup",), "S11_children": ("k6s",), "S12_year": ("2016",),
    "F3_health_ok": ("yes",), "S15_needs": ("language", "residence", "work"), "S16_kind": ("long", "actors"),
    "S17_contact": ("chat",), "S18_handover": ("yes",),
}  # fmt: skip


def next_event(session: Session, towns: tuple[str, ...]) -> ev.Event | None:
    """Her next move; None when the conversation is over. She goes back once, as people do."""
    if session.status is Status.REVIEWING:
        return ev.Confirmed(session.prompt)
    if session.status is not Status.ASKING:
        return None
    if session.locale is None:
        return ev.LanguageChosen("de")
    if session.open == "S09_lid" and session.answers["S08_german"] == "d2":
        return ev.WentBack(session.prompt)  # and then answers otherwise, so that this happens once
    if session.open == "S08_german" and "S08_german" in session.answers:
        return ev.Chosen(session.prompt, ("d1",))
    if session.open == "S02_city":
        return ev.Chosen(session.prompt, (towns[0],))
    wanted = ANSWERS.get(session.open or "")
    return ev.Chosen(session.prompt, wanted) if wanted else ev.Skipped(session.prompt)
