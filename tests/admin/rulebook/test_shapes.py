"""Whatever stands in a field of an uploaded file: findings in words, never a crash, never half a rule book."""

from __future__ import annotations

import datetime as dt
import random
import time
from dataclasses import replace

import pytest

from admin.rulebook.shelf import loaded
from admin.rulebook.trial import Books, of_version, tried
from dialogs.load import load_library
from dialogs.release import Release
from tests.admin.rulebook.conftest import SHIFT, changed

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


DAY = dt.date(2026, 11, 21)
DEEP = ".".join(["a"] * 900)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (".".join(["a"] * 20_000) + " = 1", "mehr als 2000 Zeichen"),
        ("\n".join(f"x{n} . {DEEP} = 1" for n in range(50)), "Punkte"),
        ("[a.b.c.d.e.f]\n", "Punkte"),
        ('x = { a = """\n""", ' + DEEP + ' = 1 } # "', "Punkte"),
        ("# x\n" * 30_000, "größer als 96 KB"),
        (changed() + '[[rule]]\nid = "x"\n' * 300, "Blöcke"),
        ("rule = [" + "{},\n" * 300 + "]\n", "Blöcke"),
    ],
    ids=range(7),
)
def test_a_file_that_would_keep_the_program_busy_is_refused_before_it_is_read(books: Books, text: str, said: str) -> None:
    before = time.perf_counter()
    (problem,) = tried(books, text, DAY).problems
    assert said in problem.what and time.perf_counter() - before < 1


def test_sentences_with_many_dots_are_no_keys(books: Books) -> None:
    assert tried(books, changed(SHIFT) + "# z. B. Pass. Titel. Amt. Geld. Kind. Arbeit.\n", DAY).sound


@pytest.mark.parametrize(
    "pair",
    [
        ("valid_from = 2026-11-01", "valid_from = 9999-12-31"),
        ("valid_from = 2026-11-01", "valid_from = 0001-01-02"),
        ('version = "route-me-2026-12"', f"version = {'1' * 1_900}"),
        ('version = "route-me-2026-12"', f"version = {'1' * 5_000}"),
        ("urgent_days = 42", f"urgent_days = {'1' * 1_900}"),
    ],
)
def test_days_and_numbers_beyond_reckoning_are_findings(books: Books, pair: tuple[str, str]) -> None:
    trial = tried(books, changed(SHIFT, pair), DAY)
    assert trial.problems and trial.script is None
    for text in (f"{pair[1]}\n", changed(SHIFT).replace("valid_from = 2026-11-01", "valid_from = 9999-12-31")):
        assert tried(books, text, DAY).problems


def test_the_questionnaire_that_people_will_be_asked_is_tried() -> None:
    """The planted fault: the first that is found is the oldest, and nobody begins with it any more."""
    library = load_library("mettmann", released=[Release("x", changed(SHIFT), DAY)])
    scripts = {}
    for name, script in library.scripts.items():
        newer = replace(script.questionnaire, version="neu", valid_from=DAY - dt.timedelta(1))
        scripts |= {name: script, f"neu {name}": replace(script, questionnaire=newer)}
    for version in ("route-me-2026-12", "route-me-2026-11"):
        found = of_version(replace(library, scripts=scripts), version, DAY)
        assert (found.questionnaire.version, found.book.version) == ("neu", version)
