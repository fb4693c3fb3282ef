"""A sentence with `{placeholders}`, parsed once and filled many times.

Only plain names are placeholders: a translation can't reach into objects (`{x.__class__}`) or format (`{x:>999}`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

from locales.direction import has_rtl, isolate, isolate_latin
from locales.errors import CatalogProblem, MissingValue


@dataclass(frozen=True, slots=True)
class Template:
    """`parts` are (words, name of the placeholder behind them or None)."""

    parts: tuple[tuple[str, str | None], ...]
    rtl: bool

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(name for _, name in self.parts if name is not None)

    def fill(self, params: Mapping[str, object]) -> str:
        """The sentence with its values; a value of the other direction is isolated. Raises MissingValue."""
        out: list[str] = []
        for words, name in self.parts:
            out.append(words)
            if name is None:
                continue
            if name not in params:
                raise MissingValue(name)
            value = str(params[name])
            out.append(isolate(value) if self.rtl or has_rtl(value) else value)
        return "".join(out)


@lru_cache(maxsize=8192)
def template(text: str, *, rtl: bool) -> Template:
    """Parse a sentence. Raises CatalogProblem for anything but plain `{names}`."""
    parts: list[tuple[str, str | None]] = []
    try:
        for words, name, form, conversion in Formatter().parse(text):
            if name is not None and (not name.isidentifier() or form or conversion):
                raise CatalogProblem(f"only plain names may stand in braces, not {{{name}}}")
            parts.append((isolate_latin(words) if rtl else words, name))
    except ValueError as problem:
        raise CatalogProblem(f"braces do not match: {problem}") from None
    return Template(tuple(parts), rtl)
