"""The house: which package may know which, what the pure one may not touch, what no file may be called."""

from __future__ import annotations

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


def test_no_python_file_names_a_county() -> None:
    names = [path.parent.name for path in (ROOT / "dialogs" / "counties").glob("*/county.toml")]
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")] + [ROOT / "wegweiser.py"]
    told = [path.name for path in files for name in names if name in path.read_text(encoding="utf-8").lower()]
    assert told == []
