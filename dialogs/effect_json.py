"""Shown effects to JSON and back: the form in which they wait in the outbox."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from dialogs import effects as ef

_KINDS: dict[str, type] = {
    kind.__name__.lower(): kind
    for kind in (
        ef.Ask, ef.ShowSummary, ef.ShowResult, ef.ShowChecklist, ef.ShowEnd, ef.ShowPaused, ef.ShowPreview, ef.ShowCards,
        ef.ShowData, ef.ChooseLanguage, ef.ConfirmDelete, ef.Say, ef.TellStatus,
    )
}  # fmt: skip


# Looked up once: every message of every conversation passes here.
_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(field.name for field in dataclasses.fields(kind)) for kind in (*_KINDS.values(), ef.Text, ef.Choice)
}


def effect_to_json(effect: ef.Shown) -> dict[str, object]:
    """`{"effect": "ask", ...}` with plain JSON values."""
    raw = {name: _plain(getattr(effect, name)) for name in _FIELDS[type(effect)]}
    return {"effect": type(effect).__name__.lower(), **raw}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, int)):
        return value
    if isinstance(value, (ef.Text, ef.Choice)):
        return {name: _plain(getattr(value, name)) for name in _FIELDS[type(value)]}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def effect_from_json(raw: Mapping[str, Any]) -> ef.Shown:
    """The effect again; raises KeyError or TypeError for anything else. Unknown fields of a newer program are left out."""
    kind = _KINDS[str(raw["effect"])]
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        if field.name not in raw:
            continue
        value = raw[field.name]
        if field.name in ("note", "text") and isinstance(value, Mapping):
            value = ef.Text(value["key"], value.get("params", {}))
        elif field.name == "dates":
            value = tuple(ef.Text(item["key"], item.get("params", {})) for item in value)
        elif field.name == "choices":
            value = tuple(ef.Choice(item["id"], item["selected"]) for item in value)
        elif field.name in ("rows", "consents"):
            value = tuple((row[0], row[1]) for row in value)
        elif field.name == "lines":
            value = tuple((line[0], line[1], line[2], line[3]) for line in value)
        elif isinstance(value, list):
            value = tuple(value)
        values[field.name] = value
    shown: ef.Shown = kind(**values)
    return shown
