"""The rules of a county as a workbook: which columns each sheet has, and the sheets of one rules file."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from admin.rulebook.cells import Cell
from admin.rulebook.columns import (
    Column,
    date_column,
    list_column,
    raw_column,
    text_column,
    word_column,
    yes_column,
)
from admin.rulebook.fact_columns import (
    KEIN_BEDARF,
    PREFIX,
    TOPIC,
    fact_column,
    fact_names,
    glossary,
    named_fact,
)
from admin.rulebook.sheet_writing import Sheet
from admin.rulebook.table_merge import shown
from admin.rulebook.toml_blocks import Block, TomlFile
from dialogs.facts import Params
from dialogs.script import Script

CONTENT = "Wegweiser-Regeln"
HEAD, PARAMS, FACTS, DIENSTE, GUIDE = "Angaben", "Zahlen", "Fakten", "Dienste", "Anleitung"
SHEETS = {"rule": "Regeln", "topic": "Themen", "also": "Weitere", "condition": "Bedingungen"}
RAW = "Feld "

_RULE_KEYS = (
    "id", "section", "need", "card", "when", "to", "mode", "urgent", "at_once", "condition", "flag", "over", "over_because",
    "because", "source", "valid_from", "valid_until",
)  # fmt: skip
ORDERS: Mapping[str, Sequence[str]] = {
    "": ("version", "valid_from"),
    "params": tuple(number.name for number in fields(Params)),
    "condition": ("id", "mark", "text", "confirm", "agreed", "asks_date", "source", "valid_from", "valid_until"),
    "rule": _RULE_KEYS,
    "topic": _RULE_KEYS,
    "also": _RULE_KEYS,
}
MODES = {"referral": "Verweis", "info_only": "nur Auskunft"}

PARAM_WORDS = {
    "urgent_days": "Läuft die Karte in höchstens so vielen Tagen ab, ist es dringend.",
    "soon_days": "Läuft die Karte in höchstens so vielen Tagen ab, wird daran erinnert.",
    "many_domains": "Ab so vielen Themen hat jemand viele Probleme.",
    "many_open_requirements": "Ab so vielen offenen Voraussetzungen hat jemand viele Probleme.",
    "under27_exception_months": "So viele Monate vor dem 27. Geburtstag gilt jemand als knapp unter 27.",
    "new_in_germany_years": "Wer kürzer als so viele Jahre in Deutschland ist, gehört zur Zielgruppe.",
}

GUIDE_LINES = (
    "So ändern Sie die Regeln:",
    "1. Ändern Sie Zellen, fügen Sie Zeilen ein oder löschen Sie ganze Zeilen. Von oben nach unten gilt: Die erste Regel, die "
    "passt, entscheidet. Die letzte Regel hat keine Bedingung.",
    "2. Eine Spalte „wenn …“ ist eine Bedingung. Leer heißt: Das ist dieser Regel gleich. Mehrere Werte in einer Zelle, mit "
    "Komma getrennt, heißen „oder“. Mehrere Spalten heißen „und“. Alle Fakten und Werte stehen im Blatt „Fakten“.",
    "3. Für einen Fakt ohne Spalte fügen Sie eine Spalte ein und schreiben zum Beispiel „wenn alter“ in die erste Zeile.",
    "4. Jede Regel braucht Grund, Quelle und „gültig ab“. Den Grund lesen die Menschen, die wir beraten: kurze, einfache Sätze.",
    "5. Ändern Sie im Blatt „Angaben“ die Fassung. Jede Entscheidung merkt sich, nach welcher Fassung sie gefallen ist.",
    "6. Keine Formeln, keine verbundenen Zellen. Die Blätter „Fakten“ und „Dienste“ sind nur zum Lesen.",
    "7. Beim Einlesen wird alles geprüft. Ist etwas falsch, steht dort Blatt, Zeile und Spalte, und nichts wird geändert.",
)


@dataclass(frozen=True, slots=True)
class RulesFile:
    """One rules file with the script that it is the book of. `words`: the German of the definitions, for the glossary."""

    file: TomlFile
    script: Script
    words: Mapping[str, str] = field(default_factory=dict)

    def head_columns(self) -> list[Column]:
        return [
            text_column("Fassung", "version", needed=True, width=26),
            date_column("gültig ab", "valid_from", group="what"),
        ]

    def columns(self, kind: str) -> list[Column]:
        """The columns of one sheet: the named ones, the facts that are used, and every key we have no name for."""
        blocks = self.file.of(kind)
        named = self._named(kind)
        always, places = _ALWAYS[kind], list(named)
        keys = dict.fromkeys(key for block in blocks for key in block.data)
        used = [key for key in places if key in always or key in keys]
        columns = {key: named[key] for key in used}
        facts = [] if kind == "condition" else [fact_column(self.script, name) for name in self._facts(blocks)]
        strange = [raw_column(key, RAW) for key in keys if key not in named and key != "when"]
        front = [columns.pop(key) for key in ("id", "section", "need") if key in columns]
        return [*front, *facts, *columns.values(), *strange]

    def more(self, kind: str, heading: str) -> Column | None:
        """The column of a heading that is allowed on this sheet and not in use."""
        if kind != "condition":
            name = named_fact(heading, fact_names(self.script))
            if name is not None:
                return fact_column(self.script, name)
        named = {column.heading: column for column in self._named(kind).values()}
        if heading in named:
            return named[heading]
        return raw_column(heading.removeprefix(RAW), RAW) if heading.startswith(RAW) and heading != RAW else None

    def headings(self, kind: str) -> list[str]:
        """Every heading there could be, for proposals."""
        facts = [] if kind == "condition" else [PREFIX + name for name in fact_names(self.script)]
        return [column.heading for column in self._named(kind).values()] + facts

    def conditions(self) -> list[str]:
        return [block.id for block in self.file.of("condition")]

    def _facts(self, blocks: Sequence[Block]) -> list[str]:
        used = dict.fromkeys(name for block in blocks for name in block.data.get("when", {}))
        return [name for name in used if name in fact_names(self.script)]

    def _named(self, kind: str) -> dict[str, Column]:
        if kind == "condition":
            return {
                "id": text_column("Name", "id", needed=True, width=24),
                "mark": text_column("Kurzwort", "mark", width=24),
                "text": text_column("Text", "text", needed=True, width=60),
                "confirm": text_column("Bestätigung", "confirm", width=40),
                "agreed": text_column("Vermerk", "agreed", width=30),
                "asks_date": yes_column("fragt nach Datum", "asks_date", width=12),
            } | _WHY
        script, county = self.script, self.script.county
        needs = script.questionnaire.by_id.get("S15_needs")
        targets = tuple(dict.fromkeys((*county.dienste, *((TOPIC, KEIN_BEDARF) if kind == "rule" else ()))))
        then: dict[str, Column] = {
            "id": text_column("Nr.", "id", needed=True, width=14 if kind == "topic" else 8),
            "section": text_column("Abschnitt", "section", width=18),
            "need": text_column(
                "Thema", "need", needed=kind == "topic", width=14, known=lambda: needs.by_id if needs else (),
                what="ist kein Thema des Fragebogens",
            ),
            "to": text_column(
                "Ziel", "to", needed=True, width=26, group="then", known=lambda: targets, what="ist kein Dienst dieses Kreises",
                choices=f"={DIENSTE}!$A$2:$A${len(targets) + 1}",
            ),
            "mode": word_column("Art", "mode", MODES, "referral", width=13, group="then"),
            "urgent": yes_column("dringend", "urgent", width=10, group="then"),
            "at_once": yes_column("sofort", "at_once", width=10, group="then"),
            "card": text_column(
                "Karte", "card", width=10, group="then", known=lambda: script.questionnaire.cards, what="ist keine Notfall-Karte"
            ),
            "condition": text_column(
                "Bedingung", "condition", width=20, group="then", known=self.conditions, what="steht nicht im Blatt „Bedingungen“"
            ),
            "flag": text_column("Absprache", "flag", width=18, group="then"),
            "because": text_column("Grund", "because", needed=True, width=56, group="why"),
            "source": _WHY["source"],
            "over": list_column("Vorrang vor", "over", width=12, group="why"),
            "over_because": text_column("Begründung", "over_because", width=30, group="why"),
            "valid_from": _WHY["valid_from"],
            "valid_until": _WHY["valid_until"],
        }  # fmt: skip
        return then


_WHY = {
    "source": text_column("Quelle", "source", needed=True, width=34, group="why"),
    "valid_from": date_column("gültig ab", "valid_from", needed=True),
    "valid_until": date_column("gültig bis", "valid_until"),
}
_ROW = ("id", "to", "because", "source", "valid_from", "valid_until")
_ALWAYS: Mapping[str, Sequence[str]] = {
    "rule": (*_ROW, "section", "mode", "urgent", "at_once", "card", "condition", "over", "over_because"),
    "topic": (*_ROW, "need"),
    "also": (*_ROW, "card"),
    "condition": ("id", "mark", "text", "confirm", "agreed", "asks_date", "source", "valid_from", "valid_until"),
}
_NO_DIENST = ((TOPIC, "nach Thema", "Das Blatt „Themen“ sagt, wohin."), (KEIN_BEDARF, "kein Bedarf", "Niemand muss helfen."))
_PLAIN = ("Dienst", "Name", "Text"), (30, 44, 80)


def rules_sheets(rules: RulesFile) -> list[Sheet]:
    """All sheets of the workbook, the rules in front."""
    edited = edited_sheets(rules)
    head = head_sheet(rules, stamp(edited))
    county = rules.script.county
    dienste: list[dict[str, Cell]] = [
        {"Dienst": dienst.id, "Name": dienst.name, "Text": dienst.text} for dienst in county.dienste.values()
    ]
    dienste += [{"Dienst": name, "Name": label, "Text": text} for name, label, text in _NO_DIENST if name not in county.dienste]
    facts = [reading("Fakt", 30), reading("Bedeutung", 44), reading("Werte", 60), reading("ergibt sich aus", 70)]
    return [
        *edited,
        Sheet(FACTS, facts, glossary(rules.script, rules.words), fixed=True),
        Sheet(DIENSTE, [reading(*pair) for pair in zip(*_PLAIN, strict=True)], dienste, fixed=True),
        head,
        Sheet(GUIDE, [reading("Anleitung", 110)], [{"Anleitung": line} for line in GUIDE_LINES], fixed=True),
    ]


def edited_sheets(rules: RulesFile) -> list[Sheet]:
    """The sheets that an import reads, apart from the head."""
    tables = [table_sheet(rules, kind) for kind in SHEETS]
    return [*tables[:3], params_sheet(rules), tables[3]]


def reading(heading: str, width: int) -> Column:
    """A column that is only for reading."""
    return Column(heading, lambda data: data.get(heading), lambda block, cell: None, width=width, group="why")


def table_sheet(rules: RulesFile, kind: str) -> Sheet:
    columns = rules.columns(kind)
    return Sheet(SHEETS[kind], columns, [shown(columns, block.data) for block in rules.file.of(kind)])


def params_sheet(rules: RulesFile) -> Sheet:
    """The numbers of the county; one that is not set has an empty cell, and the file keeps the common value."""
    given = next((block.data for block in rules.file.of("params")), {})
    names = dict.fromkeys([*given, *ORDERS["params"]])
    standard = Params()
    rows: list[dict[str, Cell]] = [
        {"Name": name, "Wert": given.get(name), "üblich": getattr(standard, name, None), "Bedeutung": PARAM_WORDS.get(name, "")}
        for name in names
    ]
    value = Column("Wert", lambda data: None, lambda block, cell: None, width=10, group="then", format="0")
    usual = Column("üblich", lambda data: None, lambda block, cell: None, width=10, group="why", format="0")
    return Sheet(PARAMS, [reading("Name", 28), value, usual, reading("Bedeutung", 80)], rows)


def head_sheet(rules: RulesFile, marked: str) -> Sheet:
    columns = rules.head_columns()
    row = shown(columns, rules.file.blocks[0].data)
    row |= {"Inhalt": CONTENT, "Kreis": rules.script.county.id, "Stand": marked}
    return Sheet(HEAD, [reading("Inhalt", 20), reading("Kreis", 18), *columns, reading("Stand", 22)], [row])


def stamp(sheets: Sequence[Sheet]) -> str:
    """A mark of what was exported, so that an import notices what others have changed since."""
    told = [
        [sheet.name, [[_plain(row.get(column.heading)) for column in sheet.columns] for row in sheet.rows]] for sheet in sheets
    ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:16]


def _plain(cell: Cell) -> object:
    return cell.isoformat() if isinstance(cell, dt.date) else cell
