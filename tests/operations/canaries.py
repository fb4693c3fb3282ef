"""Canaries: strings that stand in for what a person types, and the search for their feathers in any encoding.

Each canary is unique. Its core is ASCII and random, so that it is found also where a script was lost on the way; around it
stand letters of many scripts and signs of four bytes.
"""

from __future__ import annotations

import base64
import itertools
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

SCRIPTS = (
    "Zeisig-äöüß", "зяблик", "щиглик-ї", "καρδερίνα", "عصفور", "قناری", "چڑیا", "ካናሪ", "კანარა", "թռչնակ", "קנרית", "金絲雀",
    "カナリア", "카나리아", "นกขมิ้น", "कैनरी", "ক্যানারি", "கேனரி", "ප්‍රනාන්දු", "ཉི་མ", "ᠬᠠᠨ", "kanarya-ığş", "chim-hoàng-yến",
    "🐤🐥🇸🇾", "𝒞𝒶𝓃𝒶𝓇𝓎", "𐍈𐍉𐍊", "👩🏽‍🍼", "e\u0301e\u0301", "\u202eabc\u202c",
)  # fmt: skip


@dataclass
class Cage:
    """Makes canaries and remembers where each was let go."""

    seed: int = 4711
    flown: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._scripts = itertools.cycle(SCRIPTS)

    def let_go(self, where: str, *, ascii_only: bool = False, digits: bool = False) -> str:
        core = "".join(self._random.choices("0123456789" if digits else "bcdfghjkmnpqrstvwxz", k=11))
        self.flown[core] = where
        if ascii_only or digits:
            return core
        script = next(self._scripts)
        return f"{script}{core}{script[:3]}"


def disguises(canary: str) -> Iterator[tuple[str, bytes]]:
    """Every form in which a string may lie somewhere, with the form's name."""
    raw = canary.encode()
    yield "utf-8", raw
    yield "utf-8 upper case", canary.upper().encode()
    for code in ("utf-16-le", "utf-16-be"):
        yield code, canary.encode(code)
    for kind, form in (("utf-8", raw), ("utf-16", canary.encode("utf-16-le"))):
        yield f"hex of {kind}", form.hex().encode()
        yield f"HEX of {kind}", form.hex().upper().encode()
        for shift in range(3):
            yield f"base64 of {kind}, shifted by {shift}", _inner_base64(form, shift)
            yield f"base64url of {kind}, shifted by {shift}", _inner_base64(form, shift).translate(bytes.maketrans(b"+/", b"-_"))
    yield "JSON", json.dumps(canary)[1:-1].encode()
    yield "Python", ascii(canary)[1:-1].encode()
    yield "URL", quote(canary, safe="").encode()
    yield "url in small letters", _small_escapes(quote(canary, safe="")).encode()
    yield "URL with +", quote_plus(canary).encode()
    yield "HTML", canary.encode("ascii", "xmlcharrefreplace")
    yield "reversed", canary[::-1].encode()


def _inner_base64(raw: bytes, shift: int) -> bytes:
    """What stands in a base64 text for these bytes, wherever they begin: the letters that depend on nothing else."""
    letters = base64.b64encode(b"\0" * shift + raw + b"\0\0\0")
    return letters[-(-8 * shift // 6) : 8 * (shift + len(raw)) // 6]


def _small_escapes(text: str) -> str:
    parts = text.split("%")
    return parts[0] + "".join(f"%{part[:2].lower()}{part[2:]}" for part in parts[1:])


def found(cores: Iterable[str], places: dict[str, bytes]) -> list[tuple[str, str, str]]:
    """(core, disguise, place) of every canary that lies anywhere."""
    return [
        (core, form, name)
        for core in cores
        for form, needle in set(disguises(core))
        for name, content in places.items()
        if needle in content
    ]
