"""The text of a statute, as somebody has copied it: paragraphs and their Absätze, by their numbers.

The form is plain text or Markdown. A heading is a line of its own, `## § 25b Title` (or, without `#`, between blank lines and
without a full stop at its end); an Absatz begins with `(1)`, a number with `1.`, each at the beginning of a line. Above them
`# AufenthG` says which law it is. How lines are broken and spaced means nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dialogs.law import Laws, Reference, natural

_NUMBER = r"\d+[a-z]{0,2}"
_HEADING = re.compile(rf"(§|Art\.|Artikel|Anlage)\s*({_NUMBER})(?!\w)[\s–—:.-]*(.*)")
_ABSATZ = re.compile(rf"\(({_NUMBER})\)\s*(.*)")
_ITEM = re.compile(rf"(?:[-*]\s+)?({_NUMBER})\.\s+(.*)")
_GONE = re.compile(r"\W*(?:weggefallen|aufgehoben)\W*", re.IGNORECASE)
_SPLIT_WORD = re.compile(r"(?<=[a-zäöüß])-\n(?!und\b|oder\b|bzw)(?=[a-zäöüß])")


class StatuteProblem(Exception):
    """A statute text can't be read. The message names file, line and remedy."""


@dataclass(slots=True)
class Absatz:
    """`text` is the whole of it, spacing levelled; `items` the numbers in it, to say which one has changed."""

    text: str = ""
    items: dict[str, str] = field(default_factory=dict)

    @property
    def gone(self) -> bool:
        return not self.text or _GONE.fullmatch(self.text) is not None


@dataclass(slots=True)
class Paragraph:
    """Absätze by number; text before or without numbers stands under ""."""

    title: str = ""
    absaetze: dict[str, Absatz] = field(default_factory=dict)

    @property
    def gone(self) -> bool:
        return all(absatz.gone for absatz in self.absaetze.values()) if self.absaetze else True


Statute = Mapping[Reference, Paragraph]


def read_statute(text: str, file: str, laws: Laws, law: str | None = None) -> Statute:
    """The paragraphs of a text. Raises StatuteProblem if there are none, one stands twice, or their law is not known."""
    if law is not None and law not in laws.names:
        raise StatuteProblem(f"--law {law}: no such law. laws.toml knows {', '.join(sorted(laws.names))}.")
    current = laws.names[law] if law is not None else None
    lines = [line.strip().removeprefix(">").strip().strip("*") for line in text.lstrip("\ufeff").splitlines()]
    found: dict[Reference, Paragraph] = {}
    body: list[str] = []
    marked = any(line.startswith("#") and _HEADING.match(line.lstrip("# *")) for line in lines)
    for number, line in enumerate(lines, 1):
        heading = _heading(lines, number - 1, marked)
        if heading is not None:
            if current is None:
                raise StatuteProblem(f"{file}:{number}: no law stands above this heading. Begin with # AufenthG, or give --law.")
            unit = "Art." if heading[1] == "Artikel" else heading[1]
            key = Reference(current, unit, heading[2])
            if key in found:
                raise StatuteProblem(f"{file}:{number}: {key} stands twice. Remove one of them.")
            found[key] = Paragraph(_levelled([heading[3]]))
            body = []
        elif line.startswith("#"):
            current = _law_of(line.lstrip("# *"), laws) or current
            body = []
        elif found:
            body.append(line)
            found[next(reversed(found))].absaetze = _absaetze(body)
    if not found:
        raise StatuteProblem(f"{file}:1: no paragraph was found. Write each heading on a line of its own, as ## § 25b Title.")
    return found


def _heading(lines: Sequence[str], index: int, marked: bool) -> re.Match[str] | None:
    line = lines[index]
    if marked:
        return _HEADING.fullmatch(line.lstrip("# *")) if line.startswith("#") else None
    alone = (index == 0 or not lines[index - 1]) and not line.endswith((".", ",", ";", ":"))
    return _HEADING.fullmatch(line) if alone else None


def _law_of(line: str, laws: Laws) -> str | None:
    for name, id_ in sorted(laws.names.items(), key=lambda item: -len(item[0])):
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", line) or laws.laws[id_].name == line:
            return id_
    return None


def _absaetze(lines: Sequence[str]) -> dict[str, Absatz]:
    raw: dict[str, list[str]] = {"": []}
    now = ""
    for line in lines:
        begins = _ABSATZ.fullmatch(line)
        if begins is not None and natural(begins[1]) > natural(now or "0"):
            now = begins[1]
            raw[now] = [begins[2]]
        else:
            raw[now].append(line)
    return {number: Absatz(_levelled(part), dict(_items(part))) for number, part in raw.items() if number or _levelled(part)}


def _items(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    items: dict[str, list[str]] = {}
    now: str | None = None
    for line in lines:
        begins = _ITEM.fullmatch(line)
        if begins is not None and natural(begins[1]) > natural(now or "0"):
            now = begins[1]
            items[now] = [begins[2]]
        elif now is not None:
            items[now].append(line)
    yield from ((number, _levelled(part)) for number, part in items.items())


def _levelled(lines: Sequence[str]) -> str:
    """One line without soft hyphens, words split at a line's end put together, any spacing one space."""
    text = unicodedata.normalize("NFC", "\n".join(lines)).replace("\u00ad", "")
    return " ".join(_SPLIT_WORD.sub("", text).split())
