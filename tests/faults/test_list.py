"""The list, the tests and the page are one: no fault without its tests on both databases, no test without its line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.faults.listed import DATABASES, the_list
from tests.faults.page import PAGE, page


@pytest.fixture(scope="module")
def planted() -> dict[str, dict[str, list[str]]]:
    told = subprocess.run(
        [sys.executable, "-m", "tests.faults", "--collect"], check=True, timeout=120, capture_output=True, text=True
    )
    found: dict[str, dict[str, list[str]]] = json.loads(told.stdout)
    return found


def test_every_listed_fault_is_planted_on_both_databases(planted: dict[str, dict[str, list[str]]]) -> None:
    assert [(fault.id, sorted(planted.get(fault.id, {}))) for fault in the_list()] == [
        (fault.id, sorted(DATABASES)) for fault in the_list()
    ]


def test_every_planted_fault_is_listed(planted: dict[str, dict[str, list[str]]]) -> None:
    assert set(planted) == {fault.id for fault in the_list()}


def test_there_are_at_least_forty() -> None:
    faults = the_list()
    assert len({fault.id for fault in faults}) == len(faults) >= 40
    assert all(fault.fault and fault.expected for fault in faults)


def test_the_committed_page_is_this_list_and_every_fault_held() -> None:
    held = {(fault.id, database): "holds" for fault in the_list() for database in DATABASES}
    assert PAGE.read_text(encoding="utf-8") == page(held), "python -m tests.faults --write"
