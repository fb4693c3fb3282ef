"""A county's invariants out of TOML (`invariants.toml`): what every decision must keep. The file may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dialogs.county import County
from dialogs.invariant import Demand, Invariant
from dialogs.load_conditions import conditions_of, dienst_list, when_of
from dialogs.model import Questionnaire
from dialogs.routing import RuleBook
from dialogs.toml_source import Source, dates_of, text_of

KEYS = frozenset({"text", "when", "unless", *Demand})
MODES = ("referral", "info_only")


def load_invariants(
    path: Path, county: County, questionnaire: Questionnaire, book: RuleBook, findings: list[str], root: Path
) -> tuple[tuple[Invariant, ...], Source | None]:
    """All invariants of a county, in the terms of one rule book, and the file they are from."""
    if not path.exists():
        return (), None
    source = Source(path, findings, root)
    source.known_tables({"version", "invariant"})
    blocks = source.blocks("invariant", KEYS)
    return tuple(_invariant(source, block, county, questionnaire, book) for block in blocks), source


def _invariant(
    source: Source, block: Mapping[str, Any], county: County, questionnaire: Questionnaire, book: RuleBook
) -> Invariant:
    id_ = str(block["id"])
    first, last = dates_of(source, block)
    demands = [demand for demand in Demand if demand in block]
    if len(demands) != 1:
        source.wrong(id_, f"must demand exactly one of {', '.join(Demand)}; it demands {', '.join(demands) or 'nothing'}.")
    demand = demands[0] if demands else Demand.URGENT
    wanted: tuple[str, ...] = ()
    if demand is Demand.URGENT and demands and block["urgent"] is not True:
        source.wrong(id_, "`urgent` can only be demanded as urgent = true.")
    elif demand is Demand.MODE:
        wanted = (str(block["mode"]),)
        if block["mode"] not in MODES:
            source.wrong(id_, f"`mode` {block['mode']!r} is none of {', '.join(MODES)}.")
    elif demand is not Demand.URGENT:
        wanted = dienst_list(source, block, demand, county)

    def people(key: str) -> Any:
        when = when_of(source, id_, block.get(key, {}), key)
        return conditions_of(source, id_, when, book.facts, questionnaire, county)

    return Invariant(
        id=id_, text=text_of(source, block, "text"), when=people("when"),
        unless=people("unless") if block.get("unless") else None,
        demand=demand, wanted=wanted, source=text_of(source, block, "source"), valid_from=first, valid_until=last,
    )  # fmt: skip
