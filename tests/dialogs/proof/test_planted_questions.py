"""One fault for each promise about the questionnaire; and how long its ways are."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dialogs import events as ev
from dialogs.check import longest_path
from dialogs.proof import questions
from dialogs.proof.day import Day
from dialogs.proof.findings import Finding
from dialogs.proof.paths import ways
from dialogs.script import Library, Script
from dialogs.session import MOVES, Status
from tests.dialogs.proof.conftest import QUESTIONS
from tests.dialogs.proof.test_planted_rules import changed
from tests.dialogs.talk import TODAY

Found = Callable[..., dict[str, list[Finding]]]


def test_a_question_that_nobody_is_asked_is_found(found: Found) -> None:
    change = changed(QUESTIONS, "S14_soe", r"ask_unless = \{.*\}", 'ask_unless = { S04_status = ["eu"] }')
    dead = found(change)["dead-question"]
    assert [finding.id for finding in dead] == ["S14_soe"] and dead[0].file == QUESTIONS


def test_an_answer_that_nobody_is_offered_is_found(found: Found) -> None:
    change = changed(QUESTIONS, "S15_needs", r'Arzt", only_if = \{.*?\}', 'Arzt", only_if = { S03_age = ["u12"] }')
    (finding,) = found(change)["dead-option"]
    assert finding.id == "S15_needs" and "health" in finding.what


def test_a_question_without_an_answer_for_some_people_is_a_dead_end(found: Found) -> None:
    only = ', only_if = { S03_age = ["a16"] } }'
    change = changed(
        QUESTIONS, "F3_health_ok", r'(text = "Ja") \}(,\n.*text = "Nein") \}', rf"\1{only}\2{only}"
    )  # fmt: skip
    (finding,) = found(change)["dead-end"]
    assert finding.id == "F3_health_ok" and finding.person is not None
    assert finding.person.answers["S03_age"] != "a16"


def test_consent_after_a_personal_question_is_found(found: Found) -> None:
    late = found((QUESTIONS, 'purpose = "C1"', 'purpose = "C9"'))["consent-late"]
    assert {"S01_safety", "S02_city", "S03_age"} <= {finding.id for finding in late}


def test_consent_that_only_some_are_asked_for_is_found_with_one_of_the_others(found: Found) -> None:
    consent = "[[question]]\n" + 'id = "X1"\ntext = "Darf ich?"\nkind = "consent"\npurpose = "C1"\nwhy = "x"\nsource = "x"\n'
    consent += 'valid_from = 2026-11-01\nask_if = { F2_notice = ["yes"] }\noptions = [ { id = "yes", text = "Ja" } ]\n\n'
    changes = (
        (QUESTIONS, 'purpose = "C1"', 'purpose = "C9"'),
        (QUESTIONS, '[[question]]\nid = "S01_safety"', consent + '[[question]]\nid = "S01_safety"'),
    )
    (finding,) = (one for one in found(*changes)["consent-late"] if one.id == "S01_safety")
    assert finding.person is not None and finding.person.needed["F2_notice"] != "yes"


def test_a_twenty_first_question_is_found(found: Found) -> None:
    change = changed(QUESTIONS, "S14_soe", r"ask_if = \{.*\}\n", "")
    (finding,) = found(change)["too-long"]
    assert "21" in finding.what


def test_a_state_without_a_way_out_is_found(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MOVES, Status.PAUSED, MOVES[Status.PAUSED] - {ev.HumanAsked})
    monkeypatch.setitem(MOVES, Status.ASKING, MOVES[Status.ASKING] - {ev.Paused})
    found = {finding.id for finding in questions.dead_ends(Day(script, TODAY))}
    assert {"paused", "asking", "S03_age", "S18_handover"} <= found


def test_the_longest_way_has_twenty_questions_and_the_median_fifteen(script: Script) -> None:
    found = ways(script, TODAY)
    assert len(found.longest) == longest_path(script) == 20
    assert len(found.median) == 15
    assert len(set(found.ways)) == len(found.ways), "each way counts once"
    assert all(way[:3] == ("F1_lang", "F2_notice", "S01_safety") for way in found.ways)


def test_under_16_the_way_ends_after_the_age(script: Script) -> None:
    assert min(ways(script, TODAY).ways, key=len)[-1] == "S03_age"


def test_a_question_that_has_not_begun_is_on_no_way(planted: Callable[..., Library]) -> None:
    library = planted(changed(QUESTIONS, "S12_year", r"valid_from = \S+", "valid_from = 2027-01-01"))
    script = library.current(TODAY)
    assert not any("S12_year" in way for way in ways(script, TODAY).ways)
    assert any("S12_year" in way for way in ways(script, TODAY.replace(year=2027)).ways)
