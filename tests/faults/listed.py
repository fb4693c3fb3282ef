"""The list of faults (`faults.toml`), and the mark by which a test says which of them it plants."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

FILE = Path(__file__).with_name("faults.toml")
DATABASES = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Fault:
    """One line: what goes wrong, and what is promised all the same."""

    id: str
    group: str
    fault: str
    expected: str


def the_list() -> tuple[Fault, ...]:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Fault(id_, group, line["fault"], line["expected"]) for group, lines in table.items() for id_, line in lines.items()
    )


def plants(*ids: str) -> pytest.MarkDecorator:
    """`@plants("update-twice")`: this test plants that fault, on both databases."""
    return pytest.mark.plants(*ids)
