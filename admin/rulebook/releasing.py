"""The last step of an import: everything is tried in a temporary copy, and only what holds there replaces the files.

All files are replaced or none: each is written beside its target first, and if one can't be moved, the others go back.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from admin.rulebook.findings import of_loader
from admin.rulebook.sheet_findings import Finding
from admin.rulebook.translations import LocaleError, write_translations
from dialogs.check import check
from dialogs.errors import DefinitionError
from dialogs.load import load_library
from dialogs.proof.findings import Finding as Proved
from dialogs.script import Library

DEFINITIONS, CATALOGUES = "dialogs", "locales"
_LOADED = re.compile(r"(?P<file>[^:]+):\d+: (?P<id>[^:]+): .+", re.S)


@dataclass(frozen=True, slots=True)
class Place:
    """Where definitions and catalogues are."""

    definitions: Path
    catalogues: Path

    @classmethod
    def shipped(cls) -> Place:
        """Those of this installation."""
        import locales
        from dialogs.load import ROOT

        return cls(ROOT, Path(locales.__file__).parent)

    @classmethod
    def inside(cls, folder: Path) -> Place:
        return cls(folder / DEFINITIONS, folder / CATALOGUES)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What shall be written: one definition file, by its path below the definitions, and translations.

    `counties`: those that must hold afterwards. `rows`: where the workbook has each id, to say so.
    """

    file: Path
    text: str
    counties: Sequence[str]
    on: dt.date
    pending: Mapping[tuple[str, str], str] = field(default_factory=dict)
    rows: Mapping[str, tuple[str, int]] = field(default_factory=dict)


def release(attempt: Attempt, place: Place, into: Path | None) -> tuple[list[Finding], list[str]]:
    """Try, then write: in place, or a whole copy below `into`. With findings nothing has been written. Raises OSError."""
    with _copy(place) as trial:
        (trial.definitions / attempt.file).write_bytes(attempt.text.encode())
        changed = attempt.text.encode() != (place.definitions / attempt.file).read_bytes()
        findings = _holds(attempt, place, trial) if changed else []
        if findings:
            return findings, []
        notes: list[str] = []
        if changed or attempt.pending:
            try:
                notes = write_translations(trial.definitions, trial.catalogues, attempt.pending)
            except LocaleError as problem:
                return [Finding("", 0, "", f"die Übersetzungen lassen sich so nicht laden: {problem}")], []
        if into is not None:
            for source, name in ((trial.definitions, DEFINITIONS), (trial.catalogues, CATALOGUES)):
                shutil.copytree(source, into / name, dirs_exist_ok=True)
        else:
            replace_all({**_changed(trial.definitions, place.definitions), **_changed(trial.catalogues, place.catalogues)})
        return [], notes


@contextmanager
def _copy(place: Place) -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="wegweiser-sheet-") as folder:
        trial = Place.inside(Path(folder))
        for source, target, endings in (
            (place.definitions, trial.definitions, (".toml",)),
            (place.catalogues, trial.catalogues, (".toml", ".po", ".pot")),
        ):
            for path in source.rglob("*"):
                if path.suffix in endings and path.is_file():
                    copied = target / path.relative_to(source)
                    copied.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, copied)
        yield trial


def _holds(attempt: Attempt, place: Place, trial: Place) -> list[Finding]:
    """What the loader and the checker say of the trial and did not say before."""
    found: dict[Finding, None] = {}
    for county in attempt.counties:
        try:
            library = load_library(county, trial.definitions)
        except DefinitionError as error:
            found |= dict.fromkeys(_loaded(attempt, line) for line in error.findings)
            continue
        proved = check(library, attempt.on)
        known = _known(county, attempt, place) if proved else set()
        found |= {_told(attempt, library, finding): None for finding in proved if _same(finding) not in known}
    return list(found)


def _known(county: str, attempt: Attempt, place: Place) -> set[tuple[str, str, str]]:
    """What was wrong before: it is no reason to refuse a change that has nothing to do with it."""
    try:
        return {_same(finding) for finding in check(load_library(county, place.definitions), attempt.on)}
    except DefinitionError:
        return set()


def _same(finding: Proved) -> tuple[str, str, str]:
    """What makes two findings one: an edit above moves the line, and is not a new fault."""
    return finding.code, finding.file, finding.id


def _told(attempt: Attempt, library: Library, finding: Proved) -> Finding:
    """With the row, if it is about the file that the workbook is of; with the person whom it concerns."""
    what = f"{finding.id}: {finding.what}{finding.days} {finding.remedy}"
    if finding.person is not None:
        what += f" Beispiel: {finding.person.words(library.current(attempt.on))}"
    if finding.file.endswith(attempt.file.name) and finding.id in attempt.rows:
        sheet, row = attempt.rows[finding.id]
        return Finding(sheet, row, "", what)
    return Finding("", 0, "", f"{finding.file}, {what}")


def _loaded(attempt: Attempt, line: str) -> Finding:
    """What the loader says, in German, with the row where it is about one."""
    (problem,) = of_loader((line,))
    match = _LOADED.fullmatch(line)
    if match and match["file"].endswith(attempt.file.name) and match["id"] in attempt.rows:
        sheet, row = attempt.rows[match["id"]]
        return Finding(sheet, row, "", f"{match['id']}: {problem.what}")
    return Finding("", 0, "", f"{line.partition(':')[0]}, {problem.where}: {problem.what}")


def _changed(source: Path, target: Path) -> dict[Path, bytes]:
    found = {}
    for path in sorted(source.rglob("*")):
        if path.is_file():
            there, words = target / path.relative_to(source), path.read_bytes()
            if not there.exists() or there.read_bytes() != words:
                found[there] = words
    return found


def replace_all(files: Mapping[Path, bytes]) -> None:
    """Replace all files or none. Raises OSError."""
    before = {path: path.read_bytes() if path.exists() else None for path in files}
    prepared: dict[Path, Path] = {}
    try:
        for path, words in files.items():
            beside = path.with_name(f".{path.name}.new")
            prepared[path] = beside
            beside.write_bytes(words)
            if path.exists():
                shutil.copymode(path, beside)
        for path, beside in prepared.items():
            beside.replace(path)
    except OSError:
        for path, words_before in before.items():
            if words_before is None:
                path.unlink(missing_ok=True)
            elif path.read_bytes() != words_before:
                path.write_bytes(words_before)
        raise
    finally:
        for beside in prepared.values():
            beside.unlink(missing_ok=True)
