"""Which of our languages a browser's or a messenger's wish means. A wish only proposes; the person chooses.

Own alias table: Babel's negotiation matches neither `fa-AF`, `prs`, `kmr` nor `sr-latn`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

# Other codes for what we offer, best first. A language that is not offered falls to a near one only where its readers
# read that as well (Dari and Persian; Bosnian, Croatian, Serbian in Latin letters; regional Arabic and the standard).
ALIASES: dict[str, tuple[str, ...]] = {
    "ku": ("kmr",),
    "kmr": ("ku",),
    "prs": ("fa-AF", "fa"),
    "fa-af": ("prs", "fa"),
    "pes": ("fa",),
    "sr": ("sr-Latn",),
    "bs": ("sr-Latn",),
    "hr": ("sr-Latn",),
    "sh": ("sr-Latn",),
    "cnr": ("sr-Latn",),
    "de-si": ("de-simple", "de"),
    **dict.fromkeys(("arb", "ary", "arz", "apc", "acm", "ajp", "ayl"), ("ar",)),
    "pcm": ("en",),
}


def negotiate(accept_language: str | None, offered: Sequence[str]) -> str | None:
    """The best of `offered` for an Accept-Language header or a single code; None if nothing fits (then: ask)."""
    known = {locale.lower(): locale for locale in offered}
    for wish in _wishes(accept_language or ""):
        for candidate in _candidates(wish):
            if candidate.lower() in known:
                return known[candidate.lower()]
    return None


def _wishes(header: str) -> list[str]:
    """The codes in the order of their weight; what can't be read is passed over, never an error."""
    weighted: list[tuple[float, int, str]] = []
    for i, part in enumerate(header[:1000].split(",")):
        code, _, rest = part.strip().partition(";")
        weight = 1.0
        name, _, value = rest.strip().partition("=")
        if name.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                continue
        code = code.strip().lower().replace("_", "-")
        if code and code != "*" and 0 < weight <= 1:
            weighted.append((-weight, i, code))
    return [code for _, _, code in sorted(weighted)]


def _candidates(code: str) -> Iterator[str]:
    """The code itself, its aliases, then the same with the last part cut off: `fa-af-x`, `fa-af`, `fa`."""
    while code:
        yield code
        yield from ALIASES.get(code, ())
        code = code.rpartition("-")[0]
