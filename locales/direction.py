"""Which way a language is written, what it calls itself, and how foreign runs are kept in order inside it.

Isolates (Unicode UAX #9) instead of marks: they never change the text around them, and phones since 2015 know them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

from babel import Locale, UnknownLocaleError

FSI, LRI, RLI, PDI = "\u2068", "\u2066", "\u2067", "\u2069"
OPENERS = (FSI, LRI, RLI)

# Written from right to left. Kurmanji (`ku`, `kmr`) is written in Latin letters, Sorani (`ckb`) is not.
RTL = frozenset({"ar", "fa", "fa-AF", "prs", "ps", "ckb", "ur"})

_WORD = r"A-Za-zÀ-ÖØ-öø-ɏẞ0-9"
# A run starts with a letter, a digit, "§" or the "+" of a phone number, and goes on over single spaces as long as Latin
# words or digits follow: "§ 25a Abs. 1", "0800 1110111", "gültig bis". Closing punctuation is left to the sentence.
_RUN = re.compile(rf"(?:§+[ \u00a0]?|\+)?[{_WORD}](?:[{_WORD}.,:;/@&%+*_'’?=#§–—-]|[ \u00a0](?=[{_WORD}§+]))*")
_TRAILING = ".,:;/'’?–—-"


def direction(locale: str) -> str:
    """As the HTML attribute `dir` wants it: rtl or ltr."""
    return "rtl" if locale in RTL else "ltr"


@cache
def own_name(locale: str) -> str:
    """What the language calls itself: the label of its button."""
    with Path(__file__).with_name("names.toml").open("rb") as file:
        ours: dict[str, str] = tomllib.load(file)["own_name"]
    if locale in ours:
        return ours[locale]
    try:
        name = Locale.parse(locale, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        name = None
    if not name:
        raise LookupError(f"{locale}: no name known. Add it to locales/names.toml.")
    return name


def isolate(text: str) -> str:
    """A foreign value, kept together in whatever direction it has itself."""
    return f"{FSI}{text}{PDI}"


def ltr(text: str) -> str:
    """A value that is read from left to right, whatever stands around it: paragraphs, phone numbers, dates."""
    return f"{LRI}{text}{PDI}"


def has_rtl(text: str) -> bool:
    """Whether a letter of a right-to-left script stands in the text."""
    return not text.isascii() and any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)


def isolate_latin(text: str) -> str:
    """Wrap every Latin or numeric run of a right-to-left text, so that "§ 104c" or "0800 1110111" is not turned round.

    Plain numbers need no help and stay bare. What is isolated already is left alone.
    """
    out: list[str] = []
    depth = start = 0
    for i, char in enumerate(text):
        if char in OPENERS:
            if depth == 0:
                out.append(_RUN.sub(_wrapped, text[start:i]))
                start = i
            depth += 1
        elif char == PDI and depth:
            depth -= 1
            if depth == 0:
                out.append(text[start : i + 1])
                start = i + 1
    out.append(text[start:] if depth else _RUN.sub(_wrapped, text[start:]))
    return "".join(out)


def _wrapped(match: re.Match[str]) -> str:
    whole = match.group()
    run = whole.rstrip(_TRAILING)
    if run.isdigit():
        return whole
    return ltr(run) + whole[len(run) :]
