"""Definitions in which one thing is wrong, and what the proofs say of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dialogs.check import Examination, examine
from dialogs.load import ROOT, load_library
from dialogs.proof.findings import Finding
from dialogs.script import Library
from tests.dialogs.talk import TODAY

COUNTY = "mettmann"
RULES, SERVICES, INVARIANTS, KREIS = (
    f"counties/{COUNTY}/{name}.toml" for name in ("rules", "services", "invariants", "county")
)
QUESTIONS = "questionnaires/screening.toml"

Change = tuple[str, str, str]


@pytest.fixture
def planted(tmp_path: Path) -> Callable[..., Library]:
    """The county, with pieces of its files replaced: (file, old, new). An empty `old` is the end of the file."""

    def change(*changes: Change) -> Library:
        root = tmp_path / "definitions"
        for name in ("questionnaires", "counties"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "cards.toml", root)
        for file, old, new in changes:
            text = (root / file).read_text(encoding="utf-8")
            assert old in text, f"{old!r} is not in {file}"
            text = text.replace(old, new, 1) if old else text + new
            (root / file).write_text(text, encoding="utf-8")
        return load_library(COUNTY, root)

    return change


@pytest.fixture
def found(planted: Callable[..., Library]) -> Callable[..., dict[str, list[Finding]]]:
    """The findings after these changes, by code."""

    def codes(*changes: Change) -> dict[str, list[Finding]]:
        examination: Examination = examine(planted(*changes), TODAY)
        found: dict[str, list[Finding]] = {}
        for finding in (*examination.findings, *examination.remarks):
            found.setdefault(finding.code, []).append(finding)
        return found

    return codes
