"""The questionnaire as a table and as a diagram, for people who decide about questions without reading files."""

from __future__ import annotations

import datetime as dt

from dialogs.model import Question
from dialogs.script import Script


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
