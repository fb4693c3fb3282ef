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
INVARIANTS = "counties/mettmann/invariants.toml"
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
        (RULES, "[params]", "[params", "no valid TOML"),
        (RULES, "jung = true", "jugnd = true", "uses the fact 'jugnd', which does not exist. `wegweiser show rules`"),
        (RULES, 'to = "KEIN_BEDARF"', 'to = "KEINBEDARF"', "M05: sends to 'KEINBEDARF', which is no Dienst"),
        (RULES, 'alter = ["a16"]', 'alter = ["a17"]', "M01a: alter has no value 'a17'; S03_age offers u12, a12"),
        (RULES, "jung = true", 'jung = "ja"', "fact 'jung': jung is either true or false"),
        (RULES, 'id = "M01"', 'id = "M00"', "M00: stands twice among the [[rule]] blocks. Remove one or rename it."),
        (RULES, 'source = "§\u00a042 SGB VIII"\nvalid', 'source = ""\nvalid', "M01: `source` is missing"),
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
        (RULES, '"Auffang"\nwhen = {}', '"Auffang"\nwhen = { jung = true }', "the last [[rule]] must have no conditions"),
        (RULES, 'card = "S8"', 'card = "S88"', "M02: names card 'S88', which cards.toml does not have"),
        (RULES, "jung = true", "jugnd = true", "lists all facts. Did you mean 'jung'?"),
        (RULES, 'to = "KEIN_BEDARF"', 'to = "KEINBEDARF"', "Did you mean 'KEIN_BEDARF'?"),
        (RULES, 'because = "Sie brauchen im', 'becuase = "Sie brauchen im', "has the key 'becuase', which nobody reads. Did"),
        (RULES, "[[also]]", "[[alos]]", "'alos' is nothing this file has. Did you mean 'also'?"),
        (RULES, 'kommune = ["velbert"]', 'kommune = ["velbret"]', "kommune has no value 'velbret'; S02_city offers erkrath"),
        (RULES, 'kommune = ["velbert"]', 'kommune = ["velbert", "velbert"]', "M02a: `kommune` names 'velbert' twice."),
        (RULES, "urgent = true", 'urgent = "ja"', "`urgent` must be true or false"),
        (RULES, "urgent_days = 42", 'urgent_days = "42"', "[params] urgent_days must be a whole number"),
        (RULES, "jung = true", 'ziel = ["JMD"]', "M08: asks for 'ziel', which only an [[also]] row knows"),
        (RULES, 'ziel = ["KIM_CM", ', 'ziel = ["KIM_MC", ', "ziel has no value 'KIM_MC'"),
        (RULES, 'need = "debts"', 'need = "dept"', "`need` 'dept' is no topic of S15_needs. Did you mean 'debts'?"),
        (RULES, 'id = "A1"', 'id = "M00"', "M00: is the id of two rows in different tables"),
        (RULES, 'over = ["M11"]', 'over = ["M99"]', "M10: `over` names 'M99', which is no [[rule]]"),
        (RULES, 'over = ["M11"]', 'over = ["M12"]', "M10: `over` names 'M12' of another section"),
        (RULES, 'over = ["M11"]', 'over = ["M10"]', "M10: `over` names 'M10', which does not come later"),
        (RULES, 'over = ["M11"]\n', "", "M10: `over_because` gives a reason, but `over` names no rule"),
        (RULES, 'over_because = "Wer Pass', 'note = "Wer Pass', "M10: `over` gives no reason"),
        (RULES, 'section = "Ein Thema"', 'section = "Schutz"', "M12: stands in section 'Schutz', which has ended before"),
        (RULES, 'section = "Ein Thema"\n', "", "M12: stands in no section, though others do"),
        (INVARIANTS, 'never = ["KEIN_BEDARF"]', 'never = ["KEIN_BEDRAF"]', "I01: `never` names 'KEIN_BEDRAF', which is"),
        (INVARIANTS, 'never = ["KEIN_BEDARF"]', "", "I01: must demand exactly one of never, primary, among, urgent, mode"),
        (INVARIANTS, 'never = ["KEIN_BEDARF"]', 'never = ["MBE"]\nurgent = true', "it demands never, urgent"),
        (INVARIANTS, "unter_16 = true", "unter16 = true", "I05: uses the fact 'unter16', which does not exist"),
        (INVARIANTS, "\nurgent = true", "\nurgent = false", "`urgent` can only be demanded as urgent = true"),
        (QUESTIONS, 'S03_age = ["a25"]', 'S03b_month27 = ["a25"]', "S03b_month27: depends on itself"),
        (
            QUESTIONS, 'id = "S03_age"\n', 'id = "S03_age"\nask_if = { S04_status = ["duldung"] }\n',
            "S03_age: depends on 'S04_status', and 'S04_status' depends on it: a circle",
        ),
        (QUESTIONS, "skip = true", 'skip = "ja"', "`skip` is neither true nor false"),
        (QUESTIONS, 'excludes = ["many"]', 'excludes = ["mayn"]', "S16_kind: option 'one' excludes 'mayn', which is not offered"),
        (SERVICES, "takes_referrals = true", "take_referrals = true", "has the key 'take_referrals', which nobody reads"),
        (SERVICES, 'kommunen = ["erkrath"]', 'kommunen = ["erkrath", "erkrath"]', "`kommunen` names 'erkrath' twice"),
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


def test_a_day_without_rules_is_a_finding(library: Library) -> None:
    (finding,) = check(library, TODAY.replace(year=2020))
    assert finding.code == "no-script"


def test_missing_contacts_are_listed_for_the_county_and_are_no_fault(library: Library) -> None:
    assert {gap.code for gap in gaps(library.county)} == {"open"}
