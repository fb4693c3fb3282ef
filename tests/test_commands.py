"""The one command, from outside: what it prints, how it ends, what it says to bad input."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("WEGWEISER_")}
    return subprocess.run(
        [sys.executable, "wegweiser.py", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        env={**clean, **environ},
    )


@pytest.fixture
def case_file(tmp_path: Path) -> Path:
    return tmp_path / "cases.json"


def test_check_passes_on_the_shipped_files() -> None:
    result = run("check")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "no findings" in result.stdout and "longest path 20 questions" in result.stdout


def test_check_says_what_it_has_proved_and_how_long_it_took() -> None:
    result = run("check", "--on", "2026-11-21")
    proved = r"rules, \d+ invariants, [\d,]+ different people, .*median of \d+ ways 15 questions"
    assert re.search(proved, result.stdout, re.DOTALL)
    assert re.search(r"\d\.\d\d s", result.stdout)


def test_check_of_a_day_before_the_rules_ends_with_one_and_the_remedy() -> None:
    result = run("check", "--county", "mettmann", "--on", "2020-01-01")
    assert result.returncode == 1
    assert "no-script: Am 01.01.2020 gilt kein Fragebogen" in result.stdout and "Abhilfe: " in result.stdout


def test_check_for_programs_is_json_alone() -> None:
    result = run("check", "--county", "mettmann", "--on", "2026-11-21", "--json")
    rows = json.loads(result.stdout)
    assert result.returncode == 0
    assert {row["code"] for row in rows if not row["remark"]} == set()
    assert all({"county", "file", "line", "id", "what", "remedy", "person"} <= set(row) for row in rows)


@pytest.mark.parametrize("what", ["rules", "boundaries", "questionnaire", "map"])
def test_show_prints_what_the_county_has(what: str) -> None:
    result = run("show", what, "--on", "2026-11-21")
    assert result.returncode == 0 and len(result.stdout) > 1000, result.stderr
    early = run("show", what, "--on", "2020-01-01")
    assert early.returncode == 2 and early.stderr.count("\n") == 1


def test_route_prints_the_decision_as_json(case_file: Path) -> None:
    case_file.write_text(json.dumps({"cases": [{"id": "kind", "answers": {"S03_age": "a12"}}]}))
    result = run("route", "--county", "mettmann", "--on", "2026-11-21", str(case_file))
    (decision,) = json.loads(result.stdout)["decisions"]
    assert result.returncode == 0
    assert (decision["id"], decision["rule"], decision["dienst"], decision["mode"]) == ("kind", "M00", "JMD", "info_only")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "no valid JSON"),
        ("[" * 100_000, "no valid JSON"),
        ('{"cases": [{"id": "a", "answers": {"S03_age": "alt"}}]}', "case a: S03_age: no option 'alt'"),
        ('{"cases": [{"id": "gut", "answers": {}}, {"id": "b", "answers": {"X": 1}}]}', "case b: X: no such question"),
    ],
)
def test_a_wrong_case_file_ends_with_two_one_line_and_no_decision(case_file: Path, content: str, said: str) -> None:
    case_file.write_text(content)
    result = run("route", str(case_file))
    assert result.returncode == 2 and result.stdout == ""
    assert said in result.stderr and "cases.json" in result.stderr and result.stderr.count("\n") == 1


def test_a_missing_case_file_is_named_without_its_folder(case_file: Path) -> None:
    result = run("route", str(case_file))
    assert (result.returncode, result.stderr) == (2, "cases.json: can't be read. Check the path.\n")


def test_an_unknown_county_is_wrong_use(case_file: Path) -> None:
    case_file.write_text('{"cases": []}')
    result = run("route", "--county", "atlantis", str(case_file))
    assert result.returncode == 2 and "unknown county 'atlantis'; there are: mettmann" in result.stderr


@pytest.mark.parametrize(("on", "said"), [("gestern", "is no date"), ("2020-01-01", "no questionnaire and rules")])
def test_a_wrong_day_is_wrong_use(case_file: Path, on: str, said: str) -> None:
    case_file.write_text('{"cases": []}')
    result = run("route", "--on", on, str(case_file))
    assert result.returncode == 2 and said in result.stderr


SHOWN = [("rules", "| M05 |"), ("questionnaire", "## S04_status"), ("map", "flowchart TD"), ("dmn", '<definitions xmlns="')]


@pytest.mark.parametrize(("what", "said"), SHOWN)
def test_show_prints_tables_from_the_data(what: str, said: str) -> None:
    result = run("show", what)
    assert result.returncode == 0 and said in result.stdout


def test_serve_names_every_missing_and_unsafe_setting_at_once_and_no_value() -> None:
    result = run("serve", WEGWEISER_TELEGRAM_TOKEN="4711:geheim", WEGWEISER_TELEGRAM_MODE="full", WEGWEISER_PUBLIC_URL="http://x")
    assert result.returncode == 2
    for name in ("DATABASE_URL", "KEYS", "PUBLIC_URL", "COUNTY", "TELEGRAM_MODE", "TELEGRAM_BOT_NAME"):
        assert f"WEGWEISER_{name}" in result.stderr
    assert "geheim" not in result.stdout + result.stderr


def test_serve_refuses_a_missing_key_file(tmp_path: Path) -> None:
    settings = {
        "WEGWEISER_DATABASE_URL": f"sqlite:///{tmp_path}/w.db", "WEGWEISER_KEYS": str(tmp_path / "keys.toml"),
        "WEGWEISER_PUBLIC_URL": "https://wegweiser.example", "WEGWEISER_COUNTY": "mettmann",
    }  # fmt: skip
    result = run("serve", "bot", "--migrate", **settings)
    assert result.returncode == 2 and "keys.toml" in result.stderr and "Traceback" not in result.stderr


def test_doctor_names_what_is_missing() -> None:
    result = run("doctor")
    assert result.returncode == 1 and "WEGWEISER_KEYS is missing" in result.stdout and "Traceback" not in result.stderr


def test_an_unknown_setting_in_the_file_is_named(tmp_path: Path) -> None:
    config = tmp_path / "wegweiser.toml"
    config.write_text('datenbank = "x"')
    result = run("serve", "--config", str(config))
    assert result.returncode == 2 and "datenbank" in result.stderr


def test_help_reads_well() -> None:
    result = run("--help")
    for command in ("demo", "serve", "check", "route", "chat", "show", "user", "doctor", "keys"):
        assert command in result.stdout


def test_serve_names_everything_unsafe_in_one_go(tmp_path: Path) -> None:
    result = run(
        "serve", WEGWEISER_DATABASE_URL="mysql://nutzer:geheim@x/y", WEGWEISER_COUNTY="atlantis",
        WEGWEISER_KEYS=str(tmp_path / "k"), WEGWEISER_PUBLIC_URL="https://", WEGWEISER_ADMIN_PORT="8080",
        WEGWEISER_TELEGRAM_TOKEN="abc", WEGWEISER_TELEGRAM_MODE="buttons",
        WEGWEISER_TELEGRAM_API="http://irgendwo", WEGWEISER_DPIA_REFERENCE=" ", WEGWEISER_ENVIRONMENT="demo",
    )  # fmt: skip
    assert result.returncode == 2 and "Traceback" not in result.stderr and "geheim" not in result.stderr
    for name in ("DATABASE_URL", "COUNTY", "KEYS", "PUBLIC_URL", "BOT_PORT", "TELEGRAM_TOKEN", "TELEGRAM_API", "DPIA_REFERENCE"):
        assert f"WEGWEISER_{name}" in result.stderr, name
    assert "WEGWEISER_ENVIRONMENT" in result.stderr


@pytest.mark.parametrize("port", ["99999", "abc", "0"])
def test_a_port_that_is_none_is_named(port: str) -> None:
    result = run("serve", WEGWEISER_BOT_PORT=port)
    assert result.returncode == 2 and "bot_port" in result.stderr.lower() and "Traceback" not in result.stderr


def test_a_taken_port_is_named_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("demo", "--folder", str(tmp_path / "demo"), "--port", str(port))
    assert result.returncode == 2 and f"port {port}" in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "demo").exists()


COUNTIES = ("mettmann", "euskirchen", "rhein-sieg")


def test_check_speaks_of_every_county() -> None:
    result = run("check")
    assert result.returncode == 0
    said = [line.partition(":")[0] for line in result.stdout.splitlines() if "invariants" in line]
    assert said == list(COUNTIES) and result.stdout.endswith("no findings\n")


@pytest.mark.parametrize("county", COUNTIES)
def test_every_county_decides_shows_its_rules_and_talks(county: str, case_file: Path) -> None:
    case_file.write_text(json.dumps({"cases": [
        {"id": "kind", "answers": {"S03_age": "a12"}}, {"id": "schalter", "answers": {"S14_soe": "no"}, "entry": "desk"},
    ]}))  # fmt: skip
    result = run("route", "--county", county, "--on", "2026-11-21", str(case_file))
    decisions = json.loads(result.stdout)["decisions"]
    assert (decisions[0]["mode"], decisions[1]["mode"]) == ("info_only", "clearing")
    rules = run("show", "rules", "--county", county).stdout
    assert len([line for line in rules.splitlines() if line.startswith("| ")]) > 15
    talk = subprocess.run(
        [sys.executable, "wegweiser.py", "chat", "--county", county, "--lang", "de"],
        cwd=ROOT, input="1\n\n", capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert talk.returncode == 0 and "KIM" in talk.stdout, talk.stderr


def serving(tmp_path: Path, **more: str) -> dict[str, str]:
    """Settings of a whole server on free ports, its database made and its keys too."""
    from storage import KeyRing, migrate

    url, keys = f"sqlite:///{tmp_path}/wegweiser.db", tmp_path / "keys.toml"
    if not keys.exists():
        migrate(url)
        KeyRing.create_file(keys)
    ports: list[int] = []
    for _ in range(3):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            ports.append(probe.getsockname()[1])
    return {
        "WEGWEISER_DATABASE_URL": url, "WEGWEISER_KEYS": str(keys), "WEGWEISER_COUNTY": "mettmann",
        "WEGWEISER_PUBLIC_URL": "https://kim.example", "WEGWEISER_BOT_PORT": str(ports[0]), "WEGWEISER_ADMIN_PORT": str(ports[1]),
        "WEGWEISER_DESK_PORT": str(ports[2]), **more,
    }  # fmt: skip


def test_a_second_writer_on_sqlite_is_refused_before_anything_is_served_and_readers_are_not(tmp_path: Path) -> None:
    environ = serving(tmp_path)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("WEGWEISER_")}
    first = subprocess.Popen(
        [sys.executable, "wegweiser.py", "serve", "bot"], cwd=ROOT, env={**clean, **environ}, text=True, stdout=subprocess.PIPE
    )
    try:
        assert first.stdout is not None and "bot: http" in first.stdout.readline()
        for part in ("desk", "all"):
            second = run("serve", part, **serving(tmp_path))
            assert second.returncode == 2, second.stdout + second.stderr
            assert "another process is writing to this SQLite database" in second.stderr and "PostgreSQL" in second.stderr
            assert "http" not in second.stdout, "nothing was served"
        assert run("replay", **environ).returncode == 0
    finally:
        first.terminate()
        first.communicate(timeout=30)
    third = subprocess.Popen(
        [sys.executable, "wegweiser.py", "serve", "admin"], cwd=ROOT, env={**clean, **serving(tmp_path)}, text=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert third.stdout is not None and "admin: http" in third.stdout.readline(), "once the first has ended, it may"
    finally:
        third.terminate()
        third.communicate(timeout=30)
