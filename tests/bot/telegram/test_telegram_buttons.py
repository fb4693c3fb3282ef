"""Callback data: at most 64 bytes, nothing lost, nothing believed."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import ACTS, Press

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module", autouse=True)
def _aiogram() -> None:
    """Import it before anything is timed: it takes seconds."""
    importlib.import_module("bot.channels.telegram")


_ids = st.from_regex(r"[A-Za-z0-9_.@-]{0,40}", fullmatch=True)


@given(st.from_regex(r"[0-9a-z]{8}", fullmatch=True), st.integers(0, 9999), st.sampled_from(sorted(ACTS)), _ids)
def test_a_press_survives_the_way_through_the_button(session: str, prompt: int, act: str, option: str) -> None:
    from bot.channels.telegram import pack, unpack

    press = Press(session, prompt, act, option)
    data = pack(press)
    assert 1 <= len(data.encode()) <= 64
    assert unpack(data) == press


@given(st.from_regex(r"[0-9a-z]{8}", fullmatch=True), st.integers(0, 9999), st.sampled_from(sorted(ACTS)), _ids)
def test_aiogram_reads_what_our_buttons_carry(session: str, prompt: int, act: str, option: str) -> None:
    from aiogram.filters.callback_data import CallbackData

    from bot.channels.telegram import pack

    class PressData(CallbackData, prefix="q"):
        session: str
        prompt: int
        act: str
        option: str = ""

    data = pack(Press(session, prompt, act, option))
    assert PressData.unpack(data) == PressData(session=session, prompt=prompt, act=act, option=option)
    assert PressData(session=session, prompt=prompt, act=act, option=option).pack() == data


def test_every_option_of_the_questionnaires_fits() -> None:
    from bot.channels.telegram import pack

    for file in (ROOT / "dialogs" / "questionnaires").glob("*.toml"):
        for question in tomllib.loads(file.read_text(encoding="utf-8")).get("question", ()):
            for option in [question["id"], *(option["id"] for option in question.get("options", ()))]:
                assert len(pack(Press("k7f3q2ab", 9999, "c", option)).encode()) <= 64


@pytest.mark.parametrize("option", ["x" * 60, "ä" * 30, "a:b"])
def test_what_does_not_fit_is_refused_and_not_cut(option: str) -> None:
    from bot.channels.telegram import pack

    with pytest.raises(ValueError):
        pack(Press("k7f3q2ab", 17, "c", option))


@pytest.mark.parametrize(
    "data",
    ["", "q", "q:", "x:a:1:c:d", "q:a:b:c:d", "q:a:1:c", "q:a:1:c:d:e", "q:a:1:Z:d", "q:a:1::d",
     "v1.abc", "\x00", "q:a:-1:c:d", "q:a:١:c:d"],
)  # fmt: skip
def test_garbage_is_no_press(data: str) -> None:
    from bot.channels.telegram import unpack

    assert unpack(data) is None


@given(st.text(max_size=64))
def test_any_text_is_a_press_or_none(data: str) -> None:
    from bot.channels.telegram import unpack

    press = unpack(data)
    assert press is None or press.act in ACTS
