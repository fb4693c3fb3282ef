"""Reads what stands in `source = "..."`: legal references out of German, and everything else, which is listed, never dropped.

Understood are both orders ("§ 25b Abs. 1 AufenthG", "AufenthG § 25b Abs. 1"), lists and ranges of paragraphs, Absätze and
numbers, remarks in brackets, and a law named once for several parts ("AufenthG § 81 Abs. 4; § 25a"). Within "§§" a number
after an Absatz that is higher than the paragraph is the next paragraph ("§§ 16g, 25 Abs. 5, 25a").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from dialogs.law import Reference, natural

_UNITS = {"§§": "§", "§": "§", "Art.": "Art.", "Artikel": "Art.", "Anlage": "Anlage", "Erwägungsgrund": "Erwägungsgrund"}
_LEVELS = {
    "Absätze": "Abs.", "Absatz": "Abs.", "Abs.": "Abs.", "Sätze": "Satz", "Satz": "Satz", "S.": "Satz",
    "Halbsatz": "Halbs.", "Halbs.": "Halbs.", "Hs.": "Halbs.", "Alternative": "Alt.", "Alt.": "Alt.",
    "Nummer": "Nr.", "Nummern": "Nr.", "Nrn.": "Nr.", "Nr.": "Nr.",
    "Buchstabe": "Buchst.", "Buchst.": "Buchst.", "lit.": "Buchst.",
}  # fmt: skip
_NUMBER = r"\d+[a-z]{0,2}(?![\w./:])"
_RANGE = re.compile(rf"\s*(?:–|-|bis)\s*({_NUMBER})")
_NEXT = re.compile(r"\s*(ff?\.)(?!\w)")
_LETTER = re.compile(r"\s+([a-z])(?!\w)")
_LONGEST_RANGE = 40


@dataclass(frozen=True, slots=True)
class Cited:
    """What a source says. `other`: what is no legal reference we know, word for word."""

    references: tuple[Reference, ...]
    other: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    reference: Reference
    group: int


@dataclass(slots=True)
class _Clause:
    """What has been read between two semicolons. `here`: the reference that "Abs. 2" would go on from."""

    found: list[_Found] = field(default_factory=list)
    here: Reference | None = None
    prefix: str | None = None
    prefix_used: bool = True
    group: int = 0
    plural: bool = False
    comma: bool = False
    beside: bool = False
    whole: list[str] = field(default_factory=list)


class CitationReader:
    """Reads sources for the known laws. `laws`: every name that a source may use, and the short name it stands for."""

    def __init__(self, laws: Mapping[str, str]) -> None:
        self._laws = laws
        names = "|".join(re.escape(name) for name in sorted(laws, key=len, reverse=True)) or r"(?!)"
        units, levels = (
            "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)) for words in (_UNITS, _LEVELS)
        )
        self._token = re.compile(
            rf"(?P<law>(?:{names})(?!\w))|(?P<unit>{units})(?=[\s\d])|(?P<level>{levels})(?=[\s\d])"
            rf"|(?P<number>{_NUMBER})|(?P<end>;)|(?P<comma>,|und\b|sowie\b|i\. ?V\. ?m\.)|(?P<open>\()|(?P<close>\))"
            r"|(?P<word>[^\s,;()]+)"
        )

    def read(self, source: str) -> Cited:
        """Every reference in the order of the source, each once."""
        text = source.replace("\u00a0", " ").replace("\u202f", " ")
        references: list[Reference] = []
        others: list[tuple[int, int]] = []
        inherited: str | None = None
        start = 0
        for piece in text.split(";"):
            found, strange = self._clause(piece, inherited)
            references += found
            others += [(start + first, start + _closed(piece, first, last)) for first, last in strange]
            inherited = next((ref.law for ref in reversed(found)), inherited)
            start += len(piece) + 1
        return Cited(tuple(dict.fromkeys(references)), tuple(text[first:last].strip() for first, last in others))

    def _clause(self, text: str, inherited: str | None) -> tuple[list[Reference], list[tuple[int, int]]]:
        state, others, kept = _Clause(), list[tuple[int, int]](), list[Reference | None]()
        at, running = 0, False
        while at < len(text):
            token = self._token.match(text, at)
            if token is None:
                at += 1
                continue
            end, understood = self._step(state, token, text, kept)
            if understood is None:  # a comma or a bracket: belongs to whatever stands around it
                pass
            elif understood:
                running = False
            elif running:
                others[-1] = (others[-1][0], end)
            else:
                others.append((token.start(), end))
                running = True
            at = end
        law = inherited if state.prefix is None else state.prefix
        missing = [item for item in state.found if not item.reference.law]
        if law is not None:
            for item in missing:
                item.reference = replace(item.reference, law=law)
        elif missing:
            # A paragraph of no law that we know: the whole part is listed, so that somebody looks at it.
            return [item.reference for item in state.found if item.reference.law], [(0, len(text))]
        if not state.prefix_used and state.prefix is not None:
            state.whole.append(state.prefix)
        return [*(Reference(name) for name in state.whole), *(item.reference for item in state.found)], others

    def _step(
        self, state: _Clause, token: re.Match[str], text: str, kept: list[Reference | None]
    ) -> tuple[int, bool | None]:
        """Where to go on, and whether the token was understood (None: it only separates)."""
        kind, word, end = token.lastgroup, token.group(), token.end()
        beside, state.beside = state.beside, False
        if kind == "law":
            self._law(state, self._laws[word], beside)
            return end, True
        if kind == "comma":
            state.comma = True
            return end, None
        if kind == "open":
            kept.append(state.here)
            return end, None
        if kind == "close":
            state.here = kept.pop() if kept else state.here
            state.comma = False
            return end, None
        if kind in ("unit", "level"):
            value = re.compile(rf"\s*({_NUMBER}|[a-z](?!\w))").match(text, end)
            if value is not None and (kind == "unit" or state.here is not None):
                if kind == "unit":
                    state.group += 1
                    state.plural = word == "§§"
                    return self._values(state, text, value.end(), Reference("", _UNITS[word], value[1]), refine=False), True
                return self._values(state, text, value.end(), self._deeper(state, _LEVELS[word], value[1]), refine=True), True
        elif kind == "number" and state.here is not None and state.comma:
            return self._values(state, text, end, self._beside(state, word), refine=False), True
        state.here, state.comma = None, False
        return end, False

    def _law(self, state: _Clause, law: str, beside: bool) -> None:
        if beside:
            # "§ 13 SGB VIII": of what came before without a law, or, if one was named in front, of this paragraph only.
            for item in state.found:
                if not item.reference.law or (state.prefix is not None and item.group == state.group):
                    item.reference = replace(item.reference, law=law)
            state.here = None
            return
        if not state.prefix_used and state.prefix is not None:
            state.whole.append(state.prefix)
        state.prefix, state.prefix_used, state.here = law, False, None

    def _deeper(self, state: _Clause, level: str, value: str) -> Reference:
        """`here` with this level: what stood at it, and further inside, is replaced."""
        assert state.here is not None
        names = [name for name, _ in state.here.levels]
        outer = state.here.levels[: names.index(level)] if level in names else state.here.levels
        return replace(state.here, levels=(*outer, (level, value)))

    def _beside(self, state: _Clause, value: str) -> Reference:
        """The next one of a list: another Absatz, or another paragraph."""
        assert state.here is not None
        here = state.here
        if not here.levels or (state.plural and natural(value) > natural(here.number)):
            return replace(here, number=value, levels=())
        return replace(here, levels=(*here.levels[:-1], (here.levels[-1][0], value)))

    def _values(self, state: _Clause, text: str, end: int, first: Reference, *, refine: bool) -> int:
        """Keep a reference, and what a range, "f." or a bare letter adds to it; gives back where to go on."""
        if refine and not state.comma and state.found:
            state.found.pop()
        if first.levels[-1:] and first.levels[-1][0] == "Nr." and (letter := _LETTER.match(text, end)):
            first, end = replace(first, levels=(*first.levels, ("Buchst.", letter[1]))), letter.end()
        references = [first]
        if upto := _RANGE.match(text, end):
            references += [_with(first, value) for value in _between(_last(first), upto[1])]
            end = upto.end()
        elif (following := _NEXT.match(text, end)) and following[1] == "f." and _last(first).isdigit():
            references.append(_with(first, str(int(_last(first)) + 1)))
            end = following.end()
        law = state.prefix or ""
        state.prefix_used = state.prefix_used or state.prefix is not None
        state.found += [_Found(replace(reference, law=law), state.group) for reference in references]
        state.here, state.comma, state.beside = references[-1], False, True
        return end


def _closed(text: str, first: int, last: int) -> int:
    """The end with the bracket that belongs to it."""
    opened = text.count("(", first, last) > text.count(")", first, last)
    return last + 1 if opened and text[last : last + 1] == ")" else last


def _last(reference: Reference) -> str:
    return reference.levels[-1][1] if reference.levels else reference.number


def _with(reference: Reference, value: str) -> Reference:
    if not reference.levels:
        return replace(reference, number=value)
    return replace(reference, levels=(*reference.levels[:-1], (reference.levels[-1][0], value)))


def _between(first: str, last: str) -> Iterator[str]:
    """What a range names after its first: 1–3 gives 2, 3; 60a–60d gives 60b, 60c, 60d; 67–67c gives 67a, 67b, 67c."""
    (low, from_letter), (high, to_letter) = natural(first), natural(last)
    if low == high and len(to_letter) == 1:
        begin = ord(from_letter) + 1 if len(from_letter) == 1 else ord("a")
        yield from (f"{low}{chr(code)}" for code in range(begin, ord(to_letter) + 1))
        return
    if low < high <= low + _LONGEST_RANGE:
        yield from (str(number) for number in range(low + 1, high))
    yield last
