"""A person who talks to the engine in the tests: the session is stored and read again after every step."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from dialogs import effects as ef
from dialogs import events as ev
from dialogs.effect_json import effect_from_json, effect_to_json
from dialogs.engine import Turn, advance, start
from dialogs.script import Script
from dialogs.session import Session, Status

TODAY = dt.date(2026, 11, 21)

Answer = str | tuple[str, ...]

# Walkthrough 2 of `domain.md` A.3: § 104c, 41, Hilden, no passport, A2, LiD passed, works.
HILDEN: Mapping[str, Answer] = {
    "F2_notice": "yes", "S01_safety": ("none",), "S02_city": "hilden", "S03_age": "a27", "S04_status": "p104c",
    "S05_valid_until": "#15.03.2027", "S06_applied": "no", "S07_identity": "none", "S08_german": "c2", "S09_lid": "yes",
    "S10_income": "work", "S11_children": ("no",), "S12_year": "2016", "F3_health_ok": "no", "S15_needs": ("identity",),
    "S16_kind": ("one",), "S17_contact": ("chat",), "S18_handover": "yes",
}  # fmt: skip


class Talk:
    """One conversation. `shown` is what the person saw last, `kept` everything the engine wanted kept."""

    def __init__(self, script: Script, *, entry: str = "self", door: str = "web", locale: str | None = "de") -> None:
        self.script = script
        self.kept: list[ef.Effect] = []
        self.asked: list[str] = []
        self.on = TODAY
        self.session: Session
        self.shown: tuple[ef.Shown, ...] = ()
        self._take(start(script, id="abcdefgh", code="K7M4-2PX9-C", door=door, entry=entry, locale=locale, on=TODAY))

    def _take(self, turn: Turn) -> None:
        self.session = Session.from_dict(json.loads(json.dumps(turn.session.to_dict())))
        assert self.session == turn.session, "the session is not the same after it was stored"
        shown = tuple(effect for effect in turn.effects if isinstance(effect, ef.Shown))
        for effect in shown:
            again = effect_from_json(json.loads(json.dumps(effect_to_json(effect))))
            assert effect_to_json(again) == effect_to_json(effect)
        self.shown = shown
        self.kept += [effect for effect in turn.effects if not isinstance(effect, ef.Shown)]
        self.asked += [effect.question for effect in shown if isinstance(effect, ef.Ask)]

    def do(self, event: ev.Event) -> None:
        self._take(advance(self.script, self.session, event, self.on))

    @property
    def ask(self) -> ef.Ask:
        found = [effect for effect in self.shown if isinstance(effect, ef.Ask)]
        assert found, f"nothing is asked: {self.shown}"
        return found[-1]

    def answer(self, answer: Answer) -> None:
        if isinstance(answer, str) and answer.startswith("#"):
            self.do(ev.Typed(answer[1:], self.session.prompt))
        else:
            self.do(ev.Chosen(self.session.prompt, answer if isinstance(answer, tuple) else (answer,)))

    def answer_all(self, answers: Mapping[str, Answer], *, until: str | None = None) -> None:
        """Answer what is asked, skip what is not given, up to the question `until`, the summary or the end."""
        for _ in range(60):
            if self.session.status is not Status.ASKING or self.session.open == until:
                return
            given = answers.get(self.session.open or "")
            if given is None:
                self.do(ev.Skipped(self.session.prompt))
            else:
                self.answer(given)
        raise AssertionError("the conversation never ends")

    def to_the_end(self, answers: Mapping[str, Answer]) -> None:
        self.answer_all(answers)
        if self.session.status is Status.REVIEWING:
            self.do(ev.Confirmed(self.session.prompt))
            self.answer_all(answers)

    def kept_of(self, kind: type) -> list[ef.Effect]:
        return [effect for effect in self.kept if isinstance(effect, kind)]
