"""A county's rule book out of TOML: rules, topics, further places. Every finding names file, line, id and remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dialogs.conditions import Always, Condition, all_of
from dialogs.county import County
from dialogs.facts import Params, fact_condition, facts
from dialogs.model import Option, Questionnaire
from dialogs.provisos import read_provisos
from dialogs.routing import KEIN_BEDARF, TOPIC, Rule, RuleBook
from dialogs.toml_source import Source, dates_of, text_of

MODES = frozenset({"referral", "info_only"})


def load_book(path: Path, county: County, questionnaire: Questionnaire, findings: list[str], root: Path) -> RuleBook:
    source = Source(path, findings, root)
    raw_params = source.data.get("params", {})
    known_params = set(Params.__slots__)
    for name in sorted(set(raw_params) - known_params):
        findings.append(f"{source.name}:1: [params] knows no {name!r}; it knows {', '.join(sorted(known_params))}.")
    known = facts(Params(**{name: value for name, value in raw_params.items() if name in known_params}))

    def rule(block: Mapping[str, Any], key: str, places: Callable[[str], bool]) -> Rule:
        id_ = str(block["id"])
        first, last = dates_of(source, block)
        to, mode = str(block.get("to", "")), str(block.get("mode", "referral"))
        if not places(to):
            source.wrong(id_, f"sends to {to!r}, which is no Dienst of services.toml. Correct the id or add the Dienst.")
        if block.get("card") is not None and block["card"] not in questionnaire.cards:
            source.wrong(id_, f"names card {block['card']!r}, which cards.toml does not have. Correct the id.")
        if block.get("condition") is not None and block["condition"] not in provisos:
            source.wrong(id_, f"carries condition {block['condition']!r}, which no [[condition]] explains. Add that block.")
        if mode not in MODES:
            source.wrong(id_, f"mode {mode!r} is neither referral nor info_only.")
        raw = block.get("when", {})
        when = {name: tuple(value) if isinstance(value, list) else (value,) for name, value in raw.items()}
        return Rule(
            id=id_, to=to, when=when, condition=_conditions(source, id_, when, known, questionnaire), key=key,
            because=text_of(source, block, "because"), source=text_of(source, block, "source"), valid_from=first,
            valid_until=last, mode=mode, urgent=bool(block.get("urgent", False)), flag=block.get("condition"),
            at_once=bool(block.get("at_once", False)), need=block.get("need"), card=block.get("card"),
        )  # fmt: skip

    provisos = read_provisos(source)

    def place(to: str) -> bool:
        return to in county.dienste

    rules = tuple(
        rule(block, f"{county.id}.{block['id']}", lambda to: place(to) or to in (TOPIC, KEIN_BEDARF))
        for block in source.blocks("rule")
    )
    counted: dict[str, int] = {}

    def topic_key(block: Mapping[str, Any]) -> str:
        need = str(block.get("need"))
        counted[need] = counted.get(need, -1) + 1
        return f"{county.id}.topic.{need}.{counted[need]}"

    topics = tuple(rule(block, topic_key(block), place) for block in source.blocks("topic"))
    also = tuple(rule(block, f"{county.id}.{block['id']}", place) for block in source.blocks("also"))
    if source.data and (not rules or rules[-1].when):
        findings.append(f"{source.name}:1: the last [[rule]] must have no conditions, so that nobody is left without an answer.")
    domains = {
        question.id: tuple(option.id for option in question.options)
        for question in questionnaire.questions
        if question.kind in ("single", "consent")
    }
    domains["S02_city"] = (*county.kommunen, *(option.id for option in _options(questionnaire, "S02_city")))
    several = frozenset(question.id for question in questionnaire.questions if question.kind == "multi")
    watched = frozenset(atom.question for rule in rules if rule.at_once for atom in rule.condition.atoms())
    immediate = tuple(rule for rule in rules if rule.at_once)
    version = str(source.data.get("version", ""))
    return RuleBook(version, rules, topics, also, county.clearing, known, domains, several, watched, immediate, provisos)


def _options(questionnaire: Questionnaire, question: str) -> tuple[Option, ...]:
    found = questionnaire.by_id.get(question)
    return found.options if found else ()


def _conditions(
    source: Source,
    id_: str,
    when: Mapping[str, tuple[object, ...]],
    known: Mapping[str, Condition],
    questionnaire: Questionnaire,
) -> Condition:
    parts: list[Condition] = []
    for name, values in when.items():
        try:
            condition = fact_condition(name, values, known)
        except KeyError:
            source.wrong(id_, f"uses the fact {name!r}, which does not exist. `wegweiser show rules` lists all facts.")
            continue
        except ValueError as error:
            source.wrong(id_, f"fact {name!r}: {error}.")
            continue
        for atom in condition.atoms():
            question = questionnaire.by_id.get(atom.question)
            if name in ("alter", "status", "einkommen", "lid", "kinder", "thema", "hilfe_art") and question is not None:
                for option in sorted(getattr(atom, "options", frozenset()) - set(question.by_id)):
                    source.wrong(id_, f"{name} has no value {option!r}; {question.id} offers {', '.join(question.by_id)}.")
        parts.append(condition)
    return all_of(*parts) if parts else Always()
