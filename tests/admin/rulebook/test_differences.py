"""What the second person reads: every field that differs, and no sentence that promises something or leads away."""

from __future__ import annotations

import tomllib

import pytest

from admin.rulebook.differences import Field, differences
from admin.rulebook.shelf import loaded
from admin.rulebook.trial import tried
from admin.rulebook.wording import unfit
from tests.admin.rulebook.conftest import RULES, SENTENCE, SHIFT, changed
from tests.dialogs.talk import TODAY


def rows(text: str) -> dict[str, tuple[str, tuple[Field, ...]]]:
    return {one.block: (one.what, one.fields) for one in differences(RULES, text)}


def test_an_unchanged_file_differs_in_nothing() -> None:
    assert differences(RULES, RULES + "# only a remark\n") == ()


@pytest.mark.parametrize(
    ("pair", "block", "field"),
    [
        (("urgent_days = 42", "urgent_days = 7"), "Grenzwerte (params)", Field("urgent_days", "42", "7")),
        (('agreed = "Rücksprache', 'agreed = "Absprache'), "Absprache jmd_ruecksprache", None),
        (("asks_date = true\n", ""), "Absprache jmd_ruecksprache", Field("asks_date", "true", None)),
        ((SENTENCE, "Anders."), "Regel M10", Field("because", SENTENCE, "Anders.")),
    ],
)
def test_every_field_is_shown_before_and_after(pair: tuple[str, str], block: str, field: Field | None) -> None:
    found = rows(changed(pair))
    assert set(found) == {"Kopf der Datei", block} and found[block][0] == "geändert"
    assert field is None or field in found[block][1]


@pytest.mark.parametrize("kind", ["rule", "topic", "also", "condition"])
def test_a_block_that_is_new_or_gone_is_shown_whole(kind: str) -> None:
    block = tomllib.loads(RULES)[kind][0]
    text = RULES + f"\n[[{kind}]]\nid = \"NEU\"\nsource = \"x\"\n"
    (found,) = differences(RULES, text)
    assert (found.what, found.fields) == ("neu", (Field("id", None, "NEU"), Field("source", None, "x")))
    (found,) = differences(text, RULES)
    assert found.what == "entfernt" and found.block.endswith(" NEU") and block["id"]


def test_two_rules_that_change_places_are_shown() -> None:
    """Of two rules that match, the first decides: to swap them is a change without one changed field."""
    pieces = RULES.split("[[rule]]")
    pieces[2], pieces[3] = pieces[3], pieces[2]
    found = differences(RULES, "[[rule]]".join(pieces))
    assert [field.name for one in found for field in one.fields] == ["Platz"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Sie bekommen einen Titel.", "Sie bekommen bald Ihren Aufenthaltstitel.", "Sie haben keinen Anspruch.",
        "Sie haben Anspruch auf Wohngeld.", "Mehr auf www.example.org", "Siehe https://example.org/a", "hilfe@example.org",
        "Rufen Sie 0210499 an.", "Rufen Sie 02104 99 88 an.", "You are entitled to it.", "You will get a residence permit.",
    ],
)  # fmt: skip
def test_promises_addresses_and_numbers_are_named(sentence: str) -> None:
    assert unfit(sentence)


@pytest.mark.parametrize("sentence", ["Es geht um § 104c und das Jahr 2027.", "Die Frist endet am 31.12.2027.", SENTENCE])
def test_paragraphs_years_and_days_are_fine(sentence: str) -> None:
    assert unfit(sentence) == ""


def test_a_promise_in_a_reason_is_a_finding_and_the_book_in_force_has_none() -> None:
    books = loaded("mettmann", ())
    trial = tried(books, changed(SHIFT, (SENTENCE, "Sie bekommen einen Titel.")), TODAY)
    assert not trial.sound and [problem.where for problem in trial.problems] == ["M10, because"]
    assert tried(books, changed(SHIFT), TODAY).sound
