"""Typed towns: other scripts, districts, slips of the finger; always a proposal."""

from __future__ import annotations

import pytest

from dialogs.crisis import cards_for
from dialogs.matching import TownNames
from dialogs.script import Library, Script


@pytest.fixture(scope="module")
def names(library: Library) -> TownNames:
    return TownNames(library.county)


@pytest.mark.parametrize(
    ("words", "kommune"),
    [
        ("Velbert", "velbert"), ("VELBERT", "velbert"), ("  velbert ", "velbert"), ("Neviges", "velbert"),
        ("Ратинген", "ratingen"), ("فلبرت", "velbert"), ("راتينغن", "ratingen"), ("Wülfrath", "wuelfrath"),
        ("Wuelfrath", "wuelfrath"), ("wulfrath", "wuelfrath"), ("Monheim", "monheim"), ("Monheim a.R.", "monheim"),
        ("Hochdahl", "erkrath"), ("ቬልበርት", "velbert"), ("Հիլդեն", "hilden"), ("Langenfled", "langenfeld"),
        ("Heiligenhaus", "heiligenhaus"), ("haan", "haan"), ("هان", "haan"), ("Gruiten", "haan"),
    ],
)  # fmt: skip
def test_a_town_is_found_in_any_script(names: TownNames, words: str, kommune: str) -> None:
    assert names.find(words).kommunen[0] == kommune


@pytest.mark.parametrize("words", ["", "M", "??", "\x00", "\ud800", "qqqqqqqq", "🙂🙂🙂"])
def test_what_is_no_town_finds_none(names: TownNames, words: str) -> None:
    assert names.find(words).kommunen == ()


@pytest.mark.parametrize("words", ["Köln", "Düsseldorf", "Essen", "Wuppertal", "M" * 10_000])
def test_a_neighbour_is_never_taken_for_sure(names: TownNames, words: str) -> None:
    assert not names.find(words).sure


def test_every_kommune_finds_itself(names: TownNames, library: Library) -> None:
    for kommune in library.county.kommunen.values():
        for spelling in (kommune.name, *kommune.aliases):
            assert kommune.id in names.find(spelling).kommunen, spelling


@pytest.mark.parametrize("words", ["Ich suche eine Wohnung", "Deutschkurs A2", "I need a job", "أحتاج إلى دورة لغة", "Velbert"])
def test_everyday_words_bring_no_crisis_card(script: Script, words: str) -> None:
    assert cards_for(words, script.questionnaire.crisis_words) == ()


@pytest.mark.parametrize(
    ("words", "card"),
    [
        ("Ich will mich umbringen", "S3"), ("I want to kill myself", "S3"), ("أريد أن أقتل نفسي", "S3"),
        ("Mein Mann hat mich geschlagen", "S2"), ("زوجي يضربني", "S2"), ("ich blute stark", "S1"), ("obdachlos", "S5"),
    ],
)  # fmt: skip
def test_words_of_danger_bring_their_card(script: Script, words: str, card: str) -> None:
    assert card in cards_for(words, script.questionnaire.crisis_words)
