"""The elements of a DMN 1.3 document, each in the order that the standard's schema wants (OMG formal/21-01-01)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MODEL = "https://www.omg.org/spec/DMN/20191111/MODEL/"
ANY = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """What is put in. `values`: the texts it can have, none if it is a date or a number. `several`: it is a list of them."""

    name: str
    label: str
    about: str
    type: str = "string"
    values: tuple[str, ...] = ()
    several: bool = False

    @property
    def type_ref(self) -> str:
        return f"t_{self.name}" if self.values else self.type


@dataclass(frozen=True, slots=True)
class Row:
    """One rule of a table. `cells`: unary tests by column; a column that is missing may be anything. `results`: FEEL."""

    id: str
    cells: Mapping[str, str]
    results: tuple[str, ...]
    about: str = ""


class Document:
    """A <definitions> that grows: first all types, then inputs and decisions in any order."""

    def __init__(self, id_: str, name: str, namespace: str, about: str) -> None:
        attributes = {"xmlns": MODEL, "id": ncname(id_), "name": name, "namespace": namespace, "exporter": "Wegweiser"}
        self._root = ET.Element("definitions", attributes)
        self._kinds: dict[str, str] = {}
        _said(self._root, about)

    def allowed(self, entry: Input, values: Sequence[str]) -> None:
        """The type of an input that has only certain values, as FEEL writes them."""
        several = {"isCollection": "true"} if entry.several else {}
        element = self._definition(entry.type_ref, several | {"label": entry.label})
        ET.SubElement(element, "typeRef").text = entry.type
        _text(element, "allowedValues", ", ".join(values))

    def structure(self, name: str, parts: Mapping[str, str], *, several: bool = False) -> None:
        """The type of a table's results."""
        element = self._definition(name, {"isCollection": "true"} if several else {})
        for part, type_ref in parts.items():
            component = ET.SubElement(element, "itemComponent", {"id": ncname(f"typ_{name}_{part}"), "name": part})
            ET.SubElement(component, "typeRef").text = type_ref

    def list_of(self, name: str, type_ref: str) -> None:
        ET.SubElement(self._definition(name, {"isCollection": "true"}), "typeRef").text = type_ref

    def _definition(self, name: str, attributes: Mapping[str, str]) -> ET.Element:
        return ET.SubElement(self._root, "itemDefinition", {"id": ncname(f"typ_{name}"), "name": name, **attributes})

    def input(self, entry: Input) -> None:
        self._kinds[entry.name] = "requiredInput"
        element = ET.SubElement(self._root, "inputData", {"id": ncname(entry.name), "name": entry.name, "label": entry.label})
        _said(element, entry.about)
        _variable(element, entry.name, entry.type_ref)

    def expression(self, name: str, type_ref: str, text: str, requires: Sequence[str], label: str = "") -> None:
        """A decision that is one line of FEEL."""
        element = self._decision(name, type_ref, requires, label)
        _text(element, "literalExpression", text, id=ncname(f"ausdruck_{name}"), typeRef=type_ref)

    def table(
        self, name: str, type_ref: str, hit_policy: str, columns: Mapping[str, str], results: Mapping[str, str],
        rows: Sequence[Row], requires: Sequence[str], label: str,
    ) -> None:  # fmt: skip
        """A decision that is a table. `columns` and `results`: their types by FEEL expression and by name."""
        element = self._decision(name, type_ref, requires, label)
        attributes = {"id": ncname(f"tabelle_{name}"), "hitPolicy": hit_policy, "preferredOrientation": "Rule-as-Row"}
        table = ET.SubElement(element, "decisionTable", attributes)
        for column, type_ref_ in columns.items():
            clause = ET.SubElement(table, "input", {"id": ncname(f"spalte_{name}_{column}")})
            _text(clause, "inputExpression", column, id=ncname(f"wert_{name}_{column}"), typeRef=type_ref_)
        for result, type_ref_ in results.items():
            # The standard forbids a name where there is only one result: then it is the decision's own.
            named = {"name": result} if len(results) > 1 else {}
            ET.SubElement(table, "output", {"id": ncname(f"ergebnis_{name}_{result}"), **named, "typeRef": type_ref_})
        for row in rows:
            rule = ET.SubElement(table, "rule", {"id": ncname(f"regel_{name}_{row.id}"), "label": row.id})
            _said(rule, row.about)
            for column in columns:
                _text(rule, "inputEntry", row.cells.get(column, ANY), id=ncname(f"zelle_{name}_{row.id}_{column}"))
            for result, value in zip(results, row.results, strict=True):
                _text(rule, "outputEntry", value, id=ncname(f"dann_{name}_{row.id}_{result}"))

    def _decision(self, name: str, type_ref: str, requires: Sequence[str], label: str) -> ET.Element:
        self._kinds[name] = "requiredDecision"
        element = ET.SubElement(self._root, "decision", {"id": ncname(name), "name": name, "label": label or name})
        _variable(element, name, type_ref)
        for needed in dict.fromkeys(requires):
            requirement = ET.SubElement(element, "informationRequirement", {"id": ncname(f"braucht_{name}_{needed}")})
            ET.SubElement(requirement, self._kinds[needed], {"href": f"#{ncname(needed)}"})
        return element

    def text(self) -> str:
        ET.indent(self._root)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(self._root, encoding="unicode")}\n'


def ncname(words: str) -> str:
    """The words as an XML id; what an id may not hold becomes an underscore."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", words)
    return plain if plain[:1].isalpha() or plain.startswith("_") else f"_{plain}"


def _text(parent: ET.Element, tag: str, text: str, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    ET.SubElement(element, "text").text = text
    return element


def _said(parent: ET.Element, words: str) -> None:
    if words:
        ET.SubElement(parent, "description").text = words


def _variable(parent: ET.Element, name: str, type_ref: str) -> None:
    ET.SubElement(parent, "variable", {"id": ncname(f"wert_{name}"), "name": name, "typeRef": type_ref})
