"""Why a case is here, in German words: the facts that decided, and what would have led elsewhere."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admin.answers import question_text
from admin.door.dates import day
from admin.words import Words, german_or
from dialogs.facts import NOT, OPTION_FACTS

MODES: Mapping[object, str] = {
    "info_only": "nur die Adresse, ohne Weitergabe",
    "clearing": "zur Klärung durch einen Menschen",
    "referral": "mit Weitergabe",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One fact or one change: the data as stored, and the words."""

    data: Mapping[str, object]
    text: str


@dataclass(frozen=True, slots=True)
class Why:
    """`decided_from`: what `facts` are (`facts` or `answers`); `open` if the open questions are the reason; "" in old cases."""

    facts: tuple[Said, ...]
    decided_from: str
    changes: tuple[Said, ...]
    open_questions: tuple[str, ...]
    rules_version: str
    on: str


def why(words: Words, decision: Mapping[str, Any], rules_version: str) -> Why:
    """From the decision as the referral carries it. Cases from before the reasons were stored have none."""
    facts = decision.get("decided_by")
    decided_from = str(decision.get("decided_from") or "")
    listed = facts.items() if isinstance(facts, Mapping) and decided_from else ()
    changes = decision.get("changes")
    return Why(
        facts=tuple(
            Said({"fact": name, "value": value}, _given(words, decided_from, str(name), value)) for name, value in listed
        ),
        decided_from=decided_from,
        changes=tuple(
            Said(change, f"{_when(words, change)}: {_elsewhere(words, change)}")
            for change in (changes if isinstance(changes, list | tuple) else ())
        ),
        open_questions=tuple(question_text(words, str(question)) for question in decision.get("open", ())),
        rules_version=rules_version,
        on=day(str(decision["on"])) if decision.get("on") else "",
    )  # fmt: skip


def _given(words: Words, decided_from: str, name: str, value: object) -> str:
    if decided_from == "answers":
        return f"{question_text(words, name)} {words.answer(name, value)}"
    return fact_words(words, name, value)


def fact_words(words: Words, name: str, value: object) -> str:
    """`komplex`, True or `alter`, "a16" as a coordinator would say it."""
    if isinstance(value, bool):
        return german_or(words, f"fact.{name}.{'ja' if value else 'nein'}", f"{name}: {'ja' if value else 'nein'}")
    whole = name.removesuffix(NOT)
    label = german_or(words, f"fact.{whole}.name", whole)
    if value is None:
        return f"{label}: keine Angabe"
    options = [str(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else [str(value)]
    question = OPTION_FACTS.get(whole, whole)
    said = [words.answer(question, option) for option in options]
    return f"{label}: nicht {' und nicht '.join(said)}" if name != whole else f"{label}: {' oder '.join(said)}"


def _when(words: Words, change: Mapping[str, object]) -> str:
    if "fact" in change:
        return f"Bei „{fact_words(words, str(change['fact']), change['value'])}“"
    when = dt.date.fromisoformat(str(change["when"]))
    month = f"{german_or(words, f'month.m{when.month:02}', str(when.month))} {when.year}"
    match change.get("event"):
        case "birthday27":
            return f"Ab dem 27. Geburtstag ({month})"
        case "end":
            return f"Wenn die Karte abgelaufen ist (ab {day(when)})"
        case "days_left":
            return f"Ab {day(when)} ({change['days']} Tage vor dem Ende der Karte)"
        case "months_left":
            return f"Ab {month} ({change['months']} Monate vor dem 27. Geburtstag)"
        case "years_since":
            return f"Ab {day(when)} ({change['years']} Kalenderjahre nach dem Jahr der Einreise)"
        case "rules":
            return f"Ab {day(when)} (dann gelten andere Regeln)"
    return f"Ab {day(when)}"


def _elsewhere(words: Words, change: Mapping[str, object]) -> str:
    parts = [german_or(words, f"dienst.{change['dienst']}.name", str(change["dienst"]))]
    if "mode" in change:
        parts.append(MODES.get(change["mode"], str(change["mode"])))
    if "urgent" in change:
        parts.append("dringend" if change["urgent"] else "nicht dringend")
    if "flag" in change:
        parts.append("mit Bedingung" if change["flag"] else "ohne Bedingung")
    return ", ".join(parts)
