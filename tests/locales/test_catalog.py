"""The catalogue: looking up, filling in, choosing the plural form, and refusing what is not exactly right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from locales.catalog import Catalog
from locales.direction import FSI, LRI, PDI
from locales.errors import CatalogProblem, MissingTranslation, MissingValue
from locales.plurals import plural_rule
from locales.sources import Source
from tests.locales.conftest import HOUSE

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: {rule}\\n"\n'
DAYS = Source("ui.days", "{n} Tag", "{n} Tage")


def catalog_of(root: Path, locale: str, *entries: str) -> Catalog:
    folder = root / locale.replace("-", "_") / "LC_MESSAGES"
    folder.mkdir(parents=True)
    text = "\n".join((HEAD.format(rule=plural_rule(locale).header), *entries))
    (folder / "messages.po").write_text(text, encoding="utf-8")
    return Catalog.load(root)


def entry(key: str, german: str, text: str, flag: str = "") -> str:
    return f'{flag}msgctxt "{key}"\nmsgid "{german}"\nmsgstr "{text}"\n'


def test_german_is_its_own_source(tmp_path: Path) -> None:
    catalog = Catalog.load(tmp_path)
    assert catalog.text("ui.hello", "Guten Tag, {name}!", "de", name="Amal") == "Guten Tag, Amal!"
    assert catalog.text("ui.days", DAYS, "de", 1) == "1 Tag"
    assert catalog.text("ui.days", DAYS, "de", 2) == "2 Tage"
    assert not catalog.is_draft("ui.hello", "de")


def test_a_translation_is_found_by_its_id_not_by_its_german(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path, "en", entry("a", "Ort", "Place"), entry("b", "Ort", "Town"))
    assert catalog.text("a", "Ort", "en") == "Place"
    assert catalog.text("b", "Ort", "en") == "Town"


@pytest.mark.parametrize(
    ("key", "german", "locale", "why"),
    [
        ("x", "Ort", "en", "not in the catalogue"),
        ("empty", "Ort", "en", "not translated"),
        ("a", "Stadt", "en", "another German sentence"),
        ("f", "Ort", "en", "fuzzy"),
        ("a", "Ort", "fr", "no catalogue"),
    ],
)
def test_german_is_never_shown_in_place_of_a_translation(key: str, german: str, locale: str, why: str, tmp_path: Path) -> None:
    catalog = catalog_of(
        tmp_path, "en",
        entry("a", "Ort", "Place"), entry("empty", "Ort", ""), entry("f", "Ort", "Spot", "#, fuzzy\n"),
    )  # fmt: skip
    with pytest.raises(MissingTranslation, match=why) as caught:
        catalog.text(key, german, locale)
    assert (caught.value.key, caught.value.locale) == (key, locale)


def test_arabic_has_six_forms_and_each_number_finds_its_own(tmp_path: Path) -> None:
    forms = "\n".join(f'msgstr[{i}] "form{i} {{n}}"' for i in range(6))
    catalog = catalog_of(tmp_path, "ar", f'msgctxt "ui.days"\nmsgid "{{n}} Tag"\nmsgid_plural "{{n}} Tage"\n{forms}\n')
    for n, form in [(0, 0), (1, 1), (2, 2), (3, 3), (10, 3), (11, 4), (99, 4), (100, 5), (102, 5), (103, 3), (111, 4)]:
        assert f"form{form}" in catalog.text("ui.days", DAYS, "ar", n)


def test_a_language_with_too_few_forms_does_not_start(tmp_path: Path) -> None:
    short = 'msgctxt "ui.days"\nmsgid "{n} Tag"\nmsgid_plural "{n} Tage"\nmsgstr[0] "a"\nmsgstr[1] "b"\n'
    root = tmp_path / "ar" / "LC_MESSAGES"
    root.mkdir(parents=True)
    (root / "messages.po").write_text(HEAD.format(rule="nplurals=2; plural=(n != 1);") + short, encoding="utf-8")
    with pytest.raises(CatalogProblem, match=r"ui\.days.*6 plural forms"):
        Catalog.load(tmp_path)


def test_values_in_right_to_left_text_are_isolated(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path, "ar", entry("r", "Wo? {stelle}", "أين؟ {stelle}"))
    assert catalog.text("r", "Wo? {stelle}", "ar", stelle="MBE (Velbert)") == f"أين؟ {FSI}MBE (Velbert){PDI}"


def test_an_arabic_value_in_a_german_sentence_is_isolated_and_a_german_one_is_not(tmp_path: Path) -> None:
    catalog = Catalog.load(tmp_path)
    assert catalog.text("x", "Ort: {ort}.", "de", ort="فلبرت") == f"Ort: {FSI}فلبرت{PDI}."
    assert catalog.text("x", "Ort: {ort}.", "de", ort="Wülfrath") == "Ort: Wülfrath."


def test_paragraphs_in_right_to_left_text_are_isolated_once(tmp_path: Path) -> None:
    catalog = catalog_of(tmp_path, "ar", entry("p", "§ 25a {x}", "المادة § 25a، {x}"))
    assert catalog.text("p", "§ 25a {x}", "ar", x="§ 25b") == f"المادة {LRI}§ 25a{PDI}، {FSI}§ 25b{PDI}"


def test_a_value_that_is_not_given_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingValue, match=r"\{name\}"):
        Catalog.load(tmp_path).text("x", "Guten Tag, {name}!", "de")


def test_a_value_with_braces_stays_as_it_is(tmp_path: Path) -> None:
    assert Catalog.load(tmp_path).text("x", "{a}", "de", a="{b} {0}") == "{b} {0}"


@pytest.mark.parametrize("strange", ["{name.__class__}", "{name[0]}", "{name:>99999}", "{name!r}", "{}", "{other}", "{"])
def test_a_translation_with_strange_placeholders_stops_the_start(strange: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogProblem, match="en: k:"):
        catalog_of(tmp_path, "en", entry("k", "Hallo {name}", f"Hello {strange}"))


def test_a_language_without_a_plural_rule_is_not_guessed(tmp_path: Path) -> None:
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(HEAD, encoding="utf-8")
    with pytest.raises(CatalogProblem, match="xx: no plural rule"):
        Catalog.load(tmp_path)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogProblem, match="of en"):
        catalog_of(tmp_path, "en", 'msgctxt "a"\nmsgid "b"\nmsgstr "c"\ngarbage\n')


def test_an_id_that_stands_twice_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(CatalogProblem, match="a stands twice"):
        catalog_of(tmp_path, "en", entry("a", "Ort", "Place"), entry("a", "Stadt", "Town"))


def test_german_is_looked_up_without_loading_babel() -> None:
    code = "import sys, locales.sources; sys.exit(any(name.split('.')[0] == 'babel' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=HOUSE, check=False).returncode == 0
