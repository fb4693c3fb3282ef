"""What the person reads of the reasons: in her language, and nothing that others should not read on her phone."""

from __future__ import annotations

import pytest

from bot.app import phrasing_for
from bot.why import reasons_told
from bot.words import Words
from dialogs.effects import ShowResult
from dialogs.facts import OPTION_FACTS, TOLD_AGAIN
from dialogs.model import Question
from dialogs.reasons import decide_with_reasons
from dialogs.script import Library, Script
from tests.dialogs.book import read_book
from tests.dialogs.talk import TODAY
from tests.dialogs.walked_people import walked

PEOPLE = {person.id: person.answers for person in read_book("mettmann")}


@pytest.fixture(scope="session")
def script(library: Library) -> Script:
    return library.current(TODAY)


def told(words: Words, script: Script, person: str, locale: str = "de", **changed: object) -> list[str]:
    answers = {**PEOPLE[person], **changed}
    decision = decide_with_reasons(script, script.case(answers, TODAY, finished=True))  # type: ignore[arg-type]
    return list(reasons_told(words, decision.to_json(), locale))


def test_what_counted_is_said_in_her_language(words: Words, script: Script) -> None:
    assert told(words, script, "P01") == [
        "Dafür war wichtig: braucht länger Hilfe, und mehrere Stellen oder Themen sind beteiligt; "
        "gehört zu einer Zielgruppe von KIM."
    ]
    (arabic,) = told(words, script, "P01", "ar")
    assert words.text("fact.komplex.ja", "ar") in arabic and "؛ " in arabic


def test_the_27th_birthday_is_told(words: Words, script: Script) -> None:
    from dialogs.answers import Month

    said = told(words, script, "P24", S03_age="a25", S03b_month27=Month(2027, 2))
    mbe = words.german("dienst.MBE.name")
    assert f"Ab dem 27. Geburtstag (Februar 2027) ist eine andere Stelle zuständig: {mbe}." in said


@pytest.mark.parametrize("person", ["P02", "P05", "P08", "P09", "P12", "P13", "P14", "P16", "P17", "P18", "P22"])
def test_of_what_is_sensitive_only_the_rules_sentence_is_said(words: Words, script: Script, person: str) -> None:
    """Identity, removal, an expired or ending title, health, what she asked for, and how she came."""
    assert told(words, script, person) == []


def test_no_fact_about_a_sensitive_question_may_be_told(script: Script) -> None:
    """What is told again rests on no paper, no removal letter and no health question, except through what it counts."""
    questions: dict[str, Question] = dict(script.questionnaire.by_id)
    never = {"S01_safety", "S05_valid_until", "S06_applied", "S07_identity", "S10_income", "S13_uma", "S14_soe", "F3_health_ok"}
    for name in TOLD_AGAIN & set(script.book.facts) - {"zielgruppe", "komplex", "viele_probleme", "ein_thema"}:
        asked = {atom.question for atom in script.book.facts[name].atoms()}
        assert not asked & never, name
    assert {OPTION_FACTS[name] for name in TOLD_AGAIN & set(OPTION_FACTS)} == {"S02_city", "S03_age"}
    assert never <= set(questions)


def test_nobodys_page_repeats_a_sensitive_answer(library: Library, words: Words, script: Script) -> None:
    """Of many people, the result page holds none of the words of a sensitive fact."""
    import random

    chance, phrasing = random.Random(3), phrasing_for(library, words)
    kept_back = [name for name in script.book.facts if name not in TOLD_AGAIN]
    sensitive = [words.german(f"fact.{name}.{kind}") for name in kept_back for kind in ("ja", "nein")]
    said = 0
    for _ in range(300):
        decision = decide_with_reasons(script, script.case(walked(script, chance), TODAY))
        page = phrasing.phrase(ShowResult("s", {**decision.to_json(), "stelle": None}), "de")
        # The rule's own sentence may name what the rule is about; what is added to it may not.
        text = " ".join(line for line in page.paragraphs if not line.startswith("Warum?"))
        said += "Dafür war wichtig" in text
        assert not [label for label in sensitive if label in text]
    assert said > 20
