"""Legal references out of `source`: every form the files use, nothing dropped, and what is no law listed as such."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.law import Reference, touched
from dialogs.law_citation import CitationReader
from dialogs.law_places import by_reference, cited_places
from dialogs.load import ROOT
from dialogs.load_laws import load_laws

LAWS = load_laws(ROOT)
READER = CitationReader(LAWS.names)


def read(source: str) -> tuple[list[str], list[str]]:
    cited = READER.read(source)
    return [str(reference) for reference in cited.references], list(cited.other)


@pytest.mark.parametrize(
    ("source", "references"),
    [
        ("§ 42 SGB VIII", ["§ 42 SGB VIII"]),
        ("§\u00a042 SGB VIII", ["§ 42 SGB VIII"]),
        ("IntTestV § 10", ["§ 10 IntTestV"]),
        ("SGB VIII § 24; SGB V; SGB II", ["§ 24 SGB VIII", "SGB V", "SGB II"]),
        ("DSGVO Art. 8, Erwägungsgrund 38", ["Art. 8 DSGVO", "Erwägungsgrund 38 DSGVO"]),
        ("DSGVO Art. 6 Abs. 1 Buchst. a, Art. 7, 13", ["Art. 6 Abs. 1 Buchst. a DSGVO", "Art. 7 DSGVO", "Art. 13 DSGVO"]),
        ("§ 104c Abs. 2, § 81 Abs. 4 AufenthG", ["§ 104c Abs. 2 AufenthG", "§ 81 Abs. 4 AufenthG"]),
        ("§§ 43, 44 AufenthG", ["§ 43 AufenthG", "§ 44 AufenthG"]),
        ("§ 44a AufenthG; § 5a IntV", ["§ 44a AufenthG", "§ 5a IntV"]),
        ("AufenthG § 25b Abs. 1 Satz 1 Nr. 3", ["§ 25b Abs. 1 Satz 1 Nr. 3 AufenthG"]),
        ("AufenthG § 25b Abs. 1 Nr. 1, 5", ["§ 25b Abs. 1 Nr. 1 AufenthG", "§ 25b Abs. 1 Nr. 5 AufenthG"]),
        ("AufenthG § 25b Abs. 1 Nr. 2, Abs. 3", ["§ 25b Abs. 1 Nr. 2 AufenthG", "§ 25b Abs. 3 AufenthG"]),
        ("AufenthG § 2 Abs. 10, 11, § 9", ["§ 2 Abs. 10 AufenthG", "§ 2 Abs. 11 AufenthG", "§ 9 AufenthG"]),
        (
            "AufenthG § 44 Abs. 1 Nr. 1 c, Abs. 2",
            ["§ 44 Abs. 1 Nr. 1 Buchst. c AufenthG", "§ 44 Abs. 2 AufenthG"],
        ),
        (
            "AufenthG §§ 16g, 25 Abs. 5, 25a, 60c",
            ["§ 16g AufenthG", "§ 25 Abs. 5 AufenthG", "§ 25a AufenthG", "§ 60c AufenthG"],
        ),
        ("§§ 2, 3 Abs. 1, 2 AufenthG", ["§ 2 AufenthG", "§ 3 Abs. 1 AufenthG", "§ 3 Abs. 2 AufenthG"]),
        ("AufenthG § 25b Abs. 1–3, 5", [f"§ 25b Abs. {n} AufenthG" for n in (1, 2, 3, 5)]),
        ("§§ 60a bis 60d AufenthG", [f"§ 60{n} AufenthG" for n in "abcd"]),
        ("§§ 67–67c SGB X", ["§ 67 SGB X", "§ 67a SGB X", "§ 67b SGB X", "§ 67c SGB X"]),
        ("§ 86 f. AufenthG", ["§ 86 AufenthG", "§ 87 AufenthG"]),
        ("EinbTestV §§ 1, 2, Anlage 1", ["§ 1 EinbTestV", "§ 2 EinbTestV", "Anlage 1 EinbTestV"]),
        ("BQFG (§§ 2, 14)", ["§ 2 BQFG", "§ 14 BQFG"]),
        ("§ 8 AufenthG, § 13 SGB VIII", ["§ 8 AufenthG", "§ 13 SGB VIII"]),
        ("AufenthG § 8, § 13 SGB VIII", ["§ 8 AufenthG", "§ 13 SGB VIII"]),
        ("AufenthG § 8, SGB VIII § 13", ["§ 8 AufenthG", "§ 13 SGB VIII"]),
        ("AufenthG § 81 Abs. 4; § 25a", ["§ 81 Abs. 4 AufenthG", "§ 25a AufenthG"]),
        ("§ 1 Abs. 3 und § 2 AsylbLG", ["§ 1 Abs. 3 AsylbLG", "§ 2 AsylbLG"]),
        ("§ 5 Absatz 1 Nummer 4 AufenthG", ["§ 5 Abs. 1 Nr. 4 AufenthG"]),
        ("TIntG § 9; TIntG NRW § 9", ["§ 9 TIntG NRW"]),
    ],
)
def test_a_source_of_law_alone_is_read_whole(source: str, references: list[str]) -> None:
    assert read(source) == (references, [])


@pytest.mark.parametrize(
    ("source", "references", "other"),
    [
        ("Kreis Mettmann, Vorlage 50/014/2024 (Zielgruppe)", [], ["Kreis Mettmann, Vorlage 50/014/2024 (Zielgruppe)"]),
        ("§ 45 Satz 1 AufenthG; Förderrichtlinie MBE (GMBl 2023 S. 750)", ["§ 45 Satz 1 AufenthG"],
         ["Förderrichtlinie MBE (GMBl 2023 S. 750)"]),
        ("G v. 27.10.2025 (BGBl. 2025 I Nr. 256)", [], ["G v. 27.10.2025 (BGBl. 2025 I Nr. 256)"]),
        ("AufenthG § 104c (Fassung ab 31.12.2025) Abs. 1, 2", ["§ 104c Abs. 1 AufenthG", "§ 104c Abs. 2 AufenthG"],
         ["Fassung ab 31.12.2025"]),
        ("§§ 25a, 25b AufenthG in der bis 30.6.2027 geltenden Fassung", ["§ 25a AufenthG", "§ 25b AufenthG"],
         ["in der bis 30.6.2027 geltenden Fassung"]),
        ("ZPO (Mahnbescheid, § 692 ZPO – allgemein)", ["§ 692 ZPO"], ["Mahnbescheid", "– allgemein"]),
        ("AufenthG § 25b; seed 001; 116117", ["§ 25b AufenthG"], ["seed 001", "116117"]),
        ("§ 3 XyzG", [], ["§ 3 XyzG"]),
        ("§ 12", [], ["§ 12"]),
        ("Empfehlung", [], ["Empfehlung"]),
        ("", [], []),
    ],
)  # fmt: skip
def test_what_is_no_law_we_know_is_listed_word_for_word(source: str, references: list[str], other: list[str]) -> None:
    assert read(source) == (references, other)


@given(st.text(alphabet="§ 0123456789abcAufenthGSGBVIII.,;()–-NrAbsSatz", max_size=60))
def test_no_source_breaks_the_reader_and_no_word_is_lost(source: str) -> None:
    cited = READER.read(source)
    assert all(reference.law in LAWS.laws for reference in cited.references)
    assert all(words.strip() and words in source for words in cited.other)
    if not cited.references:
        kept = "".join(cited.other)
        assert all(word in kept for word in re.findall(r"[A-Za-z]{2,}", source) if word not in ("und", "sowie"))


def test_every_source_of_the_shipped_files_is_read_or_listed() -> None:
    places = cited_places(ROOT, "mettmann", LAWS)
    assert len(places) > 100
    assert [place for place in places if not place.cited.references and not place.cited.other] == []
    unread = [(place.id, words) for place in places for words in place.cited.other if "§" in words]
    assert unread == []


def test_every_kind_of_block_is_watched() -> None:
    kinds = {place.kind for place in cited_places(ROOT, "mettmann", LAWS)}
    assert {"question", "rule", "row", "also", "topic", "card", "dienst", "deadline", "requirement"} <= kinds


def test_a_place_says_where_it_stands() -> None:
    (rule,) = (place for place in cited_places(ROOT, "mettmann", LAWS) if (place.kind, place.id) == ("rule", "M02"))
    lines = (ROOT / rule.file).read_text(encoding="utf-8").splitlines()
    assert lines[rule.line - 1] == 'id = "M02"' and rule.name == "Regel M02"


def test_references_stand_in_the_order_of_the_law_books() -> None:
    found = [reference for reference in by_reference(cited_places(ROOT, "mettmann", LAWS)) if reference.law == "AufenthG"]
    numbers = [reference.number for reference in found]
    assert numbers.index("25") < numbers.index("25a") < numbers.index("104c")


@pytest.mark.parametrize(
    ("cited", "place", "reached"),
    [
        ("§ 25b Abs. 4 AufenthG", "§ 25b Abs. 2 AufenthG", False),
        ("§ 25b Abs. 4 AufenthG", "§ 25b Abs. 4 AufenthG", True),
        ("§ 25b Abs. 1 Nr. 3 AufenthG", "§ 25b Abs. 1 AufenthG", True),
        ("§ 25b AufenthG", "§ 25b Abs. 2 AufenthG", True),
        ("§ 25b Abs. 2 AufenthG", "§ 25b AufenthG", True),
        ("§ 25 AufenthG", "§ 25b AufenthG", False),
        ("§ 1 AsylbLG", "§ 1 BEEG", False),
        ("SGB II", "§ 7 SGB II", True),
        ("Art. 7 DSGVO", "Art. 8 DSGVO", False),
    ],
)
def test_citing_is_exact_down_to_the_absatz(cited: str, place: str, reached: bool) -> None:
    def one(source: str) -> Reference:
        return READER.read(source).references[0]

    assert touched(one(cited), one(place)) is reached


def test_the_day_of_a_text_is_only_claimed_where_it_was_read() -> None:
    def stand(source: str) -> str | None:
        found = LAWS.stand_of(READER.read(source).references[0])
        return found.isoformat() if found else None

    assert stand("§ 25b Abs. 1 AufenthG") == "2026-08-19"
    assert stand("§ 24 AufenthG") is None, "nobody has read this paragraph"
    assert stand("Art. 8 DSGVO") is None
    assert stand("AsylbLG") is None, "only three of its paragraphs were read"
    assert stand("HilfetelefonG") == "2026-08-19"
