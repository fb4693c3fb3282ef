"""Sending: into the pressed message or anew, and what is tidied up behind."""

from __future__ import annotations

from bot.channels import Button, Form, Outgoing, Press, Row
from bot.channels.telegram_reading import Arrived
from tests.bot.telegram.emulator import Emulator
from tests.bot.telegram.stage import Stage, ask, ready, say, shows


async def test_the_next_question_stands_in_the_message_that_was_pressed(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3, question="Arbeiten Sie?"))
    await amina.presses("Ja")
    before = len(telegram.calls)
    await shows(stage, amina, ask(prompt=4, question="Haben Sie Kinder?"))
    (message,) = amina.received
    assert message.text == "Haben Sie Kinder?" and "Nein" in message.labels
    assert [call.method for call in telegram.calls[before:]] == ["editmessagetext"]


async def test_a_result_is_a_new_message_and_the_last_question_loses_its_buttons(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3, question="Arbeiten Sie?"))
    await amina.presses("Ja")
    ways = (Button("Meine Daten", Press("k7f3q2ab", 4, "i")),)
    await shows(stage, amina, Outgoing("de", "ltr", "showresult", heading="Ihre Stelle", buttons=ways))
    question, result = amina.received
    assert question.keyboard == [] and result.text == "Ihre Stelle" and result.labels == ["Meine Daten"]


async def test_a_crisis_card_stays_when_the_questions_go_on(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3))
    await amina.presses("Ja")
    safe = (Button("Weiter", Press("k7f3q2ab", 4, "r")),)
    await shows(stage, amina, Outgoing("de", "ltr", "showcards", heading="Hilfe: 110", buttons=safe))
    await amina.presses("Weiter")
    await shows(stage, amina, ask(prompt=4, question="Weiter?"))
    assert [message.text for message in amina.received] == ["Frage?", "Hilfe: 110", "Weiter?"]


async def test_with_something_below_it_the_pressed_message_is_not_drawn_into(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3, question="Frage?"))
    question = amina.last.message_id
    await shows(stage, amina, say("Ihr Fall wurde angenommen."))
    await amina.presses_data(stage.data(3, "c", "ja"), question)
    await shows(stage, amina, ask(prompt=4, question="Nächste?"))
    assert [message.text for message in amina.received] == ["Frage?", "Ihr Fall wurde angenommen.", "Nächste?"]
    assert [bool(message.keyboard) for message in amina.received] == [False, False, True]


async def test_the_chosen_answer_is_never_written(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3, options=("geheimnis", "nein")))
    await amina.presses("Geheimnis")
    await shows(stage, amina, ask(prompt=4, options=("a", "b")))
    assert "eheimnis" not in "".join(message.text + "".join(message.labels) for message in amina.screen)


async def test_ticking_a_box_changes_the_message_in_place(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(kind="multi", options=("a", "b")))
    await amina.presses("☐ A")
    await shows(stage, amina, ask(kind="multi", options=("a", "b"), on=("a",)))
    await amina.presses("☐ B")
    await shows(stage, amina, ask(kind="multi", options=("a", "b"), on=("a", "b")))
    (message,) = amina.received
    assert message.labels[:3] == ["☑ A", "☑ B", "Fertig"]
    await amina.presses("Fertig")
    await shows(stage, amina, ask(prompt=4))
    assert len(amina.received) == 1 and "A" not in amina.last.text + "".join(amina.last.labels)


async def test_the_parts_of_a_date_change_the_message_in_place(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3, kind="date", options=("2026", "2027")))
    await amina.presses("2027")
    await shows(stage, amina, ask(prompt=4, kind="date", options=("01", "02"), draft=("2027",)))
    await amina.presses("02")
    await shows(stage, amina, ask(prompt=5, kind="date", options=("15",), draft=("2027", "02")))
    (message,) = amina.received
    assert message.labels[0] == "← 2027 · 02"
    await amina.presses("15")
    await shows(stage, amina, ask(prompt=6, kind="multi"))
    assert len(amina.received) == 1 and "2027" not in amina.last.text + "".join(amina.last.labels)


async def test_after_a_restart_the_press_itself_says_which_message_to_change(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(kind="multi", options=("a",)))
    await stage.close()
    await stage.by_webhook()  # a new process: nothing is remembered
    await amina.presses("☐ A")
    await shows(stage, amina, ask(kind="multi", options=("a",), on=("a",)))
    assert len(amina.received) == 1 and amina.last.labels[0] == "☑ A"
    await amina.presses("Fertig")
    await shows(stage, amina, ask(prompt=4, question="Nächste?"))
    assert len(amina.received) == 1 and amina.last.text == "Nächste?"


async def test_after_a_crash_between_press_and_answer_the_question_comes_anew(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3))
    await amina.presses("Ja")
    await stage.close()
    await stage.by_webhook()
    await shows(stage, amina, ask(prompt=4))
    assert len(amina.received) == 2 and "Ja" in amina.last.labels


