"""All definition files of a county into one library. Everything wrong is found in one go: file, line, id and remedy.

Nothing is loaded half: one finding and the whole county is refused.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dialogs.errors import DefinitionError
from dialogs.load_county import load_county
from dialogs.load_invariants import load_invariants
from dialogs.load_questionnaire import load_questionnaire
from dialogs.load_rules import load_book
from dialogs.load_topics import load_topics
from dialogs.load_versions import one_version_each, same_words
from dialogs.release import Release, with_own_words
from dialogs.script import Library, Script
from dialogs.toml_source import Places, Source

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
    county = folder.name
    loaded_county, county_files = load_county(folder, findings, root)
    asked = [
        load_questionnaire(path, root / "cards.toml", county, findings, root)
        for path in sorted((root / "questionnaires").glob("*.toml"))
    ]
    questionnaires = [questionnaire for questionnaire, _ in asked]
    own = sorted(folder.glob("rules*.toml")) if rules is None else list(rules)
    findings += [*same_words(questionnaires), *one_version_each(root, own)]
    asked_somewhere = {question.id for questionnaire in questionnaires for question in questionnaire.questions}
    for unknown in sorted(loaded_county.leaves_out - asked_somewhere):
        findings.append(f"counties/{county}/county.toml:1: leaves_out names {unknown!r}, which is no question. Correct it.")
    books: list[tuple[Path, str | None, dt.date]] = [(path, None, dt.date.min) for path in own]
    books += [(Path(release.name), release.text, release.starts) for release in released]
    scripts: dict[str, Script] = {}
    for questionnaire, questions in asked:
        questionnaire = questionnaire.without(loaded_county.leaves_out)
        for order, (path, text, starts) in enumerate(books, 1 - len(own)):
            book, file = load_book(path, loaded_county, questionnaire, findings, root, text)
            book = replace(book, valid_from=max(book.valid_from, starts))
            invariants, kept = load_invariants(folder / "invariants.toml", loaded_county, questionnaire, book, findings, root)
            version = f"{questionnaire.version}+{book.version}"
            places = _places(questions, file, *county_files, *((kept,) if kept else ()))
            script = Script(
                version, questionnaire, loaded_county, book, max(questionnaire.valid_from, book.valid_from), max(order, 0),
                invariants=invariants, places=places,
            )  # fmt: skip
            # What was released may have come with the files since; then they hold.
            scripts.setdefault(version, script)
    topics = load_topics(root / "topics.toml", questionnaires, findings, root)
    if not scripts and not findings:
        findings.append(f"{folder.name}/rules.toml:1: the county has no rules. Add rules.toml.")
    if findings:
        # A file that several scripts share is read for each of them; what is wrong in it is said once.
        raise DefinitionError(list(dict.fromkeys(findings)))
    return Library(loaded_county, dict(with_own_words(scripts)), topics, root)


def _places(*sources: Source) -> Places:
    kinds = ("question", "rule", "topic", "also", "invariant", "condition", "kommune", "dienst", "traeger", "stelle")
    return {key: place for source in sources for key, place in source.places(*kinds).items()}
