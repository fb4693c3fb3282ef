"""Conditions in FEEL, the expression language of DMN 1.3: what an independent engine needs to compute our facts itself.

A question that does not concern a person is null, as in `Case`; a question with several choices is then an empty list.
Nothing of FEEL's own three-valued logic is left to chance: every comparison with a date or a number says what null means.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from dialogs.conditions import All, Always, Among, Any, AtLeast, Condition, DaysLeft, MonthsLeft, Not, YearsSince

TODAY = "Stichtag"
PLAIN = re.compile(r'[A-Za-z_]\w*|not\([A-Za-z_]\w*\)|list contains\(\w+, "[^"\\]*"\)')


def literal(value: object) -> str:
    """A text, truth or number as FEEL writes it; raises ValueError for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, int):
        return str(value)
    raise ValueError(f"{value!r} has no form in FEEL")


class Feel:
    """Writes conditions down. `variables`: the FEEL name of each question; `several`: questions with several choices;
    `facts`: conditions that have a name of their own, which is then written instead of what they say."""

    def __init__(self, variables: Mapping[str, str], several: frozenset[str], facts: Mapping[Condition, str]) -> None:
        self._variables = variables
        self._several = several
        self._facts = facts

    def text(self, condition: Condition) -> str:
        """The condition, by its name if it has one."""
        return self._facts.get(condition) or self.definition(condition)

    def definition(self, condition: Condition) -> str:
        """What the condition says, even if it has a name; its parts go by their names."""
        match condition:
            case Always():
                return "true"
            case Not(inner):
                return f"not({self.text(inner)})"
            case All(parts):
                return " and ".join(self._enclosed(part) for part in parts)
            case Any(parts) | AtLeast(1, parts):
                return " or ".join(self._enclosed(part) for part in parts)
            case AtLeast(count, parts):
                listed = ", ".join(self._enclosed(part) for part in parts)
                return f"count([{listed}][item = true]) >= {count}"
            case Among(question, options):
                return self._among(question, options)
            case DaysLeft(question, least, most):
                name = self._variables[question]
                after = f" and ({name} >= {TODAY} + {_days(least)})" if least is not None else ""
                before = f" and ({name} <= {TODAY} + {_days(most)})" if most is not None else ""
                return f"({name} != null){after}{before}"
            case MonthsLeft(question, most):
                name = self._variables[question]
                # The month is given by its first day, so it is near enough if it begins before the month after the last one.
                months = f"{'-' if most < -1 else ''}P{abs(most + 1)}M"
                return f'({name} != null) and ({name} < date({TODAY}.year, {TODAY}.month, 1) + duration("{months}"))'
            case YearsSince(question, under):
                name = self._variables[question]
                return f"({name} != null) and ({name} > {TODAY}.year - {under})"
        raise ValueError(f"{type(condition).__name__} has no form in FEEL")

    def names(self, condition: Condition) -> tuple[str, ...]:
        """The facts that stand by name in the condition's definition, in reading order."""
        return tuple(dict.fromkeys(self._names(condition)))

    def questions(self, condition: Condition) -> tuple[str, ...]:
        """The questions that the condition's definition itself reads, without those behind named facts."""
        return tuple(dict.fromkeys(self._questions(condition)))

    def _names(self, condition: Condition) -> list[str]:
        found: list[str] = []
        for part in _parts(condition):
            name = self._facts.get(part)
            found += [name] if name else self._names(part)
        return found

    def _questions(self, condition: Condition) -> list[str]:
        parts = _parts(condition)
        if not parts:
            return [atom.question for atom in condition.atoms()]
        return [question for part in parts if part not in self._facts for question in self._questions(part)]

    def _enclosed(self, part: Condition) -> str:
        """The part as an operand: in brackets unless it is one name or one call, so that no engine's precedence matters."""
        words = self.text(part)
        return words if PLAIN.fullmatch(words) else f"({words})"

    def _among(self, question: str, options: frozenset[str]) -> str:
        name, wanted = self._variables[question], [literal(option) for option in sorted(options)]
        if question in self._several:
            return " or ".join(f"list contains({name}, {option})" for option in wanted)
        return f"{name} = {wanted[0]}" if len(wanted) == 1 else f"{name} in ({', '.join(wanted)})"


def _days(count: int) -> str:
    return f'duration("{"-" if count < 0 else ""}P{abs(count)}D")'


def _parts(condition: Condition) -> tuple[Condition, ...]:
    match condition:
        case Not(inner):
            return (inner,)
        case All(parts) | Any(parts) | AtLeast(_, parts):
            return parts
    return ()
