"""A county's rule book out of TOML: rules, topics, further places. Every finding names file, line, id and remedy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dialogs.conditions import Condition
from dialogs.county import County
from dialogs.facts import Params, facts
from dialogs.load_conditions import conditions_of, when_of
from dialogs.model import Option, Questionnaire
from dialogs.provisos import Proviso, read_provisos
from dialogs.routing import KEIN_BEDARF, TOPIC, Rule, RuleBook
from dialogs.rules_shape import well_shaped
from dialogs.toml_source import Source, dates_of, day_of, meant, switch_of, text_of

MODES = frozenset({"referral", "info_only"})
TABLES = frozenset({"version", "params", "condition", "rule", "topic", "also"})
ROW = frozenset({"when", "to", "because", "card"})
KEYS = {
    "rule": ROW | {"mode", "urgent", "condition", "at_once", "section", "over", "over_because"},
    "topic": ROW | {"need"},
    "also": ROW,
}


def load_book(
    path: Path, county: County, questionnaire: Questionnaire, findings: list[str], root: Path, text: str | None = None
) -> tuple[RuleBook, Source]:
    """The rule book of one file, and the file it is from. A version beside `rules.toml` has texts of its own, named after it.

    `text`: what stands in it, for a rule book that is no file here (a release; its sentences are `dialogs.release`'s).
    """
    source = Source(path, findings, root, text)
    if not well_shaped(source):
        # What has the wrong shape can't be read any further; its findings say so.
        source.data = {}
    source.known_tables(TABLES)
    prefix = key_prefix(county.id, path) if text is None else county.id
    known, provisos = facts(_params(source)), read_provisos(source)
    reader = _Reader(source, county, questionnaire, known, provisos)
    rules = tuple(reader.rule(block, "rule", f"{prefix}.{block['id']}") for block in source.blocks("rule", KEYS["rule"]))
    counted: dict[str, int] = {}

    def topic_key(block: Mapping[str, Any]) -> str:
        need = str(block.get("need"))
        counted[need] = counted.get(need, -1) + 1
        return f"{prefix}.topic.{need}.{counted[need]}"

    topics = tuple(reader.rule(block, "topic", topic_key(block)) for block in source.blocks("topic", KEYS["topic"]))
    also = tuple(reader.rule(block, "also", f"{prefix}.{block['id']}") for block in source.blocks("also", KEYS["also"]))
    if not rules and not source.findings:
        findings.append(f"{source.name}:1: the file has no [[rule]]. Is it whole? Copy it again.")
    elif source.data and (not rules or rules[-1].when):
        findings.append(f"{source.name}:1: the last [[rule]] must have no conditions, so that nobody is left without an answer.")
    _one_id(source, rules, topics, also)
    _sections(source, rules)
    _precedence(source, rules)
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
    starts = day_of(source, source.data, "valid_from", "rules") or dt.date.min
    book = RuleBook(
        version, rules, topics, also, county.clearing, known, domains, several, watched, immediate, provisos, starts
    )
    return book, source


def key_prefix(county: str, path: Path) -> str:
    """Where the sentences of a rule file stand in the catalogues; `locales.sources` names them alike."""
    return county if path.stem == "rules" else f"{county}.{path.stem}"


def _params(source: Source) -> Params:
    raw = source.data.get("params", {})
    known = set(Params.__slots__)
    for name, value in raw.items():
        if name not in known:
            said = f"{source.name}:1: [params] knows no {name!r}; it knows {', '.join(sorted(known))}."
            source.findings.append(said + meant(name, known))
        elif type(value) is not int or value < 0:
            source.findings.append(f"{source.name}:1: [params] {name} = {value!r} is no whole number. Write {name} = 42.")
    return Params(**{name: value for name, value in raw.items() if name in known and type(value) is int})


class _Reader:
    """Reads the rows of one file; what a row may name is known beforehand."""

    def __init__(
        self, source: Source, county: County, questionnaire: Questionnaire, known: Mapping[str, Condition],
        provisos: Mapping[str, Proviso],
    ) -> None:
        self.source, self.county, self.questionnaire, self.known = source, county, questionnaire, known
        self.provisos = provisos

    def rule(self, block: Mapping[str, Any], kind: str, key: str) -> Rule:
        source, id_ = self.source, str(block["id"])
        first, last = dates_of(source, block)
        to, mode = str(block.get("to", "")), str(block.get("mode", "referral"))
        places = {*self.county.dienste, TOPIC, KEIN_BEDARF} if kind == "rule" else {*self.county.dienste}
        if to not in places:
            said = f"sends to {to!r}, which is no Dienst of services.toml. Correct the id or add the Dienst."
            source.wrong(id_, said + meant(to, places))
        cards = self.questionnaire.cards
        if block.get("card") is not None and block["card"] not in cards:
            said = f"names card {block['card']!r}, which cards.toml does not have. Correct the id."
            source.wrong(id_, said + meant(str(block["card"]), cards))
        proviso = block.get("condition")
        if proviso is not None and proviso not in self.provisos:
            said = f"carries condition {proviso!r}, which no [[condition]] explains. Add that block."
            source.wrong(id_, said + meant(str(proviso), self.provisos))
        if mode not in MODES:
            source.wrong(id_, f"mode {mode!r} is neither referral nor info_only.")
        if kind == "topic":
            self._need(id_, block.get("need"))
        when = when_of(source, id_, block.get("when", {}))
        condition = conditions_of(
            source, id_, when, self.known, self.questionnaire, self.county, decided=kind == "also"
        )
        return Rule(
            id=id_, to=to, when=when, condition=condition, key=key,
            because=text_of(source, block, "because"), source=text_of(source, block, "source"), valid_from=first,
            valid_until=last, mode=mode, urgent=switch_of(source, block, "urgent"), flag=proviso,
            at_once=switch_of(source, block, "at_once"), need=block.get("need"), card=block.get("card"),
            section=str(block.get("section", "")), over=_ids(source, block, "over"),
            over_because=str(block.get("over_because", "")), served=self.county.served(to),
        )  # fmt: skip

    def _need(self, id_: str, need: object) -> None:
        offered = [option.id for option in _options(self.questionnaire, "S15_needs") if not option.exclusive]
        if offered and need not in offered:
            self.source.wrong(id_, f"`need` {need!r} is no topic of S15_needs.{meant(str(need), offered)} Correct it.")


def _ids(source: Source, block: Mapping[str, Any], key: str) -> tuple[str, ...]:
    raw = block.get(key, [])
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        source.wrong(str(block.get("id")), f"`{key}` must be a list of ids, such as {key} = [\"M11\"].")
        return ()
    return tuple(raw)


def _one_id(source: Source, *tables: tuple[Rule, ...]) -> None:
    """Rules, topics and further places share one space of ids: a decision names only the id."""
    seen: dict[str, int] = {}
    for number, table in enumerate(tables):
        for row in table:
            if seen.setdefault(row.id, number) != number:
                source.wrong(row.id, "is the id of two rows in different tables. Rename one.", 1)


def _sections(source: Source, rules: tuple[Rule, ...]) -> None:
    """Sections are contiguous: a heading that comes a second time would hide what goes before what."""
    left: set[str] = set()
    current = None
    for rule in rules:
        if rule.section != current:
            if rule.section in left:
                source.wrong(rule.id, f"stands in section {rule.section!r}, which has ended before. Move the rule there.")
            if current is not None:
                left.add(current)
            current = rule.section
    if any(rule.section for rule in rules):
        for rule in rules:
            if not rule.section:
                source.wrong(rule.id, "stands in no section, though others do. Add section = \"...\".")


def _precedence(source: Source, rules: tuple[Rule, ...]) -> None:
    number = {rule.id: index for index, rule in enumerate(rules)}
    for index, rule in enumerate(rules):
        for other in rule.over:
            if other not in number:
                source.wrong(rule.id, f"`over` names {other!r}, which is no [[rule]].{meant(other, number)} Correct the id.")
            elif number[other] <= index:
                source.wrong(rule.id, f"`over` names {other!r}, which does not come later. Remove it or move the rule.")
            elif rules[number[other]].section != rule.section:
                source.wrong(rule.id, f"`over` names {other!r} of another section, where order is intended anyway. Remove it.")
        if rule.over and not rule.over_because:
            source.wrong(rule.id, "`over` gives no reason. Add over_because = \"...\".")
        if rule.over_because and not rule.over:
            source.wrong(rule.id, "`over_because` gives a reason, but `over` names no rule. Add over = [\"...\"].")


def _options(questionnaire: Questionnaire, question: str) -> tuple[Option, ...]:
    found = questionnaire.by_id.get(question)
    return found.options if found else ()
