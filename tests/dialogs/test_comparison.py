"""Two rule books and the same people: who would go elsewhere, by which rule, and whom the new book strands."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from dialogs.answers import NoAnswer, Value
from dialogs.comparison import DIENST, FURTHER, MODE, NOWHERE, STELLE, URGENCY, compare, described, telling
from dialogs.drawing import crowd, reached, some_people
from dialogs.load import ROOT, load_folder
from dialogs.people import load_people
from dialogs.script import Library, Script
from tests.dialogs.book import read_book
from tests.dialogs.talk import TODAY

FOLDER = ROOT / "counties" / "mettmann"
REPO = ROOT.parent
Change = Callable[[str, str], Script]
People = list[tuple[str, Mapping[str, Value]]]


@pytest.fixture
def changed(tmp_path: Path) -> Change:
    """The shipped rule book with one piece replaced."""

    def change(old: str, new: str) -> Script:
        text = (FOLDER / "rules.toml").read_text(encoding="utf-8")
        assert old in text
        file = tmp_path / "rules.toml"
        file.write_text(text.replace(old, new, 1).replace("route-me-2026-11", "route-me-changed"), encoding="utf-8")
        return load_folder(FOLDER, rules=[file]).current(TODAY)

    return change


@pytest.fixture(scope="module")
def people() -> People:
    return [(person.id, person.answers) for person in read_book("mettmann")]


@pytest.fixture(scope="module")
def published(script: Script) -> People:
    drawn = crowd(script, load_people(script), TODAY, random.Random(104)).people
    return [(str(number), person.answers) for number, person in enumerate(drawn)]


def test_a_book_beside_itself_moves_nobody(script: Script, people: People) -> None:
    found = compare(script, script, people, TODAY)
    assert found.same and found.moved == () and found.stranded == () and found.shifts() == ()
    assert all(before == after for _, before, after in found.counts())


def test_who_goes_elsewhere_is_counted_with_the_rules_that_moved_her(script: Script, changed: Change, published: People) -> None:
    new = changed(
        'when = { komplex = true, zielgruppe = true }\nto = "KIM_CM"\nbecause', 'when = { komplex = true }\nto = "MBE"\nbecause'
    )
    found = compare(script, new, published, TODAY)
    by_m09 = [pair for pair in found.pairs if pair.before.rule == "M09"]
    assert by_m09 and len(found.moved) == len(by_m09)
    assert [(shift.rules, shift.dienste, shift.people) for shift in found.shifts()] == [
        (("M09", "M09"), ("KIM_CM", "MBE"), len(by_m09))
    ]
    counts = {name: (before, after) for name, before, after in found.counts()}
    assert counts["KIM_CM"][0] - counts["KIM_CM"][1] == len(by_m09) == counts["MBE"][1] - counts["MBE"][0]
    assert sum(before for before, _ in counts.values()) == sum(after for _, after in counts.values()) == 298


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('to = "FF_CARITAS"\nover = ["M11"]', 'to = "MBE"\nover = ["M11"]', (DIENST,)),
        ('to = "FF_CARITAS"\nover = ["M11"]', 'to = "FF_CARITAS"\nurgent = true\nover = ["M11"]', (URGENCY,)),
        ('to = "FF_CARITAS"\nover = ["M11"]', 'to = "FF_CARITAS"\nmode = "info_only"\nover = ["M11"]', (MODE,)),
        ('id = "A13b"\nwhen = { inhaber_104c = true, lid = ["no"] }', 'id = "A13b"\nwhen = { inhaber_104c = true }', (FURTHER,)),
    ],
)  # fmt: skip
def test_each_kind_of_difference_is_named(
    script: Script, changed: Change, published: People, old: str, new: str, what: tuple[str, ...]
) -> None:
    found = compare(script, changed(old, new), published, TODAY)
    differing = {kind for pair in found.pairs for kind in pair.differs}
    assert set(what) <= differing <= {*what, FURTHER}
    assert bool(found.moved) == (what != (FURTHER,)) and not found.same


def test_another_stelle_of_the_same_dienst_is_elsewhere_too(script: Script, people: People, tmp_path: Path) -> None:
    folder = tmp_path / "mettmann"
    folder.mkdir()
    for name in ("county.toml", "rules.toml", "services.toml"):
        text = (FOLDER / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace('id = "ff-caritas"', 'id = "ff-anderswo"'), encoding="utf-8")
    found = compare(script, load_folder(folder).current(TODAY), people, TODAY)
    assert found.moved and {kind for pair in found.moved for kind in pair.differs} == {STELLE}


def test_whom_the_new_book_leaves_to_a_clearing_is_named(script: Script, changed: Change) -> None:
    answers: dict[str, Value] = {
        "S03_age": "a27", "S04_status": "p25ab", "S02_city": "haan", "S10_income": NoAnswer.REFUSED,
        "S15_needs": ("work", "money"), "S16_kind": ("helped",),
    }  # fmt: skip
    new = changed(
        "laengerfristig = false, zielgruppe = true }", 'laengerfristig = false, zielgruppe = true, einkommen = ["work"] }'
    )
    (pair,) = compare(script, new, [("x", answers)], TODAY).stranded
    assert (pair.before.rule, pair.after.mode, pair.after.open) == ("M13", "clearing", ("S10_income",))
    assert dict(described(script, answers, telling(script, new, pair)))["lebt von"] == "keine Angabe"


def test_whom_no_rule_of_the_new_book_matches_is_named_and_nothing_breaks(script: Script, changed: Change) -> None:
    last = 'because = "Die Migrationsberatung für Erwachsene (MBE) hilft Ihnen weiter'
    ended = changed(last, f"valid_until = 2026-11-02\n{last}")
    nobody: People = [
        (
            "x",
            {"S03_age": "a27", "S04_status": "german", "S02_city": "haan", "S15_needs": ("work", "money"), "S16_kind": ("long",)},
        )
    ]
    book = replace(ended.book, rules=tuple(rule for rule in ended.book.rules if rule.id != "M16"))
    (pair,) = compare(script, replace(ended, book=book), nobody, TODAY).stranded
    assert (pair.before.rule, pair.after.dienst) == ("M16", NOWHERE)


def test_examples_are_one_for_each_way_of_being_moved_and_say_what_not_who(
    script: Script, changed: Change, published: People
) -> None:
    new = changed('to = "KIM_KURZ"', 'to = "MBE"')
    found = compare(script, new, published, TODAY)
    examples = found.examples(3)
    assert 0 < len(examples) <= 3 and len({(pair.before.dienst, pair.after.dienst) for pair in examples}) == len(examples)
    rows = dict(described(script, examples[0].answers, telling(script, new, examples[0])))
    assert rows["Alter"] in ("27 bis 64", "18 bis 24", "25 oder 26", "65 oder älter")
    assert "Papier" in rows and not any(value.startswith(("S0", "S1", "p104")) for value in rows.values())


# -- made-up people ------------------------------------------------------------------------------------------------------


def test_the_published_margins_are_reached_and_nobody_had_to_be_drawn_again(script: Script) -> None:
    people = load_people(script)
    assert [margin.people for margin in people.margins] == [32, 2, 29, 75, 5, 155]
    for seed in range(20):
        drawn = crowd(script, people, TODAY, random.Random(seed))
        assert drawn.again == 0
        arrived = reached(script, drawn.people, TODAY)
        assert [sum(arrived[dienst] for dienst in margin.dienste) for margin in people.margins] == [32, 2, 29, 75, 5, 155]


def test_the_same_numbers_give_the_same_people_and_they_are_no_copies_of_one_another(script: Script) -> None:
    people = load_people(script)
    first, second = (crowd(script, people, TODAY, random.Random(7)).people for _ in range(2))
    assert first == second
    assert len({tuple(sorted(map(str, person.answers.items()))) for person in first}) > 280
    assert {person.answers["S02_city"] for person in first} == set(script.county.kommunen)


def test_who_does_not_arrive_is_counted_and_never_hidden(script: Script, changed: Change) -> None:
    """The planted fault: the identity service gets nobody any more, and the table must say so."""
    from dialogs.drawing import MOST_TRIES, table

    new = changed('to = "FF_CARITAS"\nover = ["M11"]', 'to = "MBE"\nover = ["M11"]')
    new_people = load_people(new)
    drawn = crowd(new, new_people, TODAY, random.Random(1))
    arrived = reached(new, drawn.people, TODAY)
    rows = list(table(new_people, drawn, arrived))
    # By the topic of a single question some still arrive; who never does is drawn MOST_TRIES times and kept as she is.
    assert drawn.again > 0 and drawn.drawn["identity"] > 32 and MOST_TRIES > 1
    assert f"{drawn.again} Gezogene kamen woanders an (MBE {drawn.again})" in rows[-1]


def test_a_county_without_published_figures_has_the_plain_set(script: Script, tmp_path: Path) -> None:
    (tmp_path / "people.toml").write_text((ROOT / "people.toml").read_text(encoding="utf-8"), encoding="utf-8")
    people = load_people(script, tmp_path)
    assert all(margin.published is None for margin in people.margins)
    drawn = some_people(script, people, TODAY, random.Random(3), 200)
    assert len(drawn) == 200 and len({person.profile for person in drawn}) == len(people.profiles)
    assert {login.role for login in people.logins} == {"case_manager", "desk", "coordinator"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("S15_needs = { always", "S15_neds = { always", "answers 'S15_neds', which is no question"),
        ('always = ["identity"] }', 'always = ["pass"] }', "S15_needs has no option 'pass'"),
        ('margin = "young"', 'margin = "jung"', "stands for margin 'jung', which is not there"),
        ("people = 32", 'people = "viele"', "identity: `people` is no whole number"),
        ('dienste = ["JMD"]', 'dienste = ["JMDD"]', "counts 'JMDD', which is no Dienst"),
        ("{ one = { yes = 1 } }", "{ eins = { yes = 1 } }", "write { one = { id = weight } }"),
        ("least = 1, most = 2 }", "least = 1, most = 20 }", "least and most must fit"),
    ],
)  # fmt: skip
def test_a_wrong_people_file_is_refused_with_place_and_remedy(
    script: Script, tmp_path: Path, old: str, new: str, said: str
) -> None:
    from dialogs.errors import DefinitionError

    folder = tmp_path / "counties" / script.county.id
    folder.mkdir(parents=True)
    text = (FOLDER / "people.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "people.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_people(script, tmp_path)
    assert said in str(caught.value) and "people.toml:" in str(caught.value)


# -- the command ---------------------------------------------------------------------------------------------------------


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "wegweiser.py", "compare", *arguments], cwd=REPO, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def new_file(tmp_path: Path) -> Path:
    text = (FOLDER / "rules.toml").read_text(encoding="utf-8").replace('version = "route-me-2026-11"', 'version = "neu"')
    file = tmp_path / "neu.toml"
    file.write_text(text.replace('to = "KIM_KURZ"', 'to = "MBE"'), encoding="utf-8")
    return file


def test_the_command_says_who_goes_elsewhere_and_ends_with_one(new_file: Path) -> None:
    done = run(str(FOLDER), str(new_file), "--synthetic", "298", "--on", "2026-11-21")
    assert done.returncode == 1, done.stderr
    assert "von 298 gingen woanders hin." in done.stdout and "M13 -> M13" in done.stdout and "Beispiele:" in done.stdout


def test_no_difference_ends_with_zero_and_json_holds_the_same(tmp_path: Path, new_file: Path) -> None:
    cases = tmp_path / "cases.json"
    cases.write_text(
        json.dumps({"cases": [{"id": "a", "answers": {"S03_age": "a27", "S04_status": "p104c", "S15_needs": ["none"]}}]})
    )
    same = run(str(FOLDER / "rules.toml"), str(new_file), "--cases", str(cases), "--on", "2026-11-21", "--json")
    assert same.returncode == 0, same.stderr
    found = json.loads(same.stdout)
    assert (found["cases"], found["moved"], found["same"], found["changes"]) == (1, 0, True, [])


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ('jung = true|jugnd = true', "NEW neu.toml:"),
        ("[params]|[params", "no valid TOML"),
        ('id = "M05"|id = "M04"', "M04: stands twice among the [[rule]] blocks"),
        ("valid_from = 2026-11-01|valid_from = 2027-02-01", "holds from 2027-02-01 on, not yet on 2026-11-21. Add --on"),
        ('when = { unter_16 = true }|when = 5', "`when` must be a table"),
        ("urgent_days = 42|urgent_days = 'viele'", "[params] urgent_days must be a whole number"),
        ('version = "neu"|version = 5', "the file has no version"),
    ],
)  # fmt: skip
def test_a_wrong_rules_file_ends_with_two_naming_file_line_and_remedy(new_file: Path, fault: str, said: str) -> None:
    old, new = fault.split("|")
    text = new_file.read_text(encoding="utf-8")
    assert old in text
    new_file.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = run(str(FOLDER), str(new_file), "--synthetic", "5", "--on", "2026-11-21")
    assert done.returncode == 2 and done.stdout == "" and said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give either --cases FILE or --synthetic N."),
        (("--synthetic", "0"), "--synthetic 0: draw from 1 to"),
        (("--synthetic", "5", "--county", "atlantis"), "unknown county 'atlantis'"),
        (("--synthetic", "5", "--on", "heute"), "--on 'heute' is no date"),
        (("--cases", "/gibt/es/nicht.json"), "nicht.json: can't be read"),
    ],
)  # fmt: skip
def test_wrong_use_ends_with_two(new_file: Path, arguments: tuple[str, ...], said: str) -> None:
    done = run(str(FOLDER), str(new_file), *arguments)
    assert done.returncode == 2 and said in done.stderr and "Traceback" not in done.stderr


def test_the_books_of_the_library_are_untouched_by_a_comparison(library: Library, new_file: Path) -> None:
    load_folder(FOLDER, rules=[new_file])
    assert set(library.scripts) == {library.current(TODAY).version}
