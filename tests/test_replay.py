"""`wegweiser replay`: every stored decision taken again, to the last bit; and what it says where that fails."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.place import Place
from bot.replay import replay
from bot.seed import PastClock, settle
from bot.step import Step
from bot.words import Words
from dialogs import events as ev
from dialogs.load import ROOT, load_library
from dialogs.people import People, load_people
from dialogs.script import Library
from storage import Database, KeptSession, KeyRing, UnitOfWork, kept_referrals, kept_sessions, migrate, open_database
from tests.conftest import NOON, Clock
from tests.storage.people import hand_over
from tests.test_commands import run


def crowd(library: Library) -> People:
    return load_people(library.current(NOON.date()))


@pytest.fixture
def seeded(database: Database, library: Library, words: Words) -> Database:
    """The demo's people: sessions and referrals of all kinds, made by the real engine."""
    settle(database, library, words, crowd(library), PastClock(NOON))
    return database


def changed(tmp_path: Path, old: str, new: str) -> Library:
    """The shipped definitions with one change in the county's rules, under the same version."""
    root = tmp_path / "definitions"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    rules = root / "counties" / "mettmann" / "rules.toml"
    text = rules.read_text(encoding="utf-8")
    assert old in text
    rules.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_library("mettmann", root)


def _sessions(database: Database) -> tuple[KeptSession, ...]:
    return database.read_now(lambda uow: kept_sessions(uow, "", 1000))


def test_every_decision_is_reproduced_bit_for_bit(seeded: Database, library: Library) -> None:
    found = replay(seeded, library)
    assert found.clean and found.different == [] and not found.not_replayable
    assert found.same["session"] == 298 and found.same["referral"] > 100


def test_a_changed_rule_is_named_by_row_and_field_and_by_no_value(seeded: Database, tmp_path: Path) -> None:
    other = changed(tmp_path, 'when = { komplex = true, zielgruppe = true }\nto = "KIM_CM"',
                    'when = { komplex = true, zielgruppe = true }\nto = "MBE"')  # fmt: skip
    decided = {kept.id: kept.session.decision for kept in _sessions(seeded) if kept.session is not None}
    by_m09 = {id_ for id_, decision in decided.items() if decision is not None and decision["rule"] == "M09"}
    found = replay(seeded, other)
    assert not found.clean and by_m09
    assert {different.kind for different in found.different} == {"session", "referral"}
    moved = [different for different in found.different if "dienst" in different.fields]
    assert {different.id for different in moved if different.kind == "session"} == by_m09
    said = "\n".join(found.lines()) + json.dumps(found.to_json())
    for value in ("KIM_CM", "MBE", "velbert", "p104c", "komplex"):
        assert value not in said


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("urgent_days = 42", "urgent_days = 50", "changes"),
        ("Sie brauchen länger Hilfe, und es geht um mehrere", "Sie brauchen lange Hilfe, und es geht um mehrere", "because"),
        ("; Grundsätze der Jugendmigrationsdienste", "; Grundsätze 2027", "source"),
    ],
)
def test_the_smallest_change_is_seen(sqlite_database: Database, library: Library, words: Words, tmp_path: Path,
                                     old: str, new: str, field: str) -> None:  # fmt: skip
    settle(sqlite_database, library, words, crowd(library), PastClock(NOON))
    found = replay(sqlite_database, changed(tmp_path, old, new))
    assert {name for different in found.different for name in different.fields} == {field}


def test_a_version_that_is_gone_is_named(seeded: Database, library: Library, tmp_path: Path) -> None:
    other = changed(tmp_path, 'version = "route-me-2026-11"', 'version = "route-me-2099-01"')
    found = replay(seeded, other)
    (version,) = library.scripts
    assert not found.clean and found.scripts_missing == {version: 298} and not found.same
    assert any(version in line for line in found.lines())


def test_what_was_decided_before_day_and_script_were_stored_is_counted_not_guessed(database: Database, library: Library) -> None:
    def old(uow: UnitOfWork) -> None:
        handed = hand_over(uow)
        stored = uow.sessions.load(handed.stored.session.id)
        assert stored is not None
        uow.sessions.save(stored, replace(stored.session, decision={"dienst": "KIM_CM", "rule": "M09"}))
        gone = hand_over(uow)
        uow.referrals.withdraw(gone.stored.session.id)

    database.write_now(old)
    found = replay(database, library)
    assert found.clean and not found.same
    assert found.not_replayable == {
        "a session from before day and script were stored": 1,
        "a referral from before day and script were stored": 1,
        "a referral whose content is gone": 1,
    }


