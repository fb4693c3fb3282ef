"""Every German sentence in every language: there, whole, short enough, and free of words that must not be said."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import polib  # type: ignore[import-untyped]
import pytest

from locales.catalog import Catalog
from locales.direction import FSI, LRI, OPENERS, PDI, isolate_latin
from locales.errors import MissingTranslation
from locales.plurals import plural_rule
from locales.review import Reviews
from locales.sources import Source
from locales.template import template
from tests.locales.conftest import LOCALES

LANGUAGES = sorted(path.parent.parent.name.replace("_", "-") for path in LOCALES.glob("*/LC_MESSAGES/messages.po"))
BUTTON, MESSAGE = 64, 3500

# German sentences that are longer than a button should be. They are the offices' words; no new one may join them.
LONG_GERMAN_BUTTONS = {
    "scr.S01_safety.exploit",
    "scr.S01_safety.removal",
    "scr.S07_identity.other_docs",
    "scr.S16_kind.barrier",
}

# The same in both languages, and rightly so.
SAME = {
    "en": {"web.title", "month.m04", "month.m08", "month.m09", "month.m11"},
    "ar": {"web.title"},
}

# `domain.md` C.19: no promise of a title, no word that makes a person unlawful.
FORBIDDEN = {
    "de": [r"\billegal", r"Ausländer ohne Papiere", r"Sie bekommen (sicher|garantiert|die Aufenthaltserlaubnis)"],
    "en": [r"\billegal", r"undocumented", r"without papers", r"\balien", r"you will (get|receive) (a|the|your)\b"],
    "ar": [r"غير قانوني", r"غير شرعي", r"بلا أوراق", r"(من )?دون أوراق", r"ستحصلون على"],
}  # fmt: skip

FORBIDDEN_EVERYWHERE = [r"https?://t\.me", r"\$\{", r"%\(", r"TODO", r"XXX"]


def shown(catalog: Catalog, source: Source, locale: str) -> Iterator[str]:
    """All forms of a sentence, as a person would see them, with names in place of values."""
    counts = plural_rule(locale).examples if source.plural is not None else (None,)
    names = template(f"{source.text} {source.plural or ''}", rtl=False).placeholders
    for n in counts:
        yield catalog.text(source.key, source, locale, n, **dict.fromkeys(names - {"n"}, "Müller"))


def test_at_least_english_and_arabic_are_there() -> None:
    assert {"en", "ar"} <= set(LANGUAGES)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_no_sentence_is_missing_empty_fuzzy_or_made_from_older_german(
    locale: str, catalog: Catalog, sources: Mapping[str, Source]
) -> None:
    assert catalog.gaps(sources.values(), locale) == ()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_no_translation_is_left_over(locale: str, catalog: Catalog, sources: Mapping[str, Source]) -> None:
    assert set(catalog.messages(locale)) - set(sources) == set()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_no_sentence_is_just_the_german_one(locale: str, catalog: Catalog) -> None:
    same = {key for key, message in catalog.messages(locale).items() if any(form in message.german for form in message.forms)}
    assert same - SAME.get(locale, set()) == set()


@pytest.mark.parametrize("locale", LANGUAGES)
def test_the_same_placeholders_stand_in_every_form(locale: str, catalog: Catalog) -> None:
    for key, message in catalog.messages(locale).items():
        wanted = template(message.german[-1], rtl=False).placeholders
        for form in message.forms:
            assert template(form, rtl=False).placeholders == wanted, key


@pytest.mark.parametrize("locale", LANGUAGES)
def test_plural_sentences_have_all_forms(locale: str, catalog: Catalog, sources: Mapping[str, Source]) -> None:
    plurals = [source.key for source in sources.values() if source.plural is not None]
    assert plurals
    for key in plurals:
        forms = catalog.messages(locale)[key].forms
        assert len(forms) == plural_rule(locale).forms, key
        assert all(forms), key


@pytest.mark.parametrize("locale", ["de", *LANGUAGES])
def test_buttons_and_messages_are_short_enough(locale: str, catalog: Catalog, sources: Mapping[str, Source]) -> None:
    too_long = set()
    for source in sources.values():
        for text in shown(catalog, source, locale):
            bare = text.translate(dict.fromkeys(map(ord, (*OPENERS, PDI))))
            limit = BUTTON if source.is_button else MESSAGE
            if len(bare) > limit or len(text.encode("utf-16-le")) // 2 > MESSAGE:
                too_long.add(source.key)
    assert too_long == (LONG_GERMAN_BUTTONS if locale == "de" else set())


@pytest.mark.parametrize("locale", ["de", *LANGUAGES])
def test_forbidden_words_are_not_said(locale: str, catalog: Catalog, sources: Mapping[str, Source]) -> None:
    pattern = re.compile("|".join(FORBIDDEN.get(locale, []) + FORBIDDEN_EVERYWHERE), re.IGNORECASE)
    said = {
        source.key: found.group()
        for source in sources.values()
        for text in shown(catalog, source, locale)
        if (found := pattern.search(text))
    }
    assert said == {}


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_paragraph_number_of_the_german_stands_in_the_translation(locale: str, catalog: Catalog) -> None:
    for key, message in catalog.messages(locale).items():
        for number in set(re.findall(r"§ ?(\d+[a-z]?)", message.german[0])):
            assert re.search(rf"§ ?{number}\b", message.forms[0]), f"{key}: § {number}"


@pytest.mark.parametrize("locale", LANGUAGES)
def test_every_number_of_the_german_stands_in_the_translation(locale: str, catalog: Catalog) -> None:
    """Dates, deadlines, ages, telephone numbers: in Western digits, as on the paper. Words may replace only ordinals."""
    for key, message in catalog.messages(locale).items():
        german = re.sub(r"\d+\. (?=Geburtstag)", "", message.german[0])
        wanted = set(re.findall(r"\d+", german))
        assert wanted <= set(re.findall(r"\d+", message.forms[0])), key


@pytest.mark.parametrize("locale", ["de", *LANGUAGES])
def test_isolates_are_balanced_in_everything_shown(locale: str, catalog: Catalog, sources: Mapping[str, Source]) -> None:
    for source in sources.values():
        for text in shown(catalog, source, locale):
            depth = 0
            for char in text:
                depth += (char in OPENERS) - (char == PDI)
                assert depth >= 0, source.key
            assert depth == 0, source.key


def test_translators_write_no_isolates_because_the_catalogue_sets_them(catalog: Catalog) -> None:
    for locale in LANGUAGES:
        for key, message in catalog.messages(locale).items():
            assert not any(char in form for form in message.forms for char in (*OPENERS, PDI)), key


def test_in_arabic_no_paragraph_phone_number_or_german_word_stands_without_isolates(
    catalog: Catalog, sources: Mapping[str, Source]
) -> None:
    for source in sources.values():
        for text in shown(catalog, source, "ar"):
            bare = re.sub(f"[{LRI}{FSI}][^{PDI}]*{PDI}", "", text)
            assert "§" not in bare, source.key
            assert not re.search("[A-Za-zÄÖÜäöüß]", bare), source.key
            assert not re.search(r"\d[ ./–-]\d", bare), source.key


def test_arabic_is_written_in_arabic(catalog: Catalog) -> None:
    for key, message in catalog.messages("ar").items():
        for form in message.forms:
            letters = re.sub(f"{LRI}[^{PDI}]*{PDI}", "", isolate_latin(form))
            assert re.search("[\u0621-\u064a]", letters) or key in SAME["ar"], key
            assert not re.search("[٠-٩۰-۹]", form), f"{key}: digits stand as on German papers"
            assert not re.search("[پچژگکی]", form), f"{key}: a Persian letter"
            assert not re.search(r"[,;?](\s|$)", re.sub(r"\([^)]*\)", "", form)), f"{key}: Latin punctuation"


def test_every_language_is_in_the_review_file_and_none_claims_more_than_was_reviewed(catalog: Catalog) -> None:
    reviews = Reviews.load(LOCALES / "review.toml").languages
    assert set(reviews) == {"de", *LANGUAGES}
    for locale in LANGUAGES:
        drafts = [key for key in catalog.messages(locale) if catalog.is_draft(key, locale)]
        assert (reviews[locale].status == "reviewed") == (not drafts)
        assert (reviews[locale].status == "reviewed") <= bool(reviews[locale].reviewer)


@pytest.mark.parametrize("key", ["scr.F2_notice", "card.S3.text", "status.count"])
def test_a_planted_gap_is_found_and_never_answered_in_german(key: str, tmp_path: Path, sources: Mapping[str, Source]) -> None:
    root = tmp_path / "locales"
    shutil.copytree(LOCALES, root, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = root / "ar" / "LC_MESSAGES" / "messages.po"
    po = polib.pofile(str(path))
    entry = next(entry for entry in po if entry.msgctxt == key)
    entry.msgstr = ""
    entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, "")
    po.save()

    catalog = Catalog.load(root)

    assert catalog.gaps(sources.values(), "ar") == (f"ar: {key}: is not translated",)
    with pytest.raises(MissingTranslation, match=key):
        catalog.text(key, sources[key], "ar", 3)
    assert catalog.gaps(sources.values(), "en") == ()
