"""pyDMNrules and pySFeel, which know nothing of our engine, evaluate the exported DMN. GPLv3: for tests only.

Two things are said to them that they would have to know themselves: the `?` of a unary test (they don't know it) is
replaced by the column's own name, and of the two last decisions, which need `if` and `sort` (they have neither), the
sentence is done in Python (`shown`). A table depends on nothing but its columns, and a cell only on the values it names:
so what was evaluated once is remembered by these.
"""

from __future__ import annotations

import copy
import datetime as dt
import re
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pyDMNrules
    import pySFeel

MODEL = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
OTHER = "something else"
# Theirs lack `if`, `for` and `sort`.
TOO_MUCH = ("Reihenfolge", "Gezeigt")


def parsed(document: str) -> ET.Element:
    return ET.fromstring(document)


def text_of(parent: ET.Element, path: str) -> str:
    found = parent.find("/".join(MODEL + part for part in (*path.split("/"), "text") if part))
    assert found is not None and found.text is not None, path
    return found.text


def columns_of(table: ET.Element) -> list[str]:
    return [text_of(clause, "inputExpression") for clause in table.iterfind(MODEL + "input")]


def adapted(root: ET.Element) -> ET.Element:
    """A copy in which `?` is written as the column's name and without the two decisions they can't read."""
    root = copy.deepcopy(root)
    for table in root.iter(MODEL + "decisionTable"):
        for rule in table.iterfind(MODEL + "rule"):
            for column, entry in zip(columns_of(table), rule.iterfind(MODEL + "inputEntry"), strict=True):
                entry[0].text = text_of(entry, "").replace("?", column)
    for decision in list(root.iterfind(MODEL + "decision")):
        if decision.get("name") in TOO_MUCH:
            root.remove(decision)
    return root


def matched_nothing(status: Mapping[str, list[str]]) -> bool:
    """Theirs calls it an error if no row of a table matches; in DMN the result is null then."""
    errors = status.get("errors", ())
    return len(errors) == 1 and errors[0].startswith("No rules matched the input data")


class Remembering:
    """Theirs, but what the same words assign is worked out once: most of their time goes into setting inputs to null."""

    _assigned: dict[str, object] = {}

    def __init__(self) -> None:
        self._parser = pySFeel.SFeelParser()

    def sFeelParse(self, text: str) -> Any:
        name, assigns, _ = text.partition(" <- ")
        if assigns and text in self._assigned:
            value = self._parser.names[name] = copy.copy(self._assigned[text])
            return {}, value
        status, value = self._parser.sFeelParse(text)
        if assigns and not status:
            self._assigned[text] = copy.copy(value)
        return status, value


def engine(root: ET.Element) -> Any:
    loaded = pyDMNrules.DMN()
    loaded.parser = Remembering()
    status = loaded.useXML(ET.tostring(root, encoding="unicode").replace("ns0:", "").replace("xmlns:ns0", "xmlns"))
    assert not status, status
    return loaded


class Table:
    """One decision table of the document, evaluated apart from the others; with `row`, only that row of it."""

    def __init__(self, root: ET.Element, name: str, row: str | None = None) -> None:
        whole = adapted(root)
        for element in list(whole):
            if element.tag == MODEL + "inputData" or (element.tag == MODEL + "decision" and element.get("name") != name):
                whole.remove(element)
        decision = whole.find(MODEL + "decision")
        assert decision is not None, f"no decision {name}"
        for requirement in decision.findall(MODEL + "informationRequirement"):
            decision.remove(requirement)
        table = decision.find(MODEL + "decisionTable")
        assert table is not None
        self.rows = [str(rule.get("label")) for rule in table.iterfind(MODEL + "rule")]
        if row is not None:
            _only(table, row)
        self.columns = columns_of(table)
        self._named: dict[str, set[str]] = {column: set() for column in self.columns}
        for rule in table.iterfind(MODEL + "rule"):
            for column, entry in zip(self.columns, rule.iterfind(MODEL + "inputEntry"), strict=True):
                self._named[column] |= set(re.findall(r'"([^"]*)"', text_of(entry, "")))
        self._engine = engine(whole)
        self._known: dict[tuple[object, ...], dict[str, Any]] = {}

    def __call__(self, values: Mapping[str, object]) -> dict[str, Any]:
        """What the table's results are, by name; empty if no row matches."""
        seen = tuple(self._seen(column, values[column]) for column in self.columns)
        if seen not in self._known:
            data = {column: list(v) if isinstance(v, tuple) else v for column, v in zip(self.columns, seen, strict=True)}
            status, found = self._engine.decide(data)
            assert matched_nothing(status) or not status, (data, status)
            result = found["Result"] if found else {}
            self._known[seen] = {name: value for name, value in result.items() if name not in self.columns}
        return self._known[seen]

    def _seen(self, column: str, value: object) -> object:
        named = self._named[column]
        if isinstance(value, tuple):
            return tuple(dict.fromkeys(item if item in named else OTHER for item in sorted(value)))
        return OTHER if isinstance(value, str) and value not in named and "." not in column else value


def _only(table: ET.Element, row: str) -> None:
    """Leave one row, and of the columns those which it looks at."""
    for rule in table.findall(MODEL + "rule"):
        if rule.get("label") != row:
            table.remove(rule)
    rule = table.find(MODEL + "rule")
    assert rule is not None
    for clause, entry in zip(table.findall(MODEL + "input"), rule.findall(MODEL + "inputEntry"), strict=True):
        if text_of(entry, "") == "-":
            table.remove(clause)
            rule.remove(entry)


class Facts:
    """The boolean decisions in FEEL, evaluated by pySFeel; each sees only what its information requirements name."""

    _known: dict[tuple[object, ...], object] = {}

    def __init__(self, root: ET.Element) -> None:
        self.texts: dict[str, str] = {}
        self._requires: dict[str, tuple[str, ...]] = {}
        for decision in root.iterfind(MODEL + "decision"):
            name = str(decision.get("name"))
            if decision.find(MODEL + "literalExpression") is None or name in TOO_MUCH:
                continue
            self.texts[name] = text_of(decision, "literalExpression")
            hrefs = [str(needed[0].get("href")) for needed in decision.iterfind(MODEL + "informationRequirement")]
            self._requires[name] = tuple(href.removeprefix("#") for href in hrefs)

    def __call__(self, inputs: Mapping[str, object]) -> dict[str, object]:
        values = dict(inputs)
        for name, text in self.texts.items():
            seen = (text, *((needed, values[needed]) for needed in self._requires[name]))
            if seen not in self._known:
                self._known[seen] = self._evaluated(text, {needed: values[needed] for needed in self._requires[name]})
            values[name] = self._known[seen]
        return {name: values[name] for name in self.texts}

    def _evaluated(self, text: str, values: Mapping[str, object]) -> object:
        parser = pySFeel.SFeelParser()
        for name, value in values.items():
            status, _ = parser.sFeelParse(f"{name} <- {_feel(value)}")
            assert not status, (name, value, status)
        status, found = parser.sFeelParse(text)
        assert not status, (text, values, status)
        return found


def _feel(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.date):
        return f'@"{value.isoformat()}"'
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_feel, value)) + "]"
    return str(value) if isinstance(value, int) else f'"{value}"'


def shown(further: list[tuple[float, str]]) -> tuple[str, ...]:
    """The last two decisions: in the table's order, each once, at most three."""
    return tuple(dict.fromkeys(dienst for _, dienst in sorted(further)))[:3]
