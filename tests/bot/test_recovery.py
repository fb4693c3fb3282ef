"""After an outage every open question is asked again, once; without one, nobody is disturbed."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.app import phrasing_for
from bot.channels import Outgoing
from bot.conversation import Conversation
from bot.delivery import Delivery
from bot.recovery import NAME, Beat, Recovery
from bot.words import Words
from dialogs import events as ev
from dialogs.script import Library
from storage import Database, StorageUnavailable
from tests.bot.talk import Visitor
from tests.conftest import Clock
from tests.dialogs.talk import HILDEN
from tests.storage.raw import execute

SENTENCE = "Ich war eine Weile nicht erreichbar. Bitte antworten Sie noch einmal."


class Pigeon:
    name, pushes = "telegram", True

    def __init__(self) -> None:
        self.arrived: list[tuple[str, Outgoing]] = []

    async def send(self, address: str, page: Outgoing) -> None:
        self.arrived.append((address, page))


class Town:
    """The database, and the processes of the bot that come and go. Time is the test's, on the wall and in the machine."""

    def __init__(self, database: Database, library: Library, words: Words, clock: Clock) -> None:
        self.database, self.library, self.phrasing, self.clock = database, library, phrasing_for(library, words), clock
        self.pigeon = Pigeon()
        self.machine = 0.0
        self.conversation = Conversation(database, library, self.phrasing, pushing=("telegram",), clock=clock, worker="w")
        self.process = self.starts()

    def starts(self) -> Recovery:
        """A new process."""
        self.process = Recovery(self.database, lambda: self.conversation.place, clock=lambda: self.machine)
        return self.process

    async def beats(self, *processes: Recovery) -> list[Beat]:
        """Every process beats until it has nothing to make good any more."""
        beats = []
        for process in processes or (self.process,):
            while True:
                beats.append(await process.beat())
                if not beats[-1].more:
                    break
        return beats

    def passes(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)
        self.machine += seconds

    async def alive(self, seconds: float) -> None:
        for _ in range(int(seconds // 10)):
            self.passes(10)
            await self.beats()

    async def sends(self) -> list[tuple[str, Outgoing]]:
        """What arrives now; everybody's, in the order of arrival."""
        delivery = Delivery(self.database, self.phrasing, {"telegram": self.pigeon}, clock=self.clock, worker="w")
        before = len(self.pigeon.arrived)
        while await delivery.claim_once():
            await delivery.settled()
        return self.pigeon.arrived[before:]

    async def person(self, address: str, *, until: str = "S02_city") -> Visitor:
        visitor = Visitor(self.conversation, channel="telegram", address=address)
        due: list[object] = []
        self.conversation.hand_over = due.extend
        await visitor.begin()
        await visitor.answer_all(HILDEN, until=until)
        self.passes(61)  # the first leases end
        await self.beats()
        await self.sends()
        return visitor


@pytest.fixture
async def town(database: Database, library: Library, words: Words, clock: Clock) -> Town:
    town = Town(database, library, words, clock)
    await town.beats()
    return town


def heartbeat(town: Town) -> object:
    return town.database.read_now(lambda uow: uow.heartbeat.last(NAME))


async def test_after_ten_minutes_everybody_at_an_open_question_gets_it_again_with_a_kind_sentence(town: Town) -> None:
    await town.person("1")
    await town.person("2", until="S04_status")
    town.passes(600)
    town.starts()
    (beat,) = await town.beats()
    again = await town.sends()
    assert beat.asked == 2 and {address for address, _ in again} == {"1", "2"} and len(again) == 2
    for _address, page in again:
        assert page.kind == "ask" and page.prompt_note == SENTENCE and "anew" in page.tags
    headings = {address: page.heading for address, page in again}
    assert headings["1"].startswith("In welch") and headings["1"] != headings["2"]


async def test_who_stands_at_her_summary_gets_that(town: Town) -> None:
    visitor = await town.person("1", until="nothing")
    assert (await visitor.session()).status == "reviewing"
    town.passes(600)
    await town.beats(town.starts())
    ((_, page),) = await town.sends()
    assert page.kind == "showsummary" and page.prompt_note == SENTENCE and "anew" in page.tags


async def test_the_pressed_button_of_the_question_asked_again_still_answers_it(town: Town) -> None:
    visitor = await town.person("1")
    before = await visitor.session()
    town.passes(600)
    await town.beats(town.starts())
    assert (await visitor.session()).prompt == before.prompt
    await visitor.answer_all(HILDEN, until="S03_age")
    assert (await visitor.session()).open == "S03_age"


async def test_119_seconds_are_no_outage_and_121_are(town: Town) -> None:
    await town.person("1")
    town.passes(119)
    assert (await town.beats(town.starts()))[0].asked == 0 and not await town.sends()
    town.passes(121)
    assert (await town.beats(town.starts()))[0].asked == 1


async def test_a_first_start_is_no_outage(database: Database, library: Library, words: Words, clock: Clock) -> None:
    town = Town(database, library, words, clock)
    await Visitor(town.conversation, channel="telegram", address="1").begin()
    clock.forward(days=1)
    assert (await town.beats()) == [Beat()] and heartbeat(town) == clock.now


async def test_two_processes_that_start_together_ask_once(town: Town) -> None:
    await town.person("1")
    town.passes(600)
    one, other = town.starts(), town.starts()
    await town.beats(one, other)
    assert len(await town.sends()) == 1
    town.passes(60)
    await town.beats(one, other)
    assert not await town.sends()


async def test_it_is_asked_once_although_one_process_saw_the_outage_in_the_middle_of_the_others_work(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.recovery.SLICE", 2)
    for address in "12345":
        await town.person(address)
    town.passes(600)
    one, other = town.starts(), town.starts()
    assert (await one.beat()).more
    assert (await other.beat()).more and (await one.beat()).more
    await town.beats(other, one)
    assert Counter(address for address, _ in await town.sends()) == Counter("12345")


async def test_a_crash_in_the_middle_leaves_nobody_out_and_asks_nobody_twice(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.recovery.SLICE", 2)
    for address in "12345":
        await town.person(address)
    town.passes(600)
    before = heartbeat(town)
    assert (await town.starts().beat()).more
    assert heartbeat(town) == before, "the outage is not made good yet"
    assert len(await town.sends()) == 2
    town.passes(30)
    await town.beats(town.starts())
    assert len(await town.sends()) == 3 and heartbeat(town) == town.clock.now
    assert Counter(address for address, page in town.pigeon.arrived if page.prompt_note == SENTENCE) == Counter("12345")


async def test_who_pressed_after_the_start_is_not_asked_twice(town: Town) -> None:
    visitor = await town.person("1")
    await town.person("2")
    town.passes(600)
    await visitor.answer_all(HILDEN, until="S03_age")  # her press came again, before the first beat
    await town.beats(town.starts())
    town.passes(61)
    arrived = await town.sends()
    assert Counter(address for address, _ in arrived) == Counter({"1": 1, "2": 1})
    assert [page.prompt_note for address, page in arrived if address == "1"] == [""]


async def test_a_question_that_was_never_sent_is_sent_and_not_asked_twice(town: Town) -> None:
    visitor = await town.person("1")
    await visitor.answer_all(HILDEN, until="S03_age")  # kept, and the process is gone before it was sent
    town.passes(600)
    await town.beats(town.starts())
    ((_, page),) = await town.sends()
    assert page.heading.startswith("Wie alt")


async def test_who_has_finished_paused_left_or_been_silent_for_a_day_is_not_disturbed(town: Town) -> None:
    finished = await town.person("finished", until="nothing")
    await finished.say(ev.Confirmed((await finished.session()).prompt), session=(await finished.session()).id)
    await finished.answer_all(HILDEN)
    paused = await town.person("paused")
    await paused.say(ev.Paused())
    await town.person("left")
    await town.conversation.gone("telegram", "left")
    await town.person("silent")
    town.passes(61)
    await town.sends()
    await town.alive(60)
    # She was silent for 26 hours, the bot was not.
    for _ in range(27):
        town.passes(3600)
        town.database.write_now(lambda uow: uow.heartbeat.beat(NAME))
    await town.sends()
    town.passes(600)
    await town.beats(town.starts())
    assert not await town.sends()


async def test_the_web_chat_is_not_told_anything(town: Town) -> None:
    await Visitor(town.conversation, channel="web", address="1").begin()
    town.passes(600)
    await town.beats(town.starts())
    assert town.database.read_now(lambda uow: uow.outbox.oldest_due()) is None


async def test_a_jump_of_the_wall_clock_is_no_outage(town: Town) -> None:
    await town.person("1")
    await town.alive(30)
    town.clock.forward(hours=2)
    town.machine += 10
    assert (await town.beats()) == [Beat()]
    town.clock.forward(hours=-5)
    town.machine += 10
    assert (await town.beats()) == [Beat()]
    assert not await town.sends()


async def test_an_outage_of_the_database_is_one_although_the_process_lived(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await town.person("1")
    await town.alive(30)

    async def away(step: object) -> None:
        raise StorageUnavailable("away")

    with monkeypatch.context() as cut:
        cut.setattr(town.database, "write", away)
        for _ in range(60):
            town.passes(10)
            with pytest.raises(StorageUnavailable):
                await town.process.beat()
    await town.beats()
    assert len(await town.sends()) == 1


async def test_one_damaged_dialogue_keeps_nobody_else_from_being_asked(town: Town, database_url: str) -> None:
    broken = await town.person("broken")
    await town.person("1")
    execute(database_url, "UPDATE session SET sealed_state = ? WHERE id = ?", b"\x02" * 40, (await broken.session()).id)
    town.passes(600)
    await town.beats(town.starts())
    assert [address for address, _ in await town.sends()] == ["1"]


async def test_a_thousand_open_questions_are_asked_in_small_steps_with_one_message_each(town: Town) -> None:
    due: list[object] = []
    town.conversation.hand_over = due.extend
    for number in range(1000):
        await Visitor(town.conversation, channel="telegram", address=str(number)).begin()
    town.passes(61)
    await town.beats()
    await town.sends()
    town.passes(600)
    beats = await town.beats(town.starts())
    assert sum(beat.asked for beat in beats) == 1000 and len(beats) == 1000 // 50 + 1
    again = await town.sends()
    assert len({address for address, _ in again}) == 1000
    # One message each: at Telegram's 25 a second all of them have left after 40 seconds.
    assert len(again) == 1000
