"""The first half of 200 stories of up to 50 steps on SQLite; in two files, so that two workers share them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.words import Words
from dialogs.script import Library
from tests.model.telling import told


@pytest.mark.parametrize("part", (0, 1))
def test_whatever_happens_the_world_is_as_the_model_says(
    part: int, folder: Path, template: Path, library: Library, words: Words
) -> None:
    told(part, folder, template, library, words)
