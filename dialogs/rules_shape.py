"""Whether a rules file has the shape that the loader expects, before it is read: a file may come from anybody's hands.

Only what the loader would stumble over is looked at here; what the values mean is the loader's business.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

from dialogs.toml_source import Source

BLOCKS: Final = ("rule", "topic", "also", "condition")
_WORDS: Final = "text in quotes"
_DAY: Final = "a day, as 2027-01-31, without quotes"
_YES: Final = "true or false"
# What each key of a block must be, where it stands at all.
KEYS: Final[Mapping[str, tuple[type, str]]] = {
    "id": (str, _WORDS), "to": (str, _WORDS), "because": (str, _WORDS), "source": (str, _WORDS), "mode": (str, _WORDS),
    "flag": (str, _WORDS), "condition": (str, _WORDS), "need": (str, _WORDS), "card": (str, _WORDS), "section": (str, _WORDS),
    "over_because": (str, _WORDS), "text": (str, _WORDS), "confirm": (str, _WORDS),
    "mark": (str, _WORDS), "agreed": (str, _WORDS), "valid_from": (dt.date, _DAY),
    "valid_until": (dt.date, _DAY), "urgent": (bool, _YES), "at_once": (bool, _YES), "asks_date": (bool, _YES),
    "when": (dict, "a table, as { jung = true }"), "over": (list, 'a list, as ["M11"]'),
}  # fmt: skip


def well_shaped(source: Source) -> bool:
    """True if the loader can read it. Otherwise every finding is noted at the source."""
    before = len(source.findings)
    source.findings.extend(_problems(source))
    return len(source.findings) == before


def _problems(source: Source) -> Iterator[str]:
    data = source.data
    if not data:
        return
    version = data.get("version")
    if not isinstance(version, str) or not version.strip() or not version.isprintable() or len(version) > 60:
        yield f'{source.name}:1: the file has no version. Write version = "...", a name that no earlier file has.'
    if "valid_from" in data and type(data["valid_from"]) is not dt.date:
        yield f"{source.name}:1: valid_from must be {_DAY}."
    params = data.get("params", {})
    if not isinstance(params, dict):
        yield f"{source.name}:1: [params] must be a table."
    else:
        for name, value in params.items():
            if type(value) is not int or not 0 <= value <= 10_000:
                yield f"{source.name}:1: [params] {name} must be a whole number from 0 to 10000."
    for kind in BLOCKS:
        blocks = data.get(kind, [])
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            yield f"{source.name}:1: {kind} must be written as [[{kind}]] blocks."
            continue
        for number, block in enumerate(blocks, 1):
            yield from _of_block(source, kind, number, block)


def _of_block(source: Source, kind: str, number: int, block: Mapping[str, Any]) -> Iterator[str]:
    id_ = block["id"] if isinstance(block.get("id"), str) and block["id"].isprintable() else f"{kind}-{number}"
    for key, (wanted, described) in KEYS.items():
        if key not in block or (kind == "condition" and key == "condition"):
            continue
        value = block[key]
        if not isinstance(value, wanted) or (wanted is dt.date and isinstance(value, dt.datetime)):
            yield f"{source.at(id_)}: `{key}` must be {described}."
    if kind == "topic" and not block.get("need"):
        yield f'{source.at(id_)}: a [[topic]] has no need. Write need = "...", an option of the question about needs.'
    when = block.get("when", {})
    for name, value in when.items() if isinstance(when, dict) else ():
        for one in value if isinstance(value, list) else [value]:
            if not isinstance(one, str | bool):
                yield f"{source.at(id_)}: when: {name} must be true, false or a list of option ids in quotes."
                break
    because = block.get("because")
    if isinstance(because, str) and ("{" in because or "}" in because):
        yield f"{source.at(id_)}: `because` has a brace. Nothing is filled in here; leave { '{ and }' } out."
