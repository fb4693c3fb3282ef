"""Made-up people for the demo, drawn so that their screenings spread as the published ones did.

They go through the real questionnaire and rules: nothing of the demo's referrals is written by hand.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import Callable, Mapping

from bot.app import phrasing_for
from bot.channels import Inbound
from bot.place import Place
from bot.step import Step
from bot.words import Words
from dialogs import events as ev
from dialogs.county import ELSEWHERE
from dialogs.effects import Effect, Shown
from dialogs.engine import Turn, advance
from dialogs.script import Library
from dialogs.session import Session, Status
from storage import Database, UnitOfWork

# Vorlage 50/014/2024: where 298 screenings led. Profiles below are drawn in these proportions.
PUBLISHED = {"identity": 32, "young": 2, "adult": 29, "complex": 75, "refugee": 5, "nothing": 155}

DAYS = 5

Wanted = Mapping[str, str | tuple[str, ...]]

_BASE: Wanted = {
    "F2_notice": "yes", "S01_safety": ("none",), "S03_age": "a27", "S04_status": "p104c", "S06_applied": "started",
    "S07_identity": "passport", "S08_german": "c2", "S09_lid": "yes", "S10_income": "work", "S11_children": ("no",),
    "S12_year": "2016", "F3_health_ok": "no", "S17_contact": ("chat",), "S18_handover": "yes",
}  # fmt: skip

_PROFILES: Mapping[str, Wanted] = {
    "identity": {"S07_identity": "trying", "S15_needs": ("identity",), "S16_kind": ("one",)},
    "young": {"S03_age": "a18", "S15_needs": ("work",), "S16_kind": ("one",), "S13_uma": "no"},
    "adult": {"S15_needs": ("language", "work"), "S16_kind": ("long",)},
    "complex": {
        "S08_german": "d2", "S09_lid": "no", "S10_income": "jobcenter",
        "S15_needs": ("residence", "lid", "work", "money"), "S16_kind": ("long", "actors"),
    },
    "refugee": {"S02_city": "velbert", "S15_needs": ("residence", "work"), "S16_kind": ("helped",)},
    "nothing": {"S15_needs": ("none",), "S17_contact": ("no",)},
}  # fmt: skip


class _Person:
    """One made-up person: what she would answer to anything."""

    def __init__(self, profile: str, chance: random.Random, library: Library, today: dt.date) -> None:
        special = _PROFILES["refugee"]["S02_city"]
        towns = [kommune for kommune in library.county.kommunen if kommune != special] or [ELSEWHERE]
        self.locale = chance.choice(library.county.languages)
        self._until = (today + dt.timedelta(days=chance.randrange(60, 210))).isoformat()
        self._answers: dict[str, str | tuple[str, ...]] = {"S02_city": chance.choice(towns), **_BASE, **_PROFILES[profile]}
        if self._answers["S02_city"] not in library.county.kommunen:
            self._answers["S02_city"] = towns[0]

    def event(self, session: Session) -> ev.Event:
        """Her next move in this session."""
        if session.status is Status.REVIEWING:
            return ev.Confirmed(session.prompt)
        answer = self._answers.get(session.open or "")
        if session.open == "S05_valid_until":
            return ev.Typed(self._until, session.prompt)
        if answer is None:
            return ev.Skipped(session.prompt)
        return ev.Chosen(session.prompt, answer if isinstance(answer, tuple) else (answer,))


class PastClock:
    """The demo's clock while its people are made: it starts some days ago and is moved on by hand."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now


def people(database: Database, library: Library, words: Words, clock: PastClock, *, seed: int = 104) -> int:
    """Let as many made-up people as were published go through the whole questionnaire. Returns how many they were.

    They come over the last days until the clock's time. The engine leads each conversation to its end; what it wants
    kept is then kept in one step per person.
    """
    place = Place(library, phrasing_for(library, words), frozenset(), clock)
    chance = random.Random(seed)
    profiles = [profile for profile, count in PUBLISHED.items() for _ in range(count)]
    chance.shuffle(profiles)
    now = clock.now

    async def all_of_them() -> None:
        crowd = list(enumerate(_Person(profile, chance, library, place.today()) for profile in profiles))
        for hours_ago in range(DAYS * 24, 0, -8):
            clock.now = now - dt.timedelta(hours=hours_ago, minutes=chance.randrange(60))
            size = -(-len(profiles) * 8 // (DAYS * 24))
            group, crowd = crowd[:size], crowd[size:]
            # At once: the writer puts many people into one commit.
            await asyncio.gather(*(database.write(_kept(place, person, number)) for number, person in group))

    asyncio.run(all_of_them())
    return len(profiles)


def _kept(place: Place, person: _Person, number: int) -> Callable[[UnitOfWork], None]:
    first = place.begin(door="web", entry="self", locale=person.locale).session
    session, effects = first, list[Effect]()
    while session.status in (Status.ASKING, Status.REVIEWING):
        session, new = advance(place.script(session), session, person.event(session), place.today())
        effects += (effect for effect in new if not isinstance(effect, Shown))
    inbound = Inbound("web", f"demo-{number}", f"demo-{number}", ev.Started())
    return lambda uow: Step(place, uow, inbound, []).keep_whole(first, Turn(session, tuple(effects)))
