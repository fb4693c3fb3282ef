"""The conversation in a terminal, with typed lines in place of a person."""

from __future__ import annotations

from bot.channels import Outgoing
from bot.channels.console import COMMANDS, ConsoleChannel
from dialogs import events as ev
from tests.bot.web import samples
from tests.bot.web.scripted import Scripted


async def talk(script: Scripted, *typed: str) -> str:
    """Everything written while these lines were typed; the input ends after the last."""
    lines, written = iter(typed), []

    def read(prompt: str) -> str:
        for line in lines:
            return line
        raise EOFError

    console = ConsoleChannel(script.receive, script.look, read, written.append, address="terminal")
    script.at["terminal"] = 0
    await console.run()
    return "\n".join(written)


def after(*pages: Outgoing) -> Scripted:
    return Scripted(*pages)


async def test_numbers_choose_answers() -> None:
    script = after(samples.single("de", 1), samples.multi("de", 2), samples.town("de", 3))
    written = await talk(script, "2", "1, 4", "5")
    assert script.events() == [ev.Chosen(1, ("duldung",)), ev.Chosen(2, ("lang", "papers")), ev.Chosen(3, ("Velbert",))]
    assert "Welches Papier haben Sie jetzt?" in written and "2  Duldung" in written


async def test_dates_numbers_and_towns_can_be_typed() -> None:
    script = after(samples.date("de", 1), samples.number("de", 2), samples.phone("de", 3), samples.town("de", 4))
    await talk(script, "15.03.2027", "2019", "0151 234567", "Neviges")
    assert script.events() == [
        ev.Typed("15.03.2027", 1), ev.Typed("2019", 2), ev.Typed("0151 234567", 3), ev.Typed("Neviges", 4),
    ]  # fmt: skip


async def test_letters_press_the_buttons_that_are_shown() -> None:
    script = after(samples.single("de", 1))
    written = await talk(script, "u", "z", "a", "b")
    assert script.events() == [ev.Skipped(1), ev.WentBack(1), ev.Chosen(1, ("unknown",)), ev.Chosen(1, ("na",))]
    assert "u  Überspringen" in written and "z  Zurück" in written and "a  Weiß ich nicht" in written


async def test_commands_are_heard_on_every_page() -> None:
    script = after(samples.summary("de"))
    await talk(script, *(letter for letter in COMMANDS), "j")
    assert script.events() == [
        ev.HelpAsked(), ev.LanguageAsked(), ev.HumanAsked(), ev.Paused(), ev.Resumed(), ev.DataAsked(), ev.DeleteAsked(),
        ev.Confirmed(9),
    ]  # fmt: skip


async def test_a_number_that_is_not_there_changes_nothing() -> None:
    script = after(samples.single("de", 1))
    written = await talk(script, "9", "0", "", "q", "1")
    assert script.events() == []
    assert written.count("Welches Papier") == 4


async def test_the_language_is_chosen_by_number() -> None:
    script = after(samples.language("de", samples.SESSION))
    written = await talk(script, "2")
    assert script.events() == [ev.LanguageChosen("ar")]
    assert "العربية" in written


async def test_an_outage_is_said_and_the_question_stays() -> None:
    script = after(samples.single("de", 1))
    console_lines = []

    def read(prompt: str) -> str:
        script.down = len(console_lines) == 0
        console_lines.append(prompt)
        if len(console_lines) > 2:
            raise EOFError
        return "2"

    written: list[str] = []
    script.at["terminal"] = 0
    await ConsoleChannel(script.receive, script.look, read, written.append, address="terminal").run()
    assert "Das konnte gerade nicht gespeichert werden. Bitte noch einmal." in written
    assert script.events() == [ev.Chosen(1, ("duldung",))]


async def test_a_page_holds_everything_that_is_said() -> None:
    written = await talk(after(samples.end("ar")), "q")
    assert "K7M4-2PXB-9" in written and samples.DRAFT["ar"] in written
    assert "\u2066" not in written, "terminals show isolates as boxes"
