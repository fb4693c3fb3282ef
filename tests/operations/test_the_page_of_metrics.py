"""`docs/metrics.md` has every number, code and alarm with its remedy, and none that does not exist."""

from __future__ import annotations

import re
from pathlib import Path

from bot.alarms import ALARMS
from bot.metrics import FAMILIES, PREFIX
from bot.readiness import CODES

PAGE = (Path(__file__).parent.parent.parent / "docs" / "metrics.md").read_text(encoding="utf-8")


def rows(heading: str) -> dict[str, list[str]]:
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_every_number_stands_there_with_kind_labels_meaning_and_what_to_do() -> None:
    table = rows("Numbers")
    expected = {PREFIX + name + ("_total" if family.kind == "counter" else ""): family for name, family in FAMILIES.items()}
    assert list(table) == list(expected)
    for name, (kind, labels, meaning, remedy) in table.items():
        family = expected[name]
        assert (kind, tuple(re.findall(r"`(\w+)`", labels)), meaning) == (family.kind, family.labels, family.meaning), name
        assert remedy, name


def test_every_alarm_stands_there_in_its_own_words() -> None:
    table = rows("Alarms")
    assert list(table) == list(ALARMS)
    for name, (when, what, remedy) in table.items():
        assert when and (what, remedy) == (ALARMS[name].what, ALARMS[name].remedy), name


def test_every_code_of_readiness_stands_there() -> None:
    assert list(rows("Ready or not")) == list(CODES)


def test_the_page_names_no_number_that_does_not_exist() -> None:
    known = {PREFIX + name for name in FAMILIES}
    named = {name.removesuffix("_total") for name in re.findall(r"wegweiser_[a-z_]+", PAGE)}
    assert named == known
