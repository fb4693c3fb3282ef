"""Every place of the definitions that says on which law it rests: rules, questions, topics, texts, deadlines, conditions.

The files are read as they are, block by block, so that a new kind of block with a `source` is watched from its first day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dialogs.bridge_conditions import CONDITIONS
from dialogs.deadlines import SOURCES
from dialogs.law import Laws, Reference
from dialogs.law_citation import CitationReader, Cited
from dialogs.toml_source import Source, days_of
from dialogs.validity import ALWAYS, Span

# What a block is called for people who read about law. A kind that stands nowhere keeps the name of its block.
KINDS: Mapping[str, str] = {
    "question": "Frage", "rule": "Regel", "also": "weitere Stelle", "row": "Zeile der Verweisberatung", "topic": "Thema",
    "card": "Notfall-Karte", "condition": "Bedingung", "invariant": "Zusage", "dienst": "Dienst", "deadline": "Frist",
    "requirement": "Voraussetzung",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """One block and what its `source` says. `line` is 0 where the source stands in the program."""

    kind: str
    id: str
    file: str
    line: int
    source: str
    cited: Cited
    days: Span = ALWAYS

    @property
    def name(self) -> str:
        """As people call it: `Regel M02`."""
        return f"{KINDS.get(self.kind, self.kind)} {self.id}"

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


def cited_places(root: Path, county: str, laws: Laws, on: dt.date | None = None) -> tuple[Place, ...]:
    """All places of one county, or those that hold on a day. Files that can't be read are the loader's business."""
    reader = CitationReader(laws.names)
    found = (*_of_files(root, county, reader), *_of_the_program(reader))
    return tuple(place for place in found if on is None or place.days.covers(on))


def _of_files(root: Path, county: str, reader: CitationReader) -> Iterator[Place]:
    common = [*sorted((root / "questionnaires").glob("*.toml")), root / "cards.toml", root / "topics.toml"]
    for path in [*common, *sorted((root / "counties" / county).glob("*.toml"))]:
        if not path.exists():
            continue
        source = Source(path, [], root)
        for name, blocks in source.data.items():
            # In a rule file [[topic]] is a row of the Verweisberatung, elsewhere a text.
            kind = "row" if name == "topic" and path.name != "topics.toml" else name
            for number, block in enumerate(_tables(blocks), 1):
                said = block.get("source")
                if isinstance(said, str):
                    id_ = str(block.get("id", number))
                    line = int(source.at(id_).split(":")[1])
                    yield Place(kind, id_, source.name, line, said, reader.read(said), days_of(source, block))


def _tables(blocks: object) -> Iterable[Mapping[str, object]]:
    listed = blocks if isinstance(blocks, list) else [blocks]
    return [block for block in listed if isinstance(block, dict)]


def _of_the_program(reader: CitationReader) -> Iterator[Place]:
    for id_, source in SOURCES.items():
        yield Place("deadline", id_, "dialogs/deadlines.py", 0, source, reader.read(source))
    for condition in CONDITIONS:
        yield Place(
            "requirement", f"{condition.paragraph}.{condition.id}", "dialogs/bridge_conditions.py", 0, condition.source,
            reader.read(condition.source),
        )  # fmt: skip


def by_reference(places: Iterable[Place]) -> dict[Reference, tuple[Place, ...]]:
    """Every reference, in the order of the law books, with what rests on it."""
    found: dict[Reference, list[Place]] = {}
    for place in places:
        for reference in place.cited.references:
            found.setdefault(reference, []).append(place)
    return {reference: tuple(found[reference]) for reference in sorted(found, key=Reference.order)}