async def test_an_old_button_brings_the_open_question_down_and_leaves_one_keyboard(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3, question="Alt"))
    old = amina.last.message_id
    await amina.says("Ja")
    await shows(stage, amina, ask(prompt=4, question="Offen"))
    await amina.presses_data(stage.data(3, "c", "nein"), old)
    await shows(stage, amina, ask(prompt=4, question="Offen"))
    assert [message.text for message in amina.received if message.keyboard] == ["Offen"]
    assert amina.last.keyboard


async def test_after_typed_words_the_same_question_stands_below_them(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3))
    await amina.says("weiß nicht")
    await shows(stage, amina, ask(prompt=3))
    assert len(amina.received) == 2
    assert [bool(message.keyboard) for message in amina.received] == [False, True]


async def test_after_a_tick_and_typed_words_the_question_stands_below_the_words(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(kind="multi"))
    await amina.presses("☐ Ja")
    await shows(stage, amina, ask(kind="multi", on=("ja",)))
    await amina.says("und noch etwas")
    await shows(stage, amina, ask(kind="multi", on=("ja",)))
    assert [bool(message.keyboard) for message in amina.received] == [False, True]


async def test_what_is_said_beside_a_question_comes_before_it(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(prompt=3, question="Frage?"))
    await amina.presses("Ja")
    await shows(stage, amina, say("Das ging nicht."), ask(prompt=3, question="Frage?"))
    assert [message.text for message in amina.received] == ["Frage?", "Das ging nicht.", "Frage?"]
    assert [bool(message.keyboard) for message in amina.received] == [False, False, True]


def summary(prompt: int = 9) -> Outgoing:
    return Outgoing(
        "de", "ltr", "showsummary", heading="Ihre Antworten",
        rows=(Row("Stadt", "Haan", Button("Ändern", Press("k7f3q2ab", prompt, "e", "S02_city"))),),
        buttons=(Button("Ja, richtig", Press("k7f3q2ab", prompt, "y")),),
    )  # fmt: skip


async def test_a_summary_is_deleted_once_it_has_been_left(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, summary())
    await amina.presses("Ändern 1")
    await shows(stage, amina, ask(prompt=10))
    assert "Haan" not in "".join(message.text for message in amina.screen)


async def test_a_summary_is_deleted_after_a_restart_too(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, summary())
    await stage.close()
    await stage.by_webhook()
    await amina.presses("Ja, richtig")
    await shows(stage, amina, ask(prompt=10))
    assert "Haan" not in "".join(message.text for message in amina.screen)


async def test_a_preview_stays_until_the_question_below_it_is_answered(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    preview = Outgoing("de", "ltr", "showpreview", heading="Das sieht der JMD", rows=(Row("Stadt", "Haan"),))
    await shows(stage, amina, ask(prompt=3))
    await amina.presses("Ja")
    await shows(stage, amina, preview, ask(prompt=4, kind="consent", question="Darf ich?"))
    assert "Haan" in "".join(message.text for message in amina.screen)
    await amina.presses("Ja")
    await shows(stage, amina, ask(prompt=5))
    assert "Haan" not in "".join(message.text for message in amina.screen)


async def test_a_language_changed_in_the_open_question_changes_it_in_place(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(
        stage, amina, Outgoing("de", "ltr", "ask", heading="Sprache?", form=Form("language", "k7f3q2ab", 1)), ask(prompt=3)
    )
    await stage.channel.on_press(
        Arrived(1, amina.id, "press", data=stage.data(3, "l", "ar"), query="1", message=amina.last.message_id)
    )
    await shows(stage, amina, ask(prompt=3, question="سؤال", direction="rtl"))
    assert amina.last.text == "\u200fسؤال" and len(amina.received) == 2


async def test_a_deleted_message_is_replaced_by_a_new_one(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(kind="multi", options=("a",)))
    await amina.presses("☐ A")
    amina.last.deleted = True
    await shows(stage, amina, ask(kind="multi", options=("a",), on=("a",)))
    assert amina.last.labels[0] == "☑ A"


async def test_an_edit_that_changes_nothing_is_a_success(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, ask(kind="multi"))
    await amina.presses("☐ Ja")
    await shows(stage, amina, ask(kind="multi"))
    assert telegram.called("editMessageText")[-1].status == 400
    assert len(amina.received) == 1


async def test_a_long_page_becomes_several_messages_with_one_keyboard(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    page = Outgoing(
        "de", "ltr", "x", heading="H", paragraphs=("a" * 3000, "b" * 3000), buttons=(Button("Ja", Press("s", 1, "y")),)
    )
    await shows(stage, amina, page)
    assert [bool(message.keyboard) for message in amina.received] == [False, True]


async def test_half_a_surrogate_pair_does_not_stop_a_message(telegram: Emulator, stage: Stage) -> None:
    amina = await ready(telegram, stage)
    await shows(stage, amina, say("a\ud800b"))
    assert amina.last.text == "a?b"
