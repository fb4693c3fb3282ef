"""Past people are counted, never shown; and what is counted tells nobody anything about one of them."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import re
from collections import Counter
from dataclasses import replace

import pytest

from admin.rulebook.discretion import about, counted, past
from dialogs.answers import Month
from dialogs.comparison import Comparison, compare, moved_to
from dialogs.load import load_library
from dialogs.release import Release
from dialogs.script import Library, Script
from dialogs.session import Session, Status
from storage import PastCase, UnitOfWork
from tests.admin.office import Office
from tests.admin.rulebook.conftest import SHIFT, changed
from tests.admin.rulebook.test_release import coordinator, door_of, draft

TODAY = dt.date(2026, 11, 21)
SHORT = (
    ("S02_city", "haan"), ("S03_age", "a27"), ("S04_status", "p104c"), ("S05_valid_until", "2027-03-15"), ("S06_applied", "no"),
    ("S07_identity", "passport"), ("S08_german", "c2"), ("S09_lid", "yes"), ("S10_income", "work"), ("S11_children", ["no"]),
    ("S15_needs", ["work", "housing"]), ("S16_kind", ["helped"]),
)  # fmt: skip


@pytest.fixture(scope="module")
def old(library: Library) -> Script:
    return library.current(TODAY)


@pytest.fixture(scope="module")
def new() -> Script:
    return load_library("mettmann", released=[Release("x", changed(SHIFT), TODAY)]).current(TODAY)


NONE = (*SHORT[:-2], ("S15_needs", ["none"]))


def people(number: int, rows: tuple[tuple[str, object], ...] = SHORT, salt: str = "") -> list[PastCase]:
    """So many cases; `salt` stands for the ids they happen to have."""
    return [PastCase(rows, TODAY, hashlib.sha256(f"{salt} {rows} {one}".encode()).digest()) for one in range(number)]


def keys(number: int, salt: object) -> list[bytes]:
    return [hashlib.sha256(f"{salt} {one}".encode()).digest() for one in range(number)]


def test_small_counts_are_not_said_and_others_are_near_the_truth() -> None:
    for salt in range(200):
        assert {str(about(keys(number, salt))) for number in range(7)} == {"weniger als 10"}
        said = about(keys(298, salt)).about
        assert said is not None and said % 5 == 0 and abs(said - 298) <= 6


def test_the_same_cases_and_rules_have_the_same_answer_and_no_order() -> None:
    some = keys(33, "x")
    assert about(some, b"a") == about(some[::-1], b"a")
    assert len({about(some, bytes([asked])) for asked in range(20)}) > 1


@pytest.mark.parametrize("group", [6, 7, 9, 10, 12, 22, 47])
def test_who_asks_for_one_person_more_learns_hardly_more_than_by_guessing(group: int) -> None:
    """The attack: rules that move a group that is known, and with it whoever has just these answers. Of all rules by which
    to guess from the answer whether she is there, the best one may not be much better than a coin.
    """
    tries = 4_000
    without = Counter(about(keys(group, salt), b"one").about for salt in range(tries))
    with_her = Counter(about(keys(group + 1, salt), b"two").about for salt in range(tries))
    best = sum(max(without[said], with_her[said]) for said in {*without, *with_her}) / (2 * tries)
    assert best < 0.5 + 1 / 7 / 2 + 0.03


def test_nobody_and_somebody_look_the_same(old: Script, new: Script) -> None:
    """The planted fault would be a question like: is there anybody with just these answers?"""
    pages = [past(old, new, [*people(20, NONE), *people(number)], TODAY) for number in range(3)]
    assert {str(page.moved) for page in pages} == {"weniger als 10"} and all(page.rows == () for page in pages)


def test_moves_are_said_only_if_enough_go_and_enough_stay(old: Script, new: Script) -> None:
    assert past(old, new, people(40), TODAY).moved.about is None
    found = past(old, new, [*people(40), *people(40, NONE)], TODAY)
    assert found.moved.about in (35, 40, 45) and {row.dienst for row in found.rows} >= {"KIM_KURZ", "MBE"}
    assert "haan" not in repr(found) and "S02_city" not in repr(found)


def test_one_who_comes_along_with_a_group_changes_no_row_of_her_own(old: Script, new: Script) -> None:
    """Else "before" and "after" of a place with one person less would show two draws, and tell of her."""
    (pair,) = compare(old, new, [("", dict(SHORT[:3]))], TODAY).pairs
    stay = replace(pair.before, dienst="X")
    leave = replace(pair.before, dienst="Y")
    for salt in range(50):
        goes = replace(pair, before=leave, after=replace(leave, dienst="Z"), differs=("Dienst",))
        group = [replace(goes, id=key.hex()) for key in keys(20, salt)]
        others = [replace(pair, id=key.hex(), before=stay, after=stay, differs=()) for key in keys(30, f"o{salt}")]
        her = replace(pair, id=keys(1, f"h{salt}")[0].hex(), before=stay, after=leave, differs=("Dienst",))
        (row,) = [row for row in counted(Comparison((*group, *others, her))).rows if row.dienst == "X"]
        assert row.before == row.after


def test_answers_move_along_with_the_day() -> None:
    then, on = dt.date(2026, 1, 31), dt.date(2026, 11, 21)
    answers = {"d": dt.date(2026, 3, 1), "m": Month(2026, 12), "y": 2020, "o": "a27", "s": ("work",)}
    moved = moved_to(answers, then, on)
    assert (moved["d"] - on, moved["m"], moved["y"], moved["o"], moved["s"]) == (  # type: ignore[operator]
        dt.date(2026, 3, 1) - then, Month(2027, 10), 2020, "a27", ("work",)
    )  # fmt: skip


def test_an_answer_that_fits_no_question_any_more_stops_nothing(old: Script, new: Script) -> None:
    strange = people(40, (*SHORT, ("S99_gone", "x"), ("S12_year", "viele")))
    assert past(old, new, [*strange, *people(40, NONE)], TODAY).moved.length > 30


async def test_of_a_change_with_findings_nobody_is_counted(office: Office) -> None:
    door = await door_of(office, await coordinator(office))
    where = await draft(door, changed(("when = { jung = true }", "when = {}")))
    _, page = await door.get(where)
    assert "kommt nie zum Zug" in page and "Menschen, die hier waren" not in page
    assert "past_cases_counted" not in {row.action for row in await office.audit_rows()}


async def test_the_page_shows_past_people_of_the_kreis_as_counts_and_another_traeger_only_its_own(office: Office) -> None:
    def finished(uow: UnitOfWork, number: int) -> None:
        kinds = {"S05_valid_until": "date", "S11_children": "multi", "S15_needs": "multi", "S16_kind": "multi"}
        state = {**Session("x", "v", TODAY, "code", status=Status.FINISHED).to_dict()}
        state["answers"] = {key: (kinds.get(key, "single"), value) for key, value in (SHORT if number % 2 else NONE)}
        state["id"] = f"s{number:07d}"
        session = replace(Session.from_dict(state), id=f"s{number:07d}")
        chat = uow.chats.open("web", f"a{number}", "de")
        uow.sessions.add(session, person_id=uow.persons.add("mettmann"), chat_id=chat.id, code=f"c{number}")

    for number in range(60):
        await office.database.write(lambda uow, number=number: finished(uow, number))
    pages = {}
    for login, traeger in (("ada", "kreis-mettmann"), ("cora", "caritas")):
        door = await door_of(office, await coordinator(office, login, traeger))
        where = await draft(door, changed(SHIFT, version=f"v-{login}"))
        pages[login] = html.unescape((await door.get(where))[1])
    assert re.search(r"Rund (25|30|35) von rund (55|60|65) gingen woanders hin\.", pages["ada"])
    assert "zu wenige da, um etwas zu zeigen (weniger als 10)" in pages["cora"]
    assert [row.action for row in await office.audit_rows()].count("past_cases_counted") == 2
