"""All definition files of a county into one library. Everything wrong is found in one go: file, line, id and remedy.

Nothing is loaded half: one finding and the whole county is refused.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path

from dialogs.errors import DefinitionError
from dialogs.load_county import load_county
from dialogs.load_questionnaire import load_questionnaire
from dialogs.load_rules import load_book
from dialogs.script import Library, Script
from dialogs.toml_source import Source

ROOT = Path(__file__).parent


def known_counties(root: Path = ROOT) -> tuple[str, ...]:
    """Every county that has a folder, the one marked `default = true` first."""
    found = sorted(path.parent.name for path in (root / "counties").glob("*/county.toml"))
    return tuple(sorted(found, key=lambda name: not _is_default(root / "counties" / name / "county.toml")))


def _is_default(path: Path) -> bool:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")).get("default") is True
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False


def load_library(county: str, root: Path = ROOT) -> Library:
    """All scripts of one county. Raises DefinitionError with every finding, or LookupError for an unknown county."""
    folder = root / "counties" / county
    known = known_counties(root)
    if county not in known:
        raise LookupError(f"unknown county {county!r}; there are: {', '.join(known)}")
    findings: list[str] = []
    loaded_county = load_county(folder, findings, root)
    scripts: dict[str, Script] = {}
    for path in sorted((root / "questionnaires").glob("*.toml")):
        questionnaire = load_questionnaire(path, root / "cards.toml", county, findings, root)
        head = Source(path, [], root).data.get("questionnaire", {})
        for rules_path in sorted(folder.glob("rules*.toml")):
            book = load_book(rules_path, loaded_county, questionnaire, findings, root)
            rules_from = Source(rules_path, [], root).data.get("valid_from", dt.date.min)
            version = f"{questionnaire.version}+{book.version}"
            starts = max(head.get("valid_from", dt.date.min), rules_from)
            scripts[version] = Script(version, questionnaire, loaded_county, book, starts)
    if not scripts and not findings:
        findings.append(f"{folder.name}/rules.toml:1: the county has no rules. Add rules.toml.")
    if findings:
        raise DefinitionError(findings)
    return Library(loaded_county, scripts)
