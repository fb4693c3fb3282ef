"""Write into the planted faults what is found in them now, after the shipped rules were changed on purpose.

    .venv/bin/python -m tests.dialogs.proof.expect [NAME ...]

Everything from the first [[found]] on is written anew. The difference must be read before it is committed: a fault that
is no longer found, or a place or a person that no longer fits, is what these files are there to show.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialogs.check import examine
from dialogs.load import load_library
from dialogs.proof.findings import Finding
from tests.dialogs.proof.planted import CORPUS, Planted, as_written

# The part of a sentence that tells this finding from another of its code at the same place.
TELLING = (
    r"und \w+ \(\w+\) passen", r"over nennt \w+,", r"Thema „\w+“", r"aber \w+ steht davor",
    r"Grenze .* zwischen .* und .* ändert", r"Antwort „\w+“", r"Name „.*“", r"\d+ Fragen gefragt", r"Stelle für: .*\.",
)  # fmt: skip


def main(names: list[str]) -> None:
    for path in sorted(CORPUS.glob("*.toml")):
        if not names or path.stem in names:
            head = re.split(r"^\[\[(?:found|remark)\]\]", path.read_text(encoding="utf-8"), maxsplit=1, flags=re.MULTILINE)[0]
            path.write_text(head.rstrip("\n") + "\n\n" + "\n".join(_found(path)).rstrip("\n") + "\n", encoding="utf-8")


def _found(path: Path) -> Iterator[str]:
    patch = pytest.MonkeyPatch()
    with tempfile.TemporaryDirectory() as folder:
        planted = Planted(path, Path(folder))
        findings, remarks = planted.found(patch)
        patch.undo()
        usual = {(remark.code, remark.id) for remark in examine(load_library(planted.county), planted.on).remarks}
        new = [remark for remark in remarks if (remark.code, remark.id) not in usual]
        for kind, some in (("found", findings), ("remark", new)):
            for finding in sorted(some, key=lambda one: (one.file, one.line, one.code, one.what)):
                yield f"[[{kind}]]"
                yield from _lines(finding, planted.root / finding.file)
                yield ""


def _lines(finding: Finding, file: Path) -> Iterator[str]:
    written = as_written(finding)
    yield f"code = {_toml(written.code)}"
    yield f"file = {_toml(written.file)}"
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    named = re.fullmatch(r'id = "(.*)"', lines[written.line - 1]) if lines else None
    if named:
        yield f"block = {_toml(named[1])}"
        if (nth := lines[: written.line].count(named[0])) > 1:
            yield f"nth = {nth}"
    elif written.line > 1:
        yield f"line = {written.line}"
    said = _said(finding)
    if said:
        yield f"says = {_toml(said)}"
    if written.person is not None:
        yield f"person = {_toml(written.person)}"
    if written.without:
        yield f"without = {_toml(written.without)}"
    for key, day in (("from", written.first), ("until", written.last)):
        if day is not None:
            yield f"{key} = {_toml(day)}"


def _said(finding: Finding) -> str:
    if finding.code == "definition":
        whole = re.sub(r"^\S+: ", "", finding.what)
        return re.split(r" Did you mean|(?<=[a-z)'\"])\. [A-Z]", whole)[0]
    found = next((match for pattern in TELLING if (match := re.search(pattern, finding.what))), None)
    return found[0] if found else ""


def _toml(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}'" if '"' in value else json.dumps(value, ensure_ascii=False)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items()) + " }" if value else "{}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name) else _toml(name)


if __name__ == "__main__":
    main(sys.argv[1:])
