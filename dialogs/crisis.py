"""Words that may mean danger. They only ever bring up a card with help, and rather too often than too seldom."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_ALEF = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه"})


def _bare(words: str) -> str:
    split = unicodedata.normalize("NFKD", words.casefold().translate(_ALEF))
    return "".join(char for char in split if not unicodedata.combining(char))


@lru_cache(maxsize=64)
def _bare_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of one card's list, made bare once. Never used for what a person has typed: that is kept nowhere."""
    return tuple(_bare(word) for word in words)


def cards_for(words: str, crisis_words: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The cards whose words occur in what was typed. Nothing of the words is kept."""
    bare = _bare(words)
    return tuple(card for card, known in crisis_words.items() if any(word in bare for word in _bare_words(known)))
