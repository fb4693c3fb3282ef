"""The house: which package may know which, what the pure one may not touch, what no file may be called."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("admin", "bot", "dialogs", "locales", "storage")


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


def test_imports_point_inwards() -> None:
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == 0


def test_importing_dialogs_pulls_in_nothing_that_reaches_out() -> None:
    code = "import dialogs.engine, dialogs.load, dialogs.cases, dialogs.check, sys; print(' '.join(sorted(sys.modules)))"
    loaded = set(_run(sys.executable, "-c", code).stdout.split())
    reaching_out = {"aiohttp", "aiogram", "sqlalchemy", "jinja2", "babel", "asyncio", "socket", "sqlite3", "logging", "http"}
    assert loaded and not loaded & reaching_out


def test_without_a_token_nobody_waits_for_aiogram() -> None:
    code = "import bot.app, admin.app, admin.desk.app, wegweiser, sys; print(' '.join(sorted(sys.modules)))"
    loaded = set(_run(sys.executable, "-c", code).stdout.split())
    assert "aiohttp" in loaded and not loaded & {"aiogram", "telegram"}


@pytest.mark.parametrize("call", ["datetime.datetime.now()", "datetime.date.today()", "time.time()"])
def test_a_clock_inside_dialogs_is_caught(tmp_path: Path, call: str) -> None:
    planted = ROOT / "dialogs" / "planted_clock.py"
    planted.write_text(f"import datetime\nimport time\n\nNOW = {call}\nUSED = (datetime, time)\n", encoding="utf-8")
    try:
        result = _run(sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", str(planted))
    finally:
        planted.unlink()
    assert result.returncode == 1 and "TID251" in result.stdout


def test_no_file_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
    assert not [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if path.stem in empty]


def test_no_file_grew_beyond_one_idea() -> None:
    sizes = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }
    assert not {name: lines for name, lines in sizes.items() if lines > 400}
    ordered = sorted(lines for name, lines in sizes.items() if not name.endswith("__init__.py"))
    assert ordered[len(ordered) // 2] < 150


def _kept_python() -> list[Path]:
    """Every Python file under version control but the tests."""
    listed = _run("git", "ls-files", "*.py").stdout.split()
    # Without version control (an unpacked archive) the packages are all there is.
    paths = [ROOT / name for name in listed] or [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return [path for path in paths if "tests" not in path.relative_to(ROOT).parts and path.exists()]


def _told(names: set[str], path: Path) -> set[str]:
    """The names that stand in a file: as a value of the program; longer ones in any comment too ("much" is also a word)."""
    text = path.read_text(encoding="utf-8")
    values = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return {name for name in names if name in values or (len(name) > 4 and re.search(rf"\b{re.escape(name)}\b", text, re.I))}


def test_no_python_file_names_a_kommune_or_a_dienst_of_a_county() -> None:
    from dialogs.load import known_counties, load_library
    from dialogs.routing import KEIN_BEDARF

    counties = [load_library(name).county for name in known_counties()]
    kommunen = {kommune for county in counties for kommune in (*county.kommunen, *(k.name for k in county.kommunen.values()))}
    # The ids of Dienste are written in capitals; the one that means "nobody" belongs to no county.
    dienste = {dienst for county in counties for dienst in county.dienste} - {KEIN_BEDARF}
    told = {path.relative_to(ROOT).as_posix(): _told(kommunen, path) for path in _kept_python()}
    assert {name: hits for name, hits in told.items() if hits} == {}
    values = {
        (path.relative_to(ROOT).as_posix(), node.value)
        for path in _kept_python()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in dienste
    }
    assert values == set()


def test_no_python_file_names_a_county() -> None:
    names = [path.parent.name for path in (ROOT / "dialogs" / "counties").glob("*/county.toml")]
    assert len(names) >= 3
    told = [path.name for path in _kept_python() for name in names if name in path.read_text(encoding="utf-8").lower()]
    assert told == []
