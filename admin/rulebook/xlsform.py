"""Who is asked a question, as XLSForm says it (`relevant`), and as our own table says it; both ways.

The documented part of XLSForm's expressions: `${q} = 'o'`, `${q} != 'o'`, `selected(${q}, 'o')`, `and`, `or`, `not(...)` and
brackets. A question knows only "each of these must hold" and "none of these may": `or` works between answers of one
question. Whatever else is said raises CellWrong with a German sentence.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from admin.rulebook.sheet_findings import CellWrong

Asked = dict[str, list[str]]

MOST_LETTERS = 4_000
MOST_DEPTH = 40
_TOKEN = re.compile(
    r"\s*(?:\$\{(?P<question>[^}\s]+)\}|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<word>[\w-]+)|(?P<sign>!=|[=(),]))"
)
_TERM = re.compile(r"(@?[\w-]+)\s*=\s*(.+)")

# -- the way out


def relevant(only: Mapping[str, Sequence[str]], unless: Mapping[str, Sequence[str]], several: Collection[str]) -> str:
    """The expression that holds exactly if the question is asked. `several`: questions with several choices."""
    many = len(only) + len(unless) > 1
    parts = [_any(name, options, several, bracket=many and len(options) > 1) for name, options in only.items()]
    parts += [f"not({_any(name, options, several, bracket=False)})" for name, options in unless.items()]
    return " and ".join(parts)


def _any(name: str, options: Sequence[str], several: Collection[str], *, bracket: bool) -> str:
    form = "selected(${{{}}}, '{}')" if name in several else "${{{}}} = '{}'"
    text = " or ".join(form.format(name, option) for option in options)
    return f"({text})" if bracket else text


def terms(asked: Mapping[str, Sequence[str]]) -> str:
    """`S04_status = p104c, fik104c; S03_age = a18`."""
    return "; ".join(f"{name} = {', '.join(options)}" for name, options in asked.items())


# -- the way back


def from_terms(text: str) -> Asked:
    """What `terms` wrote, or somebody by hand."""
    found: Asked = {}
    for part in re.split(r"[;\n]", text):
        if not part.strip():
            continue
        match = _TERM.fullmatch(part.strip())
        options = [word.strip() for word in match[2].split(",")] if match else []
        if match is None or not all(re.fullmatch(r"[\w-]+", word) for word in options):
            what = f"„{part.strip()}“ verstehe ich nicht."
            raise CellWrong(f"{what} Schreiben Sie zum Beispiel: S04_status = p104c, duldung; S03_age = a18")
        if match[1] in found:
            raise CellWrong(f"„{match[1]}“ steht zweimal da. Nennen Sie alle Antworten hinter einem Gleichheitszeichen.")
        found[match[1]] = list(dict.fromkeys(options))
    return found


@dataclass(frozen=True, slots=True)
class _Is:
    question: str
    option: str


@dataclass(frozen=True, slots=True)
class _Not:
    part: _Node


@dataclass(frozen=True, slots=True)
class _Both:
    word: str
    parts: tuple[_Node, ...]


_Node = _Is | _Not | _Both


def from_relevant(text: str) -> tuple[Asked, Asked]:
    """(all of these must hold, none of these may) of an expression."""
    only: Asked = {}
    unless: Asked = {}
    if not text.strip():
        return only, unless
    for part in _flat(_Parser(text).whole(), "and"):
        turned = False
        while isinstance(part, _Not):
            part, turned = part.part, not turned
        groups: Asked = {}
        for leaf in _flat(part, "or"):
            if not isinstance(leaf, _Is):
                raise CellWrong("„or“ zwischen zusammengesetzten Bedingungen lässt sich nicht abbilden. Teilen Sie die Frage.")
            groups.setdefault(leaf.question, []).append(leaf.option)
        if turned:
            for name, options in groups.items():
                unless[name] = list(dict.fromkeys([*unless.get(name, ()), *options]))
        elif len(groups) > 1:
            names = " und ".join(groups)
            raise CellWrong(f"„or“ geht nur zwischen Antworten einer Frage, nicht zwischen {names}. Teilen Sie die Frage.")
        else:
            ((name, options),) = groups.items()
            if name in only:
                what = f"zwei Bedingungen an {name} zugleich lassen sich nicht abbilden."
                raise CellWrong(f"{what} Verbinden Sie die Antworten mit „or“.")
            only[name] = list(dict.fromkeys(options))
    return only, unless


def _flat(node: _Node, word: str) -> Iterator[_Node]:
    if isinstance(node, _Both) and node.word == word:
        for part in node.parts:
            yield from _flat(part, word)
    else:
        yield node


class _Parser:
    """Recursive descent; the depth is bounded, so that no cell can exhaust the stack."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_LETTERS:
            raise CellWrong(f"der Ausdruck ist länger als {MOST_LETTERS} Zeichen.")
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None:
                raise CellWrong(f"„{text[place:].strip()[:20]}“ gehört nicht zu den unterstützten Ausdrücken.")
            kind = str(found.lastgroup)
            self._tokens.append(("text" if kind in ("single", "double") else kind, str(found[kind])))
            place = found.end()
        self._next = 0
        self._depth = 0

    def whole(self) -> _Node:
        node = self._or()
        if self._next < len(self._tokens):
            raise self._unexpected()
        return node

    def _or(self) -> _Node:
        return self._chain("or", self._and)

    def _and(self) -> _Node:
        return self._chain("and", self._single)

    def _chain(self, word: str, inner) -> _Node:  # type: ignore[no-untyped-def]
        parts = [inner()]
        while self._take("word", word):
            parts.append(inner())
        return parts[0] if len(parts) == 1 else _Both(word, tuple(parts))

    def _single(self) -> _Node:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise CellWrong("der Ausdruck ist zu tief verschachtelt.")
        node = self._one()
        self._depth -= 1
        return node

    def _one(self) -> _Node:
        if self._take("sign", "("):
            node = self._or()
            self._need("sign", ")")
            return node
        if self._take("word", "not"):
            self._need("sign", "(")
            node = self._or()
            self._need("sign", ")")
            return _Not(node)
        if self._take("word", "selected"):
            self._need("sign", "(")
            question = self._need("question")
            self._need("sign", ",")
            option = self._need("text")
            self._need("sign", ")")
            return _Is(question, option)
        question = self._need("question")
        if self._take("sign", "!="):
            return _Not(_Is(question, self._need("text")))
        self._need("sign", "=")
        return _Is(question, self._need("text"))

    def _take(self, kind: str, text: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next] == (kind, text):
            self._next += 1
            return True
        return False

    def _need(self, kind: str, text: str | None = None) -> str:
        if self._next < len(self._tokens):
            found, value = self._tokens[self._next]
            if found == kind and text in (None, value):
                self._next += 1
                return value
        raise self._unexpected()

    def _unexpected(self) -> CellWrong:
        if self._next >= len(self._tokens):
            return CellWrong("der Ausdruck hört mittendrin auf. Fehlt eine Klammer?")
        told = " ".join(value for _, value in self._tokens[max(0, self._next - 2) : self._next + 1])
        return CellWrong(
            f"bei „{told}“ komme ich nicht weiter. Verstanden wird: ${{Frage}} = 'Antwort', selected(${{Frage}}, 'Antwort'), "
            "and, or, not(...)."
        )
