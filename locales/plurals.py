"""Plural rules, one per language: how many forms, and which one belongs to a number.

A table of our own, because Babel's lacks ps, ckb, ti, so, sq, am, mk and more (it then guesses `n != 1`).
`formula` is the same rule as the PO header writes it; a test compares both for the numbers 0 to 300.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from locales.errors import CatalogProblem


@dataclass(frozen=True, slots=True)
class PluralRule:
    """`examples` holds one number for each form, for translators and tests."""

    forms: int
    formula: str
    index: Callable[[int], int]
    examples: tuple[int, ...]

    @property
    def header(self) -> str:
        return f"nplurals={self.forms}; plural={self.formula};"


def _arabic(n: int) -> int:
    if n <= 2:
        return n
    if 3 <= n % 100 <= 10:
        return 3
    return 4 if n % 100 >= 11 else 5


def _slavic(n: int) -> int:
    if n % 10 == 1 and n % 100 != 11:
        return 0
    return 1 if 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14 else 2


def _romanian(n: int) -> int:
    if n == 1:
        return 0
    return 1 if n == 0 or 1 <= n % 100 <= 19 else 2


NOT_ONE = PluralRule(2, "(n != 1)", lambda n: int(n != 1), (1, 2))
MORE_THAN_ONE = PluralRule(2, "(n > 1)", lambda n: int(n > 1), (1, 2))
SINGLE = PluralRule(1, "0", lambda _n: 0, (1,))
ARABIC = PluralRule(
    6,
    "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)",
    _arabic,
    (0, 1, 2, 3, 11, 100),
)
SLAVIC = PluralRule(
    3,
    "(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2)",
    _slavic,
    (1, 2, 5),
)
ROMANIAN = PluralRule(3, "(n==1 ? 0 : n==0 || (n%100>=1 && n%100<=19) ? 1 : 2)", _romanian, (1, 2, 20))
MACEDONIAN = PluralRule(2, "(n%10==1 && n%100!=11 ? 0 : 1)", lambda n: 0 if n % 10 == 1 and n % 100 != 11 else 1, (1, 2))

RULES: dict[str, PluralRule] = {
    **dict.fromkeys(("de", "en", "ku", "kmr", "ckb", "sq", "so", "ps", "ur", "bg", "rom", "az"), NOT_ONE),
    **dict.fromkeys(("fr", "ti", "am"), MORE_THAN_ONE),
    **dict.fromkeys(("fa", "fa-AF", "tr", "hy", "ka"), SINGLE),
    **dict.fromkeys(("ru", "uk", "sr-Latn"), SLAVIC),
    "ar": ARABIC,
    "ro": ROMANIAN,
    "mk": MACEDONIAN,
}


def plural_rule(locale: str) -> PluralRule:
    """The rule of this language. A language without one is not guessed."""
    try:
        return RULES[locale]
    except KeyError:
        raise CatalogProblem(f"{locale}: no plural rule. Add one to locales/plurals.py.") from None
