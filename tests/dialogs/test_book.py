"""The book of expected cases of every county: what the offices expect is what the program does."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

import pytest

from dialogs.load import known_counties, load_library
from dialogs.routing import TOPIC, decide
from dialogs.script import Script
from tests.dialogs.book import COLUMNS, COUNTED, EXPECTED, OTHERS, SEVERAL, TABLES, Person, counties, read_book
from tests.dialogs.talk import TODAY

BOOKS = {county: read_book(county) for county in counties()}
SCRIPTS = {county: load_library(county).current(TODAY) for county in BOOKS}
ROWS = [(county, person) for county, people in BOOKS.items() for person in people]

# A last rule for everybody whom no rule before takes in; in Mettmann there is nobody (`domain.md` B.2: "only a safety net").
NOBODY = {"M17"}


@pytest.mark.parametrize(("county", "person"), ROWS, ids=[f"{county}-{person.id}" for county, person in ROWS])
def test_everybody_in_the_book_is_sent_where_the_book_says(county: str, person: Person) -> None:
    script = SCRIPTS[county]
    decision = decide(script.book, script.case(person.answers, TODAY, finished=True))
    expected = (person.rule, person.dienst, person.mode, person.urgent)
    assert (decision.rule, decision.dienst, decision.mode, decision.urgent) == expected
    if person.also is not None:
        assert decision.also == person.also
    assert bool(decision.open) == (person.mode == "clearing"), "what has to be cleared up is named, and nothing else"


def test_every_county_has_a_book_of_its_size() -> None:
    assert set(BOOKS) == set(known_counties())
    assert len(BOOKS["mettmann"]) >= 60
    assert all(len(people) >= 25 for people in BOOKS.values())


@pytest.mark.parametrize("county", BOOKS)
def test_no_row_and_no_number_stands_twice(county: str) -> None:
    ids = [person.id for person in BOOKS[county]]
    assert len(ids) == len(set(ids))
    said = [repr(sorted(person.answers.items())) for person in BOOKS[county]]
    assert sorted(said) == sorted(set(said))


@pytest.mark.parametrize("county", BOOKS)
def test_every_rule_is_reached_by_somebody(county: str) -> None:
    reached = {person.rule for person in BOOKS[county]}
    rules = {rule.id for rule in SCRIPTS[county].book.rules}
    assert rules - reached - NOBODY == set()
    assert reached - rules == {"CLEARING"}


@pytest.mark.parametrize("county", BOOKS)
def test_every_destination_is_reached_by_somebody_and_every_further_one_too(county: str) -> None:
    book = SCRIPTS[county].book
    first = {row.to for row in (*book.rules, *book.topics)} - {TOPIC} | {book.clearing}
    assert first - {person.dienst for person in BOOKS[county]} == set()
    assert {row.to for row in book.also} - {dienst for person in BOOKS[county] for dienst in person.also or ()} == set()


@pytest.mark.parametrize("county", BOOKS)
def test_every_kommune_and_somebody_from_elsewhere_are_in_the_book(county: str) -> None:
    towns = {person.answers.get("S02_city") for person in BOOKS[county]}
    assert {*SCRIPTS[county].county.kommunen, "other", "skipped"} <= towns


@pytest.mark.parametrize("county", BOOKS)
def test_both_sides_of_the_boundaries_are_in_the_book(county: str) -> None:
    days = {person.answers.get("S05_valid_until") for person in BOOKS[county]}
    assert {TODAY + dt.timedelta(days=left) for left in (-1, 0, 42, 43)} <= days
    assert {"a12", "a16", "a25", "a27"} <= {person.answers.get("S03_age") for person in BOOKS[county]}


# -- how to read it ----------------------------------------------------------------------------------------------------


def explained() -> dict[str, str]:
    rows = re.findall(r"^- `([^`]+)`: (.+)$", (TABLES / "LESEN.md").read_text(encoding="utf-8"), re.M)
    assert len(rows) == len({name for name, _ in rows}), "a word is explained twice"
    return dict(rows)


def options(script: Script) -> Iterator[tuple[str, str]]:
    for question in {**COLUMNS, **SEVERAL}.values():
        if question in script.questionnaire.by_id:
            yield from ((option.id, option.text) for option in script.questionnaire.by_id[question].options)


def test_the_page_beside_the_books_explains_every_answer_in_the_words_of_the_questionnaire() -> None:
    words = explained()
    wanted: dict[str, set[str]] = {}
    for id_, text in options(SCRIPTS["mettmann"]):
        wanted.setdefault(id_, set()).add(text)
    assert {id_ for id_ in wanted if id_ not in words} == set()
    for id_, texts in wanted.items():
        assert all(text in words[id_] for text in texts), id_


def test_the_page_beside_the_books_explains_every_column() -> None:
    page = (TABLES / "LESEN.md").read_text(encoding="utf-8")
    assert [name for name in (*COLUMNS, *SEVERAL, *COUNTED, *EXPECTED, *OTHERS) if f"**{name}**" not in page] == []
