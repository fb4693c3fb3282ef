"""The questionnaire as a table and as a diagram, for people who decide about questions without reading files."""

from __future__ import annotations

from dialogs.model import Question
from dialogs.script import Script


def questionnaire_table(script: Script) -> str:
    """All questions with their options as Markdown."""
    lines = [f"# Fragebogen {script.questionnaire.version}", ""]
    for question in script.questionnaire.questions:
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


def map_diagram(script: Script) -> str:
    """Which question makes which other appear, as a Mermaid diagram."""
    lines = ["flowchart TD"]
    previous = None
    for question in script.questionnaire.questions:
        lines.append(f'  {question.id}["{question.id}"]')
        if previous is not None:
            lines.append(f"  {previous} --> {question.id}")
        for key, values in question.when.only:
            if not key.startswith("@"):
                lines.append(f'  {key} -. "{", ".join(sorted(values))}" .-> {question.id}')
        previous = question.id
    return "\n".join(lines)
