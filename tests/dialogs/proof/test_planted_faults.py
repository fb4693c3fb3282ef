"""The checker is itself checked: every planted fault is found, at its place, with the fewest answers that show it; and
nothing is found that was not planted, nor anything in the files as they are shipped."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from dialogs import events as ev
from dialogs.check import examine
from dialogs.load import known_counties, load_library
from dialogs.proof.findings import Finding
from dialogs.session import MOVES, Status
from tests.dialogs.proof.planted import CORPUS, Expected, Planted, as_written
from tests.dialogs.talk import TODAY

DOCS = Path(__file__).parents[3] / "docs"
# What `check` takes from elsewhere: the catalogues.
NOT_HERE = {"translation"}
FAULTS = sorted(CORPUS.glob("*.toml"))


def test_there_are_at_least_forty_planted_faults() -> None:
    assert len(FAULTS) >= 40


def test_every_code_that_check_knows_is_planted() -> None:
    words = (DOCS / "checking.md").read_text(encoding="utf-8")
    known = set(re.findall(r"`([a-z]+(?:-[a-z]+)+|gap|overlap|definition|translation)`", words))
    said = [tomllib.loads(path.read_text(encoding="utf-8")) for path in FAULTS]
    planted = {entry["code"] for one in said for kind in ("found", "remark") for entry in one.get(kind, ())}
    assert planted <= known
    assert known - planted == NOT_HERE


@pytest.mark.parametrize("fault", FAULTS, ids=[path.stem for path in FAULTS])
def test_a_planted_fault_is_found_with_its_place_and_its_witness(
    fault: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = Planted(fault, tmp_path)
    findings, remarks = planted.found(monkeypatch)
    assert planted.expected("found") or planted.expected("remark"), "a fault that nothing finds is no planted fault"
    same(findings, planted.expected("found"))
    if planted.expected("remark"):
        usual = {(remark.code, remark.id) for remark in examine(load_library(planted.county), planted.on).remarks}
        same([remark for remark in remarks if (remark.code, remark.id) not in usual], planted.expected("remark"))


def same(found: list[Finding], expected: list[Expected]) -> None:
    left = [as_written(finding) for finding in found]
    for wanted in expected:
        here = [one for one in left if place(one) == place(wanted) and wanted.says in one.says]
        assert here, f"not found: {wanted}; but {left}"
        assert replace(here[0], says="") == replace(wanted, says="")
        left.remove(here[0])
    assert left == [], "this was not planted"


def place(one: Expected) -> tuple[str, int, str]:
    return (one.file, one.line, one.code)


@pytest.mark.parametrize("county", known_counties())
def test_nothing_is_found_in_the_files_as_they_are_shipped(county: str) -> None:
    assert examine(load_library(county), TODAY).findings == ()


@pytest.mark.parametrize("way", [ev.WentBack, ev.Paused, ev.HumanAsked], ids=["back", "stop", "a human"])
def test_a_question_without_a_way_out_is_a_dead_end(way: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MOVES, Status.ASKING, MOVES[Status.ASKING] - {way})  # type: ignore[operator]
    found = examine(load_library(known_counties()[0]), TODAY).findings
    assert {finding.code for finding in found} == {"dead-end"}
    assert any(way.__name__ in finding.what for finding in found)
