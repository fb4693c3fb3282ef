"""What stands otherwise in a changed rules file: block by block and field by field, for the person who shall release it.

It compares the files and not what was understood of them: a field that no rule of today uses is shown as well.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from admin.rulebook.toml_values import toml_value

NEW, GONE, CHANGED = "neu", "entfernt", "geändert"
HEAD: Final = "Kopf der Datei"
KINDS: Final = {
    "rule": "Regel", "topic": "Thema", "also": "Weiterer Dienst", "condition": "Absprache", "params": "Grenzwerte (params)",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """One value before and after; None where it does not stand."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One block: which, what happened to it, and its fields that differ (of a new or removed one: all)."""

    block: str
    what: str
    fields: tuple[Field, ...]


def differences(old: str, new: str) -> tuple[Difference, ...]:
    """Both are texts of rules files that can be read. In the order of the new file; what is gone at the end of its kind."""
    before, after = tomllib.loads(old), tomllib.loads(new)
    found: list[Difference] = []
    one, two = _plain(before), _plain(after)
    found += _block(HEAD, one, two)
    for kind in dict.fromkeys([*after, *before]):
        was, now = before.get(kind), after.get(kind)
        if isinstance(was, dict) or isinstance(now, dict):
            found += _block(KINDS.get(kind, kind), was if isinstance(was, dict) else None, now if isinstance(now, dict) else None)
        elif isinstance(was, list) or isinstance(now, list):
            found += _blocks(KINDS.get(kind, kind), _named(was), _named(now))
    return tuple(found)


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if not isinstance(value, dict | list)}


def _named(value: object) -> dict[str, Mapping[str, Any]]:
    """The blocks of one kind by id, in the order of the file."""
    rows = value if isinstance(value, list) else []
    return {
        str(row.get("id") or f"Nr. {number}") if isinstance(row, dict) else f"Nr. {number}": (
            row if isinstance(row, dict) else {"": row}
        )
        for number, row in enumerate(rows, 1)
    }


def _blocks(kind: str, old: Mapping[str, Mapping[str, Any]], new: Mapping[str, Mapping[str, Any]]) -> Iterator[Difference]:
    """Also what changed its place: of two rules that match, the first decides."""
    places = _moved([id_ for id_ in old if id_ in new], [id_ for id_ in new if id_ in old])
    for id_, block in new.items():
        place = (Field("Platz", *places[id_]),) if id_ in places else ()
        yield from _block(f"{kind} {id_}", old.get(id_), block, place)
    for id_, block in old.items():
        if id_ not in new:
            yield from _block(f"{kind} {id_}", block, None)


def _moved(old: Sequence[str], new: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Where those stood, and stand now, that are not in the same order as the others."""
    same = {
        id_
        for match in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
        for id_ in new[match.b : match.b + match.size]
    }
    return {id_: (_place(old, id_), _place(new, id_)) for id_ in new if id_ not in same}


def _place(ids: Sequence[str], id_: str) -> str:
    index = ids.index(id_)
    return f"nach {ids[index - 1]}" if index else "am Anfang"


def _block(
    name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None, more: tuple[Field, ...] = ()
) -> Iterator[Difference]:
    one, two = old or {}, new or {}
    fields = [
        Field(key, _said(one[key]) if key in one else None, _said(two[key]) if key in two else None)
        for key in dict.fromkeys([*two, *one])
        if key not in one or key not in two or _said(one[key]) != _said(two[key])
    ]
    if fields or more or (old is None) != (new is None):
        yield Difference(name, NEW if old is None else GONE if new is None else CHANGED, (*fields, *more))


def _said(value: object) -> str:
    """A sentence as it is read; anything else as it stands in the file."""
    if isinstance(value, str):
        return value
    try:
        return toml_value(value)
    except (TypeError, ValueError):
        return repr(value)
