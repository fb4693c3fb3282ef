"""Reading the German sentences out of the definition files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from locales.errors import SourceProblem
from locales.sources import Source, german_sources


def test_id_paths_follow_the_files(definitions: Path) -> None:
    found = german_sources(definitions)
    assert {key: source.text for key, source in found.items()} == {
        "kl.Q1": "Wie alt sind Sie?",
        "kl.Q1.help": "Nur ungefähr.",
        "kl.Q1.jung": "jung",
        "kl.Q1.alt": "alt",
        "ui.back": "Zurück",
        "ui.hello": "Guten Tag, {name}!",
        "ui.days": "{n} Tag",
    }
    assert found["ui.days"].plural == "{n} Tage"
    assert found["kl.Q1.jung"].is_button
    assert not found["kl.Q1"].is_button
    assert found["kl.Q1"].comment == "Why it is asked: Age decides."


def test_cards_services_topics_and_rules_have_their_paths(definitions: Path) -> None:
    kreis = definitions / "counties" / "musterkreis"
    kreis.mkdir(parents=True)
    (definitions / "cards.toml").write_text(
        '[common]\nnot_manned = "Nicht besetzt."\n[[card]]\nid = "S1"\ntitle = "Notfall"\ntext = "Rufen Sie an."\n'
        'numbers = [{ label = "Notruf", number = "112" }]\n'
    )
    (definitions / "topics.toml").write_text('[[topic]]\nid = "K01"\ntitle = "Titel"\ntext = "Worte"\n')
    (kreis / "services.toml").write_text(
        '[[dienst]]\nid = "MBE"\nname = "Beratung"\ntext = "Sie hilft."\n[[stelle]]\nid = "x"\nname = "Haus"\n'
    )
    (kreis / "rules.toml").write_text(
        '[[rule]]\nid = "M1"\nbecause = "Darum."\n[[also]]\nid = "A1"\nbecause = "Auch."\n'
        '[[topic]]\nid = "T1"\nneed = "work"\nbecause = "Eins."\n[[topic]]\nid = "T2"\nneed = "work"\nbecause = "Zwei."\n'
    )
    found = german_sources(definitions)
    assert {key for key in found if not key.startswith(("kl.", "ui."))} == {
        "card.common.not_manned", "card.S1.title", "card.S1.text", "card.S1.number.0", "topic.K01.title",
        "topic.K01.text", "dienst.MBE.name", "dienst.MBE.text", "musterkreis.M1", "musterkreis.A1",
        "musterkreis.topic.work.0", "musterkreis.topic.work.1",
    }  # fmt: skip


def test_one_id_can_not_stand_for_two_sentences(definitions: Path) -> None:
    (definitions / "topics.toml").write_text(
        '[[topic]]\nid = "K"\ntitle = "eins"\ntext = "x"\n[[topic]]\nid = "K"\ntitle = "zwei"\ntext = "x"\n'
    )
    with pytest.raises(SourceProblem, match=r"topic\.K\.title"):
        german_sources(definitions)


def test_line_breaks_at_the_ends_do_not_count(definitions: Path) -> None:
    (definitions / "topics.toml").write_text(f'[[topic]]\nid = "K"\ntitle = "T"\ntext = {json.dumps(chr(10) + "x" + chr(10))}\n')
    assert german_sources(definitions)["topic.K.text"].text == "x"


def test_all_files_of_the_house_are_read(sources: Mapping[str, Source]) -> None:
    assert {source.file.rpartition("/")[2] for source in sources.values()} >= {
        "screening.toml", "cards.toml", "topics.toml", "texts.toml", "services.toml", "rules.toml",
    }  # fmt: skip
