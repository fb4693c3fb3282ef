"""One column for each fact that rules ask for, and the glossary of all facts with what they can be."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from admin.rulebook.cells import NO, YES, Cell, as_list, as_yes, one_of
from admin.rulebook.columns import Column, Data, Editable
from dialogs.county import ELSEWHERE
from dialogs.facts import OPTION_FACTS
from dialogs.routing import KEIN_BEDARF, TOPIC
from dialogs.script import Script

PREFIX = "wenn "


def fact_names(script: Script) -> tuple[str, ...]:
    """All facts there are, those with several values first."""
    return (*OPTION_FACTS, *script.book.facts)


def fact_values(script: Script, name: str) -> Mapping[str, str]:
    """The values of a fact with their German words; empty for ja/nein, and where any value may come from outside."""
    asked = OPTION_FACTS.get(name, "")
    county = script.county
    if asked == "@ziel":
        return {dienst.id: dienst.name for dienst in county.dienste.values()} | {KEIN_BEDARF: "kein Bedarf"}
    if asked == "@dringend":
        return {YES: "", NO: ""}
    question = script.questionnaire.by_id.get(asked)
    if question is None:
        return {}
    towns = {kommune.id: kommune.name for kommune in county.kommunen.values()} if question.kind == "town" else {}
    return towns | {option.id: option.text for option in question.options} | ({ELSEWHERE: "ein anderer Ort"} if towns else {})


def fact_column(script: Script, name: str) -> Column:
    """The cell of one fact: ja, nein, or values with commas; empty: the rule does not ask for it."""
    values, several = fact_values(script, name), name in OPTION_FACTS

    def read(data: Data) -> Cell:
        when: Any = data.get("when", {})
        found = when.get(name) if isinstance(when, Mapping) else None
        if found is None:
            return None
        items = found if isinstance(found, list) else [found]
        return ", ".join((YES if item else NO) if isinstance(item, bool) else str(item) for item in items)

    def wanted(cell: Cell) -> object:
        if not several:
            return as_yes(cell)
        words = as_list(cell)
        if not words:
            return None
        return [_value(name, word, values) for word in words] if values else words

    def write(block: Editable, cell: Cell) -> None:
        value, when = wanted(cell), dict(block.data.get("when", {}))
        if value is None:
            when.pop(name, None)
        else:
            when[name] = value
        block.set("when", when)

    if several:
        choices: Sequence[str] = (YES, NO) if OPTION_FACTS[name] == "@dringend" else ()
    else:
        choices = (YES, NO)
    width = max(14, len(PREFIX + name) + 3) if several else 6
    return Column(PREFIX + name, read, write, width=width, choices=choices, group="when", upright=not several)


def _value(name: str, word: str, values: Mapping[str, str]) -> str:
    """The value, also if its German word was written."""
    meant = [value for value, label in values.items() if label and label.casefold() == word.casefold()]
    if word not in values and len(meant) == 1:
        return meant[0]
    return one_of(word, values, f"ist kein Wert von {name}")


def named_fact(heading: str, known: Collection[str]) -> str | None:
    """The fact of a heading such as „wenn kommune“."""
    name = heading.removeprefix(PREFIX) if heading.startswith(PREFIX) else ""
    return name if name in known else None


def glossary(script: Script, words: Mapping[str, str]) -> list[dict[str, Cell]]:
    """One row for each fact: what it means, what it can be, and which questions it comes from. `words`: German by id path."""
    rows: list[dict[str, Cell]] = []
    for name in fact_names(script):
        if name in OPTION_FACTS:
            meaning, values, questions = words.get(f"fact.{name}.name", ""), fact_values(script, name), [OPTION_FACTS[name]]
        else:
            meaning = words.get(f"fact.{name}.ja", "")
            values = {word: words.get(f"fact.{name}.{word}", "") for word in (YES, NO)}
            questions = list(dict.fromkeys(atom.question for atom in script.book.facts[name].atoms()))
        told = "\n".join(f"{value}: {label}" if label else value for value, label in values.items())
        asked = "\n".join(_asked(script, questions))
        rows.append({"Fakt": name, "Bedeutung": meaning, "Werte": told, "ergibt sich aus": asked})
    return rows


def _asked(script: Script, questions: Sequence[str]) -> list[str]:
    own = {"@ziel": "dem Ziel, das die Regeln gefunden haben", "@dringend": "der Regel, die entschieden hat",
           "@entry": "dem Weg, auf dem jemand kam"}  # fmt: skip
    by_id = script.questionnaire.by_id
    return [own.get(name) or (f"{name}: {by_id[name].text}" if name in by_id else name) for name in questions]


__all__ = ["KEIN_BEDARF", "PREFIX", "TOPIC", "fact_column", "fact_names", "fact_values", "glossary", "named_fact"]
