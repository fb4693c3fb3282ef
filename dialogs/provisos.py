"""Soft rules: a referral that may be accepted only after something has been agreed, as two offices arranged it.

Which condition a rule carries stands in the county's rules; here is what it means and what the dashboard asks for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dialogs.toml_source import Source, dates_of, text_of


@dataclass(frozen=True, slots=True)
class Proviso:
    """One condition of `rules.toml`, in German for the staff.

    `confirm`: what the case manager ticks before she can accept; empty: nothing to confirm, only to know.
    `asks_date`: she also says on which day. `mark`: a short word for the inbox. `agreed`: how the history calls it.
    """

    id: str
    text: str
    mark: str = ""
    confirm: str = ""
    agreed: str = ""
    asks_date: bool = False
    source: str = ""
    valid_from: dt.date = dt.date.min
    valid_until: dt.date | None = None


def read_provisos(source: Source) -> dict[str, Proviso]:
    """The [[condition]] blocks of a rules file. What is wrong is added to the source's findings."""
    found: dict[str, Proviso] = {}
    for block in source.blocks("condition"):
        id_ = str(block["id"])
        first, last = dates_of(source, block)
        confirm = text_of(source, block, "confirm", needed=False)
        if confirm and not text_of(source, block, "agreed", needed=False):
            source.wrong(id_, "asks for a confirmation and has no `agreed` for the history. Write agreed = \"...\".")
        if block.get("asks_date") and not confirm:
            source.wrong(id_, "asks for a day and has nothing to confirm. Add confirm = \"...\" or remove asks_date.")
        found[id_] = Proviso(
            id_, text_of(source, block, "text"), text_of(source, block, "mark", needed=False), confirm,
            text_of(source, block, "agreed", needed=False), bool(block.get("asks_date", False)),
            text_of(source, block, "source"), first, last,
        )  # fmt: skip
    return found
