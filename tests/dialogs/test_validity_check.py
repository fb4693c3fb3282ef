"""What `check` says about days and law; and the days of `domain.md` 1.6."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from dialogs.cases import route
from dialogs.check import check
from dialogs.deadlines import PRIVILEGES_END, SOURCES
from dialogs.errors import DefinitionError
from dialogs.law_citation import CitationReader
from dialogs.load import ROOT, load_library
from dialogs.load_laws import load_laws
from dialogs.script import Library
from dialogs.topics import CHANGED
from dialogs.validity_check import faults, remarks
from tests.dialogs.talk import TODAY

LAST, FIRST_WITHOUT = dt.date(2027, 6, 30), dt.date(2027, 7, 1)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    root = tmp_path / "definitions"
    root.mkdir()
    for name in ("questionnaires", "counties"):
        shutil.copytree(ROOT / name, root / name)
    for name in ("cards.toml", "topics.toml", "laws.toml"):
        shutil.copy(ROOT / name, root)
    return root


def changed(root: Path, file: str, old: str, new: str) -> Library:
    text = (root / file).read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}"
    (root / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return load_library("mettmann", root)


def test_the_shipped_files_have_neither_fault_nor_remark_today(library: Library) -> None:
    assert list(faults(library, TODAY)) == []
    assert [remark for remark in remarks(library, TODAY) if remark[0] != "falls-through"] == []


def test_all_18_topics_are_loaded_with_their_days(library: Library) -> None:
    assert [topic.id for topic in library.topics] == [f"K{number:02}" for number in range(1, 19)]
    assert all(topic.valid(TODAY) and topic.review_by for topic in library.topics)


@pytest.mark.parametrize(("on", "marked"), [(TODAY, set()), (LAST, set()), (FIRST_WITHOUT, {"K01", "K02", "K03"})])
def test_k01_to_k03_need_review_from_1_july_2027(library: Library, on: dt.date, marked: set[str]) -> None:
    assert {topic.id for topic in library.topics_on(on) if topic.needs_review(on)} == marked
    assert {topic.id for topic in library.topics_on(on) if topic.banner(on) == CHANGED} == marked
    assert {where.split(": ")[1] for code, where, _ in remarks(library, on) if code == "needs-review"} == marked


def test_a_text_past_its_review_is_listed_and_is_no_fault(library: Library) -> None:
    def stale(on: dt.date) -> set[str]:
        return {where.split(": ")[1] for code, where, _ in remarks(library, on) if code == "stale"}

    assert stale(dt.date(2027, 1, 15)) == set()
    assert stale(dt.date(2027, 1, 16)) == {"K06"}
    assert {"K05", "S1", "JUNG"} <= stale(dt.date(2027, 5, 22))
    assert check(library, dt.date(2027, 5, 22)) == ()


def test_after_a_change_of_law_everything_older_that_rests_on_it_is_listed(library: Library) -> None:
    before = [found for found in remarks(library, LAST) if found[0] == "law-changed"]
    after = {where.rsplit(": ", 1)[1] for code, where, _ in remarks(library, FIRST_WITHOUT) if code == "law-changed"}
    assert before == []
    assert {"K01", "K02", "K03", "K05", "S12_year", "S07_identity", "D7", "25b.years"} <= after
    assert not {"K04", "M02", "S06_applied", "D3"} & after, "§ 81 has not changed"


def test_the_last_day_of_the_privileges_is_one_and_the_same_everywhere(library: Library) -> None:
    laws = load_laws(ROOT)
    (change,) = (change for change in laws.changes if change.id == "104c-ende")
    assert change.day == PRIVILEGES_END + dt.timedelta(days=1) == FIRST_WITHOUT
    assert CitationReader(laws.names).read(SOURCES["D9"]).references == change.touches
    assert {topic.needs_review_from for topic in library.topics if topic.needs_review_from} == {change.day}


def test_a_topic_that_a_known_change_will_make_wrong_must_be_marked(copied: Path) -> None:
    library = changed(copied, "topics.toml", "review_by = 2027-06-30\nneeds_review_from = 2027-07-01", "review_by = 2027-12-31")
    (found,) = faults(library, TODAY)
    assert found[0] == "law-unmarked" and found[1].endswith(": K01") and "topics.toml:" in found[1]
    assert "needs_review_from = 2027-07-01" in found[2]
    assert "law-unmarked" in {finding.code for finding in check(library, TODAY)}


def test_a_topic_that_ends_before_the_change_need_not_be_marked(copied: Path) -> None:
    library = changed(
        copied, "topics.toml", "review_by = 2027-06-30\nneeds_review_from = 2027-07-01",
        "review_by = 2027-12-31\nvalid_until = 2027-06-30",
    )  # fmt: skip
    assert list(faults(library, TODAY)) == []
    assert "K01" not in {topic.id for topic in library.topics_on(FIRST_WITHOUT)}


def test_a_law_nobody_knows_is_a_fault_with_its_place(copied: Path) -> None:
    library = changed(copied, "counties/mettmann/rules.toml", 'source = "§\u00a042 SGB VIII"', 'source = "§\u00a042 XyzG"')
    (found,) = faults(library, TODAY)
    assert found[0] == "law-unknown" and found[1].endswith(": M01") and "'§ 42 XyzG'" in found[2]


def test_a_rule_whose_stelle_has_closed_is_a_remark(copied: Path) -> None:
    """`domain.md` 3.6: if the Flüchtlingshilfe Velbert closes, the rule falls through to the next."""
    library = changed(
        copied, "counties/mettmann/services.toml", 'dienst = "FH_VELBERT"', 'dienst = "FH_VELBERT"\nvalid_until = 2026-12-31'
    )
    after = dt.date(2027, 1, 1)
    fallen = {where for code, where, _ in remarks(library, after) if code == "falls-through"}
    assert {"M02a", "M03", "M11"} <= fallen and "M04" not in fallen
    assert not {where for code, where, _ in remarks(library, TODAY) if code == "falls-through"}
    removal = {"S01_safety": ("removal",), "S02_city": "velbert", "S03_age": "a27", "S04_status": "duldung"}
    places = [route(library.current(on), "x", removal, on)["dienst"] for on in (dt.date(2026, 12, 31), after)]
    assert places == ["FH_VELBERT", "FLUECHTLINGSBERATUNG"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("day = 2027-07-01", 'day = "bald"', "104c-ende: `day` is no date"),
        ("day = 2027-07-01\n", "", "104c-ende: `day` is missing"),
        ('touches = "§ 25a', 'touches = "irgendwas § 25a', "104c-ende: `touches` can't be read: 'irgendwas'"),
        ('read = "§ 32"', 'read = "§ 32 und mehr"', "BeschV: `read` can't be read"),
        ('name = "Asylgesetz"', 'name = ""', "AsylG: `name` is missing"),
        ('stand = 2026-08-19\nread = "§ 32"', 'read = "§ 32"', "BeschV: `read` names paragraphs, but `stand`"),
        ('id = "BGB"', 'id = "ZPO"', "ZPO: stands twice among the [[law]] blocks"),
        ("\n[[change]]\n", "\n[[change\n", "laws.toml:"),
    ],
)
def test_faults_of_laws_toml_are_named_and_nothing_is_loaded_half(copied: Path, old: str, new: str, said: str) -> None:
    text = (copied / "laws.toml").read_text(encoding="utf-8")
    assert old in text
    (copied / "laws.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_laws(copied)
    assert said in str(caught.value)
    assert "definition" in {finding.code for finding in check(load_library("mettmann", copied), TODAY)}
