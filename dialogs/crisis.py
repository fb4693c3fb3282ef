"""Words that may mean danger. They only ever bring up a card with help, and rather too often than too seldom."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_ALEF = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه"})


def _bare(words: str) -> str:
    split = unicodedata.normalize("NFKD", words.casefold().translate(_ALEF))
    return "".join(char for char in split if not unicodedata.combining(char))


@lru_cache(maxsize=8192)
def _bare_word(word: str) -> str:
    """A word of the lists, made bare once. Never used for what a person has typed: that is kept nowhere."""
    return _bare(word)


def cards_for(words: str, crisis_words: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The cards whose words occur in what was typed. Nothing of the words is kept."""
    bare = _bare(words)
    return tuple(card for card, known in crisis_words.items() if any(_bare_word(word) in bare for word in known))
