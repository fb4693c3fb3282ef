"""Two texts of a statute beside each other: what has changed, and which places of the definitions rest on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dialogs.law import Reference, natural, touched
from dialogs.law_places import Place
from dialogs.law_text import Absatz, Paragraph, Statute

CHANGED, REPEALED, ADDED, MOVED, TITLE = "geändert", "weggefallen", "neu", "verschoben", "Überschrift geändert"


@dataclass(frozen=True, slots=True)
class Difference:
    """One change. `place` is a paragraph or an Absatz; `detail` says more where something more is known."""

    place: Reference
    kind: str
    detail: str = ""

    def reaches(self, reference: Reference) -> bool:
        """Whether somebody who cites this has to read again. A new heading concerns who cites the paragraph as a whole."""
        if self.kind == TITLE and reference.absatz is not None:
            return False
        return touched(reference, self.place)

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}" + (f" ({self.detail})" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Review:
    """A place that has to be read again, and why."""

    place: Place
    references: tuple[Reference, ...]
    because: tuple[Difference, ...]


def differences(old: Statute, new: Statute) -> tuple[Difference, ...]:
    """What is not the same, in the order of the law books."""
    found: list[Difference] = []
    for key in sorted({*old, *new}, key=Reference.order):
        before, after = _there(old.get(key)), _there(new.get(key))
        if before is None and after is None:
            continue
        if after is None:
            to = _elsewhere(before, old, new)
            found.append(Difference(key, MOVED if to else REPEALED, f"jetzt {to}" if to else ""))
        elif before is None:
            found.append(Difference(key, ADDED))
        else:
            found += _within(key, before, after)
    return tuple(found)


def to_review(changes: Sequence[Difference], places: Sequence[Place]) -> tuple[Review, ...]:
    """Exactly the places that cite something that has changed, each with what it cites and what has happened to it."""
    found = []
    for place in places:
        hits = [(ref, change) for ref in place.cited.references for change in changes if change.reaches(ref)]
        if hits:
            references = tuple(dict.fromkeys(ref for ref, _ in hits))
            found.append(Review(place, references, tuple(dict.fromkeys(change for _, change in hits))))
    return tuple(found)


def not_covered(old: Statute, new: Statute, places: Sequence[Place]) -> tuple[Reference, ...]:
    """What is cited of these laws and stands in neither text: nothing is known about it."""
    laws = {key.law for key in (*old, *new)}
    known = {*old, *new}
    cited = {replace(ref, levels=()) for place in places for ref in place.cited.references if ref.law in laws}
    return tuple(sorted((ref for ref in cited if not ref.whole and ref not in known), key=Reference.order))


def _there(paragraph: Paragraph | None) -> Paragraph | None:
    return None if paragraph is None or paragraph.gone else paragraph


def _elsewhere(paragraph: Paragraph | None, old: Statute, new: Statute) -> Reference | None:
    """Where a paragraph has gone word for word, if it stands under a number that was free before."""
    return next((key for key, other in new.items() if _there(old.get(key)) is None and other == paragraph), None)


def _within(key: Reference, before: Paragraph, after: Paragraph) -> Iterator[Difference]:
    if before.title != after.title:
        yield Difference(key, TITLE)
    if ("" in before.absaetze) != ("" in after.absaetze):
        yield Difference(key, CHANGED, "anders gegliedert")
        return
    for number in sorted({*before.absaetze, *after.absaetze}, key=natural):
        was, now = before.absaetze.get(number, Absatz()), after.absaetze.get(number, Absatz())
        if was.text == now.text or (was.gone and now.gone):
            continue
        place = replace(key, levels=(("Abs.", number),)) if number else key
        if was.gone:
            yield Difference(place, ADDED)
            continue
        to = [other for other, absatz in after.absaetze.items() if absatz.text == was.text]
        if to:
            yield Difference(place, MOVED, f"jetzt Abs. {to[0]}")
        elif now.gone:
            yield Difference(place, REPEALED)
        else:
            yield Difference(place, CHANGED, _numbers(was, now))


def _numbers(was: Absatz, now: Absatz) -> str:
    changed = [
        number for number in sorted({*was.items, *now.items}, key=natural) if was.items.get(number) != now.items.get(number)
    ]
    return f"Nr. {', '.join(changed)}" if changed else ""
