"""Languages in German, for the staff: `ar` is Arabisch."""

from __future__ import annotations

from functools import cache

from babel import Locale, UnknownLocaleError

# Where Babel has no word, or not the one the offices use.
_TRADE_WORDS = {
    "ckb": "Kurdisch (Sorani)",
    "de-simple": "Deutsch (einfach)",
    "fa": "Persisch (Farsi)",
    "fa_AF": "Dari",
    "kmr": "Kurdisch (Kurmandschi)",
    "ku": "Kurdisch (Kurmandschi)",
    "prs": "Dari",
    "rom": "Romanes",
    "sr_Latn": "Serbisch/Bosnisch/Kroatisch",
}


@cache
def german_name(locale: str) -> str:
    code = locale.replace("-", "_") if locale not in _TRADE_WORDS else locale
    if code in _TRADE_WORDS:
        return _TRADE_WORDS[code]
    try:
        name = Locale("de").languages.get(Locale.parse(code).language)
    except (UnknownLocaleError, ValueError):
        name = None
    return name or locale
