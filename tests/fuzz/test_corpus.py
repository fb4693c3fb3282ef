"""Everything the fuzzers have found worth keeping goes through the targets again: on any machine, without atheris."""

from __future__ import annotations

import importlib
from typing import cast

import pytest

from tests.fuzz.__main__ import TARGETS
from tests.fuzz.running import CORPUS, HERE, Check

LARGEST = 200 * 1024


@pytest.mark.parametrize("target", TARGETS)
def test_every_kept_input_keeps_the_promises(target: str) -> None:
    check = cast(Check, importlib.import_module(f"tests.fuzz.{target}").check)
    check(b"")
    kept = sorted((CORPUS / target).iterdir())
    assert kept, "a target without a corpus is not replayed"
    for path in kept:
        try:
            check(path.read_bytes())
        except Exception as error:
            error.add_note(f"with {path.relative_to(HERE)}")
            raise


def test_the_corpora_stay_small_and_belong_to_a_target() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} == set(TARGETS)
    assert sum(path.stat().st_size for path in files) < LARGEST
