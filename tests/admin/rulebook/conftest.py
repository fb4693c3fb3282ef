"""An office with words of its own: a release changes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.words import Words
from dialogs.load import ROOT
from dialogs.script import Library
from storage import KeyRing, open_database
from tests.admin.office import Office, Settings
from tests.conftest import Clock

RULES = (ROOT / "counties" / "mettmann" / "rules.toml").read_text(encoding="utf-8")
SENTENCE = "Es geht um Pass und Papiere. Die Caritas hilft bei der Klärung der Identität."


def changed(*pairs: tuple[str, str], version: str = "route-me-2026-12") -> str:
    """The rules of the county with pieces replaced, under a new version."""
    text = RULES.replace('version = "route-me-2026-11"', f'version = "{version}"')
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


# The short consultation is for people from 65 on only: no new sentence, and nothing the proofs find.
SHIFT = ("laengerfristig = false, zielgruppe = true }", "laengerfristig = false, zielgruppe = true, ab_65 = true }")


@pytest.fixture
async def office(office_file: Path, keys: KeyRing, clock: Clock, library: Library) -> AsyncIterator[Office]:
    database = open_database(f"sqlite:///{office_file}", keys, clock=clock)
    desk = open_database(f"sqlite:///{office_file}", None, clock=clock)
    office = Office(database, desk, Words.load(library), Settings())
    yield office
    await office.close()
    desk.close()
    database.close()
