"""The log lets through our own sentences, kinds and places; never what somebody typed, whoever tries to log it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import threading
import warnings
from typing import Any

import pytest

from bot import journal
from storage import KeyProblem

SECRET = "Amina-4711-سر"


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def fails() -> None:
    secret = SECRET
    raise ValueError(f"can't read {secret}")


def test_a_line_of_ours_has_time_level_logger_and_words(written: io.StringIO) -> None:
    logging.getLogger("wegweiser.delivery").warning("message given up: row %s", "0193")
    (line,) = lines(written)
    assert line.pop("time").endswith("Z")
    assert line == {"level": "warning", "logger": "wegweiser.delivery", "event": "message given up: row 0193"}


def test_of_an_error_kind_and_place_are_told_and_never_its_words(written: io.StringIO) -> None:
    try:
        fails()
    except ValueError:
        logging.getLogger("storage").exception("a step failed")
    (line,) = lines(written)
    assert line["error"] == "ValueError" and line["place"].startswith("tests/operations/test_journal.py:fails:")
    assert SECRET not in written.getvalue() and "can't read" not in written.getvalue()


def test_our_own_errors_that_promise_it_may_speak(written: io.StringIO) -> None:
    logging.getLogger("bot").error("no", exc_info=KeyProblem("keys.toml: others may read it"))
    assert lines(written)[0]["said"] == "keys.toml: others may read it"


def test_fields_that_nobody_has_allowed_are_dropped(written: io.StringIO) -> None:
    logging.getLogger("bot").info("hello", extra={"address": SECRET, "alarm": "disk"})
    (line,) = lines(written)
    assert line["alarm"] == "disk" and "address" not in line and SECRET not in written.getvalue()


@pytest.mark.parametrize("name", ["aiohttp.server", "aiogram", "sqlalchemy.engine", "asyncio", "psycopg", "aiohttp.access"])
def test_a_library_is_heard_from_warnings_on_and_only_its_pattern(written: io.StringIO, name: str) -> None:
    library = logging.getLogger(name)
    library.debug("query %s", SECRET)
    library.info("query %s", SECRET)
    assert written.getvalue() == ""
    library.warning("Error handling request from %s", SECRET)
    library.error(f"Task exception was never retrieved: ValueError({SECRET!r})")
    try:
        fails()
    except ValueError:
        library.exception("failed %s", SECRET, stack_info=True)
    first, second, third = lines(written)
    assert first["event"] == "Error handling request from %s" and second["event"] == journal.WITHHELD
    assert third["error"] == "ValueError" and SECRET not in written.getvalue()


def test_a_library_that_insists_on_debug_passes_the_same_filter(written: io.StringIO) -> None:
    library = logging.getLogger("some.library")
    library.setLevel(logging.DEBUG)
    try:
        library.debug("parameters %r", {"text": SECRET})
    finally:
        library.setLevel(logging.NOTSET)
    assert lines(written)[0]["event"] == "parameters %r" and SECRET not in written.getvalue()


def test_what_nobody_caught_is_one_line_too(written: io.StringIO) -> None:
    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    try:
        fails()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)

    async def forget() -> None:
        journal.watch_loop(asyncio.get_running_loop())
        asyncio.get_running_loop().call_soon(fails)
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(forget())
    found = lines(written)
    assert [line["event"][:18] for line in found] == ["nobody caught this"] * 3
    assert all(line["error"] == "ValueError" and "fails" in line["place"] for line in found)
    assert SECRET not in written.getvalue()


def test_a_warning_of_python_says_nothing_but_that_there_was_one(written: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn(SECRET, stacklevel=1)
    assert lines(written)[0]["logger"] == "py.warnings" and SECRET not in written.getvalue()


def test_a_line_that_can_not_be_put_together_is_withheld_not_printed(written: io.StringIO, capsys: Any) -> None:
    logging.getLogger("bot").info("two %s %s", SECRET)
    assert lines(written)[0]["event"] == journal.WITHHELD
    assert SECRET not in written.getvalue() + "".join(capsys.readouterr())


def test_the_demo_writes_lines_for_people(written: io.StringIO) -> None:
    stream = io.StringIO()
    journal.begin(readable=True, stream=stream)
    logging.getLogger("wegweiser.bot").warning("the desk is closed")
    assert "the desk is closed" in stream.getvalue() and "warning" in stream.getvalue() and "{" not in stream.getvalue()
