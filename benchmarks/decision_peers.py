"""The same rules for other engines: GoRules' zen (JDM), rule-engine (its own expressions), pyDMNrules (our DMN).

Each is given the facts, ready computed; ours starts from the answers. A peer that is not installed raises ImportError.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dialogs.dmn import dmn_document
from dialogs.facts import OPTION_FACTS
from dialogs.routing import TOPIC, Rule
from dialogs.script import Script

# Rule, Dienst, mode, urgent, further Dienste: what all of them must agree on.
Outcome = tuple[str, str, str, bool, tuple[str, ...]]
Values = Mapping[str, Any]
Evaluate = Callable[[Values], Any]
Read = Callable[[Any], Outcome]
LED_TO, URGENT = "@ziel", "@dringend"


def shown(further: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(further))[:3]


def valid(rows: Sequence[Rule], on: dt.date) -> tuple[Rule, ...]:
    return tuple(row for row in rows if row.valid(on))


# -- zen-engine ----------------------------------------------------------------------------------------------------------


def zen(script: Script, on: dt.date) -> tuple[Evaluate, Read]:
    import zen as gorules

    several = script.book.several
    main = [({}, rule, _zen_results(rule)) for rule in valid(script.book.rules, on)]
    topics = [({"thema": (row.need,)}, row, {"topic": row.to}) for row in valid(script.book.topics, on)]
    also = [({"other": row.to}, row, {"to": row.to}) for row in valid(script.book.also, on)]
    led = [{"id": "x1", "key": "ziel", "value": f'dienst == "{TOPIC}" ? topic : dienst'}]
    led += [{"id": "x2", "key": "dringend", "value": 'urgent ? "ja" : "nein"'}]
    nodes = [
        {"id": "in", "type": "inputNode", "content": {}},
        _zen_table("main", "first", main, several),
        _zen_table("topic", "first", [*topics, ({}, None, {"topic": None})], several),
        {"id": "led", "type": "expressionNode", "content": {"passThrough": True, "expressions": led}},
        _zen_table("also", "collect", also, several, "further"),
        {"id": "out", "type": "outputNode", "content": {}},
    ]
    names = [str(node["id"]) for node in nodes]
    edges = [{"id": f"e{a}", "type": "edge", "sourceId": a, "targetId": b} for a, b in itertools.pairwise(names)]
    graph = {"nodes": [{**node, "name": node["id"], "position": {"x": 0, "y": 0}} for node in nodes], "edges": edges}
    decision = gorules.ZenEngine().create_decision(json.dumps(graph))

    def read(raw: Any) -> Outcome:
        found = raw["result"]
        further = [row["to"] for row in found.get("further") or ()]
        return found["rule"], found["ziel"], found["mode"], found["urgent"], shown(further)

    return lambda values: decision.evaluate(dict(values)), read


def _zen_results(rule: Rule) -> dict[str, Any]:
    return {"rule": rule.id, "dienst": rule.to, "mode": rule.mode, "urgent": rule.urgent}


ZenRow = tuple[Mapping[str, Any], Rule | None, Mapping[str, Any]]


def _zen_table(id_: str, policy: str, rows: Sequence[ZenRow], several: frozenset[str], path: str | None = None) -> dict[str, Any]:
    cells = [dict(_zen_cells(more, rule, several)) for more, rule, _ in rows]
    columns = list(dict.fromkeys(name for row in cells for name in row))
    results = list(dict.fromkeys(name for _, _, outputs in rows for name in outputs))
    rules = []
    for number, (row, (_, _, outputs)) in enumerate(zip(cells, rows, strict=True)):
        entry = {"_id": f"{id_}{number}"}
        entry |= {f"i_{name}": row.get(name, "") for name in columns}
        entry |= {f"o_{name}": json.dumps(outputs[name]) for name in results}
        rules.append(entry)
    return {
        "id": id_, "type": "decisionTableNode",
        "content": {
            "hitPolicy": policy, "passThrough": True, "inputField": None, "outputPath": path, "executionMode": "single",
            "inputs": [{"id": f"i_{name}", "name": name, "field": name} for name in columns],
            "outputs": [{"id": f"o_{name}", "name": name, "field": name} for name in results], "rules": rules,
        },
    }  # fmt: skip


def _zen_cells(more: Mapping[str, Any], rule: Rule | None, several: frozenset[str]) -> Iterator[tuple[str, str]]:
    conditions = {**{name: values for name, values in more.items() if name != "other"}, **(rule.when if rule else {})}
    if "other" in more:
        elsewhere = [value for value in conditions.pop("ziel", ()) if value != more["other"]]
        yield "ziel", f"in {json.dumps(elsewhere)}" if elsewhere else f"not in {json.dumps([more['other']])}"
    for name, values in conditions.items():
        if OPTION_FACTS.get(name) in several:
            yield name, f"some($, # in {json.dumps(list(values))})"
        else:
            yield name, ", ".join(json.dumps(value) for value in values)


# -- rule-engine ---------------------------------------------------------------------------------------------------------


def rule_engine(script: Script, on: dt.date) -> tuple[Evaluate, Read]:
    import rule_engine as engine

    several = script.book.several

    def compiled(rule: Rule, *more: str) -> Any:
        parts = [*more, *(_expression(name, values, several) for name, values in rule.when.items())]
        return engine.Rule(" and ".join(parts) or "true")

    main = [(compiled(rule), rule) for rule in valid(script.book.rules, on)]
    topics = [(compiled(row, _expression("thema", (row.need,), several)), row) for row in valid(script.book.topics, on)]
    also = [(compiled(row, f'ziel != "{row.to}"'), row.to) for row in valid(script.book.also, on)]

    def evaluate(values: Values) -> Outcome:
        rule = next(rule for matcher, rule in main if matcher.matches(values))
        to = next(row.to for matcher, row in topics if matcher.matches(values)) if rule.to == TOPIC else rule.to
        led = {**values, "ziel": to, "dringend": "ja" if rule.urgent else "nein"}
        return rule.id, to, rule.mode, rule.urgent, shown([place for matcher, place in also if matcher.matches(led)])

    return evaluate, lambda outcome: outcome


def _expression(name: str, values: Sequence[object], several: frozenset[str]) -> str:
    if OPTION_FACTS.get(name) in several:
        return "(" + " or ".join(f"{json.dumps(value)} in {name}" for value in values) + ")"
    if name in OPTION_FACTS:
        return f"{name} in {json.dumps(list(values))}"
    return name if values[0] is True else f"not {name}"


# -- pyDMNrules ----------------------------------------------------------------------------------------------------------


def py_dmn_rules(script: Script, on: dt.date) -> tuple[Evaluate, Read]:
    """Our own DMN export without the decisions that compute facts; adapted as the tests say why."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from tests.dialogs.dmn_oracle import MODEL, adapted, engine, matched_nothing
        from tests.dialogs.dmn_oracle import shown as in_order
    root = adapted(ET.fromstring(dmn_document(script, on)))
    for decision in list(root.iterfind(MODEL + "decision")):
        if decision.find(MODEL + "literalExpression") is not None:
            root.remove(decision)
        for requirement in decision.findall(MODEL + "informationRequirement"):
            decision.remove(requirement)
    loaded = engine(root)
    names = {clause[0][0].text for clause in root.iter(MODEL + "input")}

    def evaluate(values: Values) -> Any:
        return loaded.decide({name: value for name, value in values.items() if name in names})

    def read(raw: Any) -> Outcome:
        status, steps = raw
        assert matched_nothing(status) or not status, status
        found = steps[-1]["Result"]
        further = list(zip(found["Weitere.rang"] or (), found["Weitere.dienst"] or (), strict=True))
        main = (found["Hauptregel.regel"], found["Dienst"], found["Hauptregel.art"], found["Hauptregel.dringend"])
        return (*main, in_order(further))

    return evaluate, read


PEERS: Mapping[str, Callable[[Script, dt.date], tuple[Evaluate, Read]]] = {
    "zen-engine": zen, "rule-engine": rule_engine, "pyDMNrules": py_dmn_rules,
}  # fmt: skip
