"""Every German sentence of the definition files, by its id path. German is the master; this is where it is read.

Standard library only: the bot looks German texts up here while it runs, and translators' tools read the same list.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locales.errors import SourceProblem

BUTTON = "Button: at most 64 characters."
PLURAL_KEYS = frozenset({"one", "other"})


@dataclass(frozen=True, slots=True)
class Source:
    """One German sentence. `plural` is set where a number chooses the form; `file` is relative to the definitions."""

    key: str
    text: str
    plural: str | None = None
    comment: str = ""
    file: str = ""

    @property
    def is_button(self) -> bool:
        return self.comment == BUTTON


def german_sources(root: Path) -> dict[str, Source]:
    """All German sentences below `root` (the folder that holds questionnaires/, counties/, texts.toml), in file order.

    Raises SourceProblem if one id stands for two different sentences.
    """
    sources: dict[str, Source] = {}
    for path, reader in _files(root):
        with path.open("rb") as file:
            table = tomllib.load(file)
        name = path.relative_to(root).as_posix()
        for key, text, plural, comment in reader(table, path):
            if not text.strip():
                continue
            text = text.strip()
            seen = sources.get(key)
            if seen is None:
                sources[key] = Source(key, text, plural, comment, name)
            elif (seen.text, seen.plural) != (text, plural):
                raise SourceProblem(f"{name}: {key} already stands in {seen.file} with other words. Rename one of them.")
    return sources


Entry = tuple[str, str, str | None, str]


def _files(root: Path) -> Iterator[tuple[Path, Any]]:
    readers = {"cards.toml": _cards, "topics.toml": _topics, "texts.toml": _texts}
    county_readers = {"county.toml": _county, "services.toml": _services}
    yield from ((path, _questionnaire) for path in sorted(root.glob("questionnaires/*.toml")))
    yield from ((root / name, reader) for name, reader in readers.items() if (root / name).exists())
    for folder in sorted(root.glob("counties/*/")):
        yield from ((folder / name, reader) for name, reader in county_readers.items() if (folder / name).exists())
        yield from ((path, _rules) for path in sorted(folder.glob("rules*.toml")))


def _questionnaire(table: Mapping[str, Any], path: Path) -> Iterator[Entry]:
    prefix = table.get("questionnaire", {}).get("id", path.stem)
    for question in table.get("question", ()):
        key = f"{prefix}.{question['id']}"
        why = f"Why it is asked: {question['why']}" if "why" in question else ""
        yield key, question["text"], None, why
        yield from _named(question, key, ("help", "long"))
        for option in question.get("options", ()):
            if "text" in option:
                yield f"{key}.{option['id']}", option["text"], None, BUTTON


def _cards(table: Mapping[str, Any], path: Path) -> Iterator[Entry]:
    yield from _tree(table.get("common", {}), "card.common")
    for card in table.get("card", ()):
        key = f"card.{card['id']}"
        yield from _named(card, key, ("title", "text"))
        for i, number in enumerate(card.get("numbers", ())):
            yield f"{key}.number.{i}", number["label"], None, f"Stands beside the number {number['number']}"


def _topics(table: Mapping[str, Any], path: Path) -> Iterator[Entry]:
    for topic in table.get("topic", ()):
        yield from _named(topic, f"topic.{topic['id']}", ("title", "text"))


def _texts(table: Mapping[str, Any], path: Path) -> Iterator[Entry]:
    yield from _tree(table, "")


def _county(table: Mapping[str, Any], path: Path) -> Iterator[Entry]:
    """Names of a Kreis and its Kommunen are proper names; nothing of them is translated."""
    yield from ()


def _services(table: Mapping[str, Any], path: Path) -> Iterator[Entry]:
    """What a Dienst is called and does. Names of Stellen are proper names and stay as they are on the door."""
    for dienst in table.get("dienst", ()):
        yield from _named(dienst, f"dienst.{dienst['id']}", ("name", "text"))


def _rules(table: Mapping[str, Any], path: Path) -> Iterator[Entry]:
    # As `dialogs.load_rules.key_prefix`: a version beside rules.toml may say the same rule in other words.
    county = path.parent.name if path.stem == "rules" else f"{path.parent.name}.{path.stem}"
    for kind in ("rule", "also"):
        for rule in table.get(kind, ()):
            if "because" in rule:
                yield f"{county}.{rule['id']}", rule["because"], None, ""
    seen: dict[str, int] = {}
    for topic in table.get("topic", ()):
        if "because" in topic:
            need = topic["need"]
            i = seen.get(need, 0)
            seen[need] = i + 1
            yield f"{county}.topic.{need}.{i}", topic["because"], None, ""


def _named(table: Mapping[str, Any], key: str, names: tuple[str, ...]) -> Iterator[Entry]:
    for name in names:
        if name in table:
            yield f"{key}.{name}", table[name], None, ""


def _tree(table: Mapping[str, Any], prefix: str) -> Iterator[Entry]:
    for name, value in table.items():
        key = f"{prefix}.{name}" if prefix else name
        if isinstance(value, str):
            yield key, value, None, ""
        elif isinstance(value, dict) and value.keys() == PLURAL_KEYS:
            yield key, value["one"], value["other"], "n chooses the plural form"
        elif isinstance(value, dict):
            yield from _tree(value, key)
