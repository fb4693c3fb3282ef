"""The extraction tool: nothing is lost, nothing old passes as new, nothing is written without need."""

from __future__ import annotations

from pathlib import Path

import polib  # type: ignore[import-untyped]
import pytest

from locales.catalog import Catalog
from locales.extract import main, update
from locales.sources import german_sources
from tests.locales.conftest import DEFINITIONS, LOCALES

PO = Path("ar") / "LC_MESSAGES" / "messages.po"


@pytest.fixture
def root(tmp_path: Path, definitions: Path) -> Path:
    """A language that is wholly translated."""
    root = tmp_path / "locales"
    update(definitions, root, new=["ar"])
    po = polib.pofile(str(root / PO))
    for entry in po:
        if entry.msgid_plural:
            entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, "{n} يوم")
        else:
            entry.msgstr = "مرحبا {name}" if "{name}" in entry.msgid else "مرحبا"
    po.save()
    update(definitions, root)
    return root


def change(definitions: Path, old: str, new: str) -> None:
    path = definitions / "texts.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def entry_of(root: Path, key: str) -> polib.POEntry:
    return next(entry for entry in polib.pofile(str(root / PO)) if entry.msgctxt == key)


def test_the_committed_files_are_up_to_date() -> None:
    assert update(DEFINITIONS, LOCALES, write=False) == []


def test_a_second_run_changes_nothing(root: Path, definitions: Path) -> None:
    before = (root / PO).read_bytes()
    assert update(definitions, root) == []
    assert (root / PO).read_bytes() == before


def test_new_german_comes_in_empty_and_is_a_gap(root: Path, definitions: Path) -> None:
    change(definitions, "[ui]\n", '[ui]\nnext = "Weiter"\n')
    assert update(definitions, root) == ["messages.pot", PO.as_posix()]
    assert entry_of(root, "ui.next").msgstr == ""
    assert len(Catalog.load(root).gaps(german_sources(definitions).values(), "ar")) == 1


def test_changed_german_makes_the_translation_fuzzy_and_keeps_the_first_german(root: Path, definitions: Path) -> None:
    change(definitions, "Zurück", "Einen Schritt zurück")
    update(definitions, root)
    change(definitions, "Einen Schritt zurück", "Noch einmal zurück")
    update(definitions, root)
    entry = entry_of(root, "ui.back")
    assert (entry.fuzzy, entry.msgstr, entry.previous_msgid) == (True, "مرحبا", "Zurück")
    assert entry.msgid == "Noch einmal zurück"
    (gap,) = Catalog.load(root).gaps(german_sources(definitions).values(), "ar")
    assert "ui.back" in gap


def test_german_that_is_gone_is_dropped(root: Path, definitions: Path) -> None:
    change(definitions, 'back = "Zurück"\n', "")
    update(definitions, root)
    assert "ui.back" not in (root / PO).read_text()


def test_a_sentence_that_becomes_a_plural_is_translated_anew(root: Path, definitions: Path) -> None:
    change(definitions, 'back = "Zurück"', 'back = { one = "{n} Schritt", other = "{n} Schritte" }')
    update(definitions, root)
    assert entry_of(root, "ui.back").msgstr_plural == dict.fromkeys(range(6), "")


def test_check_writes_nothing_and_reports(root: Path, definitions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (root / PO).read_bytes()
    change(definitions, "Zurück", "Rückwärts")
    arguments = ["--definitions", str(definitions), "--root", str(root)]
    assert main([*arguments, "--check"]) == 1
    assert (root / PO).read_bytes() == before
    assert "out of date" in capsys.readouterr().out
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
