"""What must be heard by whoever has put the phone away is a new message, although it could be drawn into an old one."""

from __future__ import annotations

from dataclasses import replace

from tests.bot.telegram.emulator import Emulator
from tests.bot.telegram.stage import Stage, ask, ready, shows


async def test_a_question_asked_again_after_an_outage_is_a_new_message(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3))
    await amina.presses("Ja")
    await shows(stage, amina, replace(ask(prompt=3), tags=frozenset({"anew"})))
    assert len(telegram.called("sendMessage")) == 2 and telegram.called("editMessageText") == []
    assert amina.last.labels == ["Ja", "Nein", "Zurück", "Überspringen"]
