"""What a sentence that people read in a rule book, or a translation of it, must not hold: promises, addresses, numbers.

A reason is read at the moment somebody asks for help, and believed. No rule knows how an authority will decide; and an
address or a telephone number in a sentence stays there when the Stelle has moved, or leads away from it.
"""

from __future__ import annotations

import re
from typing import Final

_ADDRESS: Final = re.compile(r"https?:|www\.|@|\b[\w-]+\.(?:de|com|org|net|eu|info|io|me)\b", re.I)
# Five digits in a row, or a telephone number in groups. Paragraphs (§ 104c), years and days are shorter.
_NUMBER: Final = re.compile(r"\d{5,}|(?:\+|\b0)\d+(?:[\s/()-]+\d+)+(?<=\d{2})")
# Everybody has a right to help: that stands in our own sentences and says nothing of what an authority will do.
# A list of the wordings met so far, by language; it is no proof that nothing else promises something.
VERDICTS: Final = {
    "de": (
        r"\b(?:Sie|du)\b.{0,20}\b(?:bekommen|bekommst|erhalten|erhältst|kriegen)\b.{0,60}\b(?:\w*titel|Aufenthalt\w*|Duldung|Asyl)\b",
        r"\b(?:Sie|du)\b.{0,20}\b(?:haben|hast)\b.{0,30}\b(?:ein|das|kein) Recht auf (?!Hilfe\b)",
        r"\b(?:Sie|du)\b.{0,20}\b(?:haben|hast)\b.{0,30}\bAnspruch\b",
        r"\b(?:dürfen|darfst|können|kannst|müssen|musst)\b.{0,30}\b(?:hier|in Deutschland)? ?bleiben\b",
        r"\bwerden\b.{0,30}\babgeschoben\b",
        r"\bAntrag\b.{0,30}\bwird\b.{0,30}\b(?:bewilligt|genehmigt|abgelehnt)\b",
    ),
    "en": (
        r"\byou (?:will|are going to) (?:get|receive|be given|be granted)\b.{0,60}\b(?:permit|residence|title|asylum|visa)\b",
        r"\byou (?:have|do not have|don't have) (?:a|the|any|no)? ?(?:right|claim) to (?!help\b)",
        r"\byou (?:are|are not|aren't) entitled\b",
        r"\byou (?:will|won't|will not) be deported\b",
    ),
    "ar": (r"\bستحصل\b", r"\b(?:لك|لديك|لا يحق لك|يحق لك) ?(?:ال)?حق\b", r"\bيحق لك\b"),
}  # fmt: skip
_VERDICTS: Final = tuple(re.compile(pattern, re.I) for patterns in VERDICTS.values() for pattern in patterns)


def unfit(sentence: str) -> str:
    """What must not stand in a sentence, with the remedy, in German; "" if nothing was found."""
    if _ADDRESS.search(sentence):
        return "Im Satz steht eine Adresse im Netz. Streichen Sie sie: Adressen stehen bei den Stellen."
    if _NUMBER.search(sentence):
        return "Im Satz steht eine lange Nummer. Streichen Sie sie: Telefonnummern stehen bei den Stellen."
    if any(pattern.search(sentence) for pattern in _VERDICTS):
        return "Der Satz verspricht, wie eine Behörde entscheidet. Schreiben Sie, wer hilft und wobei."
    return ""
