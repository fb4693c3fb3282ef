"""The rule book and its boundaries as a coordinator reads them."""

from __future__ import annotations

import re

from dialogs.load import ROOT
from dialogs.script import Script
from dialogs.show_boundaries import boundaries_list
from dialogs.show_rules import rules_table
from locales.sources import german_sources
from tests.dialogs.talk import TODAY

SOURCES = german_sources(ROOT)


def german(key: str) -> str:
    return SOURCES[key].text


def test_every_rule_stands_under_its_section_in_the_order_of_the_table(script: Script) -> None:
    table = rules_table(script, TODAY, german)
    sections = list(dict.fromkeys(rule.section for rule in script.book.rules))
    assert [line[3:] for line in table.splitlines() if line.startswith("## ")][: len(sections)] == sections
    named = re.findall(r"^\| (\S+) \|", table, re.MULTILINE)
    wanted = [row.id for row in (*script.book.rules, *script.book.topics, *script.book.also)]
    assert [id_ for id_ in named if id_ in wanted] == wanted


def test_conditions_are_words_and_not_names_of_facts(script: Script) -> None:
    table = rules_table(script, TODAY, german)
    (row,) = (line for line in table.splitlines() if line.startswith("| M10 |"))
    assert "Identität noch nicht geklärt" in row and "Thema: Pass und Papiere" in row
    assert "M11: Wer Pass und Papiere klären will" in row and "ab 01.11.2026" in row
    rules = table.split("## Fakten")[0]
    assert [name for name in facts_used(script) if f"| {name}" in rules or f"{name} =" in rules] == []


def facts_used(script: Script) -> set[str]:
    return {name for rule in script.book.rules for name in rule.when} & set(script.book.facts)


def test_a_rule_of_another_time_is_not_shown(script: Script) -> None:
    assert "| M00 |" not in rules_table(script, TODAY.replace(year=2020), german)


def test_every_boundary_has_a_person_and_a_decision_on_both_sides(script: Script) -> None:
    text = boundaries_list(script, TODAY)
    parts = text.split("\n## ")[1:]
    assert len(parts) >= 12 and "ändert keine Entscheidung" not in text
    for part in parts:
        sides = re.findall(r"^- (?!bei beiden)(.+?): (\S+) → (\S+)", part, re.MULTILINE)
        assert len(sides) == 2, part
        assert sides[0][1:] != sides[1][1:] or "M01" in sides[0][1], part


def test_the_boundaries_of_the_brief_are_among_them(script: Script) -> None:
    text = boundaries_list(script, TODAY)
    for boundary in ("25 oder 26 / 27 bis 64", "(-1 Tage)", "(42 Tage)", "(43 Tage)", "(6 Monate)", "(7 Monate)", "Anzahl 2 / 3"):
        assert boundary in text, boundary
