"""The three modes, enforced in code: what may cross Telegram, and what never does."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.channels import Button, Outgoing, Press, Row, Unavailable
from dialogs import events
from tests.bot.telegram.emulator import Emulator, Fault
from tests.bot.telegram.stage import Stage, ask, door_page, say, shows


async def test_in_mode_door_everything_is_answered_with_the_door_page(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook("door")
    amina = telegram.person(language_code="de")
    await amina.says("/start d-abc")
    await amina.says("Ich habe eine Duldung")
    await amina.sends_photo()
    await amina.says("/delete")
    await amina.presses_data(stage.data(3, "c", "p104c"))
    assert stage.receiver.inbounds == []
    assert {message.text for message in amina.received} == {"Guten Tag!"}
    assert amina.last.keyboard[-1] == [{"text": "Fragen beantworten", "url": "https://kim.example/c/1"}]
    assert telegram.pending == [] and amina.unanswered_presses == 0


async def test_in_mode_door_the_language_changes_in_place(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook("door")
    amina = telegram.person(language_code="de")
    await amina.says("/start")
    await amina.presses("العربية")
    (message,) = amina.received
    assert message.text == "\u200fمرحبا" and "✓ العربية" in message.labels
    await amina.presses("العربية")
    assert len(amina.received) == 1


async def test_in_mode_door_nothing_else_ever_leaves(telegram: Emulator, stage: Stage) -> None:
    channel = await stage.by_webhook("door")
    amina = telegram.person(language_code="de")
    await amina.says("/start")
    await channel.send(str(amina.id), ask(question="Haben Sie eine Duldung?"))
    await channel.send(str(amina.id), say("Der JMD hat Ihre Anfrage angenommen."))
    assert {message.text for message in amina.received} == {"Guten Tag!"}


async def test_a_door_page_that_could_not_be_sent_is_asked_for_again(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook("door")
    amina = telegram.person(language_code="de")
    telegram.fail("sendMessage", Fault(429, retry_after=20), Fault(502, html=True))
    await amina.says("/start")
    assert amina.received == [] and len(telegram.pending) == 1
    await telegram.pass_time(60)
    assert amina.last.text == "Guten Tag!" and telegram.pending == []


async def test_in_mode_door_who_is_gone_is_gone(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook("door")
    amina = telegram.person()
    await amina.says("/start", deliver=False)
    amina.chat.blocked = True
    await telegram.deliver()
    assert stage.gone == [str(amina.id)] and telegram.pending == []


async def test_in_mode_buttons_typed_words_never_reach_the_conversation(telegram: Emulator, stage: Stage) -> None:
    channel = await stage.by_webhook("buttons")
    amina = telegram.person()
    await amina.says("/start jc")
    await amina.says("Ich heiße Amina und wohne in der Goethestraße")
    await amina.says("/delete")
    await channel.send(str(amina.id), ask())
    await amina.presses("Ja")
    assert stage.receiver.events == [
        events.Started(entry="jc"), events.Unreadable(), events.DeleteAsked(), events.Chosen(3, ("ja",)),
    ]  # fmt: skip
    assert "Amina" not in repr(stage.receiver.inbounds)


def told(kind: str, *buttons: Button) -> Outgoing:
    """A page with an answer, a status word and a Stelle in it."""
    return Outgoing(
        "de", "ltr", kind, heading="Angenommen vom JMD Velbert", paragraphs=("Ihre Anfrage ist angenommen.",),
        rows=(Row("Stadt", "Haan"), Row("Telefon", "0177 123")), code="7F3K-9Q", buttons=buttons,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["showdata", "tellstatus", "showpreview"])
async def test_in_mode_buttons_answers_and_news_are_read_on_the_web_page_only(
    telegram: Emulator, stage: Stage, kind: str
) -> None:
    await stage.by_webhook("buttons")
    amina = telegram.person()
    await amina.says("/start")
    await shows(stage, amina, told(kind))
    assert amina.last.text == "Guten Tag!"
    assert amina.last.keyboard[-1] == [{"text": "Fragen beantworten", "url": "https://kim.example/c/1"}]
    everything = "".join(json.dumps(call.payload, ensure_ascii=False) for call in telegram.calls)
    assert not any(word in everything for word in ("Haan", "0177", "ngenommen", "JMD", "7F3K-9Q"))


async def test_in_mode_buttons_who_asks_what_is_stored_can_still_go_on_or_delete(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook("buttons")
    amina = telegram.person()
    await amina.says("/privacy")
    await shows(
        stage, amina, told("showdata", Button("Weiter", Press("k7f3q2ab", 0, "r")), Button("Löschen", Press("k7f3q2ab", 0, "x")))
    )
    await amina.presses("Löschen")
    assert stage.receiver.events == [events.DataAsked(), events.DeleteAsked()]


async def test_in_mode_buttons_news_leave_the_open_question_its_buttons(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook("buttons", door_page=lambda locale: replace(door_page(locale), form=None))
    amina = telegram.person()
    await amina.says("/start")
    await shows(stage, amina, ask(), told("tellstatus"))
    await amina.presses("Ja")
    assert stage.receiver.events[-1] == events.Chosen(3, ("ja",))


@pytest.mark.parametrize("kind", ["showdata", "tellstatus", "showpreview"])
async def test_in_mode_full_answers_and_news_are_shown(telegram: Emulator, stage: Stage, kind: str) -> None:
    await stage.by_webhook("full")
    amina = telegram.person()
    await amina.says("/start")
    await shows(stage, amina, told(kind))
    assert "Haan" in amina.last.text and "angenommen" in amina.last.text


async def test_in_mode_full_words_are_let_in(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook("full")
    await telegram.person().says("Velbert")
    assert stage.receiver.events == [events.Typed("Velbert")]


@pytest.mark.parametrize("mode", ["buttons", "full"])
async def test_a_file_is_never_fetched(telegram: Emulator, stage: Stage, mode: str) -> None:
    await stage.by_webhook(mode)
    amina = telegram.person()
    await amina.sends_photo()
    await amina.sends_voice()
    await amina.sends_document()
    await amina.sends_contact()
    await amina.sends_location()
    await amina.says("\x00\u202e")
    assert stage.receiver.events == [events.Unreadable()] * 6
    assert telegram.called("getFile") == []
    assert "Ausweis" not in repr(stage.receiver.inbounds) and "+49" not in repr(stage.receiver.inbounds)


@pytest.mark.parametrize("mode", ["buttons", "full"])
async def test_commands_work_in_every_mode_that_talks(telegram: Emulator, stage: Stage, mode: str) -> None:
    await stage.by_webhook(mode)
    amina = telegram.person()
    for word in ("/language", "/help", "/mensch", "/status", "/cancel", "/delete", "/privacy", "/new"):
        await amina.says(word)
    assert stage.receiver.events == [
        events.LanguageAsked(), events.HelpAsked(), events.HumanAsked(), events.DataAsked(), events.Paused(),
        events.DeleteAsked(), events.DataAsked(), events.StartedAgain(),
    ]  # fmt: skip


async def test_mode_door_needs_no_database(telegram: Emulator, stage: Stage) -> None:
    await stage.by_webhook("door")
    stage.receiver.failures.append(Unavailable("down"))
    amina = telegram.person(language_code="de")
    await amina.says("/start")
    assert amina.last.text == "Guten Tag!"