def test_a_referral_that_says_something_else_than_its_dialogue_is_named(seeded: Database, library: Library) -> None:
    """Told fields are compared one by one, also where the dialogue itself is right."""
    found = replay(seeded, library)
    assert found.clean

    def forge(uow: UnitOfWork) -> str:
        (row, *_) = kept_referrals(uow)
        assert row.decision is not None and row.session_id is not None
        stored = uow.sessions.load(row.session_id)
        assert stored is not None and stored.session.decision is not None
        decision = {**stored.session.decision, "rule": "M00"}
        uow.sessions.save(stored, replace(stored.session, decision=decision))
        return row.session_id

    forged = seeded.write_now(forge)
    (different,) = replay(seeded, library).different
    assert (different.kind, different.id, different.fields) == ("session", forged, ("rule",))


def test_the_short_path_of_the_desk_too(sqlite_database: Database, library: Library, words: Words, clock: Clock) -> None:
    """Most is not asked there: the decision was taken over what is not known, and is taken so again."""
    from bot.app import phrasing_for
    from bot.channels import Inbound
    from dialogs.engine import Turn, advance
    from dialogs.session import Status

    place = Place(library, phrasing_for(library, words), frozenset(), clock)
    first = place.begin(door="web", entry="desk-104c", locale="de").session
    wanted = {
        "F2_notice": ("yes",), "S02_city": ("haan",), "S03_age": ("a27",), "F3_health_ok": ("no",),
        "S15_needs": ("work", "language"), "S16_kind": ("long",), "S17_contact": ("chat",), "S18_handover": ("yes",),
    }  # fmt: skip
    session, kept = first, []
    while session.status in (Status.ASKING, Status.REVIEWING):
        given = wanted.get(session.open or "")
        event = ev.Confirmed(session.prompt) if session.status is Status.REVIEWING else (
            ev.Chosen(session.prompt, given) if given else ev.Skipped(session.prompt))  # fmt: skip
        session, effects = advance(place.script(session), session, event, place.today())
        kept += effects
    inbound = Inbound("web", "x", "x", ev.Started())
    sqlite_database.write_now(lambda uow: Step(place, uow, inbound, []).keep_whole(first, Turn(session, tuple(kept))))
    found = replay(sqlite_database, library)
    assert found.clean and found.same["session"] == 1


# -- from outside --------------------------------------------------------------------------------------------------------


def test_the_command_counts_and_ends_with_zero_one_or_two(tmp_path: Path, library: Library, words: Words) -> None:
    url, keys = f"sqlite:///{tmp_path}/one.db", tmp_path / "keys.toml"
    KeyRing.create_file(keys)
    migrate(url)
    database = open_database(url, KeyRing.from_file(keys))
    settle(database, library, words, crowd(library), PastClock(NOON))
    settings = {"WEGWEISER_DATABASE_URL": url, "WEGWEISER_KEYS": str(keys), "WEGWEISER_COUNTY": "mettmann"}
    same = run("replay", "--json", **settings)
    assert same.returncode == 0, same.stderr
    assert json.loads(same.stdout)["same"]["session"] == 298
    spoken = run("replay", **settings)
    assert spoken.returncode == 0 and "sessions: 298 decided the same again" in spoken.stdout

    def forge(uow: UnitOfWork) -> None:
        for kept in kept_sessions(uow)[:1]:
            stored = uow.sessions.load(kept.id)
            assert stored is not None and stored.session.decision is not None
            uow.sessions.save(stored, replace(stored.session, decision={**stored.session.decision, "urgent": True}))

    database.write_now(forge)
    database.close()
    other = run("replay", **settings)
    assert other.returncode == 1 and other.stdout.count("urgent") == 1
    assert run("replay").returncode == 2
    missing = run("replay", **{**settings, "WEGWEISER_KEYS": str(tmp_path / "none.toml")})
    assert missing.returncode == 2 and "none.toml" in missing.stderr
