"""How much an uploaded file may ask of the program, found without parsing it: a parser is what it would keep busy.

A file of 40 KB that is one dotted key takes tomllib more than a minute, and 300 rules take the proofs as long. The rule
books we know have 70 blocks, 21 KB and lines of 180 characters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

LARGEST: Final = 96 * 1024
LONGEST_LINE: Final = 2_000
MOST_DOTS: Final = 4
MOST_BLOCKS: Final = 150
KINDS: Final = ("rule", "topic", "also")

# Text in quotes and what stands behind # is no key.
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_DOTTED: Final = re.compile(rf"[\w\"'-]\s*(?:\.\s*[\w\"'-]+\s*){{{MOST_DOTS + 1},}}")
# Whatever is hidden behind quotes that do not close: so many dots no sentence has.
_MOST_DOTS_IN_LINE: Final = 100
_BLOCK: Final = re.compile(rf"^[ \t]*\[\[[ \t]*[\"']?(?:{'|'.join(KINDS)})\b", re.M)


def too_much(text: str) -> tuple[str, str] | None:
    """The place and what is wrong with it, with the remedy, in German; None if the file may be read."""
    if len(text.encode()) > LARGEST:
        return "Ganze Datei", f"Die Datei ist größer als {LARGEST // 1024} KB. Eine Regeldatei ist viel kleiner."
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST_LINE:
            return f"Zeile {number}", f"Die Zeile hat mehr als {LONGEST_LINE} Zeichen. Kürzen Sie sie."
        bare = _QUOTED.sub('""', line).split("#", 1)[0]
        if line.count(".") > _MOST_DOTS_IN_LINE or (bare.count(".") > MOST_DOTS and _DOTTED.search(bare)):
            return f"Zeile {number}", f"Ein Name hat mehr als {MOST_DOTS} Punkte. Schreiben Sie die Zeile einfacher."
    return too_many(sum(1 for _ in _BLOCK.finditer(text)))


def too_many(blocks: int) -> tuple[str, str] | None:
    if blocks <= MOST_BLOCKS:
        return None
    what = f"Die Datei hat {blocks} Blöcke [[rule]], [[topic]] und [[also]]. Höchstens {MOST_BLOCKS} lassen sich prüfen."
    return "Ganze Datei", f"{what} Fassen Sie Regeln zusammen."


def blocks_of(data: Mapping[str, Any]) -> int:
    """Of a file that was read: blocks can also be written as lists."""
    return sum(len(data[kind]) for kind in KINDS if isinstance(data.get(kind), list))
