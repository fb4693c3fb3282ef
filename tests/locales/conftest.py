"""The real words of the house, read once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from locales.catalog import Catalog
from locales.sources import Source, german_sources

HOUSE = Path(__file__).parents[2]
DEFINITIONS = HOUSE / "dialogs"
LOCALES = HOUSE / "locales"


@pytest.fixture(scope="session")
def sources() -> Mapping[str, Source]:
    return german_sources(DEFINITIONS)


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.load(LOCALES)


@pytest.fixture
def definitions(tmp_path: Path) -> Path:
    """A small folder of definition files, to be changed by the test."""
    root = tmp_path / "dialogs"
    (root / "questionnaires").mkdir(parents=True)
    (root / "questionnaires" / "klein.toml").write_text(
        '[questionnaire]\nid = "kl"\n[[question]]\nid = "Q1"\ntext = "Wie alt sind Sie?"\nhelp = "Nur ungefähr."\n'
        'why = "Age decides."\noptions = [{ id = "jung", text = "jung" }, { id = "alt", text = "alt" }]\n'
    )
    (root / "texts.toml").write_text(
        '[ui]\nback = "Zurück"\nhello = "Guten Tag, {name}!"\ndays = { one = "{n} Tag", other = "{n} Tage" }\n'
    )
    return root
