"""Conditions as XLSForm and our own table say them: both ways the same, and what can't be meant is said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from admin.rulebook.sheet_findings import CellWrong
from admin.rulebook.xlsform import from_relevant, from_terms, relevant, terms

NAMES = st.sampled_from(["S01", "S03_age", "S04_status", "F2_notice", "S15_needs"])
OPTIONS = st.lists(st.from_regex(r"[a-z0-9_]{1,8}", fullmatch=True), min_size=1, max_size=4, unique=True)
ASKED = st.dictionaries(NAMES, OPTIONS, max_size=4)


@settings(deadline=None)
@given(only=ASKED, unless=ASKED, several=st.frozensets(NAMES))
def test_what_is_written_is_read_back(only: dict[str, list[str]], unless: dict[str, list[str]], several: frozenset[str]) -> None:
    assert from_relevant(relevant(only, unless, several)) == (only, unless)
    assert from_terms(terms(only)) == only


@settings(deadline=None)
@given(st.text(max_size=60) | st.text("$ {}()'=!,andornotselected \"q", max_size=60))
def test_any_words_are_read_or_refused(words: str) -> None:
    for read in (from_relevant, from_terms):
        try:
            read(words)
        except CellWrong as wrong:
            assert str(wrong)


@pytest.mark.parametrize(
    ("text", "only", "unless"),
    [
        ("${a} = 'x'", {"a": ["x"]}, {}),
        ('${a}="x" or ${a} = "y"', {"a": ["x", "y"]}, {}),
        ("selected(${a}, 'x') and ${b} != 'y'", {"a": ["x"]}, {"b": ["y"]}),
        ("not(${a} = 'x') and not(${a} = 'y')", {}, {"a": ["x", "y"]}),
        ("not(${a} = 'x' or ${b} = 'y')", {}, {"a": ["x"], "b": ["y"]}),
        ("not(not(${a} = 'x'))", {"a": ["x"]}, {}),
        ("((${a} = 'x')) and (${b} = 'y' and ${c} = 'z')", {"a": ["x"], "b": ["y"], "c": ["z"]}, {}),
    ],
)
def test_other_ways_to_say_it_are_understood(text: str, only: object, unless: object) -> None:
    assert from_relevant(text) == (only, unless)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${a} = 'x' or ${b} = 'y'", "nicht zwischen a und b"),
        ("${a} = 'x' and ${a} = 'y'", "zwei Bedingungen an a"),
        ("not(${a} = 'x' and ${b} = 'y')", "zusammengesetzten"),
        ("${a} > 5", "„> 5“ gehört nicht"),
        ("${a} = ", "hört mittendrin auf"),
        ("count-selected(${a})", "komme ich nicht weiter"),
        ("${a} = 'x' ${b}", "komme ich nicht weiter"),
        ("(" * 60 + "${a} = 'x'" + ")" * 60, "zu tief"),
        ("${a} = 'x' or " * 900, "länger als 4000"),
    ],
)
def test_what_does_not_fit_is_said_in_german(text: str, said: str) -> None:
    with pytest.raises(CellWrong, match=said):
        from_relevant(text)


@pytest.mark.parametrize(
    ("text", "said"), [("S04_status", "verstehe ich nicht"), ("a = x; a = y", "steht zweimal da"), ("a = x y", "verstehe")]
)
def test_terms_that_can_not_be_meant_are_refused(text: str, said: str) -> None:
    with pytest.raises(CellWrong, match=said):
        from_terms(text)
