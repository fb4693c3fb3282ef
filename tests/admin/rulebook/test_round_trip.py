"""Export and import without an edit: every file is the same, byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from openpyxl import load_workbook

from admin.rulebook.forms import FORMS
from admin.rulebook.toml_blocks import TomlFile
from dialogs.load import ROOT, known_counties
from tests.admin.rulebook.workbooks import Project, copied_project


@pytest.mark.parametrize("county", known_counties())
def test_rules_come_back_byte_for_byte(tmp_path: Path, county: str) -> None:
    project = copied_project(tmp_path / "project", county)
    before = project.files()
    project.export_rules()
    outcome = project.import_rules()
    assert outcome.changes == () and outcome.notes == ()
    assert project.files() == before


@pytest.mark.parametrize("county", known_counties())
@pytest.mark.parametrize("form", FORMS)
def test_the_questionnaire_comes_back_byte_for_byte(tmp_path: Path, county: str, form: str) -> None:
    project = copied_project(tmp_path / "project", county)
    before = project.files()
    project.export_questionnaire(form)
    outcome = project.import_questionnaire()
    assert outcome.changes == () and outcome.notes == ()
    assert project.files() == before


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.toml")), ids=lambda path: path.name)
def test_every_definition_file_is_the_sum_of_its_blocks(path: Path) -> None:
    text = path.read_bytes().decode()
    assert TomlFile(text, {}).text == text


# What other versions of the rules may say; also what nobody foresaw.
RICH = '''

[[condition]]
id = "absprache"  # vom Kreis
text = "KIM spricht vorher mit dem JMD."
confirm = "Der JMD hat zugestimmt"
asks_date = true
source = "Absprache"
valid_from = 2026-11-01
ort = { raum = "2.14", tage = [1, 2] }
'''


@pytest.fixture
def rich(project: Project) -> Project:
    text = project.rules.read_text(encoding="utf-8")
    first = text.index("[[rule]]")
    text = text[:first] + RICH.lstrip() + "\n" + text[first:]
    text = text.replace('id = "M12"\n', 'id = "M12"\nsection = "Themen"\nover = ["M13"]\nover_because = "Ein Thema ist genauer."\n')
    text = text.replace('id = "M06"\n', "id = \"M06\"\nzukunft = 1.5\n'neue liste' = [1, 2]  # bleibt\n")
    text = text.replace('flag = "jmd_ruecksprache"', 'flag = """jmd_ruecksprache"""')
    project.rules.write_bytes(text.encode())
    return project


def test_sections_precedence_and_unknown_keys_have_columns_and_come_back(rich: Project) -> None:
    before = rich.files()
    rich.export_rules()
    workbook = load_workbook(rich.book)
    rules = {cell.value for cell in workbook["Regeln"][1]}
    assert {"Abschnitt", "Vorrang vor", "Begründung", "Feld zukunft", "Feld neue liste", "Absprache"} <= rules
    assert [cell.value for cell in workbook["Bedingungen"][2]][0] == "absprache"
    assert rich.import_rules().changes == ()
    assert rich.files() == before


def test_an_unknown_key_can_be_edited_as_toml_and_is_kept_when_others_change(rich: Project) -> None:
    from tests.admin.rulebook.workbooks import put

    rich.export_rules()
    with rich.editing() as workbook:
        put(workbook["Regeln"], "M06", "Feld zukunft", "2.5")
        put(workbook["Regeln"], "M06", "dringend", "ja")
        put(workbook["Bedingungen"], "absprache", "Text", "Neu.", key="Name")
    rich.import_rules()
    data = tomllib.loads(rich.rules.read_text(encoding="utf-8"))
    rule = next(block for block in data["rule"] if block["id"] == "M06")
    assert (rule["zukunft"], rule["neue liste"], rule["urgent"]) == (2.5, [1, 2], True)
    assert data["condition"][0]["ort"] == {"raum": "2.14", "tage": [1, 2]} and data["condition"][0]["text"] == "Neu."
    text = rich.rules.read_text(encoding="utf-8")
    assert 'id = "absprache"  # vom Kreis' in text and "'neue liste' = [1, 2]  # bleibt" in text
