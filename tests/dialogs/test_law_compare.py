"""Law watch: two texts of a statute, and exactly the places that have to be read again. The texts are made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialogs.law_citation import CitationReader
from dialogs.law_compare import differences, not_covered, to_review
from dialogs.law_places import Place
from dialogs.law_text import Statute, StatuteProblem, read_statute
from dialogs.load import ROOT
from dialogs.load_laws import load_laws

HERE = Path(__file__).parent / "statutes"
LAWS = load_laws(ROOT)
READER = CitationReader(LAWS.names)

SOURCES = {
    "A1": "§ 25b Abs. 1 AufenthG", "A2": "§ 25b Abs. 2 AufenthG", "A4": "§ 25b Abs. 4 AufenthG", "ganz": "§ 25b AufenthG",
    "Nr": "§ 25b Abs. 1 Nr. 2 AufenthG", "Dauer": "§ 26 AufenthG", "Kurs2": "§ 44 Abs. 2 AufenthG",
    "Kurs1": "AufenthG § 44 Abs. 1", "weg": "§ 59 Abs. 1 AufenthG", "neu": "§ 60f AufenthG", "fremd": "§ 25b SGB II",
    "alles": "Kreis Mettmann; AufenthG", "fern": "§ 81 Abs. 4 AufenthG", "keins": "Kreis Mettmann",
}  # fmt: skip
PLACES = tuple(Place("rule", id_, "rules.toml", 1, source, READER.read(source)) for id_, source in SOURCES.items())


def statute(text: str, law: str | None = "AufenthG") -> Statute:
    return read_statute(text, "x.md", LAWS, law)


def named(old: str, new: str) -> set[str]:
    return {review.place.id for review in to_review(differences(statute(old), statute(new)), PLACES)}


def said(old: str, new: str) -> list[str]:
    return [str(change) for change in differences(statute(old), statute(new))]


def test_the_two_fixtures_name_exactly_what_rests_on_a_change() -> None:
    old, new = (read_statute((HERE / name).read_text(encoding="utf-8"), name, LAWS) for name in ("old.md", "new.md"))
    changes = differences(old, new)
    assert [str(change) for change in changes] == [
        "§ 25b Abs. 2 AufenthG: geändert",
        "§ 26 AufenthG: geändert",
        "§ 44 Abs. 1 AufenthG: verschoben (jetzt Abs. 2)",
        "§ 44 Abs. 2 AufenthG: verschoben (jetzt Abs. 3)",
        "§ 44 Abs. 3 AufenthG: neu",
        "§ 59 AufenthG: weggefallen",
        "§ 60f AufenthG: neu",
    ]
    reviews = to_review(changes, PLACES)
    assert {review.place.id for review in reviews} == {"A2", "ganz", "Dauer", "Kurs1", "Kurs2", "weg", "neu", "alles"}
    assert [str(reference) for reference in not_covered(old, new, PLACES)] == ["§ 81 AufenthG"]


PAIR = "## § 25b Titel\n\n(1) Eins.\n\n(2) {two}\n\n(4) {four}\n"


def test_a_changed_absatz_2_does_not_name_who_cites_only_absatz_4() -> None:
    found = named(PAIR.format(two="Zwei.", four="Vier."), PAIR.format(two="Anders.", four="Vier."))
    assert found == {"A2", "ganz", "alles"}
    found = named(PAIR.format(two="Zwei.", four="Vier."), PAIR.format(two="Zwei.", four="Anders."))
    assert found == {"A4", "ganz", "alles"}


def test_how_lines_are_broken_and_spaced_is_no_change() -> None:
    one = "# AufenthG\n## § 25b Titel\n\n(1) Wer lange hier ist, darf bleiben.\n1. Erstens,\n2. zweitens.\n"
    other = (
        "\ufeff# AufenthG\r\n\r\n## § 25b   Titel\r\n(1)  Wer lange\r\nhier\u00a0ist, darf blei-\r\nben.\r\n\r\n"
        "1. Erstens, 2. zwei\u00adtens."
    )
    assert differences(statute(one, None), statute(other, None)) == ()


def test_a_word_split_for_good_is_a_change() -> None:
    assert said("## § 26 T\nEin- und Ausreise.", "## § 26 T\nEin und Ausreise.") == ["§ 26 AufenthG: geändert"]
    assert said("## § 26 T\nEin-\nund Ausreise.", "## § 26 T\nEin- und Ausreise.") == []


def test_a_repealed_paragraph_names_who_cites_it() -> None:
    old = "## § 59 T\n\n(1) Text.\n\n## § 26 T\n\nText."
    for gone in ("", "## § 59 (weggefallen)\n\n", "## § 59\n\n(weggefallen)\n\n"):
        new = f"{gone}## § 26 T\n\nText."
        assert said(old, new) == ["§ 59 AufenthG: weggefallen"] and named(old, new) == {"weg", "alles"}
    assert said("## § 59\n\n(weggefallen)\n\n## § 26 T\n\nText.", "## § 26 T\n\nText.") == []


def test_a_repealed_absatz_names_only_who_cites_it_or_the_whole() -> None:
    old = PAIR.format(two="Zwei.", four="Vier.")
    assert said(old, PAIR.format(two="(weggefallen)", four="Vier.")) == ["§ 25b Abs. 2 AufenthG: weggefallen"]
    assert named(old, PAIR.format(two="(weggefallen)", four="Vier.")) == {"A2", "ganz", "alles"}


def test_a_paragraph_that_got_another_number_is_found_there() -> None:
    old, new = "## § 59 T\n\n(1) Text.", "## § 60f T\n\n(1) Text."
    assert said(old, new) == ["§ 59 AufenthG: verschoben (jetzt § 60f AufenthG)", "§ 60f AufenthG: neu"]
    assert named(old, new) == {"weg", "neu", "alles"}


def test_an_added_absatz_concerns_who_cites_the_whole() -> None:
    new = PAIR.format(two="Zwei.", four="Vier.") + "\n(5) Fünf.\n"
    assert named(PAIR.format(two="Zwei.", four="Vier."), new) == {"ganz", "alles"}


def test_a_new_heading_concerns_who_cites_the_whole() -> None:
    old = PAIR.format(two="Zwei.", four="Vier.")
    new = old.replace("Titel", "Neuer Titel")
    assert said(old, new) == ["§ 25b AufenthG: Überschrift geändert"] and named(old, new) == {"ganz", "alles"}


def test_a_paragraph_that_is_divided_anew_concerns_everybody_who_cites_it() -> None:
    assert named("## § 25b T\n\nEins. Zwei.", "## § 25b T\n\n(1) Eins.\n\n(2) Zwei.") == {"A1", "A2", "A4", "Nr", "ganz", "alles"}


def test_the_changed_number_is_said() -> None:
    old = "## § 25b T\n\n(1) Wenn\n1. eins,\n2. zwei,\n3. drei."
    assert said(old, old.replace("zwei", "fünf")) == ["§ 25b Abs. 1 AufenthG: geändert (Nr. 2)"]
    assert named(old, old.replace("zwei", "fünf")) == {"A1", "Nr", "ganz", "alles"}


def test_plain_text_without_markdown_is_read_alike() -> None:
    plain = (
        "\n§ 25b Titel\n\n(1) Eins.\n\n§ 31 gilt entsprechend.\n\n(2) Zwei nach\n§ 26 Nummer 3\nund mehr.\n\n"
        "§ 26 Dauer\n\nText.\n"
    )
    found = statute(plain)
    assert [str(key) for key in found] == ["§ 25b AufenthG", "§ 26 AufenthG"]
    (paragraph, _) = found.values()
    assert paragraph.absaetze["1"].text == "Eins. § 31 gilt entsprechend."
    assert paragraph.absaetze["2"].text == "Zwei nach § 26 Nummer 3 und mehr."


def test_a_statute_quoted_in_markdown_is_read_alike() -> None:
    quoted = "> **§ 104c – Titel**\n>\n> (1) Eins.\n>\n> (2) Zwei.\n"
    (paragraph,) = statute(quoted).values()
    assert (paragraph.title, set(paragraph.absaetze)) == ("Titel", {"1", "2"})


def test_several_laws_may_stand_in_one_text() -> None:
    found = statute("# Asylgesetz (AsylG)\n## § 1 T\nText.\n# SGB VIII\n## § 1 T\nText.\n## Anlage 1\nText.", None)
    assert [str(key) for key in found] == ["§ 1 AsylG", "§ 1 SGB VIII", "Anlage 1 SGB VIII"]


@pytest.mark.parametrize(
    ("text", "law", "message"),
    [
        ("", "AufenthG", "x.md:1: no paragraph was found. Write each heading on a line of its own"),
        ("nur Text", "AufenthG", "x.md:1: no paragraph was found"),
        ("\n## § 25b T\n\nText.", None, "x.md:2: no law stands above this heading. Begin with # AufenthG, or give --law."),
        ("# AufenthG\n## § 25b T\nText.\n## § 25b T\nText.", None, "x.md:4: § 25b AufenthG stands twice. Remove one of them."),
        ("## § 25b T", "XyzG", "--law XyzG: no such law. laws.toml knows "),
    ],
)
def test_a_text_that_can_not_be_read_is_named_with_line_and_remedy(text: str, law: str | None, message: str) -> None:
    with pytest.raises(StatuteProblem) as caught:
        statute(text, law)
    assert message in str(caught.value)
