"""Sets of answers from outside (`wegweiser route`): read strictly, decided, and given back as JSON.

A wrong case stops everything before anything is decided; the message names case, question and remedy.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from dialogs.answers import NO_ANSWERS, Month, Value, chosen, from_json
from dialogs.county import ELSEWHERE
from dialogs.deadlines import deadlines
from dialogs.errors import DialogError
from dialogs.facts import ENTRY
from dialogs.model import Question
from dialogs.reasons import decide_with_reasons
from dialogs.script import Script

# Beyond these no answer is meant: a slip of the hand, which date arithmetic would stumble over.
FIRST_YEAR, LAST_YEAR = 1900, 2200


class CaseRefused(DialogError):
    """A case file is wrong. The text names case, field and remedy."""


def read_cases(raw: object, script: Script, on: dt.date | None = None) -> tuple[tuple[str, dict[str, Value]], ...]:
    """(id, answers) of every case; raises CaseRefused at the first that is wrong.

    With `on`, an answer to a question that was not asked on that day is wrong too: it was given under another law.
    """
    if not isinstance(raw, Mapping) or not isinstance(raw.get("cases"), list):
        raise CaseRefused('no list "cases". Write {"cases": [{"id": "...", "answers": {...}}]}')
    read = []
    seen: set[str] = set()
    for position, case in enumerate(raw["cases"], 1):
        if not isinstance(case, Mapping) or not isinstance(case.get("id"), str):
            raise CaseRefused(f'case {position}: "id" is missing or no text. Give every case an id')
        id_ = case["id"]
        if not id_.isprintable():
            raise CaseRefused(f'case {position}: "id" holds characters that have no print. Use letters and digits')
        if id_ in seen:
            raise CaseRefused(f"case {id_}: the id stands twice. Rename one")
        seen.add(id_)
        unknown = sorted(set(case) - {"id", "answers", "entry"})
        if unknown:
            raise CaseRefused(f"case {id_}: unknown field {unknown[0]!r}. Only id, answers and entry are read")
        answers = case.get("answers", {})
        if not isinstance(answers, Mapping):
            raise CaseRefused(f'case {id_}: "answers" is no table. Write {{"<question id>": <value>}}')
        given = {str(key): _value(id_, str(key), value, script, on) for key, value in answers.items()}
        read.append((id_, given | _entry(id_, case)))
    return tuple(read)


def _entry(id_: str, case: Mapping[str, object]) -> dict[str, Value]:
    """The link or slip by which she came (`zugangsweg`), as a session brings it along; a case need not name one."""
    if "entry" not in case:
        return {}
    if not isinstance(case["entry"], str):
        raise CaseRefused(f'case {id_}: "entry" is no text. Write the code of the link, as "self" or "desk-104c"')
    return {ENTRY: case["entry"]}


def _value(case: str, key: str, raw: object, script: Script, on: dt.date | None) -> Value:
    question = script.questionnaire.by_id.get(key)
    if question is None:
        raise CaseRefused(f"case {case}: {key}: no such question. `wegweiser show questionnaire` lists them")
    if on is not None and not question.valid(on):
        raise CaseRefused(f"case {case}: {key}: is not asked on {on}. Leave it out, or choose the day it was answered")
    try:
        value = from_json(question.kind, raw)
    except ValueError:
        raise CaseRefused(f"case {case}: {key}: {_short(raw)} is not of kind {question.kind}. {_remedy(question)}") from None
    year = value.year if isinstance(value, dt.date | Month) else value if question.kind == "number" else None
    if isinstance(year, int) and not FIRST_YEAR <= year <= LAST_YEAR:
        raise CaseRefused(f"case {case}: {key}: {_short(raw)} lies outside {FIRST_YEAR} to {LAST_YEAR}. {_remedy(question)}")
    if isinstance(raw, str) and raw in NO_ANSWERS:
        offered = {str(item) for item in question.no_answers} | ({"skipped"} if question.skip else set())
        if raw not in offered:
            raise CaseRefused(f"case {case}: {key}: {raw!r} is not offered. {_remedy(question)}")
        return value
    ids = chosen(value) if question.kind == "multi" else (value,) if question.kind in ("single", "consent", "town") else ()
    known = set(question.by_id) | (set(script.county.kommunen) | {ELSEWHERE} if question.kind == "town" else set())
    for id_ in ids:
        if id_ not in known:
            raise CaseRefused(f"case {case}: {key}: no option {_short(id_)}. {_remedy(question)}")
    return value


def _short(raw: object) -> str:
    words = repr(raw)
    return words if len(words) <= 40 else words[:37] + "..."


def _remedy(question: Question) -> str:
    forms = {"date": "Write YYYY-MM-DD", "month": "Write YYYY-MM", "number": "Write a whole number", "phone": "Leave it out"}
    if question.kind in forms:
        return forms[question.kind]
    if question.kind == "town":
        return "Write the id of a Kommune"
    listed = ", ".join(question.by_id)
    return f"Write a list of: {listed}" if question.kind == "multi" else f"Write one of: {listed}"


def route(script: Script, id_: str, answers: Mapping[str, Value], on: dt.date) -> dict[str, object]:
    """The decision of one finished case, in the form of `design.md` section 4."""
    decision = decide_with_reasons(script, script.case(answers, on, finished=True))
    kommune = answers.get("S02_city")
    stelle = script.county.stelle_for(decision.dienst, kommune if isinstance(kommune, str) else None, on)
    whole = decision.to_json()
    return {
        "id": id_, "dienst": decision.dienst, "stelle": stelle.id if stelle else None, "mode": decision.mode,
        "urgent": decision.urgent, "also": whole["also"], "rule": decision.rule, "because": decision.because,
        "decided_by": whole["decided_by"], "decided_from": whole["decided_from"], "changes": whole["changes"],
        "open": whole["open"], "flag": decision.flag,
        "rules_version": decision.rules_version, "source": decision.source,
        "deadlines": {deadline.id: deadline.day.isoformat() for deadline in deadlines(answers, on)},
    }  # fmt: skip
