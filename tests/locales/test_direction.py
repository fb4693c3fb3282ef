"""Direction, own names, and what keeps foreign runs in order inside right-to-left text."""

from __future__ import annotations

import pytest
from babel import Locale, UnknownLocaleError
from hypothesis import given
from hypothesis import strategies as st

from locales.direction import OPENERS, PDI, direction, has_rtl, isolate, isolate_latin, ltr, own_name
from locales.plurals import RULES


def marked(text: str) -> str:
    """Isolates made visible."""
    return isolate_latin(text).replace("\u2066", "<").replace("\u2068", "{").replace(PDI, ">")


@pytest.mark.parametrize("locale", sorted(RULES))
def test_our_table_of_directions_agrees_with_unicode(locale: str) -> None:
    try:
        known = Locale.parse(locale, sep="-").text_direction
    except UnknownLocaleError:
        known = "ltr"
    assert direction(locale) == known


@pytest.mark.parametrize("locale", sorted(RULES))
def test_every_language_we_could_offer_knows_its_own_name(locale: str) -> None:
    assert own_name(locale)


def test_own_names() -> None:
    assert [own_name(locale) for locale in ("de", "en", "ar")] == ["Deutsch", "English", "العربية"]
    assert own_name("fa-AF") == "دری"
    with pytest.raises(LookupError, match=r"names\.toml"):
        own_name("xx-nothing")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("المادة § 104c، § 25a أو § 25b.", "المادة <§ 104c>، <§ 25a> أو <§ 25b>."),
        ("§§ 25a Abs. 1 Nr. 3", "<§§ 25a Abs. 1 Nr. 3>"),
        ("اتصل على 0800 1110111 أو 116 016.", "اتصل على <0800 1110111> أو <116 016>."),
        ("هاتف +49 2104 99-2198.", "هاتف <+49 2104 99-2198>."),
        ("حتى 21.11.2026، 14:30.", "حتى <21.11.2026>، <14:30>."),
        ("البريد info@kreis-mettmann.de، وهنا https://x.de/a?b=1.", "البريد <info@kreis-mettmann.de>، وهنا <https://x.de/a?b=1>."),
        ("استشارات (MBE) للبالغين", "استشارات (<MBE>) للبالغين"),
        ("اختبار «Leben in Deutschland»", "اختبار «<Leben in Deutschland>»"),
        ("عمرك 18 سنة", "عمرك 18 سنة"),
        ("من 12–15", "من <12–15>"),
        ("كلمة", "كلمة"),
        ("", ""),
    ],
)  # fmt: skip
def test_latin_and_numeric_runs_are_isolated(text: str, expected: str) -> None:
    assert marked(text) == expected


def test_what_is_isolated_already_is_left_alone() -> None:
    text = f"أ {isolate('MBE ' + ltr('§ 25a') + ' x')} ب"
    assert isolate_latin(text) == text


@given(st.text(alphabet="أبﺕ §25acZü.,:-()+@ \n«»،؟" + PDI + "".join(OPENERS)))
def test_isolating_changes_no_character_and_is_stable(text: str) -> None:
    once = isolate_latin(text)
    strip = dict.fromkeys(map(ord, (*OPENERS, PDI)))
    assert once.translate(strip) == text.translate(strip)
    assert isolate_latin(once) == once


def test_right_to_left_letters_are_recognised() -> None:
    assert has_rtl("Ort فلبرت")
    assert not has_rtl("Wülfrath – Привет")
