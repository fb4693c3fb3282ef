"""Several versions of one file beside each other: what must not be the same, and what must.

A decision keeps the version it was made by, so a version may stand for one file only; and of two files that begin on the
same day nobody could say which one holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dialogs.model import Questionnaire
from dialogs.toml_source import Source


def one_version_each(root: Path, rules: Sequence[Path]) -> Iterator[str]:
    """Findings: two questionnaires, or two rule files of a county, with one version or one first day."""
    for paths in (sorted((root / "questionnaires").glob("*.toml")), rules):
        seen: dict[tuple[str, str], str] = {}
        for path in paths:
            source = Source(path, [], root)
            head = source.data.get("questionnaire", source.data)
            for key in ("version", "valid_from"):
                value = str(head.get(key, ""))
                other = seen.setdefault((key, value), source.name)
                if other != source.name:
                    yield f"{source.name}:1: has the {key} {value} of {other}. Each file needs its own."


def same_words(questionnaires: Sequence[Questionnaire]) -> Iterator[str]:
    """Findings: a question that two versions ask in other words. Its translations could serve only one of them."""
    seen: dict[tuple[str, str], tuple[str, str]] = {}
    for questionnaire in questionnaires:
        for question in questionnaire.questions:
            first = seen.setdefault((questionnaire.id, question.id), (question.text, questionnaire.version))
            if first[0] != question.text:
                yield (
                    f"questionnaires:1: {question.id}: {questionnaire.version} asks it in other words than {first[1]}. "
                    "Give the new wording an id of its own."
                )
