"""Pages become messages: escaped, in the right direction, never too long, with buttons that fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.channels import Button, Field, Form, Outgoing, Press, Row
from bot.channels.telegram_drawing import draw, fits_a_button
from tests.bot.telegram.emulator_checks import keyboard_of
from tests.bot.telegram.emulator_html import parse, utf16
from tests.bot.telegram.stage import ask, say


def packed(press: Press) -> str:
    return f"q:{press.session}:{press.prompt}:{press.act}:{press.option}"


def drawn_text(page: Outgoing) -> str:
    (text,) = draw(page, packed).texts
    return text


def labels(page: Outgoing) -> list[list[str]]:
    return [[key["text"] for key in row] for row in draw(page, packed).keyboard]


def test_words_are_escaped_and_the_heading_is_bold() -> None:
    page = Outgoing("de", "ltr", "ask", heading="1 < 2 & <b>", paragraphs=("a <i>b</i>", "c"))
    assert drawn_text(page) == "<b>1 &lt; 2 &amp; &lt;b&gt;</b>\n\na &lt;i&gt;b&lt;/i&gt;\n\nc"


def test_of_a_long_heading_only_the_first_paragraph_is_bold() -> None:
    assert drawn_text(Outgoing("de", "ltr", "ask", heading="A\n\nB")) == "<b>A</b>\n\nB"


def test_rows_stand_as_term_and_description() -> None:
    page = Outgoing("de", "ltr", "showpreview", heading="H", rows=(Row("Stadt", "Haan"), Row("Arbeit?", "ja"), Row("Nur so", "")))
    assert drawn_text(page) == "<b>H</b>\n\nStadt: Haan\nArbeit? ja\nNur so"


def test_changes_are_numbered_buttons() -> None:
    change = Button("Ändern", Press("s", 4, "e", "S02_city"))
    page = Outgoing("de", "ltr", "showsummary", heading="H", rows=(Row("A", "1", change), Row("B", "2"), Row("C", "3", change)))
    assert "1. A: 1\nB: 2\n3. C: 3" in drawn_text(page)
    assert labels(page) == [["Ändern 1", "Ändern 3"]]


def test_isolates_are_kept() -> None:
    assert drawn_text(say("bei \u2068MBE Velbert\u2069.")) == "bei \u2068MBE Velbert\u2069."


def test_every_line_of_a_page_from_the_right_begins_with_a_mark() -> None:
    page = Outgoing("ar", "rtl", "ask", heading="KIM مرحبا", paragraphs=("MBE\nJMD",), rows=(Row("A", "b"),))
    text, _ = parse(drawn_text(page))
    assert [line[0] for line in text.split("\n") if line] == ["\u200f"] * 4


def test_a_page_without_words_is_still_a_message() -> None:
    assert drawn_text(Outgoing("de", "ltr", "ask")) == "…"


def test_code_draft_note_progress_and_context_have_their_places() -> None:
    page = Outgoing(
        "de", "ltr", "ask", heading="H", code="7F3K-9Q", draft="ungeprüft", prompt_note="Bitte so:", progress="Frage 2 von 9",
        context="für mein Kind",
    )  # fmt: skip
    assert drawn_text(page) == (
        "Bitte so:\n\nFrage 2 von 9 · für mein Kind\n\n<b>H</b>\n\n<code>7F3K-9Q</code>\n\n<i>ungeprüft</i>"
    )


def test_a_single_choice_shows_no_earlier_answer() -> None:
    page = ask(options=("ja", "nein"), on=("ja",))
    assert labels(page)[:2] == [["Ja"], ["Nein"]]


def test_ticked_boxes_carry_the_wished_state() -> None:
    rows = draw(ask(kind="multi", options=("a", "b"), on=("b",)), packed).keyboard
    assert [key for row in rows[:3] for key in row] == [
        {"text": "☐ A", "callback_data": "q:k7f3q2ab:3:+:a"},
        {"text": "☑ B", "callback_data": "q:k7f3q2ab:3:-:b"},
        {"text": "Fertig", "callback_data": "q:k7f3q2ab:3:d:"},
    ]


def test_parts_of_a_date_stand_on_the_way_back_and_not_in_the_words() -> None:
    page = ask(kind="date", options=("01", "02"), draft=("2027", "03"))
    assert "2027" not in drawn_text(page)
    assert draw(page, packed).keyboard[0] == [{"text": "← 2027 · 03", "callback_data": "q:k7f3q2ab:3:b:"}]


def test_a_language_is_chosen_not_answered() -> None:
    form = Form("language", "k7f3q2ab", 0, (Field("de", "Deutsch", True), Field("ar", "العربية")), columns=2)
    keyboard = draw(Outgoing("de", "ltr", "chooselanguage", heading="H", form=form), packed).keyboard
    assert keyboard == [
        [
            {"text": "✓ Deutsch", "callback_data": "q:k7f3q2ab:0:l:de"},
            {"text": "العربية", "callback_data": "q:k7f3q2ab:0:l:ar"},
        ]
    ]


def test_small_ways_share_a_row_and_decisions_stand_alone() -> None:
    def way(label: str, act: str) -> Button:
        return Button(label, Press("s", 1, act))

    page = Outgoing(
        "de", "ltr", "x", buttons=(way("Ja, richtig", "y"), way("Zurück", "b"), way("Mensch", "m"), way("Hilfe", "h"))
    )
    assert labels(page) == [["Ja, richtig"], ["Zurück", "Mensch", "Hilfe"]]
    long = Outgoing("de", "ltr", "x", buttons=(way("Zurück", "b"), way("Ich möchte mit einem Menschen sprechen", "m")))
    assert labels(long) == [["Zurück"], ["Ich möchte mit einem Menschen sprechen"]]


def test_columns_are_kept_up_to_eight() -> None:
    form = Form("number", "s", 1, tuple(Field(str(n), str(n)) for n in range(20)), columns=12)
    assert [len(row) for row in labels(Outgoing("de", "ltr", "ask", heading="?", form=form))] == [8, 8, 4]


def test_labels_are_one_line_of_at_most_64_letters() -> None:
    page = Outgoing("de", "ltr", "x", buttons=(Button("a\nb " + "x" * 80, Press("s", 1, "y")), Button(" ", Press("s", 1, "y"))))
    (long,), (empty,) = labels(page)
    assert len(long) == 64 and long.startswith("a b x") and long.endswith("…")
    assert empty == "…"


def test_a_link_that_no_button_can_carry_stands_in_the_words() -> None:
    links = (Button("Weiter", url="https://kim.example/c"), Button("Anrufen", url="tel:+49211"))
    page = Outgoing("de", "ltr", "x", paragraphs=("P",), links=links, buttons=(Button("Hier", url="http://127.0.0.1:8080/c"),))
    assert labels(page) == [["Weiter"]]
    assert drawn_text(page) == "P\n\nHier: http://127.0.0.1:8080/c\n\nAnrufen: tel:+49211"
    assert not any(map(fits_a_button, ("http://localhost/", "https://[::1]/", "javascript:alert(1)", "https://x")))


def test_a_long_page_is_cut_between_paragraphs_and_the_buttons_stand_under_the_last() -> None:
    page = Outgoing("de", "ltr", "x", heading="H" * 3000, paragraphs=("a" * 2000, "b" * 2000, "c" * 100))
    texts = draw(page, packed).texts
    plain = [parse(text)[0] for text in texts]
    assert plain == ["H" * 3000, "a" * 2000 + "\n\n" + "b" * 2000, "c" * 100]


def test_a_paragraph_longer_than_a_message_is_cut_between_words() -> None:
    for word in ("wort&", "👋👋"):
        words = " ".join([word] * 3000)
        plain = [parse(text)[0] for text in draw(say(words), packed).texts]
        assert " ".join(plain) == words
        assert all(utf16(text) <= 4096 for text in plain)


_words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
_long = st.builds(lambda text, times: text * times, _words, st.sampled_from([1, 1, 1, 200]))
_pages = st.builds(
    Outgoing, lang=st.just("ar"), direction=st.sampled_from(["ltr", "rtl"]), kind=st.just("ask"), heading=_long,
    paragraphs=st.lists(_long, max_size=4).map(tuple), code=_words, draft=_words, prompt_note=_words,
    rows=st.lists(st.builds(Row, _words, _long), max_size=3).map(tuple),
    buttons=st.lists(st.builds(Button, _words, st.builds(Press, st.just("s"), st.just(1), st.sampled_from("bshyo"))), max_size=5),
    form=st.none() | st.builds(
        Form, st.sampled_from(["single", "multi", "date"]), st.just("k7f3q2ab"), st.just(2),
        fields=st.lists(st.builds(Field, st.just("x"), _words, st.booleans()), max_size=9).map(tuple),
        columns=st.integers(-1, 12), done=_words,
    ),
)  # fmt: skip


@given(_pages)
def test_whatever_a_page_says_the_bot_api_takes_it(page: Outgoing) -> None:
    drawn = draw(page, packed)
    for text in drawn.texts:
        plain, _ = parse(text)
        assert utf16(plain) <= 4096
    keyboard_of({"reply_markup": {"inline_keyboard": drawn.keyboard}})
