"""Text on its way into and out of a page: what came is cleaned, what goes is escaped, isolates become `<bdi>`."""

from __future__ import annotations

import unicodedata

from markupsafe import Markup, escape

_OPENING = {"\u2066": '<bdi dir="ltr">', "\u2067": '<bdi dir="rtl">', "\u2068": '<bdi dir="auto">'}
_CLOSING = "\u2069"
# Overrides and embeddings turn the order of everything that follows; nobody needs them who has isolates.
_BIDI = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"))
_OVERRIDES = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e"))


def marked_up(text: str) -> Markup:
    """Escaped for HTML; invisible isolates become elements, which browsers keep apart even when one is left open.

    A paragraph sign stays with its number. Control characters are dropped: the page must be sound whatever it is given.
    """
    out: list[str] = []
    depth = 0
    for char in text.replace("§ ", "§\u00a0").translate(_OVERRIDES):
        if char in _OPENING:
            out.append(_OPENING[char])
            depth += 1
        elif char == _CLOSING:
            if depth:
                out.append("</bdi>")
                depth -= 1
        elif char == "\n" or not _is_control(char):
            out.append(str(escape(char)))
    return Markup("".join(out) + "</bdi>" * depth)  # noqa: S704  every character above went through escape()


def cleaned(text: str, *, limit: int) -> str:
    """Typed words without control characters, lone surrogates and direction tricks, cut to `limit` characters."""
    kept = "".join(char for char in text.translate(_BIDI) if char == "\n" or not _is_control(char))
    return unicodedata.normalize("NFC", kept[:limit]).strip()[:limit]


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs")
