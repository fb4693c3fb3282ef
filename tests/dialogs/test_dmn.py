"""The DMN 1.3 document itself: what the standard's schema asks of it, as far as that can be seen without the schema."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from dialogs.dmn import dmn_document
from dialogs.dmn_elements import MODEL, ncname
from dialogs.feel import literal
from dialogs.load import ROOT, known_counties, load_library
from dialogs.script import Script
from locales.sources import german_sources
from tests.dialogs.dmn_oracle import columns_of, text_of
from tests.dialogs.talk import TODAY

NS = f"{{{MODEL}}}"

# Children in the order of the schema's sequences (DMN13.xsd), as far as the document uses them; attributes that must be there.
ORDER = {
    "definitions": ("description", "itemDefinition", "inputData|decision"),
    "itemDefinition": ("description", "typeRef", "allowedValues", "itemComponent"),
    "itemComponent": ("description", "typeRef", "allowedValues", "itemComponent"),
    "inputData": ("description", "variable"),
    "decision": ("description", "variable", "informationRequirement", "literalExpression|decisionTable"),
    "informationRequirement": ("requiredDecision|requiredInput",),
    "decisionTable": ("input", "output", "rule"),
    "input": ("inputExpression",),
    "rule": ("description", "inputEntry", "outputEntry"),
    **dict.fromkeys(("allowedValues", "inputExpression", "inputEntry", "outputEntry", "literalExpression"), ("text",)),
    **dict.fromkeys(("variable", "output", "requiredDecision", "requiredInput", "typeRef", "text", "description"), ()),
}
NEEDED = {
    "definitions": {"name", "namespace"}, "itemDefinition": {"name"}, "itemComponent": {"name"}, "inputData": {"name"},
    "decision": {"name"}, "variable": {"name"}, "requiredDecision": {"href"}, "requiredInput": {"href"},
}  # fmt: skip
BUILT_IN = {"string", "boolean", "number", "date"}


@pytest.fixture(scope="module", params=known_counties())
def script(request: pytest.FixtureRequest) -> Script:
    return load_library(request.param).current(TODAY)


@pytest.fixture(scope="module")
def root(script: Script) -> ET.Element:
    words = {key: source.text for key, source in german_sources(ROOT).items()}
    return ET.fromstring(dmn_document(script, TODAY, words))


def tag(element: ET.Element) -> str:
    assert element.tag.startswith(NS)
    return element.tag.removeprefix(NS)


def test_every_element_has_the_children_and_attributes_of_the_standard_in_its_order(root: ET.Element) -> None:
    assert root.tag == NS + "definitions"
    for element in root.iter():
        name = tag(element)
        order = {kind: place for place, kinds in enumerate(ORDER[name]) for kind in kinds.split("|")}
        places = [order[tag(child)] for child in element]
        assert places == sorted(places), element.attrib
        assert NEEDED.get(name, set()) <= set(element.attrib)


def test_ids_are_single_and_every_reference_leads_somewhere(root: ET.Element) -> None:
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"[A-Za-z_][\w.-]*", id_, re.ASCII) for id_ in ids)
    kinds = {"requiredDecision": "decision", "requiredInput": "inputData"}
    targets = {f"#{element.get('id')}": tag(element) for element in root}
    for name, kind in kinds.items():
        hrefs = [element.attrib["href"] for element in root.iter(NS + name)]
        assert hrefs and all(targets[href] == kind for href in hrefs)
    types = BUILT_IN | {element.attrib["name"] for element in root.iter(NS + "itemDefinition")}
    named = [element.attrib["typeRef"] for element in root.iter() if "typeRef" in element.attrib]
    assert set(named) | {element.text for element in root.iter(NS + "typeRef")} <= types


def test_each_expression_requires_what_it_names_and_nothing_else(root: ET.Element) -> None:
    known = {element.attrib["name"] for element in root if tag(element) in ("inputData", "decision")}
    assert len(known) == len([element for element in root if tag(element) in ("inputData", "decision")])
    for decision in root.iterfind(NS + "decision"):
        required = {needed[0].attrib["href"][1:] for needed in decision.iterfind(NS + "informationRequirement")}
        texts = [text.text or "" for text in decision.iter(NS + "text")]
        words = {word for text in texts for word in re.findall(r"\w+", re.sub(r'"[^"]*"', "", text))}
        assert words & known == required, decision.attrib["name"]


def test_a_decision_stands_behind_those_it_needs(root: ET.Element) -> None:
    seen: set[str] = set()
    for decision in root.iterfind(NS + "decision"):
        hrefs = [needed.attrib["href"][1:] for needed in decision.iter(NS + "requiredDecision")]
        assert set(hrefs) <= seen
        seen.add(decision.attrib["id"])


def test_tables_are_full_and_have_the_hit_policies_of_our_order(root: ET.Element, script: Script) -> None:
    policies = {}
    for decision in root.iterfind(NS + "decision"):
        for table in decision.iterfind(NS + "decisionTable"):
            policies[decision.attrib["name"]] = table.attrib["hitPolicy"]
            outputs = table.findall(NS + "output")
            assert [("name" in output.attrib) for output in outputs] == [len(outputs) > 1] * len(outputs)
            for rule in table.iterfind(NS + "rule"):
                assert len(rule.findall(NS + "inputEntry")) == len(columns_of(table))
                assert len(rule.findall(NS + "outputEntry")) == len(outputs)
    assert policies == {"Hauptregel": "FIRST", "Thema": "FIRST", "Dienst": "UNIQUE", "Weitere": "COLLECT"}
    main = root.find(f"{NS}decision[@name='Hauptregel']/{NS}decisionTable")
    assert main is not None
    assert [rule.get("label") for rule in main.iterfind(NS + "rule")] == [rule.id for rule in script.book.valid_rules(TODAY)]


def test_every_input_and_decision_has_a_german_label(root: ET.Element) -> None:
    labels = {element.attrib["name"]: element.attrib["label"] for element in root if tag(element) in ("inputData", "decision")}
    assert labels["status"] == "Papier" and labels["S07_identity"] == "Haben Sie einen gültigen Pass aus Ihrem Land?"
    assert labels["jung"] == "Alter: 16 bis 26 Jahre" and labels["Hauptregel"] == "Erste Regel, die passt"


def test_on_another_day_other_rules_stand_in_it(script: Script) -> None:
    first, *others = script.book.rules
    tomorrow = TODAY + dt.timedelta(days=1)
    book = replace(script.book, rules=(replace(first, valid_until=TODAY), *others))
    changed = replace(script, book=book)
    assert f'label="{first.id}"' in dmn_document(changed, TODAY)
    assert f'label="{first.id}"' not in dmn_document(changed, tomorrow)


def test_quotes_and_angle_brackets_stay_what_they_are(script: Script) -> None:
    because = 'Wer "A" & <B> sagt'
    book = replace(script.book, rules=tuple(replace(rule, because=because) for rule in script.book.rules))
    root = ET.fromstring(dmn_document(replace(script, book=book), TODAY))
    said = [element.text or "" for element in root.iter(NS + "description")]
    assert any(because in words for words in said)
    assert literal('ein "Wort" \\') == '"ein \\"Wort\\" \\\\"' and ncname("2 Ämter") == "_2__mter"


def test_the_same_rules_give_the_same_document(script: Script) -> None:
    again = load_library(script.county.id).current(TODAY)
    assert dmn_document(script, TODAY) == dmn_document(again, TODAY)


def test_a_unary_test_over_several_choices_names_its_input_by_the_sign_of_the_standard(root: ET.Element) -> None:
    entries = [text_of(entry, "") for entry in root.iter(NS + "inputEntry")]
    over_lists = [entry for entry in entries if "list contains" in entry]
    one = r'list contains\(\?, "\w+"\)'
    assert over_lists and all(re.fullmatch(f"{one}( or {one})*", entry) for entry in over_lists)
