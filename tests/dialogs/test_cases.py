"""Case files from outside: read strictly, refused whole."""

from __future__ import annotations

from typing import Any

import pytest

from dialogs.cases import CaseRefused, read_cases, route
from dialogs.script import Script
from tests.dialogs.talk import TODAY


def _case(**answers: Any) -> dict[str, Any]:
    return {"cases": [{"id": "a", "answers": answers}]}


def test_a_finished_case_is_decided_with_reason_facts_and_dates(script: Script) -> None:
    raw = _case(
        S02_city="hilden", S03_age="a27", S04_status="p104c", S05_valid_until="2027-03-15", S06_applied="no",
        S07_identity="none", S15_needs=["identity"], S16_kind=[],
    )  # fmt: skip
    ((id_, answers),) = read_cases(raw, script)
    decision = route(script, id_, answers, TODAY)
    assert (decision["rule"], decision["dienst"], decision["stelle"]) == ("M10", "FF_CARITAS", "ff-caritas")
    assert list(decision["decided_by"].items())[:2] == [("identitaet_offen", True), ("thema", "identity")]  # type: ignore[attr-defined]
    # What kept the earlier rules away counts as well.
    assert set(decision["decided_by"]) == {"identitaet_offen", "thema", "titel_dringend", "ausreise_droht", "komplex", "jung"}  # type: ignore[call-overload]
    assert decision["changes"][0] == {  # type: ignore[index]
        "when": "2027-02-01", "event": "days_left", "days": 42, "question": "S05_valid_until", "dienst": "KIM_CM", "urgent": True,
    }  # fmt: skip
    assert decision["deadlines"]["D3"] == "2027-03-15"  # type: ignore[index]
    assert set(decision) >= {
        "id",
        "dienst",
        "stelle",
        "mode",
        "urgent",
        "also",
        "rule",
        "because",
        "decided_by",
        "decided_from",
        "changes",
        "open",
        "deadlines",
    }


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ([], 'no list "cases"'),
        ({"cases": {}}, 'no list "cases"'),
        ({"cases": [{}]}, 'case 1: "id" is missing'),
        ({"cases": [{"id": "a"}, {"id": "a"}]}, "case a: the id stands twice"),
        ({"cases": [{"id": "a", "answer": {}}]}, "unknown field 'answer'"),
        ({"cases": [{"id": "a", "answers": []}]}, '"answers" is no table'),
        (_case(S99="x"), "case a: S99: no such question"),
        (_case(S03_age="a99"), "case a: S03_age: no option 'a99'. Write one of: u12, a12"),
        (_case(S03_age=["a27"]), "is not of kind single"),
        (_case(S15_needs="work"), "is not of kind multi. Write a list of"),
        (_case(S15_needs=["wrok"]), "no option 'wrok'"),
        (_case(S05_valid_until="15.03.2027"), "Write YYYY-MM-DD"),
        (_case(S05_valid_until="2027-02-30"), "Write YYYY-MM-DD"),
        (_case(S03b_month27="2027-13"), "Write YYYY-MM"),
        (_case(S12_year=True), "Write a whole number"),
        (_case(S12_year="2016"), "Write a whole number"),
        (_case(S03_age="unknown"), "'unknown' is not offered"),
        (_case(S02_city="koeln"), "Write the id of a Kommune"),
        (_case(S03_age=None), "is not of kind single"),
    ],
)
def test_a_wrong_case_names_itself_the_field_and_the_remedy(script: Script, raw: object, said: str) -> None:
    with pytest.raises(CaseRefused) as caught:
        read_cases(raw, script)
    assert said in str(caught.value)


def test_unknown_and_refused_are_read_where_they_are_offered(script: Script) -> None:
    ((_, answers),) = read_cases(_case(S06_applied="unknown", S07_identity="na", S04_status="skipped"), script)
    assert {str(value) for value in answers.values()} == {"unknown", "na", "skipped"}


@pytest.mark.parametrize(
    ("question", "raw"), [("S05_valid_until", "0001-01-01"), ("S05_valid_until", "9999-12-31"), ("S03b_month27", "0001-01"),
                          ("S12_year", 10_000), ("S12_year", 0)],
)  # fmt: skip
def test_a_date_that_nobody_can_mean_is_refused_with_its_place(script: Script, question: str, raw: object) -> None:
    with pytest.raises(CaseRefused, match=f"case a: {question}: .* lies outside 1900 to 2200"):
        read_cases(_case(**{question: raw}), script)
