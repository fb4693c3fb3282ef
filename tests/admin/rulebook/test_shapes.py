"""Whatever stands in a field of an uploaded file: findings in words, never a crash, never half a rule book."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from admin.rulebook.shelf import Books, loaded, tried
from tests.admin.rulebook.conftest import changed

VALUES = (
    "5", "true", '"x"', "[]", "[1]", "{}", "{ a = 1 }", "2027-01-01", "1.5", "2027-01-01T00:00:00", "''", '["a16"]', "nan",
    "{ alter = [] }", "{ kommune = true }", '{ jung = ["a"] }', "{ thema = [{}] }",
)  # fmt: skip


@pytest.fixture(scope="module")
def books() -> Books:
    return loaded("mettmann", ())


@pytest.mark.parametrize("seed", range(40))
def test_any_value_in_any_field_is_a_finding_or_sound(books: Books, seed: int) -> None:
    chance = random.Random(seed)
    lines = changed().split("\n")
    fields = [number for number, line in enumerate(lines) if " = " in line and not line.startswith("#")]
    for number in chance.sample(fields, 2):
        lines[number] = f"{lines[number].split(' = ')[0]} = {chance.choice(VALUES)}"
    trial = tried(books, "\n".join(lines), dt.date(2026, 11, 21))
    assert trial.sound or trial.problems
    assert all(problem.where and problem.what for problem in trial.problems)
    # What can't be read is in German words; what the checker says has at least a heading in German.
    assert trial.script is not None or not any(problem.english for problem in trial.problems), trial.problems
