"""Every word a person or a colleague reads, by its id: German from the definitions, other languages from the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from dialogs.answers import NoAnswer
from dialogs.county import ELSEWHERE, County
from dialogs.load import ROOT, load_library
from dialogs.model import Question
from dialogs.provisos import Proviso
from dialogs.release import sentences
from dialogs.script import Library
from locales.catalog import Catalog
from locales.direction import direction, own_name
from locales.errors import MissingTranslation
from locales.negotiate import negotiate
from locales.sources import Source, german_sources

NO_ANSWER_TEXTS = {
    NoAnswer.SKIPPED.value: "ui.skipped",
    NoAnswer.UNKNOWN.value: "ui.unknown",
    NoAnswer.REFUSED.value: "ui.refused",
}

# What ids of released sentences have in the middle (`dialogs.release`).
RELEASED = "@"


class Words:
    """Texts of one county in all its languages."""

    def __init__(self, library: Library, sources: Mapping[str, Source], catalog: Catalog, fixed: Mapping[str, str]) -> None:
        self.county: County = library.county
        self.locales: Sequence[str] = library.county.languages
        self._questions: dict[str, Question] = {
            question.id: question for script in library.scripts.values() for question in script.questionnaire.questions
        }
        self._prefix = {
            question.id: script.questionnaire.id
            for script in library.scripts.values()
            for question in script.questionnaire.questions
        }
        self._provisos = _provisos(library)
        self._shipped = sources
        self._sources = sources
        self._supplied: Mapping[str, Mapping[str, str]] = {}
        self._drafts: frozenset[str] = frozenset()
        self.newer: Callable[[], object] | None = None
        self._catalog = catalog
        self._fixed = fixed

    @classmethod
    def load(cls, library: Library, *, definitions: Path = ROOT) -> Self:
        """Read German texts and all translations. Raises CatalogProblem or SourceProblem, naming the file."""
        folder = Path(__file__).parent.parent / "locales"
        kim = library.county.responsible
        return cls(library, german_sources(definitions), Catalog.load(folder), {"verantwortlich": kim})

    def text(self, key: str, locale: str, **params: str | int) -> str:
        """The sentence in this language; a whole number `n` chooses the plural form.

        Raises KeyError for an unknown id, MissingTranslation if the language has none.
        """
        source = self._source(key)
        n = params.get("n")
        if "{verantwortlich}" in source.text:
            params = {**self._fixed, **params}
        rest = {name: value for name, value in params.items() if name != "n"}
        try:
            return self._catalog.text(key, source, locale, n if isinstance(n, int) else None, **rest)
        except MissingTranslation:
            supplied = self._supplied.get(locale, {}).get(source.text)
            if supplied is None:
                raise
            return supplied

    def _source(self, key: str) -> Source:
        if key not in self._sources and RELEASED in key and self.newer is not None:
            # Another process has begun to use what was released a moment ago.
            self.newer()
        return self._sources[key]

    def take(self, library: Library, supplied: Mapping[str, Mapping[str, str]]) -> None:
        """Know the words of released rule books, too: German from the books, other languages as supplied with them.

        `supplied`: language, German sentence, translation. A catalogue that has the sentence goes first.
        """
        sources = dict(self._shipped)
        released = [script for script in library.scripts.values() if script.order]
        for script in released:
            for key, sentence in sentences(script).items():
                sources.setdefault(key, Source(key, sentence))
        new = [source for key, source in sources.items() if key not in self._shipped]
        self._drafts = frozenset(locale for locale in self.locales if new and self._catalog.gaps(new, locale))
        self._provisos = _provisos(library)
        self._supplied = supplied
        self._sources = sources

    def german(self, key: str, **params: str | int) -> str:
        return self.text(key, "de", **params)

    def untranslated(self, sentence: str, keys: Sequence[str], locale: str) -> bool:
        """Whether this language has no words for a German sentence, under none of these ids."""
        known = [self._sources[key] for key in keys if key in self._sources and self._sources[key].text == sentence]
        return sentence not in self._supplied.get(locale, {}) and (not known or bool(self._catalog.gaps(known, locale)))

    def has(self, key: str) -> bool:
        return key in self._sources

    def sources(self) -> Mapping[str, Source]:
        return self._sources

    def gaps(self, locale: str) -> tuple[str, ...]:
        """Every text this language lacks."""
        return self._catalog.gaps(self._sources.values(), locale)

    def is_draft(self, locale: str) -> bool:
        """Whether some sentence of this language has not been checked by a native speaker."""
        return locale != "de" and (locale in self._drafts or self._catalog.is_draft("scr.F2_notice", locale))

    def direction(self, locale: str) -> str:
        return direction(locale)

    def own_name(self, locale: str) -> str:
        return own_name(locale)

    def negotiate(self, accept_language: str | None, offered: Sequence[str]) -> str | None:
        return negotiate(accept_language, offered)

    def question_key(self, question: str) -> str:
        return f"{self._prefix[question]}.{question}"

    def question(self, question: str) -> Question:
        return self._questions[question]

    def stelle_name(self, stelle_id: str) -> str:
        found = self.county.stellen.get(stelle_id)
        return found.name if found else stelle_id

    def proviso(self, proviso_id: str, rules_version: str | None = None) -> Proviso | None:
        return self._provisos.get((rules_version, proviso_id)) or self._provisos.get((None, proviso_id))

    def traeger_name(self, traeger_id: str) -> str:
        found = self.county.traeger.get(traeger_id)
        return found.name if found else traeger_id

    def kommune_name(self, kommune_id: str) -> str:
        found = self.county.kommunen.get(kommune_id)
        return found.name if found else self.text("scr.S02_city.other", "de")

    def answer(self, question_id: str, value: object, locale: str = "de") -> str:
        """The words of an answer in its JSON form."""
        if value is None:
            return self.text("ui.answered", locale)
        if isinstance(value, (list, tuple)):
            parts = [self._one(question_id, str(item), locale) for item in value]
            if len(parts) > 1:
                # Options may be whole sentences: a list of them needs no full stops inside.
                return ("؛ " if direction(locale) == "rtl" else "; ").join(part.rstrip(".") for part in parts)
            return parts[0] if parts else self.text("ui.nothing_chosen", locale)
        return self._one(question_id, str(value), locale)

    def _one(self, question_id: str, value: str, locale: str) -> str:
        if value in NO_ANSWER_TEXTS:
            return self.text(NO_ANSWER_TEXTS[value], locale)
        kind = self._questions[question_id].kind if question_id in self._questions else "single"
        if kind == "town":
            return self.text("scr.S02_city.other", locale) if value == ELSEWHERE else self.kommune_name(value)
        if kind == "date":
            return ".".join(reversed(value.split("-")))
        if kind == "month":
            return "/".join(reversed(value.split("-")))
        if kind in ("number", "phone", "note"):
            return value
        key = f"{self.question_key(question_id)}.{value}"
        return self.text(key, locale) if self.has(key) else value


def _provisos(library: Library) -> dict[tuple[str | None, str], Proviso]:
    """A case keeps the condition under which it came, also after the rules have changed: so by version.

    Without a version, or of one that is gone, the oldest book's: what a later one drops or loosens was agreed all the same.
    """
    scripts = sorted(library.scripts.values(), key=lambda script: (script.order, script.valid_from), reverse=True)
    found: dict[tuple[str | None, str], Proviso] = {}
    for script in scripts:
        for id_, proviso in script.book.provisos.items():
            found[script.book.version, id_] = found[None, id_] = proviso
    return found


def load_words(county: str) -> Words:
    """Words of one county, for commands that need nothing else."""
    return Words.load(load_library(county))
