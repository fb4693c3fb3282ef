"""As of a date: a decision of last year is made by last year's law, and who has begun goes on as she began.

The county below `two_versions/` is made up. Between its two versions a rule has changed, a question has come, a topic has
gone; and at the end of the year one of its Stellen closes.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from dialogs import events as ev
from dialogs.cases import CaseRefused, read_cases, route
from dialogs.check import check
from dialogs.engine import advance, start
from dialogs.errors import DefinitionError
from dialogs.load import load_library
from dialogs.routing import decide
from dialogs.script import Library
from dialogs.session import Session, Status
from dialogs.validity import Span
from locales.sources import german_sources

HERE = Path(__file__).parent / "two_versions"
LAST_YEAR, TODAY, NEXT_YEAR = dt.date(2025, 12, 1), dt.date(2026, 11, 21), dt.date(2027, 1, 1)
YOUNG = {"S03_age": "a18", "S15_needs": ["residence"]}


@pytest.fixture
def both() -> Library:
    return load_library("musterkreis", HERE)


def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE, tmp_path / "definitions"))


def asked_from_december(tmp_path: Path) -> Path:
    """The same files, but the new question begins a month later than the version it stands in."""
    root = copied(tmp_path)
    asked = root / "questionnaires/screening.toml"
    text = asked.read_text()
    old = 'source = "SGB VIII § 42"\nvalid_from = 2026-11-01'
    assert old in text
    asked.write_text(text.replace(old, 'source = "x"\nvalid_from = 2026-12-01'))
    return root


def decided(library: Library, on: dt.date, answers: dict[str, object]) -> dict[str, object]:
    script = library.current(on)
    ((id_, read),) = read_cases({"cases": [{"id": "x", "answers": answers}]}, script, on)
    return route(script, id_, read, on)


def test_a_decision_of_last_year_is_made_by_last_years_law(both: Library) -> None:
    before, now = decided(both, LAST_YEAR, YOUNG), decided(both, TODAY, {**YOUNG, "S13_uma": "no"})
    assert (before["dienst"], before["rule"], before["rules_version"]) == ("MITTE", "R3", "route-alt")
    assert (now["dienst"], now["rule"], now["rules_version"]) == ("JUGEND", "R3", "route-neu")


def test_the_change_is_sharp_to_the_day(both: Library) -> None:
    assert both.current(dt.date(2026, 10, 31)).version == "scr-alt+route-alt"
    assert both.current(dt.date(2026, 11, 1)).version == "scr-neu+route-neu"


def test_which_version_holds_is_told_by_the_dates_not_by_the_names(tmp_path: Path) -> None:
    root = copied(tmp_path)
    rules = root / "counties/musterkreis/rules-2025.toml"
    rules.write_text(rules.read_text().replace("route-alt", "zzz"))
    assert load_library("musterkreis", root).current(TODAY).version == "scr-neu+route-neu"


def test_a_question_that_did_not_exist_can_not_have_been_answered(both: Library) -> None:
    with pytest.raises(CaseRefused, match="S13_uma"):
        decided(both, LAST_YEAR, {**YOUNG, "S13_uma": "yes"})
    assert decided(both, TODAY, {**YOUNG, "S13_uma": "yes"})["dienst"] == "ALLEIN"


def test_an_answer_to_a_question_that_is_not_asked_that_day_is_refused_with_the_day(tmp_path: Path) -> None:
    root = asked_from_december(tmp_path)
    library = load_library("musterkreis", root)
    with pytest.raises(CaseRefused, match="is not asked on 2026-11-21"):
        decided(library, TODAY, {**YOUNG, "S13_uma": "yes"})
    # Nobody was asked, so nothing about it is open: the decision stands without it.
    assert decided(library, TODAY, YOUNG)["dienst"] == "JUGEND"
    assert decided(library, dt.date(2026, 12, 1), YOUNG)["open"] == ["S13_uma"]


def test_a_session_stays_on_the_version_it_began_on(both: Library) -> None:
    old = both.current(LAST_YEAR)
    turn = start(old, id="abcdefgh", code="K7M4-2PX9-C", door="web", entry="self", locale="de", on=LAST_YEAR)
    turn = advance(old, turn.session, ev.Chosen(turn.session.prompt, ("yes",)), LAST_YEAR)
    session = Session.from_dict(turn.session.to_dict())
    pinned = both.get(session.script)
    assert pinned is old
    for answer in ("a18", "residence"):
        session = advance(pinned, session, ev.Chosen(session.prompt, (answer,)), TODAY).session
    assert session.status is Status.REVIEWING and "S13_uma" not in session.answers
    done = advance(pinned, session, ev.Confirmed(session.prompt), TODAY).session
    assert done.decision is not None and (done.decision["dienst"], done.decision["rules_version"]) == ("MITTE", "route-alt")


def test_a_question_that_begins_during_a_session_is_neither_asked_nor_open(tmp_path: Path) -> None:
    root = asked_from_december(tmp_path)
    script = load_library("musterkreis", root).current(TODAY)
    turn = start(script, id="abcdefgh", code="K7M4-2PX9-C", door="web", entry="desk", locale="de", on=TODAY)
    session = turn.session
    for answer in ("yes", "a18", "residence"):
        session = advance(script, session, ev.Chosen(session.prompt, (answer,)), dt.date(2026, 12, 2)).session
    assert session.status is Status.REVIEWING
    done = advance(script, session, ev.Confirmed(session.prompt), dt.date(2026, 12, 2)).session
    assert done.decision is not None and (done.decision["mode"], done.decision["open"]) == ("referral", [])


def test_a_topic_is_offered_on_its_days_only(both: Library) -> None:
    assert [topic.id for topic in both.topics_on(LAST_YEAR)] == ["KA"]
    assert [topic.id for topic in both.topics_on(TODAY)] == ["KB"]
    (now,) = both.topics_on(TODAY)
    wants = {"S15_needs": ("residence",)}
    assert now.offered({**wants, "S03_age": "a27"}, TODAY)
    assert not now.offered({**wants, "S03_age": "a18"}, TODAY), "never_if is binding"
    assert not now.offered(wants, LAST_YEAR) and not now.offered({}, TODAY)


# -- a Stelle that closes --------------------------------------------------------------------------------------------


def test_where_the_stelle_has_closed_the_rule_falls_through(both: Library) -> None:
    alone = {**YOUNG, "S13_uma": "yes"}
    last_day = decided(both, dt.date(2026, 12, 31), alone)
    after = decided(both, NEXT_YEAR, alone)
    assert (last_day["dienst"], last_day["stelle"]) == ("ALLEIN", "allein")
    assert (after["dienst"], after["stelle"], after["rule"]) == ("JUGEND", "jugend", "R3")
    assert check(both, NEXT_YEAR) == ()


def test_a_dienst_that_ends_is_no_longer_proposed(tmp_path: Path) -> None:
    root = copied(tmp_path)
    services = root / "counties/musterkreis/services.toml"
    text = services.read_text().replace('name = "Beratung für junge Menschen"', 'name = "Jugend"\nvalid_until = 2026-11-30')
    services.write_text(text)
    library = load_library("musterkreis", root)
    young = {**YOUNG, "S13_uma": "no"}
    assert [decided(library, dt.date(2026, 11, day), young)["dienst"] for day in (30,)] == ["JUGEND"]
    assert decided(library, dt.date(2026, 12, 1), young)["dienst"] == "MITTE"
    assert library.county.stelle_for("JUGEND", None, dt.date(2026, 12, 1)) is None


def test_another_stelle_of_the_dienst_takes_over(tmp_path: Path) -> None:
    root = copied(tmp_path)
    services = root / "counties/musterkreis/services.toml"
    block = '[[stelle]]\nid = "dorf"\ndienst = "JUGEND"\ntraeger = "kreis"\nname = "Dorf"\nkommunen = ["dorf"]\n'
    services.write_text(services.read_text() + f"\n{block}valid_from = 2026-11-01\nvalid_until = 2026-11-30\n")
    county = load_library("musterkreis", root).county
    days = (dt.date(2026, 10, 31), dt.date(2026, 11, 1), dt.date(2026, 12, 1))
    found = [county.stelle_for("JUGEND", "dorf", on) for on in days]
    assert [stelle and stelle.id for stelle in found] == ["jugend", "dorf", "jugend"]
    assert county.served("JUGEND") is None and county.served("ALLEIN") == (Span(last=dt.date(2026, 12, 31)),)


def test_a_dienst_without_any_stelle_is_missing_not_closed(tmp_path: Path) -> None:
    root = copied(tmp_path)
    services = root / "counties/musterkreis/services.toml"
    services.write_text(services.read_text().replace('dienst = "ALLEIN"', 'dienst = "MITTE"'))
    assert "no-stelle" in {finding.code for finding in check(load_library("musterkreis", root), TODAY)}


def test_when_every_rule_is_closed_a_human_helps_and_check_says_so(tmp_path: Path) -> None:
    root = copied(tmp_path)
    services = root / "counties/musterkreis/services.toml"
    services.write_text(services.read_text().replace("Am Platz 1\"", "Am Platz 1\"\nvalid_until = 2026-11-30"))
    library = load_library("musterkreis", root)
    after = dt.date(2026, 12, 1)
    script = library.current(after)
    decision = decide(script.book, script.case({"S15_needs": ("residence",), "S03_age": "a27", "S13_uma": "no"}, after))
    assert (decision.dienst, decision.mode) == ("MITTE", "clearing")
    assert {"gap", "clearing-no-stelle"} <= {finding.code for finding in check(library, after)}


# -- bad input -------------------------------------------------------------------------------------------------------

RULES, SERVICES = "counties/musterkreis/rules.toml", "counties/musterkreis/services.toml"
SCREENING, TOPICS = "questionnaires/screening.toml", "topics.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (RULES, '"route-neu"', '"route-alt"', "has the version route-alt of counties"),
        (RULES, "valid_from = 2026-11-01", "valid_from = 2025-11-01", "has the valid_from 2025-11-01"),
        (RULES, "valid_from = 2026-11-01", 'valid_from = "bald"', "valid_from must be a day"),
        (SCREENING, "Wie alt sind Sie?", "Ihr Alter?", "S03_age: scr-neu asks it in other words than scr-alt"),
        (SERVICES, "valid_until = 2026-12-31", "valid_until = 31", "allein: `valid_until` is no date"),
        (TOPICS, "review_by = 2027-05-01\n", "", "KB: `review_by` is missing"),
        (TOPICS, "needs_review_from = 2027-07-01", "needs_review_from = 2026-07-01", "KB: `needs_review_from` 2026-07-01 lies"),
        (TOPICS, 'S15_needs = ["residence"] }]\nnever', 'S15_need = ["residence"] }]\nnever', "KB: speaks of 'S15_need'"),
        (TOPICS, 'S03_age = ["a18"]', 'S03_age = ["a19"]', "KB: S03_age offers no option 'a19'"),
        (TOPICS, 'shown_if = [{ S15_needs = ["residence"] }]\nnever', "never", "KB: `shown_if` is missing"),
        ("cards.toml", "review_by = 2026-11-20", 'review_by = "bald"', "S1: `review_by` is no date"),
    ],
)  # fmt: skip
def test_faults_of_dates_and_versions_are_named(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    root = copied(tmp_path)
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new, 1))
    with pytest.raises(DefinitionError) as caught:
        load_library("musterkreis", root)
    assert said in str(caught.value)
    assert all(finding.split(":")[1].isdigit() for finding in caught.value.findings)


def test_each_version_says_its_rules_in_its_own_words(both: Library) -> None:
    words = german_sources(HERE)
    for on in (LAST_YEAR, TODAY):
        for rule in both.current(on).book.rules:
            assert words[rule.key].text == rule.because
