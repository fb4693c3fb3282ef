"""Export and import without an edit: every file is the same, byte for byte."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from admin.rulebook.forms import FORMS
from admin.rulebook.rules_import import import_rules
from admin.rulebook.rules_sheet import ORDERS, RulesFile, rules_sheets
from admin.rulebook.sheet_writing import write_workbook
from admin.rulebook.toml_blocks import TomlFile
from dialogs.load import ROOT, known_counties, load_library
from tests.admin.rulebook.sheets.workbooks import copied_project, put


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
RICH = '''[[condition]]
id = "absprache"  # vom Kreis
text = "KIM spricht vorher mit dem JMD."
confirm = "Der JMD hat zugestimmt"
agreed = "Absprache"
asks_date = true
source = "Absprache"
valid_from = 2026-11-01
ort = { raum = "2.14", tage = [1, 2] }

[[rule]]
id = "X1"
section = "Neu"
zukunft = 1.5
'neue liste' = [1, 2]  # bleibt
when = { jung = true }
to = "JMD"
flag = """alte_absprache"""
over = ["X2"]
over_because = "Jung geht vor."
because = "Grund."
source = "Quelle."
valid_from = 2026-11-01

'''


def rich_rules() -> tuple[str, RulesFile]:
    county = known_counties()[0]
    script = max(load_library(county).scripts.values(), key=lambda script: script.valid_from)
    text = (ROOT / "counties" / county / "rules.toml").read_bytes().decode()
    first = text.index("[[rule]]")
    text = text[:first] + RICH + RICH[RICH.index("[[rule]]") :].replace("X1", "X2").replace('over = ["X2"]\n', "") + text[first:]
    return text, RulesFile(TomlFile(text, ORDERS), script)


def exported(rules: RulesFile, path: Path) -> Any:
    write_workbook(path, rules_sheets(rules), "Regeln")
    return load_workbook(path)


def test_sections_precedence_and_unknown_keys_have_columns_and_come_back(tmp_path: Path) -> None:
    text, rules = rich_rules()
    workbook = exported(rules, tmp_path / "rich.xlsx")
    headings = {cell.value for cell in workbook["Regeln"][1]}
    assert {"Abschnitt", "Vorrang vor", "Begründung", "Feld zukunft", "Feld neue liste", "Absprache"} <= headings
    assert "absprache" in [cells[0].value for cells in workbook["Bedingungen"].iter_rows(min_row=2)]
    report = import_rules(rules, workbook)
    assert report.findings == [] and report.changes == [] and rules.file.text == text


def test_an_unknown_key_can_be_edited_as_toml_and_is_kept_when_others_change(tmp_path: Path) -> None:
    _, rules = rich_rules()
    workbook = exported(rules, tmp_path / "rich.xlsx")
    put(workbook["Regeln"], "X1", "Feld zukunft", "2.5")
    put(workbook["Regeln"], "X1", "dringend", "ja")
    put(workbook["Bedingungen"], "absprache", "Text", "Neu.", key="Name")
    assert import_rules(rules, workbook).findings == []
    data = tomllib.loads(rules.file.text)
    rule = next(block for block in data["rule"] if block["id"] == "X1")
    assert (rule["zukunft"], rule["neue liste"], rule["urgent"]) == (2.5, [1, 2], True)
    condition = next(block for block in data["condition"] if block["id"] == "absprache")
    assert condition["ort"] == {"raum": "2.14", "tage": [1, 2]} and condition["text"] == "Neu."
    assert 'id = "absprache"  # vom Kreis' in rules.file.text and "'neue liste' = [1, 2]  # bleibt" in rules.file.text


def test_an_unknown_key_that_is_no_toml_is_told(tmp_path: Path) -> None:
    _, rules = rich_rules()
    workbook = exported(rules, tmp_path / "rich.xlsx")
    put(workbook["Regeln"], "X1", "Feld zukunft", "bald")
    (finding,) = import_rules(rules, workbook).findings
    assert "Spalte „Feld zukunft“: das ist kein TOML-Wert." in str(finding)
