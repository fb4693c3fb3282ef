"""No answer can be read in a button's callback data, in no mode; and every button still means the same after a restart."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from bot.channels import Button, Outgoing, Press, Row, SendFailed
from bot.channels.telegram_codes import Codes
from bot.channels.telegram_options import every_option
from dialogs import events
from dialogs.county import ELSEWHERE
from dialogs.script import Library
from dialogs.typed import next_parts
from tests.bot.telegram.emulator import Emulator
from tests.bot.telegram.emulator_person import Person
from tests.bot.telegram.stage import OPTIONS, Stage, ask, shows

TOKEN = "42:AAHsecret"
CODE = re.compile(r"q:k7f3q2ab:[0-9]+:[a-zA-Z+-]:([a-z2-7]{6})?")

PAGES = (
    ask(kind="multi", options=("violence", "b"), on=("b",)),
    ask(kind="date", options=("2026", "2027")),
    Outgoing(
        "de", "ltr", "showsummary", heading="Ihre Antworten",
        rows=(Row("Stadt", "Haan", Button("Ändern", Press("k7f3q2ab", 9, "e", "S02_city"))),),
    ),
)  # fmt: skip


def carried(amina: Person) -> list[str]:
    return [key["callback_data"] for message in amina.received for row in message.keyboard for key in row if "url" not in key]


@pytest.mark.parametrize("mode", ["buttons", "full"])
async def test_callback_data_says_nothing_about_the_answer(telegram: Emulator, stage: Stage, mode: str) -> None:
    await stage.by_webhook(mode)
    amina = telegram.person()
    await amina.says("/start")
    for page in PAGES:
        await shows(stage, amina, page)
    sent = [
        key["callback_data"]
        for call in telegram.calls
        for row in call.payload.get("reply_markup", {}).get("inline_keyboard", ())
        for key in row
    ]
    assert len(sent) >= 10
    for data in sent:
        assert CODE.fullmatch(data), data
        assert not any(option in data for option in OPTIONS if len(option) > 2)


@pytest.mark.parametrize("mode", ["buttons", "full"])
async def test_a_button_means_the_same_after_a_restart(telegram: Emulator, stage: Stage, mode: str) -> None:
    await stage.by_webhook(mode)
    amina = telegram.person()
    await amina.says("/start")
    await shows(stage, amina, ask(kind="multi", options=("violence",)))
    await stage.close()
    await stage.by_webhook(mode, options=lambda: reversed(OPTIONS))
    await amina.presses("☐ Violence")
    assert stage.receiver.events[-1] == events.Toggled(3, "violence", True)


@pytest.mark.parametrize("option", ["violence", "zzzzzz", "aaaaaaaa"])
async def test_a_code_that_no_button_carries_answers_no_question(telegram: Emulator, stage: Stage, option: str) -> None:
    channel = await stage.by_webhook("buttons")
    amina = telegram.person()
    await amina.says("/start")
    await shows(stage, amina, ask())
    await amina.presses_data(f"q:k7f3q2ab:3:+:{option}")
    assert stage.receiver.events[-1] == events.Chosen(-1, ())
    assert stage.receiver.inbounds[-1].session == "" and channel.counts["garbage"] == 1
    assert amina.unanswered_presses == 0


async def test_an_option_without_a_code_is_given_up_and_never_sent_as_it_is(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook("buttons")
    amina = telegram.person()
    await amina.says("/start")
    with pytest.raises(SendFailed) as failed:
        await shows(stage, amina, ask(options=("pregnant",)))
    assert not failed.value.retryable and amina.received == [] and "pregnant" not in repr(failed.value)


async def test_in_mode_full_an_option_without_a_code_travels_as_it_is(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook("full")
    amina = telegram.person()
    await amina.says("/start")
    await shows(stage, amina, ask(options=("new_one",)))
    assert "q:k7f3q2ab:3:c:new_one" in carried(amina)
    await amina.presses("New_one")
    assert stage.receiver.events[-1] == events.Chosen(3, ("new_one",))


@pytest.mark.parametrize("plain", [True, False])
def test_the_name_of_an_option_that_has_a_code_is_no_code(plain: bool) -> None:
    codes = Codes(TOKEN, ("yes", "no"), plain=plain)
    assert codes.read(Press("s", 1, "c", "yes")) is None
    with pytest.raises(ValueError):
        Codes(TOKEN, ("yes",), plain=plain).coded(Press("s", 1, "c", codes.coded(Press("s", 1, "c", "yes")).option))


def test_another_token_gives_other_codes() -> None:
    press = Press("s", 1, "c", "yes")
    assert Codes(TOKEN, ("yes",), plain=False).coded(press) != Codes("43:X", ("yes",), plain=False).coded(press)


def test_two_options_never_share_a_code() -> None:
    """So many that six letters can't keep them apart."""
    options = [f"o{number}" for number in range(100_000)]
    codes = Codes(TOKEN, options, plain=False)
    coded = [codes.coded(Press("s", 1, "c", option)) for option in options]
    assert len({press.option for press in coded}) == len(options) and len(coded[0].option) > 6
    assert all(codes.read(press) == Press("s", 1, "c", option) for press, option in zip(coded, options, strict=True))


def test_every_option_of_the_questionnaires_has_a_code(library: Library) -> None:
    codes = Codes(TOKEN, every_option(library), plain=False)
    wanted = {*library.county.languages, *library.county.kommunen, ELSEWHERE}
    for year in (2026, 2027, 2040):
        day = dt.date(year, 12, 31)
        for kind in ("date", "month"):
            for draft in ((), (str(year),), (str(year), "12")):
                wanted |= {*next_parts(kind, draft, day)}
    for script in library.scripts.values():
        for question in script.questionnaire.questions:
            wanted |= {question.id, *question.by_id, *map(str, question.no_answers)}
            if question.kind == "number":
                wanted |= {str(number) for number in range(question.minimum or 0, (question.maximum or 2040) + 1)}
    for option in sorted(wanted):
        press = Press("k7f3q2ab", 9999, "c", option)
        travelling = codes.coded(press)
        assert re.fullmatch("[a-z2-7]{6}", travelling.option) and codes.read(travelling) == press
