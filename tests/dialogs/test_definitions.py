"""Wrong definition files: the place, the sentence, the remedy; and nothing is loaded half."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dialogs.check import check, gaps, longest_path
from dialogs.errors import DefinitionError
from dialogs.load import ROOT, known_counties, load_library
from dialogs.script import Library
from tests.dialogs.talk import TODAY

Mend = Callable[[str, str, str], Path]

QUESTIONS, RULES = "questionnaires/screening.toml", "counties/mettmann/rules.toml"
SERVICES, COUNTY, CARDS = "counties/mettmann/services.toml", "counties/mettmann/county.toml", "cards.toml"


@pytest.fixture
def broken(tmp_path: Path) -> Mend:
    """A copy of all definitions in which one piece of one file is replaced."""

    def change(file: str, old: str, new: str) -> Path:
        root = tmp_path / "definitions"
        root.mkdir()
        for name in ("questionnaires", "counties"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "cards.toml", root)
        text = (root / file).read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        (root / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return root

    return change


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (RULES, "[params]", "[params", "rules.toml:9: no valid TOML"),
        (RULES, "jung = true", "jugnd = true", "uses the fact 'jugnd', which does not exist. `wegweiser show rules`"),
        (RULES, 'to = "KEIN_BEDARF"', 'to = "KEINBEDARF"', "M05: sends to 'KEINBEDARF', which is no Dienst"),
        (RULES, 'alter = ["a16"]', 'alter = ["a17"]', "M01: alter has no value 'a17'; S03_age offers u12, a12"),
        (RULES, "jung = true", 'jung = "ja"', "fact 'jung': jung is either true or false"),
        (RULES, 'id = "M01"', 'id = "M00"', "M00: stands twice among the [[rule]] blocks. Remove one or rename it."),
        (RULES, 'source = "§\u00a042 SGB VIII"', 'source = ""', "M01: `source` is missing"),
        (RULES, 'source = "§\u00a042 SGB VIII"\nvalid_from = 2026-11-01', 'source = "x"', "M01: `valid_from` is missing"),
        (
            RULES, 'source = "§\u00a042 SGB VIII"\nvalid_from = 2026-11-01',
            'source = "x"\nvalid_from = 2026-11-01\nvalid_until = 2026-10-01',
            "M01: ends on 2026-10-01 before it begins on 2026-11-01",
        ),
        (RULES, 'condition = "awo_vereinbarung"', 'condition = "a"', "M07: carries condition 'a', which no [[condition]]"),
        (RULES, 'agreed = "Rücksprache mit dem JMD"', "", "jmd_ruecksprache: asks for a confirmation and has no `agreed`"),
        (RULES, 'confirm = "Rücksprache mit dem JMD ist erfolgt"', "", "jmd_ruecksprache: asks for a day and has nothing to"),
        (RULES, "urgent_days = 42", "urgent_dyas = 42", "[params] knows no 'urgent_dyas'"),
        (RULES, 'id = "M17"\nwhen = {}', 'id = "M17"\nwhen = { jung = true }', "the last [[rule]] must have no conditions"),
        (RULES, 'card = "S8"', 'card = "S88"', "M02: names card 'S88', which cards.toml does not have"),
        (QUESTIONS, 'S03_age = ["a25"]', 'S03_aeg = ["a25"]', "S03b_month27: asks for 'S03_aeg', which is no question"),
        (QUESTIONS, 'S03_age = ["a25"]', 'S03_age = ["a26"]', "S03b_month27: S03_age offers no option 'a26'"),
        (QUESTIONS, 'S03_age = ["a25"]', 'S15_needs = ["work"]', "depends on 'S15_needs', which is asked later"),
        (QUESTIONS, 'kind = "month"', 'kind = "moon"', "S03b_month27: kind 'moon' is none of"),
        (QUESTIONS, '{ id = "a12", text = "12 bis 15"', '{ id = "u12", text = "12 bis 15"', "option 'u12' is offered twice"),
        (QUESTIONS, 'card = "S5"', 'card = "S55"', "S01_safety: option 'sleep' names card 'S55'"),
        (QUESTIONS, 'id = "S12_year"', 'id = "S11_children"', "S11_children: stands twice among the [[question]] blocks"),
        (SERVICES, 'dienst = "MBE"', 'dienst = "MBA"', "dienst 'MBA' is not defined. Add a [[dienst]] block"),
        (SERVICES, 'kommunen = ["erkrath"]', 'kommunen = ["erkraht"]', "Kommune 'erkraht' is not in county.toml"),
        (COUNTY, 'dienst = "KIM_CM"', 'dienst = "KIM"', "[clearing] names Dienst 'KIM'"),
        (CARDS, 'title = "Medizinischer Notfall"', 'title = ""', "cards.toml"),
    ],
)  # fmt: skip
def test_every_fault_of_a_file_is_named_with_its_place_and_remedy(broken: Mend, file: str, old: str, new: str, said: str) -> None:
    root = broken(file, old, new)
    with pytest.raises(DefinitionError) as caught:
        load_library("mettmann", root)
    assert said in str(caught.value)
    name = file.rsplit("/", 1)[-1]
    assert all(":" in finding for finding in caught.value.findings)
    assert any(name in finding for finding in caught.value.findings)


def test_a_finding_names_the_line_of_the_block(broken: Mend) -> None:
    root = broken(RULES, 'to = "KEIN_BEDARF"', 'to = "NIRGENDS"')
    with pytest.raises(DefinitionError) as caught:
        load_library("mettmann", root)
    (finding,) = caught.value.findings
    line = int(finding.split(":")[1])
    assert 'id = "M05"' in (root / RULES).read_text(encoding="utf-8").splitlines()[line - 1]


def test_all_faults_are_found_in_one_go(broken: Mend) -> None:
    root = broken(RULES, "jung = true", "jugnd = true")
    services = root / SERVICES
    services.write_text(services.read_text(encoding="utf-8").replace('dienst = "JMD"', 'dienst = "JMDD"'), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_library("mettmann", root)
    assert len(caught.value.findings) >= 2


def test_a_file_that_is_no_utf_8_is_named(broken: Mend) -> None:
    root = broken(COUNTY, "default = true", "default = true")
    (root / COUNTY).write_bytes(b'id = "\xff"')
    with pytest.raises(DefinitionError, match="no UTF-8"):
        load_library("mettmann", root)


def test_an_unknown_county_is_answered_with_the_known_ones() -> None:
    with pytest.raises(LookupError, match="unknown county 'atlantis'; there are: mettmann"):
        load_library("atlantis")


def test_the_shipped_files_have_no_findings(library: Library) -> None:
    assert check(library, TODAY) == ()
    assert known_counties()[0] == library.county.id


def test_nobody_is_asked_more_than_twenty_questions(library: Library) -> None:
    assert longest_path(library.current(TODAY)) == 20


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        (RULES, 'to = "FF_CARITAS"', 'to = "HFK"', None),
        (RULES, "when = { jung = true }\nto", "when = {}\nto", "unreachable-rule"),
        (RULES, "when = { im_asylverfahren = true }", "when = { jung = true }", "dead-rule"),
        (RULES, 'id = "T-debts-1"\nneed = "debts"', 'id = "T-debts-1"\nneed = "work"', "topic-missing"),
        (
            RULES,
            'id = "T-debts-1"\nneed = "debts"\nwhen = {}',
            'id = "T-debts-1"\nneed = "debts"\nwhen = { jung = true }',
            "topic-open",
        ),
        (SERVICES, 'dienst = "MBE"', 'dienst = "SPDI"', "no-stelle"),
        (QUESTIONS, 'purpose = "C1"', 'purpose = "C9"', "consent-late"),
        (COUNTY, '"Alt-Erkrath"', '"Gruiten"', "alias-twice"),
    ],
)
def test_check_finds_what_can_be_read_and_is_still_wrong(broken: Mend, file: str, old: str, new: str, code: str | None) -> None:
    library = load_library("mettmann", broken(file, old, new))
    codes = {finding.code for finding in check(library, TODAY)}
    assert codes == set() if code is None else code in codes


def test_a_day_without_rules_is_a_finding(library: Library) -> None:
    (finding,) = check(library, TODAY.replace(year=2020))
    assert finding.code == "no-script"


def test_missing_contacts_are_listed_for_the_county_and_are_no_fault(library: Library) -> None:
    assert {gap.code for gap in gaps(library.county)} == {"open"}
