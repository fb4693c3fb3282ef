"""A project of its own for each test: imports write files."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialogs.load import known_counties
from tests.admin.rulebook.workbooks import Project, copied_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return copied_project(tmp_path / "project", known_counties()[0])
