"""What each refusal of the Bot API means for a message: later, never, or nobody there any more."""

from __future__ import annotations

import logging

import pytest

from bot.channels import PersonGone, SendFailed
from tests.bot.telegram.emulator import Emulator, Fault
from tests.bot.telegram.stage import Stage, ask, ready, say, shows


@pytest.mark.parametrize(
    ("fault", "retryable", "retry_after"),
    [
        (Fault(429, retry_after=37), True, 37.0),
        (Fault(500), True, None),
        (Fault(502, html=True), True, None),
        (Fault(200, html=True), True, None),
        (Fault(cut=True), True, None),
        (Fault(401), True, None),
        (Fault(400), False, None),
    ],
)
async def test_what_a_refusal_means(
    telegram: Emulator, stage: Stage, caplog: pytest.LogCaptureFixture,
    fault: Fault, retryable: bool, retry_after: float | None,
) -> None:  # fmt: skip
    amina = await ready(telegram, stage)
    telegram.fail("sendMessage", fault)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(SendFailed) as failed:
        await shows(stage, amina, say("Geheimnis"))
    assert (failed.value.retryable, failed.value.retry_after) == (retryable, retry_after)
    for words in (caplog.text, repr(failed.value)):
        assert telegram.token not in words and "Geheimnis" not in words and str(amina.id) not in words
    assert bool(stage.channel.trouble) == (fault.status == 401)
    await shows(stage, amina, say("Geheimnis"))
    assert amina.last.text == "Geheimnis"


async def test_no_answer_within_the_patience_is_worth_another_try(
    telegram: Emulator, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    amina = await ready(telegram, stage)
    monkeypatch.setattr("bot.channels.telegram_calls.PATIENCE", 0.05)
    telegram.fail("sendMessage", Fault(hang=True))
    with pytest.raises(SendFailed) as failed:
        await shows(stage, amina, say("x"))
    assert failed.value.retryable


async def test_an_unreachable_bot_api_is_worth_another_try(telegram: Emulator, stage: Stage) -> None:
    from bot.channels.telegram import TelegramChannel

    channel = TelegramChannel(telegram.token, "http://127.0.0.1:9", "full", stage.receiver)
    with pytest.raises(SendFailed) as failed:
        await channel.send("7", say("x"))
    assert failed.value.retryable
    await channel.stop()


async def test_after_the_stop_a_message_waits_for_the_next_start(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await stage.channel.stop()
    with pytest.raises(SendFailed) as failed:
        await shows(stage, amina, say("x"))
    assert failed.value.retryable and amina.received == []


@pytest.mark.parametrize("how", ["blocked", "deactivated", "unknown", "never started"])
async def test_who_is_gone_gets_nothing_any_more(telegram: Emulator, stage: Stage, how: str) -> None:
    amina = await ready(telegram, stage)
    address = str(amina.id)
    amina.chat.blocked, amina.chat.deactivated = how == "blocked", how == "deactivated"
    amina.chat.started = how != "never started"
    with pytest.raises(PersonGone):
        await stage.channel.send("999" if how == "unknown" else address, say("x"))


async def test_an_option_that_fits_no_button_is_given_up_and_not_cut(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    with pytest.raises(SendFailed) as failed:
        await shows(stage, amina, ask(options=("x" * 60,)))
    assert not failed.value.retryable and amina.received == []


async def test_a_failed_tidying_loses_nothing(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3))
    await amina.says("ja")
    telegram.fail("editMessageReplyMarkup", Fault(500))
    await shows(stage, amina, ask(prompt=4))
    assert len(amina.received) == 2 and stage.channel.counts["not tidied"] == 1


async def test_a_send_that_failed_can_still_be_drawn_into_the_pressed_message(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(kind="multi"))
    await amina.presses("☐ Ja")
    telegram.fail("editMessageText", Fault(429, retry_after=1))
    with pytest.raises(SendFailed):
        await shows(stage, amina, ask(kind="multi", on=("ja",)))
    await shows(stage, amina, ask(kind="multi", on=("ja",)))
    assert len(amina.received) == 1 and amina.last.labels[0] == "☑ Ja"
