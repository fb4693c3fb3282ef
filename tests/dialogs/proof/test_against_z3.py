"""Our checker and z3 say the same of tables drawn at random: gaps, rules that never decide, overlaps; and of every witness."""

from __future__ import annotations

import re
from collections.abc import Iterator

import z3
from hypothesis import given, settings

from dialogs.conditions import Condition
from dialogs.proof.day import Day
from dialogs.proof.findings import Finding
from dialogs.proof.overlaps import documented, overlaps
from dialogs.proof.rules import gaps, uses
from dialogs.routing import Rule
from dialogs.script import Script
from tests.dialogs.proof.random_scripts import ON, scripts
from tests.dialogs.proof.z3_space import Z3Space

checked = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def decided(space: Z3Space, rules: tuple[Rule, ...], index: int) -> z3.BoolRef:
    """This rule is the first that matches."""
    return z3.And(space.of(rules[index].condition), *(z3.Not(space.of(rule.condition)) for rule in rules[:index]))


def dead(day: Day) -> dict[str, Finding]:
    found = [duty.say() for duty in uses(day) if not duty.fulfilled]
    assert {finding.code for finding in found} <= {"dead-rule"}
    return {finding.id: finding for finding in found}


def pairs(rules: tuple[Rule, ...]) -> Iterator[tuple[int, int]]:
    for a, rule in enumerate(rules):
        yield from ((a, b) for b in range(a + 1, len(rules)) if rules[b].section == rule.section)


def conditions_of(script: Script) -> list[Condition]:
    return [*script.book.facts.values(), *(rule.condition for rule in script.book.rules)]


def is_minimal_witness(space: Z3Space, finding: Finding, claim: z3.BoolRef) -> None:
    """The example is possible and true; what it says is needed suffices; and no part of that can be left out."""
    person = finding.person
    assert person is not None
    assert space.somebody(space.exactly(person.answers), claim), "z3 knows no such person"
    assert not space.somebody(space.exactly(person.answers), z3.Not(claim))
    conditions = conditions_of(space.script)
    parts: list[z3.BoolRef] = []
    for id_, value in person.needed.items():
        if isinstance(value, tuple) and space.questions[id_].kind == "multi":
            parts += [space.like(id_, (option,), conditions) for option in value]
        else:
            parts.append(space.like(id_, value, conditions))
    parts += [space.not_chosen(id_, (option,)) for id_, options in person.not_chosen.items() for option in options]
    assert not space.somebody(*parts, z3.Not(claim)), "what is needed does not suffice"
    for part in parts:
        rest = [other for other in parts if other is not part]
        assert space.somebody(*rest, z3.Not(claim)), f"{part} is not needed"


@checked
@given(scripts())
def test_a_gap_is_found_if_and_only_if_z3_finds_one(script: Script) -> None:
    space, rules = Z3Space(script, ON), script.book.rules
    unmatched = z3.And(*(z3.Not(space.of(rule.condition)) for rule in rules))
    found = [finding for finding in gaps(Day(script, ON)) if finding.code == "gap"]
    assert bool(found) == space.somebody(unmatched)
    for finding in found:
        is_minimal_witness(space, finding, unmatched)


@checked
@given(scripts())
def test_a_rule_is_dead_if_and_only_if_z3_finds_nobody_for_it(script: Script) -> None:
    space, rules = Z3Space(script, ON), script.book.rules
    found = dead(Day(script, ON))
    for index, rule in enumerate(rules):
        net = rule is rules[-1] and not list(rule.condition.atoms())
        assert (rule.id in found) == (not net and not space.somebody(decided(space, rules, index))), rule.id
        if rule.id in found and found[rule.id].person is not None:
            is_minimal_witness(space, found[rule.id], space.of(rule.condition))


@checked
@given(scripts())
def test_rules_of_a_section_overlap_if_and_only_if_z3_finds_somebody_of_both(script: Script) -> None:
    space, rules, day = Z3Space(script, ON), script.book.rules, Day(script, ON)
    found = {_pair(finding): finding for finding in overlaps(day)}
    unused = [duty.say() for duty in documented(day) if not duty.fulfilled]
    idle = {(finding.id, re.findall(r"over nennt (\w+)", finding.what)[0]) for finding in unused}
    for a, b in pairs(rules):
        both = z3.And(decided(space, rules, a), space.of(rules[b].condition))
        pair, meant = (rules[a].id, rules[b].id), rules[b].id in rules[a].over
        somebody = space.somebody(both)
        assert (pair in found) == (somebody and not meant and rules[a].to != rules[b].to), pair
        assert (pair in idle) == (meant and not somebody), pair
        if pair in found:
            is_minimal_witness(space, found[pair], both)


def _pair(finding: Finding) -> tuple[str, str]:
    (later,) = re.findall(r"und (\w+) \(", finding.what)
    return finding.id, later
