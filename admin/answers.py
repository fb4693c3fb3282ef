"""What a person answered, in German and in the order a counsellor reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from admin.words import Words, german_or

# Questions by topic; a question that stands nowhere is shown under the last heading, never dropped.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Anliegen": ("S15_needs", "S16_kind"),
    "Aufenthalt und Papiere": ("S04_status", "S05_valid_until", "S06_applied", "S07_identity"),
    "Person und Familie": ("S02_city", "S03_age", "S03b_month27", "S11_children", "S12_year", "S13_uma", "S14_soe"),
    "Deutsch, Test und Einkommen": ("S08_german", "S09_lid", "S10_income"),
    "Wie es weitergehen soll": ("S17_contact",),
}
REST = "Weitere Angaben"

# Shown under "what the person agreed to", not as answers.
ABOUT_CONSENT = frozenset({"F1_lang", "F2_notice", "F3_health_ok", "S18_handover"})


@dataclass(frozen=True, slots=True)
class Answered:
    id: str
    question: str
    answer: str
    items: tuple[str, ...]


def question_text(words: Words, question_id: str) -> str:
    return german_or(words, f"scr.{question_id}", question_id)


def answered(words: Words, rows: Sequence[Sequence[object]]) -> tuple[Answered, ...]:
    return tuple(
        Answered(str(question), question_text(words, str(question)), *_spoken(words, str(question), value))
        for question, value in rows
        if question not in ABOUT_CONSENT
    )


def _spoken(words: Words, question: str, value: object) -> tuple[str, tuple[str, ...]]:
    """The answer in one line, and one by one where several were chosen (options may be whole sentences)."""
    if isinstance(value, list | tuple) and value:
        items = tuple(words.answer(question, item) for item in value)
        return " · ".join(items), items
    return words.answer(question, value), ()


def grouped(rows: Sequence[Answered]) -> tuple[tuple[str, tuple[Answered, ...]], ...]:
    topic = {question: name for name, questions in GROUPS.items() for question in questions}
    order = {question: place for questions in GROUPS.values() for place, question in enumerate(questions)}
    groups: dict[str, list[Answered]] = {name: [] for name in (*GROUPS, REST)}
    for row in rows:
        groups[topic.get(row.id, REST)].append(row)
    return tuple((name, tuple(sorted(found, key=lambda row: order.get(row.id, 0)))) for name, found in groups.items() if found)
