"""What an import does to the catalogues: the German is read anew, changed translations are written, all as drafts.

A draft is a sentence whose exact words nobody has approved (`locales/review.py`): the approval lapses with the words by
itself. A language that was "reviewed" as a whole is set back to "draft", because it no longer is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from locales.catalog import DOMAIN, Catalog
from locales.errors import LocaleError
from locales.review import Reviews
from locales.sources import german_sources


def translations(catalogues: Path) -> dict[str, dict[str, str]]:
    """All sentences of all languages but German, by language and id. Raises LocaleError."""
    catalog = Catalog.load(catalogues)
    return {
        locale: {key: message.forms[0] for key, message in catalog.messages(locale).items() if message.forms}
        for locale in catalog.locales
        if locale != "de"
    }


def write_translations(definitions: Path, catalogues: Path, pending: Mapping[tuple[str, str], str]) -> list[str]:
    """Bring the catalogues up to date and put `pending` (by language and id) into them; gives German notes.

    Raises LocaleError where the outcome could not be used.
    """
    import polib  # type: ignore[import-untyped]

    from locales.extract import WIDTH, update

    update(definitions, catalogues)
    changed: dict[str, set[str]] = {}
    for locale in {locale for locale, _ in pending}:
        path = catalogues / locale.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.po"
        po = polib.pofile(str(path), wrapwidth=WIDTH)
        for entry in po:
            words = pending.get((locale, entry.msgctxt))
            if words is None or entry.msgid_plural:
                continue
            entry.msgstr = words
            entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
            entry.previous_msgid = entry.previous_msgid_plural = None
            changed.setdefault(locale, set()).add(entry.msgctxt)
        text = str(po)
        path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")
    _set_back(catalogues / "review.toml", changed)
    return _open(definitions, catalogues)


def _set_back(path: Path, changed: Mapping[str, set[str]]) -> None:
    languages = dict(Reviews.load(path).languages)
    stale = [locale for locale in changed if locale in languages and languages[locale].status == "reviewed"]
    for locale in stale:
        review = languages[locale]
        texts = {key: digest for key, digest in review.texts.items() if key not in changed[locale]}
        languages[locale] = replace(review, status="draft", texts=texts)
    if stale:
        path.write_text(Reviews(languages).dump(), encoding="utf-8")


def _open(definitions: Path, catalogues: Path) -> list[str]:
    """How many sentences each language now lacks."""
    catalog, sources = Catalog.load(catalogues), german_sources(definitions).values()
    notes = []
    for locale in catalog.locales:
        gaps = len(catalog.gaps(sources, locale))
        if gaps:
            told = "ein Satz ist" if gaps == 1 else f"{gaps} Sätze sind"
            notes.append(f"{locale}: {told} neu zu übersetzen oder zu prüfen (`wegweiser check` nennt sie).")
    return notes


__all__ = ["LocaleError", "translations", "write_translations"]
