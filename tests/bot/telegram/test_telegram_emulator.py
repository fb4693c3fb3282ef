"""The emulator, as an independent client sees it: python-telegram-bot talks to it and must recognise Telegram."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter

from tests.bot.telegram.emulator import Emulator, Fault
from tests.bot.telegram.emulator_html import CannotParse, parse


@pytest.fixture
async def witness(telegram: Emulator) -> AsyncIterator[Bot]:
    bot = Bot(telegram.token, base_url=f"{telegram.url}/bot")
    async with bot:
        yield bot


def keyboard(*labels: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=f"q:{label}")] for label in labels])


async def test_the_bot_introduces_itself(witness: Bot) -> None:
    me = await witness.get_me()
    assert (me.id, me.is_bot, me.username) == (42, True, "wegweiser_bot")


async def test_a_wrong_token_is_refused(telegram: Emulator) -> None:
    with pytest.raises(InvalidToken):
        async with Bot("43:OTHER", base_url=f"{telegram.url}/bot"):
            pass


async def test_an_update_is_gone_only_when_a_later_one_is_asked_for(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person(language_code="ar")
    await amina.says("/start d-abc")
    await amina.says("hallo")
    first = await witness.get_updates(timeout=0)
    again = await witness.get_updates(timeout=0)
    assert [update.update_id for update in first] == [update.update_id for update in again] == telegram.pending
    assert first[0].message is not None and first[0].message.from_user is not None
    assert first[0].message.text == "/start d-abc"
    assert first[0].message.from_user.language_code == "ar"
    rest = await witness.get_updates(offset=first[0].update_id + 1, timeout=0)
    assert [update.update_id for update in rest] == [first[1].update_id] == telegram.pending


async def test_a_long_poll_waits_for_the_next_update(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person()
    polling = asyncio.ensure_future(witness.get_updates(timeout=50))
    await telegram.updates.somebody_polls()
    await amina.says("hallo")
    (update,) = await polling
    assert update.message is not None and update.message.text == "hallo"


async def test_a_long_poll_ends_empty_after_its_time(telegram: Emulator, witness: Bot) -> None:
    polling = asyncio.ensure_future(witness.get_updates(timeout=50))
    await telegram.updates.somebody_polls()
    telegram.clock.advance(51)
    assert await polling == ()


async def test_a_second_poller_sends_the_first_away(telegram: Emulator, witness: Bot) -> None:
    first = asyncio.ensure_future(witness.get_updates(timeout=50))
    await telegram.updates.somebody_polls()
    async with Bot(telegram.token, base_url=f"{telegram.url}/bot") as other:
        assert await other.get_updates(timeout=0) == ()
    with pytest.raises(Conflict, match="terminated by other getUpdates"):
        await first


async def test_polling_beside_a_webhook_is_a_conflict(witness: Bot) -> None:
    await witness.set_webhook("https://kim.example/hook", secret_token="abc")
    with pytest.raises(Conflict, match="webhook is active"):
        await witness.get_updates(timeout=0)
    assert (await witness.get_webhook_info()).url == "https://kim.example/hook"
    await witness.delete_webhook()
    assert await witness.get_updates(timeout=0) == ()


async def test_a_secret_with_strange_characters_is_refused(witness: Bot) -> None:
    with pytest.raises(BadRequest, match="unallowed characters"):
        await witness.set_webhook("https://kim.example/hook", secret_token="ä b")


async def test_messages_are_sent_edited_and_deleted(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person()
    await amina.says("/start")
    sent = await witness.send_message(amina.id, "<b>Hallo</b> &amp; 👋", parse_mode="HTML", reply_markup=keyboard("Ja", "Nein"))
    assert sent.text == "Hallo & 👋"
    assert sent.entities[0].type == "bold" and sent.parse_entity(sent.entities[0]) == "Hallo"
    assert amina.buttons == ["Ja", "Nein"]
    edited = await witness.edit_message_text("Neu", amina.id, sent.message_id)
    assert not isinstance(edited, bool) and edited.text == "Neu" and edited.edit_date is not None
    assert amina.buttons == []  # an edit without a keyboard takes it away
    await witness.delete_message(amina.id, sent.message_id)
    assert amina.received == []
    with pytest.raises(BadRequest, match="to edit not found"):
        await witness.edit_message_text("Neuer", amina.id, sent.message_id)
    with pytest.raises(BadRequest, match="to delete not found"):
        await witness.delete_message(amina.id, sent.message_id)


async def test_an_edit_that_changes_nothing_is_refused(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person()
    await amina.says("/start")
    sent = await witness.send_message(amina.id, "Hallo", reply_markup=keyboard("Ja"))
    with pytest.raises(BadRequest, match="is not modified"):
        await witness.edit_message_text("Hallo", amina.id, sent.message_id, reply_markup=keyboard("Ja"))
    with pytest.raises(BadRequest, match="is not modified"):
        await witness.edit_message_reply_markup(amina.id, sent.message_id, reply_markup=keyboard("Ja"))
    await witness.edit_message_reply_markup(amina.id, sent.message_id)
    assert amina.last.text == "Hallo" and amina.buttons == []


async def test_nobody_edits_her_own_words(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person()
    await amina.says("/start")
    with pytest.raises(BadRequest, match="be edited"):
        await witness.edit_message_text("x", amina.id, amina.screen[0].message_id)


async def test_messages_older_than_two_days_stay(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person()
    await amina.says("/start")
    sent = await witness.send_message(amina.id, "Hallo")
    telegram.clock.advance(49 * 3600)
    with pytest.raises(BadRequest, match="can't be deleted"):
        await witness.delete_message(amina.id, sent.message_id)


async def test_a_press_is_acknowledged_once_and_in_time(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person()
    await amina.says("/start")
    await witness.send_message(amina.id, "Hallo", reply_markup=keyboard("Ja"))
    await amina.presses("Ja")
    update = (await witness.get_updates(timeout=0))[-1]
    query = update.callback_query
    assert query is not None and query.data == "q:Ja" and query.message is not None
    assert await query.answer("Danke") is True
    assert amina.toasts == ["Danke"] and amina.unanswered_presses == 0
    with pytest.raises(BadRequest, match="uery is too old"):
        await query.answer()
    await amina.presses("Ja")
    late = (await witness.get_updates(timeout=0))[-1].callback_query
    telegram.clock.advance(61)
    assert late is not None
    with pytest.raises(BadRequest, match="uery is too old"):
        await late.answer()


async def test_a_press_lives_150_seconds_and_a_message_a_day(telegram: Emulator) -> None:
    amina = telegram.person()
    message = await amina.says("hallo")
    await amina.presses_data("q:1", amina.screen[0].message_id)
    telegram.clock.advance(149)
    assert len(telegram.pending) == 2
    telegram.clock.advance(2)
    assert telegram.pending == [message]
    telegram.clock.advance(24 * 3600)
    assert telegram.pending == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<b>offen", 'Can\'t find end tag corresponding to start tag "b"'),
        ("a <x>b</x>", 'Unsupported start tag "x" at byte offset 2'),
        ("ä <div>", 'Unsupported start tag "div" at byte offset 3'),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("1 < 2", "Unclosed start tag at byte offset 2"),
        ("<b", "Unclosed start tag at byte offset 0"),
    ],
)
def test_broken_markup_is_refused_in_the_real_words(text: str, words: str) -> None:
    with pytest.raises(CannotParse) as refused:
        parse(text)
    assert str(refused.value) == words


async def test_broken_markup_never_becomes_a_message(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person()
    await amina.says("/start")
    with pytest.raises(BadRequest, match=r"(?i)can't parse entities: can't find end tag"):
        await witness.send_message(amina.id, "<b>offen", parse_mode="HTML")
    assert amina.received == []


def test_offsets_count_utf16_units() -> None:
    text, (entity,) = parse("👋👋 <i>🙂!</i>")
    assert (text, entity.offset, entity.length) == ("👋👋 🙂!", 5, 3)
    assert parse("&lt;b&gt; &amp;nbsp; &#8207;") == ("<b> &nbsp; \u200f", [])
    with pytest.raises(CannotParse):
        parse("<span>x</span>")


@pytest.mark.parametrize("text", ["", "   ", "<b> </b>", "\u200f"])
async def test_an_empty_text_is_refused(telegram: Emulator, witness: Bot, text: str) -> None:
    amina = telegram.person()
    await amina.says("/start")
    with pytest.raises(BadRequest, match="text is empty"):
        await witness.send_message(amina.id, text, parse_mode="HTML")


async def test_a_message_has_at_most_4096_utf16_units(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person()
    await amina.says("/start")
    await witness.send_message(amina.id, "👋" * 2048)
    with pytest.raises(BadRequest, match="too long"):
        await witness.send_message(amina.id, "👋" * 2048 + "x")


@pytest.mark.parametrize("data", ["", "x" * 65, "ä" * 33])
async def test_callback_data_has_1_to_64_bytes(telegram: Emulator, data: str) -> None:
    # The witness checks this itself before it asks; so plain JSON.
    import aiohttp

    amina = telegram.person()
    await amina.says("/start")
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": data}]]}
    async with aiohttp.ClientSession() as session:
        answer = await session.post(
            f"{telegram.url}/bot{telegram.token}/sendMessage", json={"chat_id": amina.id, "text": "x", "reply_markup": markup}
        )
        assert answer.status == 400
        assert "BUTTON_DATA_INVALID" in (await answer.json())["description"]


async def test_keyboards_have_limits(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person()
    await amina.says("/start")
    many = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")]] * 101)
    wide = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x")] * 9])
    loopback = InlineKeyboardMarkup([[InlineKeyboardButton("x", url="http://localhost:8080/")]])
    for markup in (many, wide):
        with pytest.raises(BadRequest, match="too long"):
            await witness.send_message(amina.id, "x", reply_markup=markup)
    with pytest.raises(BadRequest, match=r"(?i)Wrong HTTP URL"):
        await witness.send_message(amina.id, "x", reply_markup=loopback)


async def test_who_has_not_started_or_has_gone_can_not_be_written_to(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person()
    with pytest.raises(Forbidden, match="can't initiate"):
        await witness.send_message(amina.id, "x")
    with pytest.raises(BadRequest, match=r"[Cc]hat not found"):
        await witness.send_message(99, "x")
    await amina.says("/start")
    await amina.blocks_the_bot()
    with pytest.raises(Forbidden, match="blocked"):
        await witness.send_message(amina.id, "x")
    amina.chat.deactivated = True
    with pytest.raises(Forbidden, match="deactivated"):
        await witness.send_message(amina.id, "x")


async def test_planted_faults_come_once_each(telegram: Emulator, witness: Bot) -> None:
    amina = telegram.person()
    await amina.says("/start")
    telegram.fail("sendMessage", Fault(429, retry_after=7), Fault(502, html=True), Fault(cut=True), Fault(cut=True, done=True))
    with pytest.raises(RetryAfter) as later:
        await witness.send_message(amina.id, "x")
    assert int(later.value.retry_after) == 7  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises(NetworkError):
            await witness.send_message(amina.id, "x")
    assert [message.text for message in amina.received] == ["x"]  # the last one was carried out all the same
    await witness.send_message(amina.id, "y")


async def test_command_menus_know_languages_of_two_letters(telegram: Emulator, witness: Bot) -> None:
    await witness.set_my_commands([BotCommand("help", "Hilfe")], language_code="de")
    assert telegram.methods.commands == {"de": [{"command": "help", "description": "Hilfe"}]}
    with pytest.raises(BadRequest, match=r"(?i)lang_code_invalid"):
        await witness.set_my_commands([BotCommand("help", "Hilfe")], language_code="fa-AF")


async def test_parameters_nobody_knows_are_noted(telegram: Emulator, witness: Bot) -> None:
    with pytest.raises(BadRequest):
        await witness.send_message(1, "x", api_kwargs={"txt": "1"})
    assert telegram.oddities == ["sendmessage: txt"]
