"""Past people are counted, never shown; and what is counted tells nobody anything about one of them."""

from __future__ import annotations

import datetime as dt
import html
from dataclasses import replace

import pytest

from admin.rulebook.discretion import about, counted, past
from dialogs.answers import Month
from dialogs.comparison import compare, moved_to
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


def people(number: int) -> list[PastCase]:
    return [PastCase(SHORT, TODAY)] * number


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "weniger als 5"), (1, "weniger als 5"), (4, "weniger als 5"), (5, "rund 5"), (14, "rund 15"), (298, "rund 300")],
)
def test_small_counts_are_not_said_and_others_are_rounded(number: int, said: str) -> None:
    assert str(about(number)) == said


def test_nobody_and_somebody_look_the_same(old: Script, new: Script) -> None:
    """The planted fault would be a question like: is there anybody with just these answers?"""
    others = [PastCase((*SHORT[:-2], ("S15_needs", ["none"])), TODAY)] * 20
    pages = [past(old, new, [*others, *people(number)], TODAY) for number in range(3)]
    assert pages[0] == pages[1] == pages[2]
    assert str(pages[0].moved) == "weniger als 5"


def test_one_person_more_is_one_step_of_five_or_none(old: Script, new: Script) -> None:
    counts = [past(old, new, people(number), TODAY).moved.length for number in range(40)]
    assert set(counts) == {0, 5, 10, 15, 20, 25, 30, 35, 40} and counts == sorted(counts)


def test_what_is_kept_of_past_people_is_counts_only(old: Script, new: Script) -> None:
    found = past(old, new, people(9), TODAY)
    assert (str(found.people), str(found.moved), {row.dienst for row in found.rows}) == (
        "rund 10",
        "rund 10",
        {"KIM_KURZ", "MBE"},
    )
    assert "haan" not in repr(found) and "S02_city" not in repr(found)


def test_answers_move_along_with_the_day() -> None:
    then, on = dt.date(2026, 1, 31), dt.date(2026, 11, 21)
    answers = {"d": dt.date(2026, 3, 1), "m": Month(2026, 12), "y": 2020, "o": "a27", "s": ("work",)}
    moved = moved_to(answers, then, on)
    assert (moved["d"] - on, moved["m"], moved["y"], moved["o"], moved["s"]) == (  # type: ignore[operator]
        dt.date(2026, 3, 1) - then, Month(2027, 10), 2020, "a27", ("work",)
    )  # fmt: skip


def test_a_place_that_few_reach_has_no_row(old: Script, new: Script) -> None:
    found = counted(compare(old, old, [("", dict(SHORT[:4]))] * 3, TODAY))
    assert found.rows == () and found.most == 1


def test_an_answer_that_fits_no_question_any_more_stops_nothing(old: Script, new: Script) -> None:
    strange = PastCase((*SHORT, ("S99_gone", "x"), ("S12_year", "viele")), TODAY)
    assert past(old, new, [strange] * 5, TODAY).moved.length == 5


async def test_the_page_shows_past_people_of_the_kreis_as_counts_and_another_traeger_only_its_own(office: Office) -> None:
    def finished(uow: UnitOfWork, number: int) -> None:
        kinds = {"S05_valid_until": "date", "S11_children": "multi", "S15_needs": "multi", "S16_kind": "multi"}
        state = {**Session("x", "v", TODAY, "code", status=Status.FINISHED).to_dict()}
        state["answers"] = {key: (kinds.get(key, "single"), value) for key, value in SHORT}
        state["id"] = f"s{number:07d}"
        session = replace(Session.from_dict(state), id=f"s{number:07d}")
        chat = uow.chats.open("web", f"a{number}", "de")
        uow.sessions.add(session, person_id=uow.persons.add("mettmann"), chat_id=chat.id, code=f"c{number}")

    for number in range(13):
        await office.database.write(lambda uow, number=number: finished(uow, number))
    pages = {}
    for login, traeger in (("ada", "kreis-mettmann"), ("cora", "caritas")):
        door = await door_of(office, await coordinator(office, login, traeger))
        where = await draft(door, changed(SHIFT, version=f"v-{login}"))
        pages[login] = html.unescape((await door.get(where))[1])
    assert "Rund 15 von rund 15 gingen woanders hin." in pages["ada"]
    assert "zu wenige da, um etwas zu zeigen (weniger als 5)" in pages["cora"]
    assert [row.action for row in await office.audit_rows()].count("past_cases_counted") == 2
