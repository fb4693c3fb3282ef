"""Which language a browser's or a messenger's wish means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locales.negotiate import negotiate

OFFERED = ("de", "en", "ar")
MANY = (*OFFERED, "fa", "fa-AF", "kmr", "sr-Latn", "tr")


@pytest.mark.parametrize(
    ("header", "offered", "expected"),
    [
        ("ar", OFFERED, "ar"),
        ("AR-iq,ar;q=0.9,en;q=0.8", OFFERED, "ar"),
        ("en_GB", OFFERED, "en"),
        ("fr-FR,fr;q=0.9,de;q=0.5,en;q=0.7", OFFERED, "en"),
        ("de;q=0, en;q=0.1", OFFERED, "en"),
        ("ar;q=kaputt, en;q=0.2", OFFERED, "en"),
        ("tr", OFFERED, None),
        ("*", OFFERED, None),
        ("", OFFERED, None),
        (None, OFFERED, None),
        ("ku-TR", MANY, "kmr"),
        ("prs", MANY, "fa-AF"),
        ("fa-AF", MANY, "fa-AF"),
        ("fa-AF", ("de", "fa"), "fa"),
        ("bs-BA", MANY, "sr-Latn"),
        ("sr-Cyrl-RS", MANY, "sr-Latn"),
        ("arz", OFFERED, "ar"),
    ],
)
def test_the_best_offer_for_a_wish(header: str | None, offered: tuple[str, ...], expected: str | None) -> None:
    assert negotiate(header, offered) == expected


@given(st.text(max_size=200))
def test_no_header_can_break_it(header: str) -> None:
    assert negotiate(header, OFFERED) in (None, *OFFERED)
