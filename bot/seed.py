"""Made-up people for the demo, drawn so that their screenings spread as the published ones did.

They go through the real conversation: nothing of the demo's referrals is written by hand.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections.abc import Mapping

from bot.app import phrasing_for
from bot.channels import Inbound
from bot.conversation import Conversation
from bot.words import Words
from dialogs import events as ev
from dialogs.county import ELSEWHERE
from dialogs.script import Library
from dialogs.session import Session, Status
from storage import Database

# Kreis Mettmann, Vorlage 50/014/2024: where 298 screenings led. Profiles below are drawn in these proportions.
PUBLISHED = {"identity": 32, "young": 2, "adult": 29, "complex": 75, "refugee": 5, "nothing": 155}

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

    def __init__(self, chance: random.Random, library: Library, number: int, today: dt.date) -> None:
        profile = chance.choices(list(PUBLISHED), list(PUBLISHED.values()))[0]
        towns = [kommune for kommune in library.county.kommunen if kommune != "velbert"] or [ELSEWHERE]
        self.locale = chance.choice(library.county.languages)
        self.address = f"demo-{number}"
        self._until = (today + dt.timedelta(days=chance.randrange(60, 210))).isoformat()
        self._answers: dict[str, str | tuple[str, ...]] = {"S02_city": chance.choice(towns), **_BASE, **_PROFILES[profile]}

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


def people(
    database: Database, library: Library, words: Words, *, count: int, seed: int = 104, now: dt.datetime | None = None
) -> None:
    """Let `count` made-up people go through the whole conversation. The same seed draws the same people."""
    asyncio.run(_people(database, library, words, count, seed, now or dt.datetime.now(dt.UTC)))


async def _people(database: Database, library: Library, words: Words, count: int, seed: int, now: dt.datetime) -> None:
    conversation = Conversation(
        database, library, phrasing_for(library, words), pushing=(), clock=lambda: now, worker=None
    )
    chance = random.Random(seed)
    crowd = [_Person(chance, library, number, now.date()) for number in range(count)]
    # All at once: the writer puts many steps into one commit.
    await asyncio.gather(*(_talk(conversation, person) for person in crowd))


async def _talk(conversation: Conversation, person: _Person) -> None:
    number = 0

    async def say(event: ev.Event) -> None:
        nonlocal number
        number += 1
        await conversation.receive(Inbound("web", person.address, f"{person.address}:{number}", event))

    await say(ev.Started("self", person.locale))
    for _ in range(60):
        session = await conversation.session_at("web", person.address)
        if session is None or session.status in (Status.FINISHED, Status.ENDED):
            return
        await say(person.event(session))
    raise RuntimeError(f"{person.address} never came to an end")
