"""What `check` finds about days and law: topics that a known change of law will make wrong, sources that can't be read.

A fault has to be mended. A remark is for somebody to look at: a text past its `review_by`, a rule whose Stelle has closed,
a place that rests on law which has changed since it was written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from dialogs.errors import DefinitionError
from dialogs.law import Laws, touched
from dialogs.law_places import Place, cited_places
from dialogs.load_laws import load_laws
from dialogs.script import Library
from dialogs.topics import Topic

# (code, where, what): `check` makes its findings of it.
Found = tuple[str, str, str]


def faults(library: Library, on: dt.date) -> Iterator[Found]:
    """What must not be released like that."""
    try:
        laws = load_laws(library.root)
    except DefinitionError as error:
        yield from (("definition", *_split(finding)) for finding in error.findings)
        return
    if not laws.laws:  # definitions without laws.toml: nothing is known of law, so nothing can be unknown
        return
    places = cited_places(library.root, library.county.id, laws, on)
    yield from _unread(places)
    by_topic = {place.id: place for place in places if place.kind == "topic"}
    for topic in library.topics:
        if topic.id in by_topic:
            yield from _unmarked(topic, by_topic[topic.id], laws, on)


def remarks(library: Library, on: dt.date) -> Iterator[Found]:
    """What somebody should look at; no fault of the files."""
    for topic in library.topics_on(on):
        if topic.stale(on):
            yield "stale", f"topics.toml: {topic.id}", f"sollte bis {topic.review_by:%d.%m.%Y} neu gelesen sein. {_AGAIN}"
        if topic.needs_review(on):
            changed = f"{topic.needs_review_from:%d.%m.%Y}"
            yield "needs-review", f"topics.toml: {topic.id}", f"Das Gesetz hat sich am {changed} geändert. {_AGAIN}"
    try:
        script = library.current(on)
        laws = load_laws(library.root)
    except (LookupError, DefinitionError):
        return
    for card in script.questionnaire.cards.values():
        if card.review_by is not None and on > card.review_by:
            yield "stale", f"cards.toml: {card.id}", f"sollte bis {card.review_by:%d.%m.%Y} neu gelesen sein. {_AGAIN}"
    for rule in (*script.book.rules, *script.book.topics, *script.book.also):
        inside = rule.valid_from <= on and (rule.valid_until is None or on <= rule.valid_until)
        if inside and not rule.valid(on):
            said = f"schickt zu {rule.to}, wo am {on:%d.%m.%Y} keine Stelle offen ist: Die nächste Regel entscheidet."
            yield "falls-through", rule.id, said
    yield from _resting_on_old_law(cited_places(library.root, library.county.id, laws, on), laws, on)


_AGAIN = "Bitte neu lesen, dann ein neues review_by setzen."


def _unread(places: tuple[Place, ...]) -> Iterator[Found]:
    for place in places:
        for words in place.cited.other:
            if "§" in words:
                yield (
                    "law-unknown", f"{place.where}: {place.id}",
                    f"beruft sich auf {words!r}; dieses Gesetz kennt laws.toml nicht. Dort eintragen, oder die Angabe so "
                    "schreiben: § 25b Abs. 1 AufenthG.",
                )  # fmt: skip


def _unmarked(topic: Topic, place: Place, laws: Laws, on: dt.date) -> Iterator[Found]:
    """A topic that will rest on law which is going to change must be read, marked or withdrawn by that day."""
    for change in laws.changes:
        if change.day <= topic.days.first or not topic.days.covers(change.day):
            continue
        if not any(touched(reference, at) for reference in place.cited.references for at in change.touches):
            continue
        read = topic.review_by is not None and topic.review_by <= change.day
        marked = topic.needs_review_from is not None and topic.needs_review_from <= change.day
        if not (read or marked):
            yield (
                "law-unmarked", f"{place.where}: {topic.id}",
                f"beruht auf Recht, das sich am {change.day:%d.%m.%Y} ändert ({change.id}). Setzen: "
                f"needs_review_from = {change.day}, ein früheres review_by oder valid_until.",
            )  # fmt: skip


def _resting_on_old_law(places: tuple[Place, ...], laws: Laws, on: dt.date) -> Iterator[Found]:
    for change in laws.changes:
        if on < change.day:
            continue
        for place in places:
            hit = [ref for ref in place.cited.references if any(touched(ref, at) for at in change.touches)]
            if hit and place.days.first < change.day:
                cited = ", ".join(map(str, hit))
                said = f"beruht auf {cited}, geändert am {change.day:%d.%m.%Y}. Bitte neu lesen."
                yield "law-changed", f"{place.where}: {place.id}", said


def _split(finding: str) -> tuple[str, str]:
    where, _, what = finding.partition(": ")
    return where, what
