"""An independent library must understand all of it: what Telegram sends us here, and everything that we send."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import telegram as ptb

from bot.channels import Button, Outgoing, Press, Row
from tests.bot.telegram.emulator import Emulator
from tests.bot.telegram.stage import Stage, ask, say

PAGES = (
    ask(kind="multi", options=("a", "b"), on=("b",)),
    ask(kind="date", options=("2026", "2027"), draft=()),
    ask(question="سؤال <مهم> & MBE 👋", direction="rtl"),
    say("Zeile 1\nZeile 2", "5 < 6 & \u2068MBE\u2069"),
    Outgoing(
        "de", "ltr", "showsummary", heading="Ihre Antworten", code="7F3K-9Q", draft="ungeprüft", progress="Frage 2 von 9",
        rows=(Row("Stadt", "Haan", Button("Ändern", Press("k7f3q2ab", 9, "e", "S02_city"))),),
        buttons=(Button("Ja", Press("k7f3q2ab", 9, "y")),), links=(Button("Web", url="https://kim.example/c"),),
    ),
)  # fmt: skip


class Pen:
    """Parses payloads as python-telegram-bot would have written them, and writes them again."""

    def __init__(self, token: str) -> None:
        self.bot = ptb.Bot(token)

    def reads_keyboard(self, payload: Mapping[str, Any]) -> None:
        markup = payload.get("reply_markup")
        if markup is not None:
            read = ptb.InlineKeyboardMarkup.de_json(markup, self.bot)
            assert read.to_dict() == markup

    def reads_message(self, result: Mapping[str, Any]) -> None:
        message = ptb.Message.de_json(dict(result), self.bot)
        assert message.text and message.chat.type == "private"
        for entity in message.entities:
            assert message.parse_entity(entity)


async def test_everything_that_we_send_is_understood(telegram: Emulator, stage: Stage) -> None:
    channel = await stage.by_webhook()
    amina = telegram.person()
    await amina.says("/start")
    for page in PAGES:
        await channel.send(str(amina.id), page)
        if page.form is not None:
            await amina.presses(amina.last.labels[0])
            await channel.send(str(amina.id), page)
    await channel.settled()
    pen = Pen(telegram.token)
    drawn = [call for call in telegram.calls if call.method in ("sendmessage", "editmessagetext", "editmessagereplymarkup")]
    assert {call.method for call in drawn} == {"sendmessage", "editmessagetext", "editmessagereplymarkup"}
    for call in drawn:
        pen.reads_keyboard(call.payload)
        assert not re.search(r":(a|b|S02_city|2026|2027)\"", json.dumps(call.payload)), "an answer can be read in a button"
        if call.status == 200:
            pen.reads_message(call.result)
    for call in telegram.called("answerCallbackQuery"):
        assert set(call.payload) <= {"callback_query_id", "text"} and call.status == 200


async def test_everything_that_the_emulator_delivers_is_an_update(telegram: Emulator) -> None:
    bot = ptb.Bot(telegram.token)
    amina = telegram.person(language_code="fa")
    await amina.says("/start jc")
    await amina.sends_photo()
    await amina.sends_voice()
    await amina.sends_document()
    await amina.sends_contact()
    await amina.sends_location()
    await amina.presses_data("q:a:1:c:b", amina.screen[0].message_id)
    await amina.blocks_the_bot()
    kinds = []
    for pending in telegram.updates.pending:
        update = ptb.Update.de_json(pending.payload, bot)
        assert update.effective_user is not None and update.effective_user.language_code == "fa"
        assert update.effective_chat is not None and update.effective_chat.id == amina.id
        kinds.append(next(kind for kind in ("message", "callback_query", "my_chat_member") if getattr(update, kind)))
    assert kinds == ["message"] * 6 + ["callback_query", "my_chat_member"]
