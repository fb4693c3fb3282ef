"""A county's rule book as a DMN 1.3 document: the office can open it in its own tools, and other engines can check us.

Inputs are what people said; the facts are computed from them in FEEL; three tables decide: the first rule that matches
(`Hauptregel`), where a single topic leads (`Thema`), all further places (`Weitere`), of which three are shown (`Gezeigt`).

The document says what `routing.decide` does with complete answers. DMN has no "not known yet": an open question is null
there, and null is no. So a document evaluated over half a conversation does not decide as we do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping

from dialogs.conditions import Condition
from dialogs.dmn_elements import ANY, Document, Input, Row
from dialogs.facts import OPTION_FACTS
from dialogs.feel import TODAY, Feel, literal
from dialogs.routing import TOPIC, Rule
from dialogs.script import Script

# What a rule compares with that is no answer: where the primary table has led, and whether that is urgent.
LED_TO, URGENT = "@ziel", "@dringend"
TYPES = {"number": "number", "date": "date", "month": "date"}
MAIN = {"dienst": "string", "art": "string", "dringend": "boolean", "auflage": "string", "regel": "string"}
TOPICS = {"dienst": "string", "zeile": "string"}
FURTHER = {"rang": "number", "dienst": "string"}


def dmn_document(script: Script, on: dt.date, words: Mapping[str, str] | None = None) -> str:
    """The rules valid on this day as the text of a DMN file. `words`: German sentences by their ids, for the labels."""
    return _Writer(script, on, words or {}).text()


class _Writer:
    def __init__(self, script: Script, on: dt.date, words: Mapping[str, str]) -> None:
        book = script.book
        self._words = words
        self._script, self._facts = script, book.facts
        self._rules, self._topics, self._also = (
            tuple(rule for rule in rows if rule.valid(on)) for rows in (book.rules, book.topics, book.also)
        )
        self._question_names = {question: name for name, question in OPTION_FACTS.items()}
        self._question_names |= {id_: id_ for id_ in script.questionnaire.by_id if id_ not in self._question_names}
        named: dict[Condition, str] = {}
        for name, condition in book.facts.items():
            named.setdefault(condition, name)
        self._feel = Feel(self._question_names, book.several, named)
        self._document = Document(
            f"regeln_{script.county.id}", f"Regeln {script.county.name}",
            f"urn:wegweiser:{script.county.id}:{book.version}",
            f"Fassung {book.version}, gültig am {on:%d.%m.%Y}, Fragebogen {script.questionnaire.version}. "
            "Nicht gefragt heißt null, bei mehreren Möglichkeiten eine leere Liste.",
        )  # fmt: skip

    def text(self) -> str:
        rows = (*self._rules, *self._topics, *self._also)
        used = self._used(rows)
        questions = [question for name in used for question in self._feel.questions(self._facts[name])]
        questions += [OPTION_FACTS[name] for row in rows for name in row.when if name in OPTION_FACTS]
        questions += ["S15_needs"] if self._topics else []
        inputs = [self._input(question) for question in dict.fromkeys(questions) if question not in (LED_TO, URGENT)]
        self._columns = {entry.name: entry.type_ref for entry in inputs} | dict.fromkeys(used, "boolean")

        for entry in inputs:
            if entry.values:
                # null: the question does not concern the person.
                self._document.allowed(entry, [*map(literal, entry.values), *([] if entry.several else ["null"])])
        for name, parts in (("t_Hauptregel", MAIN), ("t_Thema", TOPICS), ("t_Weiteres", FURTHER)):
            self._document.structure(name, parts, several=parts is FURTHER)
        self._document.list_of("t_Dienste", "string")

        for entry in (*inputs, Input(TODAY, TODAY, "Der Tag, für den entschieden wird.", "date")):
            self._document.input(entry)
        for name in used:
            condition = self._facts[name]
            text = self._feel.definition(condition)
            read = [self._question_names[question] for question in self._feel.questions(condition)]
            read += [TODAY] if TODAY in text else []
            self._document.expression(name, "boolean", text, [*read, *self._feel.names(condition)], self._label(name, "ja"))
        self._tables()
        return self._document.text()

    def _used(self, rows: Iterable[Rule]) -> tuple[str, ...]:
        """The facts that the rules name, each behind those that its own definition names."""
        found: dict[str, None] = {}

        def add(name: str) -> None:
            for inner in self._feel.names(self._facts[name]):
                add(inner)
            found[name] = None

        for row in rows:
            for name in row.when:
                if name in self._facts:
                    add(name)
        return tuple(found)

    def _input(self, question: str) -> Input:
        name = self._question_names.get(question, question)
        asked = self._script.questionnaire.by_id.get(question)
        if asked is None:
            return Input(name, self._label(name, "name"), "Wie die Person zum Gespräch gekommen ist.")
        label = self._label(name, "name") if name != question else asked.text.strip()
        about = asked.text.strip() + (" (Als Datum: der erste Tag des Monats.)" if asked.kind == "month" else "")
        if asked.kind in TYPES:
            return Input(name, label, about, TYPES[asked.kind])
        said = [word.value for word in asked.no_answers]
        values = dict.fromkeys((*self._script.book.domains.get(question, ()), *asked.by_id, *said))
        return Input(name, label, about, "string", tuple(values), several=asked.kind == "multi")

    def _label(self, fact: str, word: str) -> str:
        return self._words.get(f"fact.{fact}.{word}", fact.replace("_", " "))

    def _tables(self) -> None:
        main = [Row(rule.id, self._cells(rule), self._results(rule), _why(rule)) for rule in self._rules]
        self._table("Hauptregel", "t_Hauptregel", "FIRST", MAIN, main, "Erste Regel, die passt")
        topics = []
        for row in self._topics:
            cells = {"thema": self._cell("thema", (row.need,)), **self._cells(row)}
            topics.append(Row(row.id, cells, (literal(row.to), literal(row.id)), _why(row)))
        leads = [Row("sonst", {"Hauptregel.dienst": f"not({literal(TOPIC)})"}, ("Hauptregel.dienst",))]
        if topics:
            # Without this row a person without a topic would leave the table without a result, which some engines call an error.
            topics.append(Row("kein_Thema", {}, ("null", "null")))
            self._table("Thema", "t_Thema", "FIRST", TOPICS, topics, "Stelle für ein einzelnes Thema")
            leads.insert(0, Row("thema", {"Hauptregel.dienst": literal(TOPIC)}, ("Thema.dienst",)))
        needs = ["Hauptregel", *(["Thema"] if topics else [])]
        place = {"Hauptregel.dienst": "string"}
        self._document.table("Dienst", "string", "UNIQUE", place, {"dienst": "string"}, leads, needs, "Wohin")
        further = []
        for rank, row in enumerate(self._also, 1):
            own = literal(row.to)
            elsewhere = [literal(str(place)) for place in row.when.get("ziel", ()) if place != row.to]
            if elsewhere or "ziel" not in row.when:
                cells = {**self._cells(row), "Dienst": ", ".join(elsewhere) or f"not({own})"}
                further.append(Row(row.id, cells, (str(rank), own), _why(row)))
        if further:
            self._table("Weitere", "t_Weiteres", "COLLECT", FURTHER, further, "Alle weiteren Stellen")
            ordered = "sort(Weitere, function(a, b) a.rang < b.rang)"
            each = f"if Weitere = null then [] else distinct values(for eine in {ordered} return eine.dienst)"
            self._document.expression("Reihenfolge", "t_Dienste", each, ["Weitere"], "Weitere Stellen, jede einmal")
            shown = "if count(Reihenfolge) <= 3 then Reihenfolge else sublist(Reihenfolge, 1, 3)"
            self._document.expression("Gezeigt", "t_Dienste", shown, ["Reihenfolge"], "Weitere Stellen, die gezeigt werden")

    def _table(self, name: str, type_ref: str, policy: str, results: Mapping[str, str], rows: list[Row], label: str) -> None:
        used = dict.fromkeys(column for row in rows for column in row.cells)
        types = {**self._columns, "Hauptregel.dringend": "boolean", "Dienst": "string"}
        needs = [column.partition(".")[0] for column in used]
        self._document.table(name, type_ref, policy, {column: types[column] for column in used}, results, rows, needs, label)

    def _results(self, rule: Rule) -> tuple[str, ...]:
        flag = literal(rule.flag) if rule.flag else "null"
        return (literal(rule.to), literal(rule.mode), literal(rule.urgent), flag, literal(rule.id))

    def _cells(self, row: Rule) -> dict[str, str]:
        cells = {}
        for name, values in row.when.items():
            question = OPTION_FACTS.get(name)
            if question == URGENT:
                truths = {value == "ja" for value in values}
                cells["Hauptregel.dringend"] = ANY if len(truths) > 1 else literal(truths.pop())
            elif question == LED_TO:
                cells["Dienst"] = ", ".join(map(literal, values))
            else:
                cells[name] = self._cell(name, values)
        return cells

    def _cell(self, name: str, values: tuple[object, ...]) -> str:
        if OPTION_FACTS.get(name) in self._script.book.several:
            return " or ".join(f"list contains(?, {literal(value)})" for value in values)
        return ", ".join(map(literal, values))


def _why(rule: Rule) -> str:
    return f"{rule.because} ({rule.source})"
