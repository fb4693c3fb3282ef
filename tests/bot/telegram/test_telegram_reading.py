"""What is kept of an update: no names, no pictures, no tricks; and what the commands mean."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram_reading import Arrived, Malformed, cleaned, command, parsed, read
from dialogs import events
from dialogs.events import Event

CHAT = {"id": 77, "type": "private", "first_name": "Amina", "username": "amina_k"}
SENDER = {"id": 77, "is_bot": False, "first_name": "Amina", "last_name": "Kaya", "language_code": "ar"}


def update(**content: object) -> dict[str, object]:
    return {"update_id": 9, **content}


def message(**content: object) -> dict[str, object]:
    return update(message={"message_id": 4, "date": 1, "chat": CHAT, "from": SENDER, **content})


def test_of_a_message_only_chat_words_and_language_survive() -> None:
    assert read(message(text="Hallo", entities=[], forward_origin={"x": 1})) == Arrived(
        9, 77, "text", text="Hallo", language="ar"
    )


def test_of_a_press_only_chat_data_and_the_two_numbers_survive() -> None:
    query = {"id": "55", "from": SENDER, "data": "q:a:1:c:x", "message": {"message_id": 4, "chat": CHAT, "text": "Frage?"}}
    assert read(update(callback_query=query)) == Arrived(9, 77, "press", data="q:a:1:c:x", query="55", message=4, language="ar")


@pytest.mark.parametrize("kind", ["photo", "voice", "document", "contact", "location", "sticker", "poll"])
def test_a_file_is_noticed_and_nothing_of_it_kept(kind: str) -> None:
    arrived = read(message(**{kind: {"file_id": "SECRET", "phone_number": "+49"}, "caption": "mein Pass"}))
    assert arrived == Arrived(9, 77, "file", language="ar")
    assert "SECRET" not in repr(arrived) and "Pass" not in repr(arrived)


def test_no_field_of_what_is_kept_could_hold_a_name() -> None:
    names = {field.name for field in dataclasses.fields(Arrived)}
    assert names == {"update_id", "chat", "kind", "text", "data", "query", "message", "language", "mark"}


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_nothing_is_heard_in_a_group(kind: str) -> None:
    assert read(message(text="Hallo", chat={"id": -5, "type": kind})) is None


@pytest.mark.parametrize("kind", ["edited_message", "poll", "chat_join_request", "something_new"])
def test_an_unknown_kind_of_update_is_ignored(kind: str) -> None:
    assert read(update(**{kind: {"id": 1}})) is None


def test_being_blocked_is_noticed_and_being_unblocked_is_not() -> None:
    def member(status: str) -> dict[str, object]:
        return update(my_chat_member={"chat": CHAT, "from": SENDER, "new_chat_member": {"status": status, "user": {}}})

    assert read(member("kicked")) == Arrived(9, 77, "left")
    assert read(member("member")) is None


@pytest.mark.parametrize(
    "broken",
    [
        None, [], 5, {}, {"update_id": "9"}, {"update_id": True}, {"update_id": 1.5}, {"update_id": 2**60},
        update(message=None), update(message={}), update(message={"chat": {}}), update(message={"chat": {"id": "7"}}),
        update(callback_query={"message": {"chat": CHAT, "message_id": 1}}), update(my_chat_member={"chat": CHAT}),
    ],
)  # fmt: skip
def test_what_has_not_the_promised_shape_is_malformed(broken: object) -> None:
    with pytest.raises(Malformed):
        read(broken)


def test_a_press_on_an_inline_message_belongs_to_no_chat() -> None:
    assert read(update(callback_query={"id": "1", "from": SENDER, "inline_message_id": "x"})) is None


@pytest.mark.parametrize("code", [None, 5, "", "a" * 40, "de\n", "<b>"])
def test_a_strange_language_code_is_no_language(code: object) -> None:
    arrived = read(message(text="x", **{"from": SENDER | {"language_code": code}}))
    assert arrived is not None and arrived.language is None


def test_nul_bytes_and_half_surrogate_pairs_do_not_come_through() -> None:
    raw = json.dumps(message(text="a\x00b\ud800c\u202ed\n e")).encode()
    arrived = read(parsed(raw))
    assert arrived is not None
    assert arrived.text == "abcd\n e"
    arrived.text.encode()


@given(st.text(st.characters()))
def test_cleaned_words_can_always_be_stored(text: str) -> None:
    kept = cleaned(text + "\ud83d")
    kept.encode("utf-8")
    assert "\x00" not in kept
    assert cleaned(kept) == kept


@given(st.binary(max_size=200))
def test_any_bytes_are_an_update_or_malformed(raw: bytes) -> None:
    try:
        read(parsed(raw))
    except Malformed:
        pass


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["update_id", "message", "callback_query", "my_chat_member", "chat", "id", "type", "from", "text"]), inner
    ),
    max_leaves=20,
)  # fmt: skip


@given(_json)
def test_any_json_is_an_update_or_malformed(value: object) -> None:
    try:
        read(value)
    except Malformed:
        pass


def test_json_that_is_too_deep_is_malformed() -> None:
    with pytest.raises(Malformed):
        parsed(b"[" * 60_000)


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("/start", events.Started()),
        ("/start desk-104c", events.Started(entry="desk-104c")),
        ("/start jc", events.Started(entry="jc")),
        ("/start d-7F3K9Q", events.Started(slip="7F3K9Q")),
        ("/start d-", events.Started()),
        ("/start <script>", events.Started()),
        ("/start " + "x" * 65, events.Started()),
        ("/start@wegweiser_bot mbe", events.Started(entry="mbe")),
        ("/START", events.Started()),
        ("/language", events.LanguageAsked()),
        ("/settings", events.LanguageAsked()),
        ("/help", events.HelpAsked()),
        ("/human", events.HumanAsked()),
        ("/mensch", events.HumanAsked()),
        ("/status", events.DataAsked()),
        ("/privacy", events.DataAsked()),
        ("/cancel", events.Paused()),
        ("/stop", events.Paused()),
        ("/delete", events.DeleteAsked()),
        ("/delete jetzt bitte", events.DeleteAsked()),
        ("/new", events.StartedAgain()),
        ("/unbekannt", events.HelpAsked()),
        ("hallo /start", None),
        ("/", None),
        ("1/2", None),
    ],
)
def test_commands(text: str, event: Event | None) -> None:
    assert command(text) == event
