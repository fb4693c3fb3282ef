"""The topics out of `topics.toml`, with their days. Every finding names file, line, id and remedy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dialogs.load_questionnaire import requirement
from dialogs.model import Questionnaire, Requirement
from dialogs.toml_source import Source, dates_of, day_of, text_of
from dialogs.topics import Topic
from dialogs.validity import Span


def load_topics(path: Path, questionnaires: Sequence[Questionnaire], findings: list[str], root: Path) -> tuple[Topic, ...]:
    """All topics in the order of the file, which is their priority. Without the file there are none."""
    if not path.exists():
        return ()
    source = Source(path, findings, root)
    return tuple(_topic(source, block, questionnaires) for block in source.blocks("topic"))


def _topic(source: Source, block: Mapping[str, Any], questionnaires: Sequence[Questionnaire]) -> Topic:
    id_ = str(block["id"])
    days = Span(*dates_of(source, block))
    review_by, changed = day_of(source, block, "review_by"), day_of(source, block, "needs_review_from")
    if review_by is None and "review_by" not in block:
        source.wrong(id_, "`review_by` is missing. Write the day by which somebody reads it again, as review_by = 2027-06-30.")
    if changed is not None and changed < days.first:
        source.wrong(id_, f"`needs_review_from` {changed} lies before `valid_from` {days.first}. Correct one of them.")
    shown = block.get("shown_if", ())
    if not isinstance(shown, list) or not shown:
        source.wrong(id_, "`shown_if` is missing: nobody would ever see it. Write shown_if = [{ S04_status = [\"p104c\"] }].")
        shown = ()
    tables = tuple(requirement(source, id_, table, "shown_if") for table in shown)
    never = requirement(source, id_, block.get("never_if"), "never_if")
    for finding in _unknown([*tables, never], questionnaires):
        source.wrong(id_, finding)
    return Topic(
        id_, text_of(source, block, "title"), text_of(source, block, "text"), text_of(source, block, "source"), days,
        review_by, changed, tables, never,
    )  # fmt: skip


def _unknown(tables: Sequence[Requirement], questionnaires: Sequence[Questionnaire]) -> Iterator[str]:
    """Questions and options that no version of the questionnaire has."""
    for key, values in (item for table in tables for item in table):
        asked = [version.by_id[key] for version in questionnaires if key in version.by_id]
        if not asked:
            yield f"speaks of {key!r}, which is no question. Correct the name."
            continue
        if any(question.kind == "town" for question in asked):
            continue
        offered = {option for question in asked for option in question.by_id}
        for option in sorted(values - offered):
            yield f"{key} offers no option {option!r}. Correct the id."
