"""What `show law` and `law compare` print: for people as Markdown in German, for programs as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from dialogs.law import Laws, Reference
from dialogs.law_compare import Difference, Review
from dialogs.law_places import Place, by_reference

UNREAD = "Text nicht geprüft"


def law_json(laws: Laws, places: Sequence[Place], county: str, on: dt.date) -> dict[str, object]:
    """Every reference with the day of its text and what rests on it; every other source word for word."""
    return {
        "county": county,
        "on": on.isoformat(),
        "references": [
            {
                "reference": str(reference), "law": reference.law, "law_name": laws.laws[reference.law].name,
                "stand": _iso(laws.stand_of(reference)),
                "changes": [{"day": change.day.isoformat(), "text": change.text} for change in laws.coming(reference, on)],
                "places": [place_json(place) for place in resting],
            }
            for reference, resting in by_reference(places).items()
        ],
        "other": [
            {"source": words, "places": [place_json(place) for place in resting]} for words, resting in _others(places).items()
        ],
    }  # fmt: skip


def place_json(place: Place) -> dict[str, object]:
    return {"kind": place.kind, "id": place.id, "file": place.file, "line": place.line or None}


def law_lines(laws: Laws, places: Sequence[Place], county: str, on: dt.date) -> Iterator[str]:
    """One table for each law, then the sources that are no law."""
    yield f"# Rechtsquellen {county}, {on:%d.%m.%Y}"
    law = ""
    for reference, resting in by_reference(places).items():
        if reference.law != law:
            law = reference.law
            yield from ("", f"## {law} – {laws.laws[law].name}", "", "| Fundstelle | Stand | Darauf beruhen |", "|---|---|---|")
        stand = laws.stand_of(reference)
        coming = [f"ändert sich am {change.day:%d.%m.%Y}" for change in laws.coming(reference, on)]
        said = ", ".join([f"{stand:%d.%m.%Y}" if stand else UNREAD, *coming])
        yield f"| {_short(reference)} | {said} | {', '.join(place.name for place in resting)} |"
    yield from ("", "## Andere Quellen (kein Gesetz, oder nicht lesbar)", "", "| Quelle | Darauf beruhen |", "|---|---|")
    for words, those in _others(places).items():
        yield f"| {words.replace('|', '/')} | {', '.join(place.name for place in those)} |"


def compare_json(
    changes: Sequence[Difference], reviews: Sequence[Review], missing: Sequence[Reference]
) -> dict[str, object]:
    return {
        "changes": [{"place": str(change.place), "kind": change.kind, "detail": change.detail} for change in changes],
        "review": [
            {
                **place_json(review.place), "references": [str(reference) for reference in review.references],
                "because": [str(change) for change in review.because],
            }
            for review in reviews
        ],
        "not_covered": [str(reference) for reference in missing],
    }  # fmt: skip


def compare_lines(
    changes: Sequence[Difference], reviews: Sequence[Review], missing: Sequence[Reference]
) -> Iterator[str]:
    if not changes:
        yield "Kein Unterschied. Umbrüche und Abstände zählen nicht."
    else:
        yield from ("Das hat sich geändert:", *(f"- {change}" for change in changes), "")
        if not reviews:
            yield "Keine Regel, keine Frage und kein Text beruht darauf."
        else:
            yield f"Bitte prüfen ({len(reviews)}):"
        for review in reviews:
            yield f"- {review.place.name} ({review.place.where}), zitiert {', '.join(map(str, review.references))}"
            yield from (f"    {change}" for change in review.because)
    if missing:
        yield from ("", "Zitiert, aber in keinem der beiden Texte enthalten: " + ", ".join(map(str, missing)) + ".")


def _others(places: Sequence[Place]) -> Mapping[str, Sequence[Place]]:
    found: dict[str, list[Place]] = {}
    for place in places:
        for words in place.cited.other:
            found.setdefault(words, []).append(place)
    return dict(sorted(found.items()))


def _short(reference: Reference) -> str:
    return str(reference).removesuffix(f" {reference.law}") if not reference.whole else "das ganze Gesetz"


def _iso(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
