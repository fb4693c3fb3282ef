"""All definition files of a county into one library. Everything wrong is found in one go: file, line, id and remedy.

Nothing is loaded half: one finding and the whole county is refused.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Sequence
from pathlib import Path

from dialogs.errors import DefinitionError
from dialogs.load_county import load_county
from dialogs.load_questionnaire import load_questionnaire
from dialogs.load_rules import load_book
from dialogs.release import Release, with_own_words
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


def load_library(county: str, root: Path = ROOT, released: Sequence[Release] = ()) -> Library:
    """All scripts of one county: its files, and what was `released` since, in that order.

    Raises DefinitionError with every finding, or LookupError for an unknown county.
    """
    folder = root / "counties" / county
    known = known_counties(root)
    if county not in known:
        raise LookupError(f"unknown county {county!r}; there are: {', '.join(known)}")
    return load_folder(folder, root, released=released)


def load_folder(
    folder: Path, root: Path = ROOT, *, rules: Sequence[Path] | None = None, released: Sequence[Release] = ()
) -> Library:
    """A county's folder, wherever it is. `rules`: these rule files instead of the folder's own."""
    findings: list[str] = []
    county = load_county(folder, findings, root)
    scripts: dict[str, Script] = {}
    own = [(path, None, dt.date.min) for path in (sorted(folder.glob("rules*.toml")) if rules is None else rules)]
    later = [(Path(release.name), release.text, release.starts) for release in released]
    for path in sorted((root / "questionnaires").glob("*.toml")):
        questionnaire = load_questionnaire(path, root / "cards.toml", folder.name, findings, root)
        head = Source(path, [], root).data.get("questionnaire", {})
        for order, (rules_path, text, starts) in enumerate((*own, *later), 1 - len(own)):
            book = load_book(rules_path, county, questionnaire, findings, root, text)
            rules_from = Source(rules_path, [], root, text).data.get("valid_from")
            if type(rules_from) is not dt.date:
                rules_from = dt.date.min  # left out; anything else is a finding already
            version = f"{questionnaire.version}+{book.version}"
            if version in scripts:
                if text is None:
                    findings.append(f"{rules_path.name}:1: the version {book.version!r} exists already. Write a new one.")
                continue  # a release that has come with the files since
            begins = max(head.get("valid_from", dt.date.min), rules_from, starts)
            scripts[version] = Script(version, questionnaire, county, book, begins, order=max(order, 0))
    if not scripts and not findings:
        findings.append(f"{folder.name}/rules.toml:1: the county has no rules. Add rules.toml.")
    if findings:
        raise DefinitionError(findings)
    return Library(county, dict(with_own_words(scripts)))
