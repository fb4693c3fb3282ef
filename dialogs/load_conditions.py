"""The `when` of a rule or an invariant out of TOML: facts and their values, each of which must exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dialogs.conditions import Always, Condition, all_of
from dialogs.county import County
from dialogs.facts import OPTION_FACTS, fact_condition
from dialogs.model import Questionnaire
from dialogs.routing import KEIN_BEDARF
from dialogs.toml_source import Source, meant

# What the first table decides is known to the table of further places only.
DECIDED = ("ziel", "dringend")

When = Mapping[str, tuple[object, ...]]


def when_of(source: Source, id_: str, raw: object, key: str = "when") -> When:
    """`{ fact = value }` or `{ fact = [values] }` as fact: values."""
    if not isinstance(raw, Mapping):
        source.wrong(id_, f"`{key}` must be a table of facts, such as {{ komplex = true }}.")
        return {}
    when = {name: tuple(value) if isinstance(value, list) else (value,) for name, value in raw.items()}
    for name in [name for name, values in when.items() if not all(isinstance(value, str | bool) for value in values)]:
        source.wrong(id_, f"`{key}`: {name} must be true, false or a list of option ids in quotes.")
        del when[name]
    return when


def conditions_of(
    source: Source,
    id_: str,
    when: When,
    known: Mapping[str, Condition],
    questionnaire: Questionnaire,
    county: County,
    *,
    decided: bool = False,
) -> Condition:
    """What `when` means. `decided`: whether it may ask for what the first table has decided."""
    parts: list[Condition] = []
    for name, values in when.items():
        if name in DECIDED and not decided:
            source.wrong(id_, f"asks for {name!r}, which only an [[also]] row knows. Remove it.")
            continue
        try:
            condition = fact_condition(name, values, known)
        except KeyError:
            said = meant(name, {*known, *OPTION_FACTS})
            source.wrong(id_, f"uses the fact {name!r}, which does not exist. `wegweiser show rules` lists all facts.{said}")
            continue
        except ValueError as error:
            source.wrong(id_, f"fact {name!r}: {error}.")
            continue
        offered = values_of(name, questionnaire, county)
        for value in values if offered is not None else ():
            if offered is not None and value not in offered:
                where = OPTION_FACTS[name] if OPTION_FACTS[name][0] != "@" else "the table"
                said = meant(str(value), offered)
                source.wrong(id_, f"{name} has no value {value!r}; {where} offers {', '.join(offered)}.{said}")
        parts.append(condition)
    return all_of(*parts) if parts else Always()


def values_of(name: str, questionnaire: Questionnaire, county: County) -> tuple[str, ...] | None:
    """The values that a fact with options can have; None if that is not known here (facts without options, links)."""
    if name == "dringend":
        return ("ja", "nein")
    if name == "ziel":
        return (*county.dienste, KEIN_BEDARF)
    question = questionnaire.by_id.get(OPTION_FACTS.get(name, ""))
    if question is None:
        return None
    return (*county.kommunen, *question.by_id) if question.kind == "town" else tuple(question.by_id)


def dienst_list(source: Source, block: Mapping[str, Any], key: str, county: County) -> tuple[str, ...]:
    """A list of Dienste, each of which must exist."""
    raw = block.get(key)
    id_ = str(block.get("id"))
    if not isinstance(raw, list) or not raw or not all(isinstance(item, str) for item in raw):
        source.wrong(id_, f"`{key}` must be a list of Dienst ids, such as {key} = [\"MBE\"].")
        return ()
    for item in raw:
        if item not in county.dienste and item != KEIN_BEDARF:
            source.wrong(id_, f"`{key}` names {item!r}, which is no Dienst of services.toml.{meant(item, county.dienste)}")
    return tuple(raw)
