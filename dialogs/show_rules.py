"""The rule book as a coordinator reads it: sections, facts in German, what goes before what and why, from when on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from dialogs.facts import OPTION_FACTS
from dialogs.proof.findings import said
from dialogs.routing import KEIN_BEDARF, TOPIC, Rule
from dialogs.script import Script

# Gives the German of a text by its key (`fact.komplex.ja`).
German = Callable[[str], str]


def rules_table(script: Script, on: dt.date, german: German) -> str:
    """All rules valid on a day as Markdown: the sections, the topics, the further places, what must always hold, the facts."""
    return "\n".join(
        [
            f"# Regeln {script.county.name}, Fassung {script.book.version}, gültig am {on:%d.%m.%Y}",
            "",
            "Die erste Regel, die passt, entscheidet: von oben nach unten. Ein früherer Abschnitt geht vor.",
            "Beide Seiten jeder Zahl (Alter, Tage, Anzahl) zeigt `wegweiser show boundaries`.",
            *_sections(script, on, german),
            *_topics(script, on, german),
            *_also(script, on, german),
            *_invariants(script, on),
            *_facts(script, german),
        ]
    )


def _sections(script: Script, on: dt.date, german: German) -> Iterator[str]:
    section = None
    for rule in script.book.valid_rules(on):
        if rule.section != section:
            section = rule.section
            yield from ("", f"## {section or 'Regeln'}", "")
            yield from _head("Nr.", "Wenn", "dann", "Art", "geht vor", "Grund", "gültig", "Quelle")
        before = f"{', '.join(rule.over)}: {rule.over_because}" if rule.over else ""
        yield _row(
            rule.id, when_words(script, rule, german), place_words(script, rule.to), _kind(rule), before, rule.because,
            _valid(rule), rule.source,
        )  # fmt: skip


def _topics(script: Script, on: dt.date, german: German) -> Iterator[str]:
    rows = [row for row in script.book.topics if row.valid(on)]
    if rows:
        yield from ("", "## Welche Stelle bei einem einzelnen Thema", "")
        yield from _head("Nr.", "Thema", "Wenn", "dann", "Grund", "gültig", "Quelle")
    for row in rows:
        need = said(script, "S15_needs", str(row.need)) if "S15_needs" in script.questionnaire.by_id else str(row.need)
        place = place_words(script, row.to)
        yield _row(row.id, need, when_words(script, row, german), place, row.because, _valid(row), row.source)


def _also(script: Script, on: dt.date, german: German) -> Iterator[str]:
    rows = [row for row in script.book.also if row.valid(on)]
    if rows:
        yield from ("", "## Weitere Stellen: höchstens drei, in dieser Reihenfolge", "")
        yield from _head("Nr.", "Wenn", "auch", "Grund", "gültig", "Quelle")
    for row in rows:
        place = place_words(script, row.to)
        yield _row(row.id, when_words(script, row, german), place, row.because, _valid(row), row.source)


def _invariants(script: Script, on: dt.date) -> Iterator[str]:
    if script.invariants:
        yield from ("", "## Was immer gelten muss (bewiesen von `wegweiser check`)", "")
    for invariant in script.invariants:
        if invariant.valid(on):
            yield f"- {invariant.id}: {invariant.text} ({invariant.source})"


def _facts(script: Script, german: German) -> Iterator[str]:
    yield from ("", "## Fakten, die eine Regel nennen darf", "")
    yield from _head("in der Datei", "wenn true", "wenn false")
    for name in sorted(script.book.facts):
        yield _row(f"`{name}`", german(f"fact.{name}.ja"), german(f"fact.{name}.nein"))
    yield ""
    yield "Fakten mit Auswahl: " + ", ".join(f"`{name}` ({german(f'fact.{name}.name')})" for name in sorted(OPTION_FACTS)) + "."


def when_words(script: Script, rule: Rule, german: German) -> str:
    """The conditions of a row in German; "sonst" if it has none."""
    return " **und** ".join(condition_words(script, rule.when, german)) or "sonst"


def condition_words(script: Script, when: Mapping[str, tuple[object, ...]], german: German) -> Iterator[str]:
    for name, values in when.items():
        if name in OPTION_FACTS:
            options = " oder ".join(_option(script, name, str(value), german) for value in values)
            yield f"{german(f'fact.{name}.name')}: {options}"
        else:
            yield german(f"fact.{name}.{'ja' if values[0] is True else 'nein'}")


def _option(script: Script, name: str, value: str, german: German) -> str:
    if name == "ziel":
        return place_words(script, value)
    if name in ("zugangsweg", "dringend"):
        try:
            return german(f"fact.{name}.{value}")
        except KeyError:
            return value
    return said(script, OPTION_FACTS[name], value)


def place_words(script: Script, to: str) -> str:
    """Where a row sends people: the Dienst's own name with its id."""
    if to == TOPIC:
        return "die Stelle für das Thema (Tabelle unten)"
    dienst = script.county.dienste.get(to)
    return f"{dienst.name} ({to})" if dienst and to != KEIN_BEDARF else "kein Bedarf"


def _kind(rule: Rule) -> str:
    parts = [{"referral": "Verweis", "info_only": "nur Auskunft, nichts gespeichert"}.get(rule.mode, rule.mode)]
    if rule.urgent:
        parts.append("dringend")
    if rule.at_once:
        parts.append("beendet die Fragen sofort")
    return ", ".join(parts)


def _valid(rule: Rule) -> str:
    until = f" bis {rule.valid_until:%d.%m.%Y}" if rule.valid_until else ""
    return f"ab {rule.valid_from:%d.%m.%Y}{until}"


def _head(*names: str) -> tuple[str, str]:
    return f"| {' | '.join(names)} |", "|" + "---|" * len(names)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"
