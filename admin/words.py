"""What the pages need of the words: German for the staff, the person's language on her slip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dialogs.provisos import Proviso


class Words(Protocol):
    """Texts by id path. `german` and `text` raise KeyError for an id that does not exist."""

    @property
    def locales(self) -> Sequence[str]:
        """The languages the county offers, German first."""
        ...

    def german(self, key: str, **params: str | int) -> str:
        """The authoritative German sentence, for instance of `scr.S03_age.a16`."""
        ...

    def text(self, key: str, locale: str, **params: str | int) -> str: ...

    def stelle_name(self, stelle_id: str) -> str: ...

    def traeger_name(self, traeger_id: str) -> str: ...

    def kommune_name(self, kommune_id: str) -> str: ...

    def own_name(self, locale: str) -> str:
        """The language in its own words: `العربية`."""
        ...

    def direction(self, locale: str) -> str:
        """`ltr` or `rtl`."""
        ...

    def proviso(self, proviso_id: str, rules_version: str | None = None) -> Proviso | None:
        """What a soft rule of this version demands before a case is accepted; None if no rule of this county does."""
        ...

    def answer(self, question_id: str, value: object) -> str:
        """German words of a stored answer (its JSON form)."""
        ...

    def untranslated(self, sentence: str, keys: Sequence[str], locale: str) -> bool:
        """Whether this language has no words for a German sentence, under none of these ids."""
        ...


def german_or(words: Words, key: str, otherwise: str) -> str:
    """The German sentence, or what to say when a text of this id is not (or no longer) in the definitions."""
    try:
        return words.german(key)
    except KeyError:
        return otherwise
