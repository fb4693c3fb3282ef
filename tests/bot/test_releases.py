"""A released rule book reaches the running program: new sessions begin on it, running ones stay, words are there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from bot.app import build_door, phrasing_for
from bot.conversation import Conversation
from bot.releases import Releases, with_released
from bot.replay import replay
from bot.settings import read_settings
from bot.words import Words
from dialogs.load import ROOT, load_library
from dialogs.release import Release
from dialogs.script import Library
from storage import Database, UnitOfWork
from tests.bot.talk import Visitor, words_of
from tests.conftest import Clock
from tests.dialogs.talk import HILDEN, TODAY

RULES = (ROOT / "counties" / "mettmann" / "rules.toml").read_text(encoding="utf-8")
OLD, NEW = (
    "Es geht um Pass und Papiere. Die Caritas hilft bei der Klärung der Identität.",
    "Die Beratung hilft bei Pass und Papieren.",
)
WORDS = {"en": {NEW: "They help you with your passport."}, "ar": {NEW: "يساعدونك في جواز السفر."}}
Publish = Callable[..., None]


def changed(version: str = "v2") -> str:
    text = RULES.replace('version = "route-me-2026-11"', f'version = "{version}"').replace(OLD, NEW)
    return text.replace('to = "FF_CARITAS"\nover', 'to = "MBE"\nover')


@pytest.fixture
def publish(database: Database) -> Publish:
    def step(uow: UnitOfWork, version: str, valid_from: dt.date, rules: str | None, words: dict[str, dict[str, str]]) -> None:
        one, two = (
            found.id if (found := uow.staff.by_login(login)) else uow.staff.add(
                login=login, name=login, role="coordinator", traeger="kreis-mettmann", stellen=(), password_hash="x"
            )
            for login in ("ada", "bela")
        )  # fmt: skip
        place = ("mettmann", "kreis-mettmann")
        change = uow.rule_changes.try_out(*place, version=version, valid_from=valid_from, rules=rules or changed(version), by=one)
        uow.rule_changes.propose(*place, change, by=one, words=words, note="")
        uow.rule_changes.confirm(*place, change, by=two, on=TODAY, tried_with=uow.rule_changes.mark(place[0]))

    def publish(version: str = "v2", valid_from: dt.date = TODAY, rules: str | None = None) -> None:
        database.write_now(lambda uow: step(uow, version, valid_from, rules, WORDS))

    return publish


@pytest.fixture
def own_words(library: Library) -> Words:
    """Not the shared ones: a release changes them."""
    return Words.load(library)


@pytest.fixture
def releases(database: Database, library: Library, own_words: Words) -> Releases:
    return Releases(database, library, own_words)


@pytest.fixture
def conversation(database: Database, library: Library, own_words: Words, clock: Clock, releases: Releases) -> Conversation:
    made = Conversation(database, library, phrasing_for(library, own_words), pushing=(), clock=clock, worker="w")
    releases.follow(lambda library: made.take(library, releases.catch_up))
    return made


async def test_new_sessions_begin_on_it_and_running_ones_stay_on_theirs(
    conversation: Conversation, releases: Releases, publish: Publish
) -> None:
    before = Visitor(conversation, locale="en")
    await before.begin()
    publish()
    releases.catch_up()
    after = Visitor(conversation, address="visitor-2", locale="en")
    for visitor in (before, after):
        await visitor.to_the_end(HILDEN)
    first, second = await before.session(), await after.session()
    assert first.script == "scr-2026-11+route-me-2026-11" and first.decision is not None
    assert second.script == "scr-2026-11+v2" and second.decision is not None
    assert (first.decision["dienst"], second.decision["dienst"]) == ("FF_CARITAS", "MBE")
    assert (first.decision["key"], second.decision["key"]) == ("mettmann.M10", "mettmann.M10@v2")


@pytest.mark.parametrize("locale", ["de", "en", "ar"])
async def test_each_person_reads_the_words_of_her_own_rule_book(
    conversation: Conversation, releases: Releases, publish: Publish, own_words: Words, locale: str
) -> None:
    before = Visitor(conversation, locale=locale)
    await before.begin()
    publish()
    releases.catch_up()
    after = Visitor(conversation, address="visitor-2", locale=locale)
    for visitor in (before, after):
        await visitor.to_the_end(HILDEN)
    said = {"de": NEW, **{code: texts[NEW] for code, texts in WORDS.items()}}[locale]
    old = own_words.text("mettmann.M10", locale)
    assert own_words.text("mettmann.M10@v2", locale) == said != old
    assert said in words_of(await after.look()) and old not in words_of(await after.look())
    assert old in words_of(await before.look()) and said not in words_of(await before.look())


async def test_before_its_first_day_nobody_begins_on_it(
    conversation: Conversation, releases: Releases, publish: Publish, clock: Clock
) -> None:
    publish(valid_from=TODAY + dt.timedelta(days=2))
    releases.catch_up()
    today = Visitor(conversation)
    await today.begin()
    assert (await today.session()).script.endswith("+route-me-2026-11")
    clock.forward(days=2)
    later = Visitor(conversation, address="visitor-2")
    await later.begin()
    assert (await later.session()).script.endswith("+v2")


async def test_a_session_begun_in_another_process_is_never_led_by_the_wrong_book(
    conversation: Conversation, database: Database, library: Library, clock: Clock, publish: Publish, releases: Releases
) -> None:
    """Two processes; only one has noticed the release when the person moves on in the other."""
    publish()
    releases.catch_up()
    visitor = Visitor(conversation, locale="en")
    await visitor.begin()
    slow_words = Words.load(library)
    slow = Conversation(database, library, phrasing_for(library, slow_words), pushing=(), clock=clock, worker="slow")
    other = Releases(database, library, slow_words)
    other.follow(lambda library: slow.take(library, other.catch_up))
    visitor.conversation = slow
    await visitor.to_the_end(HILDEN)
    session = await visitor.session()
    assert session.decision is not None and session.decision["dienst"] == "MBE"
    assert WORDS["en"][NEW] in words_of(await visitor.look())


def test_words_that_another_process_released_are_looked_up_when_they_are_needed(
    own_words: Words, releases: Releases, publish: Publish
) -> None:
    publish()
    assert releases.library.get("scr-2026-11+v2") is None
    assert own_words.text("mettmann.M10@v2", "en") == WORDS["en"][NEW]
    with pytest.raises(KeyError):
        own_words.text("mettmann.M10@nie", "en")


def test_a_language_with_supplied_words_is_shown_as_a_draft(own_words: Words, releases: Releases, publish: Publish) -> None:
    publish()
    releases.catch_up()
    assert own_words.is_draft("en") and own_words.is_draft("ar") and not own_words.is_draft("de")


def test_of_two_that_begin_on_one_day_the_later_release_holds(releases: Releases, publish: Publish) -> None:
    publish("v9")
    publish("v10")
    assert releases.catch_up().current(TODAY).book.version == "v10"


def test_a_release_that_can_not_be_read_any_more_is_left_out_and_the_others_hold(
    releases: Releases, publish: Publish, caplog: pytest.LogCaptureFixture
) -> None:
    publish("v2")
    publish("v3", rules=changed("v3").replace("jung = true", "jugnd = true"))
    assert releases.catch_up().current(TODAY).book.version == "v2"
    assert "v3 can't be read any more" in caplog.text


def test_a_release_that_came_with_the_files_since_is_not_loaded_twice() -> None:
    found = load_library("mettmann", released=[Release("route-me-2026-11", RULES, TODAY)])
    assert len(found.scripts) == 1 and found.current(TODAY).order == 0


def test_sentences_that_are_known_keep_the_id_under_which_they_are_translated() -> None:
    text = changed().replace('id = "M12"', 'id = "M12neu"')
    book = load_library("mettmann", released=[Release("v2", text, TODAY)]).current(TODAY).book
    keys = {rule.id: rule.key for rule in book.rules}
    assert (keys["M12neu"], keys["M10"], keys["M09"]) == ("mettmann.M12", "mettmann.M10@v2", "mettmann.M09")


async def test_the_public_door_knows_what_was_released_before_it_opened(
    database: Database, library: Library, own_words: Words, clock: Clock, publish: Publish, tmp_path: object
) -> None:
    from aiohttp.test_utils import TestClient, TestServer

    publish()
    door = build_door(database, library, own_words, read_settings(environment="demo", database_url="sqlite:///x"), clock=clock)
    async with TestClient(TestServer(door.application)):
        visitor = Visitor(door.conversation)
        await visitor.begin()
        assert (await visitor.session()).script.endswith("+v2")


async def test_a_decision_by_a_released_rule_book_is_replayed_with_it(
    conversation: Conversation, database: Database, library: Library, publish: Publish, releases: Releases
) -> None:
    publish()
    releases.catch_up()
    await Visitor(conversation).to_the_end(HILDEN)
    assert list(replay(database, library).scripts_missing) == ["scr-2026-11+v2"], "the files alone do not know it"
    found = replay(database, with_released(database, library))
    assert found.clean and found.same["session"] == 1
