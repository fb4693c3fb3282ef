"""A project of its own for each test: imports write files."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import polib
import pytest

from dialogs.load import known_counties
from locales.extract import WIDTH, update
from tests.admin.rulebook.sheets.workbooks import Project, copied_project

# Rules that nobody reaches, because an earlier one takes all who are young: tests may change them without sending anybody
# elsewhere, and what the checker says of them it says before and after.
IDLE = '''[[rule]]
id = "M97"
{section}when = {{ jung = true, unbegleitet = true }}
to = "JMD"
mode = "info_only"
urgent = true
because = "Der Jugendmigrationsdienst hilft."
source = "§ 13 SGB VIII"
valid_from = 2026-11-01

[[rule]]
id = "M98"
{section}when = {{ jung = true, unbegleitet = true, alter = ["a18"] }}
to = "JMD"
because = "Der Jugendmigrationsdienst hilft jungen Menschen."
source = "§ 13 SGB VIII"
valid_from = 2026-11-01

'''
ALSO = '''
[[also]]
id = "A98"
when = { thema = ["citizenship"], status = ["ne"] }
to = "EINBUERGERUNG"
because = "Auskunft zur Einbürgerung."
source = "StAG § 10"
valid_from = 2026-11-01
'''
QUESTION = '''[[question]]
id = "S06x_idle"
text = "Hilft Ihnen jemand?"
kind = "single"
ask_if = { S06_applied = ["started"] }
why = "To change in tests."
source = "keine"
valid_from = 2026-11-01
options = [
    { id = "yes", text = "Ja" },
    { id = "no", text = "Nein" },
]

'''


@pytest.fixture(scope="session")
def idle_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The shipped definitions with a few idle rows more, and catalogues in which nothing is missing."""
    project = copied_project(tmp_path_factory.mktemp("idle"), known_counties()[0])
    text = project.rules.read_text(encoding="utf-8")
    last = text.rindex("[[rule]]")
    sections = re.findall(r"^section = .*\n", text[last:], re.M)
    text = text[:last] + IDLE.format(section=sections[0] if sections else "") + text[last:] + ALSO
    project.rules.write_bytes(text.encode())
    asked = project.questionnaire.read_text(encoding="utf-8")
    place = asked.rindex("\n\n", 0, asked.index('id = "S07_identity"')) + 2
    project.questionnaire.write_bytes((asked[:place] + QUESTION + asked[place:]).encode())
    update(project.place.definitions, project.place.catalogues)
    for path in project.root.rglob("*.po"):
        catalogue = polib.pofile(str(path), wrapwidth=WIDTH)
        for entry in catalogue.untranslated_entries():
            entry.msgstr = entry.msgid
        path.write_text(str(catalogue), encoding="utf-8")
    return project


@pytest.fixture
def project(tmp_path: Path, idle_project: Project) -> Project:
    shutil.copytree(idle_project.root, tmp_path / "project")
    return Project(tmp_path / "project", idle_project.county)
