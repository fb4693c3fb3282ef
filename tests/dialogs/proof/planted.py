"""Planted faults: each is a small file in corpus/ that says which shipped file is changed how, and what must be found then.

    fault = "..."                  what is wrong, in one sentence
    county = "mettmann"            whose files are loaded; on = 2026-11-21 if the day matters
    [[change]]                     file, and of it: block (the id of the block; the whole file without), nth if it stands
                                   several times; old and new text; or drop = ["keys"]; or remove = true; or
                                   add = "text behind it"
    [[found]]                      code, file, block (whose line is the place), says = "part of the sentence"; person =
                                   { question = answer }: the fewest answers, without = { question = [options] }; from, until
    [[remark]]                     the same, for what is to be known and not to be mended

Nothing else may be found. A `file` that is Python changes our own facts: faults of the one who counts days.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from dialogs import load_rules
from dialogs.answers import to_json
from dialogs.check import examine
from dialogs.errors import DefinitionError
from dialogs.load import ROOT, load_library
from dialogs.proof.findings import Finding
from tests.dialogs.talk import TODAY

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Expected:
    """One finding as the corpus writes it. `line` is worked out from the block in the changed file."""

    code: str
    file: str
    line: int
    says: str
    person: dict[str, Any] | None = None
    without: dict[str, list[str]] = field(default_factory=dict)
    first: dt.date | None = None
    last: dt.date | None = None


class Planted:
    """One fault, written into a copy of the definitions."""

    def __init__(self, path: Path, root: Path) -> None:
        self.said = tomllib.loads(path.read_text(encoding="utf-8"))
        self.county, self.on = str(self.said["county"]), self.said.get("on", TODAY)
        self.root = root
        self._patched: list[tuple[str, str]] = []
        for name in ("questionnaires", f"counties/{self.county}"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "cards.toml", root)
        for change in self.said["change"]:
            self._write(change)

    def _write(self, change: dict[str, Any]) -> None:
        if str(change["file"]).endswith(".py"):
            self._patched.append((change["old"], change["new"]))
            return
        path = self.root / change["file"]
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        start, end = span(text, change["block"], change.get("nth", 1)) if "block" in change else (0, len(text))
        part = text[start:end]
        if change.get("remove"):
            part = ""
        elif "drop" in change:
            lines = part.splitlines(keepends=True)
            part = "".join(line for line in lines if line.partition(" =")[0] not in change["drop"])
        elif "add" in change:
            part = part.rstrip("\n") + "\n\n" + change["add"].strip("\n") + "\n\n"
        else:
            assert part.count(change["old"]) == 1, f"{change['old']!r} stands {part.count(change['old'])} times"
            part = part.replace(change["old"], change["new"])
        path.write_text(text[:start] + part + text[end:], encoding="utf-8")

    def found(self, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Finding], list[Finding]]:
        """Findings and remarks of the whole check, those of loading included."""
        if self._patched:
            monkeypatch.setattr(load_rules, "facts", self._facts().facts)
        try:
            library = load_library(self.county, self.root)
        except DefinitionError as error:
            return [_of_loading(words) for words in error.findings], []
        examined = examine(library, self.on)
        return list(examined.findings), list(examined.remarks)

    def _facts(self) -> ModuleType:
        source = (ROOT / "facts.py").read_text(encoding="utf-8")
        for old, new in self._patched:
            assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in facts.py"
            source = source.replace(old, new)
        # With the name of the real one: its dataclass looks itself up there.
        changed = ModuleType(load_rules.facts.__module__)
        exec(compile(source, "facts_changed.py", "exec"), changed.__dict__)
        return changed

    def expected(self, kind: str) -> list[Expected]:
        found = []
        for entry in self.said.get(kind, ()):
            line = self._line(entry) if "block" in entry else int(entry.get("line", 1))
            found.append(
                Expected(
                    entry["code"], entry["file"], line, entry.get("says", ""), entry.get("person"), entry.get("without", {}),
                    entry.get("from"), entry.get("until"),
                )
            )  # fmt: skip
        return found

    def _line(self, entry: dict[str, Any]) -> int:
        text = (self.root / entry["file"]).read_text(encoding="utf-8")
        return text.count("\n", 0, _named(text, entry["block"], entry.get("nth", 1)).start()) + 1


def _named(text: str, block: str, nth: int) -> re.Match[str]:
    found = list(re.finditer(rf'^id = "{re.escape(block)}"$', text, re.MULTILINE))
    assert len(found) >= nth, f"no block {block}"
    return found[nth - 1]


def span(text: str, block: str, nth: int = 1) -> tuple[int, int]:
    """From the header of this block to that of the next."""
    named = _named(text, block, nth)
    start = text.rfind("\n[[", 0, named.start()) + 1
    following = text.find("\n[[", named.end())
    return start, following + 1 if following >= 0 else len(text)


def _of_loading(words: str) -> Finding:
    file, line, what = words.split(":", 2)
    return Finding("definition", file, int(line), "", what.strip(), "")


def as_written(finding: Finding) -> Expected:
    """A finding as the corpus would write it, for comparing and for showing what is missing there."""
    person = finding.person
    needed = {key: to_json(value) for key, value in person.needed.items()} if person else None
    without = {key: list(options) for key, options in person.not_chosen.items()} if person else {}
    return Expected(finding.code, finding.file, finding.line, finding.what, needed, without, finding.first, finding.last)
