"""Conditions of rules in German words, for people who decide about rules and read no files.

What a fact is called stands in `texts.toml` under `fact.<name>`; the words of options are the questionnaire's.
"""

from __future__ import annotations

from collections.abc import Iterator

from admin.words import Words, german_or
from dialogs.facts import OPTION_FACTS
from dialogs.routing import Rule
from dialogs.script import Script


def conditions(words: Words, script: Script, rule: Rule) -> tuple[str, ...]:
    """One line for each condition of a rule; one sentence if it has none."""
    return tuple(_lines(words, script, rule)) or ("immer, wenn keine Zeile davor passt",)


def _lines(words: Words, script: Script, rule: Rule) -> Iterator[str]:
    if rule.need is not None:
        yield f"{german_or(words, 'fact.thema.name', 'Thema')}: {_value(words, script, 'thema', rule.need)}"
    for name, values in rule.when.items():
        readable = name.replace("_", " ")
        if name in OPTION_FACTS:
            said = " oder ".join(_value(words, script, name, str(value)) for value in values)
            yield f"{german_or(words, f'fact.{name}.name', readable)}: {said}"
        else:
            word = "ja" if set(values) == {True} else "nein"
            yield german_or(words, f"fact.{name}.{word}", f"{readable}: {word}")


def _value(words: Words, script: Script, fact: str, value: str) -> str:
    question = script.questionnaire.by_id.get(OPTION_FACTS[fact])
    if question is None:
        return german_or(words, f"fact.{fact}.{value}", dienst_name(script, value))
    kommune = script.county.kommunen.get(value) if question.kind == "town" else None
    option = question.by_id.get(value)
    return kommune.name if kommune is not None else option.text.rstrip(".") if option is not None else value


def dienst_name(script: Script, dienst: str) -> str:
    found = script.county.dienste.get(dienst)
    special = {"KEIN_BEDARF": "kein Bedarf", "TOPIC": "Stelle für dieses Thema", "KEINE_REGEL": "keine Regel passt"}
    return found.name if found is not None else special.get(dienst, dienst)
