"""The exported DMN, evaluated by an engine that is not ours, decides as ours: over ten thousand people of every county."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from functools import cache

import pytest

from dialogs.answers import Month, NoAnswer, Value
from dialogs.dmn import dmn_document
from dialogs.facts import OPTION_FACTS
from dialogs.load import known_counties, load_library
from dialogs.routing import TOPIC, Decision, decide
from dialogs.script import Script
from tests.dialogs.complete_people import complete_people
from tests.dialogs.dmn_oracle import MODEL, Facts, Table, adapted, engine, matched_nothing, parsed, shown
from tests.dialogs.talk import TODAY

PEOPLE, SEED = 10_000, 104
COUNTIES = known_counties()

Answers = dict[str, Value]


@cache
def script_of(county: str) -> Script:
    return load_library(county).current(TODAY)


@cache
def people_of(county: str) -> tuple[tuple[Answers, Decision], ...]:
    script = script_of(county)
    found = complete_people(script, TODAY, SEED, PEOPLE)
    return tuple((answers, decide(script.book, script.case(answers, TODAY))) for answers in found)


def inputs_of(script: Script, answers: Mapping[str, Value], root: ET.Element) -> dict[str, object]:
    """The answers as the document's inputs: a month by its first day, a question that was not asked is null or no choice."""
    found: dict[str, object] = {"Stichtag": TODAY}
    for element in root.iterfind(MODEL + "inputData"):
        name = str(element.get("name"))
        question = OPTION_FACTS.get(name, name)
        value = answers.get(question, () if question in script.book.several else None)
        if isinstance(value, NoAnswer):
            value = value.value
        found.setdefault(name, dt.date(value.year, value.month, 1) if isinstance(value, Month) else value)
    return found


class Reading:
    """A document's three tables, fed with our facts."""

    def __init__(self, script: Script, root: ET.Element) -> None:
        self._script, self.root = script, root
        self._main = Table(root, "Hauptregel")
        names = {str(decision.get("name")) for decision in root.iterfind(MODEL + "decision")}
        self._topic = Table(root, "Thema") if "Thema" in names else None
        self._place = Table(root, "Dienst")
        # In a table that collects, every row stands for itself: so each is asked about all it can see.
        rows = Table(root, "Weitere").rows if "Weitere" in names else []
        self._further = [Table(root, "Weitere", row) for row in rows]

    def values(self, answers: Answers) -> dict[str, object]:
        case = self._script.case(answers, TODAY)
        facts = {name: condition.of(case) for name, condition in self._script.book.facts.items()}
        assert None not in facts.values(), "these people leave nothing open"
        return inputs_of(self._script, answers, self.root) | facts

    def decided(self, answers: Answers) -> dict[str, object]:
        values = self.values(answers)
        main = self._main(values)
        values |= main
        topic = self._topic(values) if self._topic is not None and main["Hauptregel.dienst"] == TOPIC else {}
        values |= {"Thema.dienst": None, **topic}
        values["Dienst"] = topic.get("Thema.dienst") if topic else main["Hauptregel.dienst"]
        if not topic:
            assert self._place(values)["Dienst"] == main["Hauptregel.dienst"]
        further = [self._row(table(values)) for table in self._further]
        return {
            "rule": main["Hauptregel.regel"], "dienst": values["Dienst"], "mode": main["Hauptregel.art"],
            "urgent": main["Hauptregel.dringend"], "flag": main["Hauptregel.auflage"],
            "row": topic.get("Thema.zeile"), "also": shown([row for row in further if row is not None]),
        }  # fmt: skip

    @staticmethod
    def _row(found: dict[str, list[object]]) -> tuple[float, str] | None:
        if not found or not found.get("Weitere.dienst"):
            return None
        return float(str(found["Weitere.rang"][0])), str(found["Weitere.dienst"][0])


def ours(script: Script, decision: Decision) -> dict[str, object]:
    rows = {row.key: row.id for row in script.book.topics}
    return {
        "rule": decision.rule, "dienst": decision.dienst, "mode": decision.mode, "urgent": decision.urgent,
        "flag": decision.flag, "row": rows.get(decision.key), "also": decision.also,
    }  # fmt: skip


def differences(county: str, document: str, people: int = PEOPLE) -> list[tuple[dict[str, object], dict[str, object]]]:
    script, reading = script_of(county), Reading(script_of(county), parsed(document))
    both = ((ours(script, decision), reading.decided(answers)) for answers, decision in people_of(county)[:people])
    return [(mine, theirs) for mine, theirs in both if mine != theirs]


@pytest.mark.parametrize("county", COUNTIES)
def test_the_exported_tables_decide_ten_thousand_people_as_we_do(county: str) -> None:
    assert len(people_of(county)) >= 10_000
    assert differences(county, dmn_document(script_of(county), TODAY)) == []


@pytest.mark.parametrize("county", COUNTIES)
def test_these_people_meet_nearly_every_rule(county: str) -> None:
    script = script_of(county)
    met = Counter(decision.rule for _, decision in people_of(county))
    rules = script.book.valid_rules(TODAY)
    # The last rule is a net that nobody may fall into; all others are what is compared here.
    assert {rule.id for rule in rules[:-1]} <= set(met)
    sent = {dienst for _, decision in people_of(county) for dienst in decision.also}
    assert sent == {row.to for row in script.book.also if row.valid(TODAY)}


@pytest.mark.parametrize("county", COUNTIES)
def test_the_facts_in_feel_are_our_facts(county: str) -> None:
    script = script_of(county)
    root = parsed(dmn_document(script, TODAY))
    theirs = Facts(root)
    for answers, _ in people_of(county)[:250]:
        case = script.case(answers, TODAY)
        mine = {name: script.book.facts[name].of(case) for name in theirs.texts}
        assert theirs(inputs_of(script, answers, root)) == mine, answers


@pytest.mark.parametrize("county", COUNTIES)
def test_the_whole_document_leads_from_answers_to_places(county: str) -> None:
    script = script_of(county)
    root = parsed(dmn_document(script, TODAY))
    whole = engine(adapted(root))
    for answers, decision in people_of(county)[:12]:
        given = {name: list(v) if isinstance(v, tuple) else v for name, v in inputs_of(script, answers, root).items()}
        status, steps = whole.decide(given)
        assert matched_nothing(status) or not status, status
        result = steps[-1]["Result"]
        further = list(zip(result["Weitere.rang"] or [], result["Weitere.dienst"] or [], strict=True))
        assert (result["Dienst"], result["Hauptregel.regel"]) == (decision.dienst, decision.rule)
        assert shown(further) == decision.also


@pytest.mark.parametrize(
    ("fault", "old", "new"),
    [
        ("another place", '<text>"KIM_CM"</text>', '<text>"MBE"</text>'),
        ("not urgent", "<text>true</text>\n        </outputEntry>", "<text>false</text>\n        </outputEntry>"),
        ("a further place that is the first one already", 'not("JOBCENTER")', 'not("MBE")'),
        ("a condition less", '<text>list contains(?, "identity")</text>', "<text>-</text>"),
    ],
)
def test_a_fault_in_the_document_is_noticed(fault: str, old: str, new: str) -> None:
    document = dmn_document(script_of(COUNTIES[0]), TODAY)
    assert old in document, fault
    assert differences(COUNTIES[0], document.replace(old, new), 700), fault
