"""Our table of plural rules: each rule written twice, once for Python and once for PO files; they must agree."""

from __future__ import annotations

import gettext

import pytest

from locales.errors import CatalogProblem
from locales.plurals import RULES, plural_rule


@pytest.mark.parametrize("locale", sorted(RULES))
def test_the_rule_and_its_formula_agree(locale: str) -> None:
    rule = plural_rule(locale)
    by_formula = gettext.c2py(rule.formula)
    assert [rule.index(n) for n in range(301)] == [by_formula(n) for n in range(301)]


@pytest.mark.parametrize("locale", sorted(RULES))
def test_every_form_has_an_example_and_is_reached(locale: str) -> None:
    rule = plural_rule(locale)
    assert [rule.index(n) for n in rule.examples] == list(range(rule.forms))
    assert {rule.index(n) for n in range(301)} == set(range(rule.forms))


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(CatalogProblem):
        plural_rule("tlh")
