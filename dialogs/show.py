"""Tables and diagrams made from the data, for people who decide about rules and questions without reading files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dialogs.facts import OPTION_FACTS
from dialogs.model import Question
from dialogs.script import Script


def rules_table(script: Script, on: dt.date) -> str:
    """The rules valid on a day as a Markdown table, and the facts they may use."""
    lines = [f"# Regeln {script.county.name}, Fassung {script.book.version}, gültig am {on:%d.%m.%Y}", ""]
    lines += ["| Nr. | Wenn | dann | Art | Grund | Quelle |", "|---|---|---|---|---|---|"]
    for rule in script.book.valid_rules(on):
        kind = {"referral": "Verweis", "info_only": "nur Auskunft"}[rule.mode] + (", dringend" if rule.urgent else "")
        lines.append(f"| {rule.id} | {_when(rule.when)} | {rule.to} | {kind} | {rule.because} | {rule.source} |")
    lines += ["", "Fakten: " + ", ".join(sorted({*script.book.facts, *OPTION_FACTS})) + "."]
    return "\n".join(lines)


def _when(when: Mapping[str, tuple[object, ...]]) -> str:
    if not when:
        return "sonst"
    words = {True: "ja", False: "nein"}
    return " und ".join(
        f"{name} = {' oder '.join(words[value] if isinstance(value, bool) else str(value) for value in values)}"
        for name, values in when.items()
    )


def questionnaire_table(script: Script, on: dt.date) -> str:
    """All questions that are asked on a day, with their options, as Markdown."""
    lines = [f"# Fragebogen {script.questionnaire.version}, gefragt am {on:%d.%m.%Y}", ""]
    for question in script.questionnaire.questions:
        if not question.valid(on):
            continue
        lines.append(f"## {question.id}: {question.text}")
        stage = "auch am Schalter" if question.stage == "desk" else "nur auf dem langen Weg"
        lines.append(f"{question.kind}, {stage}, {'überspringbar' if question.skip else 'nötig'}. Quelle: {question.source}")
        if question.when.only or question.when.unless:
            lines.append(f"Gefragt, {_asked(question)}.")
        lines += [f"- `{option.id}` {option.text}" for option in question.options]
        lines.append("")
    return "\n".join(lines)


def _asked(question: Question) -> str:
    parts = [f"wenn {key} = {' oder '.join(sorted(values))}" for key, values in question.when.only]
    parts += [f"wenn nicht {key} = {' oder '.join(sorted(values))}" for key, values in question.when.unless]
    return " und ".join(parts)


def map_diagram(script: Script, on: dt.date) -> str:
    """Which question makes which other appear on a day, as a Mermaid diagram."""
    lines = ["flowchart TD"]
    previous = None
    asked = {question.id for question in script.questionnaire.questions if question.valid(on)}
    for question in script.questionnaire.questions:
        if question.id not in asked:
            continue
        lines.append(f'  {question.id}["{question.id}"]')
        if previous is not None:
            lines.append(f"  {previous} --> {question.id}")
        for key, values in question.when.only:
            if key in asked:
                lines.append(f'  {key} -. "{", ".join(sorted(values))}" .-> {question.id}')
        previous = question.id
    return "\n".join(lines)
