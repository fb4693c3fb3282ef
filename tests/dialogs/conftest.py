from __future__ import annotations

import pytest

from dialogs.load import load_library
from dialogs.script import Library, Script
from tests.dialogs.talk import TODAY, Talk


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library("mettmann")


@pytest.fixture(scope="session")
def script(library: Library) -> Script:
    return library.current(TODAY)


@pytest.fixture
def talk(script: Script) -> Talk:
    return Talk(script)
