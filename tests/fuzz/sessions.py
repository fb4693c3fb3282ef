"""One dialogue in every kind of state, for targets that let something happen to it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from functools import lru_cache

from dialogs import events as ev
from dialogs.answers import Month, NoAnswer, Value
from dialogs.engine import advance, start
from dialogs.errors import EventRefused
from dialogs.events import Event
from dialogs.load import load_library
from dialogs.script import Library, Script
from dialogs.session import Session, Status

ON = dt.date(2026, 11, 21)
PROMPT = 5

ANSWERS: dict[str, Value] = {
    "F2_notice": "yes", "S01_safety": (), "S02_city": "velbert", "S03_age": "a27", "S04_status": "p104c",
    "S05_valid_until": dt.date(2027, 3, 15), "S06_applied": "no", "S07_identity": "passport", "S08_german": "c2",
    "S09_lid": NoAnswer.UNKNOWN, "S10_income": "work", "S11_children": ("no",), "S12_year": 2016, "F3_health_ok": "yes",
    "S15_needs": ("residence", "work"), "S16_kind": ("long", "many"),
}  # fmt: skip
# The question at which each session stands, one of each kind.
OPEN = ("F1_lang", "F2_notice", "S01_safety", "S02_city", "S03_age", "S05_valid_until", "S12_year", "S15_needs")


@lru_cache(maxsize=4)
def states(door: str) -> tuple[Library, Script, tuple[Session, ...]]:
    """The county's library, its script of the day, and sessions that stand at open prompt number 5 (`PROMPT`)."""
    library = load_library("mettmann")
    script = library.current(ON)
    first = start(script, id="abcdefgh", code="K7M4-2PX9-C", door=door, entry="self", locale=None, on=ON).session
    found = []
    for open_ in OPEN:
        keys = list(ANSWERS)
        before = keys[: keys.index(open_)] if open_ in keys else []
        locale = None if open_ == "F1_lang" else "de"
        found.append(replace(first, answers={key: ANSWERS[key] for key in before}, open=open_, locale=locale, prompt=PROMPT))
    young = {**{key: ANSWERS[key] for key in list(ANSWERS)[:3]}, "S03_age": "a25"}
    month = replace(first, answers=young, open="S03b_month27", locale="ar", prompt=PROMPT, draft=("2027",))
    review = replace(first, answers=dict(ANSWERS), locale="de", prompt=PROMPT, status=Status.REVIEWING)
    contact = advance(script, review, ev.Confirmed(PROMPT), ON).session
    handover = advance(script, contact, ev.Chosen(contact.prompt, ("chat",)), ON).session
    finished = advance(script, handover, ev.Chosen(handover.prompt, ("yes",)), ON).session
    paused = advance(script, review, ev.Paused(), ON).session
    late = (contact, handover, finished, paused)
    return library, script, (*found, month, review, *(replace(session, prompt=PROMPT) for session in late))


def happens(script: Script, session: Session, event: Event) -> None:
    """Either the engine refuses, or there is a new session that can be stored, read back and shown."""
    before = json.dumps(session.to_dict())
    try:
        turn = advance(script, session, event, ON)
    except EventRefused:
        turn = None
    assert json.dumps(session.to_dict()) == before, "the engine changed what it was given"
    if turn is None or turn.session is session:
        return
    after = turn.session
    assert Session.from_dict(json.loads(json.dumps(after.to_dict()))) == after
    assert after.prompt >= session.prompt and after.id == session.id
    for key, value in after.answers.items():
        assert key in script.questionnaire.by_id
        if isinstance(value, Month):
            assert 1 <= value.month <= 12
