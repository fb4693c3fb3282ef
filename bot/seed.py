"""Made-up people for the demo, drawn so that their screenings spread as the published ones did.

Who they are stands in the county's `people.toml` (`dialogs/people.py`). They go through the real questionnaire and rules:
nothing of the demo's referrals is written by hand.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from bot.app import phrasing_for
from bot.channels import Inbound
from bot.place import Place
from bot.step import Step
from bot.words import Words
from dialogs import events as ev
from dialogs.answers import Month, Value, chosen
from dialogs.drawing import Crowd, Person, crowd, table
from dialogs.effects import Effect, Shown
from dialogs.engine import Turn, advance
from dialogs.path import walk
from dialogs.people import People
from dialogs.script import Library, Script
from dialogs.session import Session, Status
from storage import Database, UnitOfWork

DAYS = 5
SEED = 104


@dataclass(frozen=True, slots=True)
class Settled:
    """Who was drawn, and how many of them the engine sent to each Dienst."""

    people: People
    crowd: Crowd
    arrived: Counter[str]

    def table(self) -> str:
        return "\n".join(table(self.people, self.crowd, self.arrived))


def event(script: Script, session: Session, person: Person, on: dt.date) -> ev.Event:
    """Her next move in this session: what she would answer, if it is offered to her."""
    if session.status is Status.REVIEWING:
        return ev.Confirmed(session.prompt)
    question = script.questionnaire.by_id[session.open or ""]
    wish = person.wishes.get(question.id)
    if isinstance(wish, dt.date | Month):
        return ev.Typed(str(wish), session.prompt)
    if wish is None or wish == "skipped":
        return ev.Skipped(session.prompt)
    if question.depends:
        offered = {option.id for option in question.offered(walk(script, session, on).answers)}
        if offered.isdisjoint(_ids(wish)):
            return ev.Skipped(session.prompt)
        wish = tuple(id_ for id_ in _ids(wish) if id_ in offered)
    return ev.Chosen(session.prompt, _ids(wish))


def _ids(wish: Value) -> tuple[str, ...]:
    return chosen(wish) or (str(wish),)


class PastClock:
    """The demo's clock while its people are made: it starts some days ago and is moved on by hand."""

    def __init__(self, now: dt.datetime) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now


def settle(database: Database, library: Library, words: Words, people: People, clock: PastClock, *, seed: int = SEED) -> Settled:
    """Let as many made-up people as were published go through the whole questionnaire.

    They come over the last days until the clock's time. The engine leads each conversation to its end; what it wants
    kept is then kept in one step per person.
    """
    place = Place(library, phrasing_for(library, words), frozenset(), clock)
    chance = random.Random(seed)
    drawn = crowd(library.current(place.today()), people, place.today(), chance)
    order = list(drawn.people)
    chance.shuffle(order)
    now = clock.now
    arrived = Counter[str]()

    def group_at(group: list[tuple[int, Person]]) -> list[Callable[[UnitOfWork], None]]:
        steps = []
        for number, person in group:
            locale = chance.choice(library.county.languages)
            first, turn = led(place, person, locale)
            if turn.session.decision is not None:
                arrived[str(turn.session.decision["dienst"])] += 1
            steps.append(_kept(place, first, turn, number))
        return steps

    async def all_of_them() -> None:
        waiting = list(enumerate(order))
        for hours_ago in range(DAYS * 24, 0, -8):
            clock.now = now - dt.timedelta(hours=hours_ago, minutes=chance.randrange(60))
            size = -(-len(order) * 8 // (DAYS * 24))
            group, waiting = waiting[:size], waiting[size:]
            # At once: the writer puts many people into one commit.
            await asyncio.gather(*(database.write(step) for step in group_at(group)))

    asyncio.run(all_of_them())
    return Settled(people, drawn, arrived)


def led(place: Place, person: Person, locale: str | None = None) -> tuple[Session, Turn]:
    """The whole conversation of one person: how it began, and how it ended with everything the engine wants kept."""
    first = place.begin(door="web", entry="self", locale=locale or "de").session
    script, on = place.script(first), place.today()
    session, effects = first, list[Effect]()
    while session.status in (Status.ASKING, Status.REVIEWING):
        session, new = advance(script, session, event(script, session, person, on), on)
        effects += (effect for effect in new if not isinstance(effect, Shown))
    return first, Turn(session, tuple(effects))


def _kept(place: Place, first: Session, turn: Turn, number: int) -> Callable[[UnitOfWork], None]:
    inbound = Inbound("web", f"demo-{number}", f"demo-{number}", ev.Started())
    return lambda uow: Step(place, uow, inbound, []).keep_whole(first, turn)


def trial(library: Library, words: Words, people: People, clock: Callable[[], dt.datetime], *, seed: int = SEED) -> Settled:
    """The same people led by the same engine, with nothing kept: for `wegweiser show people`."""
    place = Place(library, phrasing_for(library, words), frozenset(), clock)
    drawn = crowd(library.current(place.today()), people, place.today(), random.Random(seed))
    ended = [led(place, person)[1].session.decision for person in drawn.people]
    return Settled(people, drawn, Counter(str(decision["dienst"]) for decision in ended if decision is not None))
