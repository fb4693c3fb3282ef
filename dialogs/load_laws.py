"""`laws.toml` into values. Every finding names file, line, id and remedy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dialogs.errors import DefinitionError
from dialogs.law import Change, Law, Laws, Reference
from dialogs.law_citation import CitationReader
from dialogs.toml_source import Source, day_of, text_of


def load_laws(root: Path) -> Laws:
    """The laws that sources may name, and the changes to come. Without the file there are none.

    Raises DefinitionError with every finding.
    """
    path = root / "laws.toml"
    if not path.exists():
        return Laws({})
    findings: list[str] = []
    source = Source(path, findings, root)
    blocks = source.blocks("law")
    laws: dict[str, Law] = {}
    for block in blocks:
        id_ = str(block["id"])
        laws[id_] = Law(id_, text_of(source, block, "name"), tuple(block.get("also", ())), day_of(source, block, "stand"))
    reader = CitationReader(Laws(laws).names)
    for block in blocks:
        law = laws[str(block["id"])]
        if "read" in block:
            read = _references(source, block, reader, f"{law.id} {block['read']}", "read")
            laws[law.id] = replace(law, read=read)
            if law.stand is None:
                source.wrong(law.id, "`read` names paragraphs, but `stand` does not say of which day. Add stand = 2026-08-19.")
    changes = tuple(_change(source, block, reader) for block in source.blocks("change"))
    if findings:
        raise DefinitionError(findings)
    return Laws(laws, changes)


def _change(source: Source, block: Mapping[str, Any], reader: CitationReader) -> Change:
    day = day_of(source, block, "day")
    if "day" not in block:
        source.wrong(str(block["id"]), "`day` is missing. Write the first day of the new law, as day = 2027-07-01.")
    touches = _references(source, block, reader, text_of(source, block, "touches"), "touches")
    text, why = text_of(source, block, "text"), text_of(source, block, "source")
    return Change(str(block["id"]), day or dt.date.max, touches, text, why)


def _references(source: Source, block: Mapping[str, Any], reader: CitationReader, text: str, key: str) -> tuple[Reference, ...]:
    cited = reader.read(text)
    if cited.other or not cited.references:
        shown = ", ".join(cited.other) or text
        source.wrong(str(block["id"]), f"`{key}` can't be read: {shown!r}. Write it as § 25a Abs. 1, 5 AufenthG.")
    return cited.references
