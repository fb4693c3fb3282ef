"""A fourth county, made up, comes to life by putting a folder beside the others: no line of Python is changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.app import phrasing_for
from bot.words import Words
from dialogs import effects as ef
from dialogs.check import check
from dialogs.errors import DefinitionError
from dialogs.load import ROOT, known_counties, load_library
from dialogs.matching import TownNames
from dialogs.script import Library
from dialogs.session import Status
from dialogs.show_rules import rules_table
from tests.dialogs.talk import TODAY, Answer, Talk

COUNTY = """
id = "seenland"
name = "Kreis Seenland"
languages = ["de"]
leaves_out = ["S14_soe", "S12_year"]
[clearing]
dienst = "LOTSE"
[kim]
verantwortlich = "Der Kreis Seenland"
[[kommune]]
id = "ufer"
name = "Ufer am See"
aliases = ["Uferstadt", "Уфер"]
[[kommune]]
id = "steg"
name = "Stegdorf"
"""

SERVICES = """
[[traeger]]
id = "verein"
name = "Seenland hilft e. V."
public_body = false
[[dienst]]
id = "LOTSE"
name = "Seenland-Lotse"
text = "Der Lotse geht mit Ihnen zu den Ämtern."
takes_referrals = true
[[dienst]]
id = "FLUECHTLINGSBERATUNG"
name = "Regionale Beratung von Geflüchteten"
text = "Die Beratungsstelle hilft geflüchteten Menschen ohne sicheren Aufenthalt kostenlos und unabhängig, zum Beispiel bei \
Briefen und Fristen."
takes_referrals = true
[[stelle]]
id = "lotse-ufer"
dienst = "LOTSE"
traeger = "verein"
name = "Lotsenhaus am Ufer"
kommunen = ["ufer"]
[[stelle]]
id = "lotse"
dienst = "LOTSE"
traeger = "verein"
name = "Lotsen im Seenland"
kommunen = ["*"]
[[stelle]]
id = "beratung"
dienst = "FLUECHTLINGSBERATUNG"
traeger = "verein"
name = "Beratung im Seenland"
kommunen = ["*"]
"""

RULES = """
version = "route-seenland-1"
valid_from = 2026-11-01
[params]
urgent_days = 60
[[rule]]
id = "L1"
when = { unter_16 = true }
to = "LOTSE"
mode = "info_only"
at_once = true
because = "Für Kinder speichern wir nichts."
source = "DSGVO Art. 8"
valid_from = 2026-11-01
[[rule]]
id = "L2"
when = { titel_dringend = true }
to = "FLUECHTLINGSBERATUNG"
urgent = true
because = "Ihre Karte läuft bald ab."
source = "§ 81 AufenthG"
valid_from = 2026-11-01
[[rule]]
id = "L3"
when = { kein_bedarf = true }
to = "KEIN_BEDARF"
because = "Sie brauchen keine Hilfe."
source = "Entwurf"
valid_from = 2026-11-01
[[rule]]
id = "L4"
when = {}
to = "LOTSE"
because = "Der Lotse findet mit Ihnen den Weg."
source = "Entwurf"
valid_from = 2026-11-01
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """All definitions of the house, and the folder of one county more."""
    definitions = tmp_path / "definitions"
    shutil.copytree(ROOT, definitions, ignore=lambda folder, names: [name for name in names if name.endswith((".py", ".pyc"))])
    folder = definitions / "counties" / "seenland"
    folder.mkdir()
    for name, text in (("county.toml", COUNTY), ("services.toml", SERVICES), ("rules.toml", RULES)):
        (folder / name).write_text(text, encoding="utf-8")
    return definitions


@pytest.fixture
def seenland(root: Path) -> Library:
    return load_library("seenland", root)


def test_it_is_known_loads_and_has_no_findings(root: Path, seenland: Library) -> None:
    assert known_counties(root) == (known_counties()[0], *sorted([*known_counties()[1:], "seenland"]))
    assert check(seenland, TODAY) == ()
    table = rules_table(seenland.current(TODAY), TODAY, Words.load(seenland, definitions=root).german)
    (row,) = (line for line in table.splitlines() if line.startswith("| L2 |"))
    assert "Regionale Beratung von Geflüchteten" in row
    assert TownNames(seenland.county).find("уфер").kommunen == ("ufer",)


@pytest.mark.parametrize(
    ("town", "until", "rule", "stelle"),
    [
        ("ufer", "#01.12.2027", "L4", "lotse-ufer"),
        ("steg", "#01.12.2027", "L4", "lotse"),
        ("other", "#20.01.2027", "L2", "beratung"),
    ],
)
def test_a_whole_conversation_runs_in_it(root: Path, seenland: Library, town: str, until: str, rule: str, stelle: str) -> None:
    phrasing = phrasing_for(seenland, Words.load(seenland, definitions=root))
    talk = Talk(seenland.current(TODAY))
    read = [phrasing.phrase(effect, "de") for effect in talk.shown]
    answers: dict[str, Answer] = {
        "F2_notice": "yes", "S01_safety": ("none",), "S02_city": town, "S03_age": "a27", "S04_status": "p104c",
        "S05_valid_until": until, "S06_applied": "no", "S07_identity": "none", "F3_health_ok": "no", "S15_needs": ("work",),
        "S16_kind": ("one",), "S17_contact": ("chat",), "S18_handover": "yes",
    }  # fmt: skip
    talk.to_the_end(answers)
    read += [phrasing.phrase(effect, "de") for effect in talk.shown]
    assert talk.session.status is Status.FINISHED and talk.session.outcome == "referred"
    assert talk.session.decision is not None
    assert (talk.session.decision["rule"], talk.session.stelle) == (rule, stelle)
    (referred,) = talk.kept_of(ef.Refer)
    assert isinstance(referred, ef.Refer) and referred.stelle == stelle
    assert not {"S12_year", "S14_soe"} & set(talk.asked), "what the county leaves out is not asked"
    assert seenland.county.stellen[stelle].name in str(read[-1])


def test_a_mistake_in_the_new_folder_names_the_folder_and_the_remedy(root: Path) -> None:
    path = root / "counties" / "seenland" / "county.toml"
    path.write_text(COUNTY.replace("S14_soe", "S41_soe").replace('"LOTSE"', '"LOTSIN"'), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_library("seenland", root)
    assert sorted(caught.value.findings) == [
        "counties/seenland/county.toml:1: [clearing] names Dienst 'LOTSIN', which services.toml does not have.",
        "counties/seenland/county.toml:1: leaves_out names 'S41_soe', which is no question. Correct it.",
    ]
