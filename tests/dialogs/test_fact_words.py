"""Every fact has words: rules are read as a table, and reasons by the person."""

from __future__ import annotations

from dialogs.facts import OPTION_FACTS, Params, facts
from dialogs.load import ROOT
from locales.sources import german_sources


def test_every_fact_is_named_for_yes_and_for_no() -> None:
    sources = german_sources(ROOT)
    wanted = {f"fact.{name}.{word}" for name in facts(Params()) for word in ("ja", "nein")}
    wanted |= {f"fact.{name}.name" for name in OPTION_FACTS}
    assert sorted(wanted - set(sources)) == []


def test_no_words_are_left_over_from_a_fact_that_is_gone() -> None:
    known = {*facts(Params()), *OPTION_FACTS}
    named = {key.split(".")[1] for key in german_sources(ROOT) if key.startswith("fact.")}
    assert sorted(named - known) == []


def test_yes_and_no_of_a_fact_are_different_words() -> None:
    sources = german_sources(ROOT)
    texts = [source.text for key, source in sources.items() if key.startswith("fact.") and key.endswith((".ja", ".nein"))]
    assert len(texts) == len(set(texts))
