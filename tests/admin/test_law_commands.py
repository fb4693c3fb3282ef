"""The law watch from outside: what it prints, how it ends, what it says to bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.test_commands import run

STATUTES = Path(__file__).parents[1] / "dialogs" / "statutes"


def test_show_law_lists_references_with_their_day_and_what_rests_on_them() -> None:
    result = run("show", "law", "--on", "2026-11-21")
    assert result.returncode == 0, result.stderr
    for words in (
        "## AufenthG – Aufenthaltsgesetz", "| § 104c Abs. 2 | 19.08.2026 |", "Regel M02", "Thema K18", "Frist D3",
        "ändert sich am 01.07.2027", "Text nicht geprüft", "Kreis Mettmann, Vorlage 50/014/2024",
    ):  # fmt: skip
        assert words in result.stdout, words


def test_show_law_as_json_names_file_and_line() -> None:
    found = json.loads(run("show", "law", "--county", "mettmann", "--on", "2026-11-21", "--json").stdout)
    (reference,) = (item for item in found["references"] if item["reference"] == "§ 81 Abs. 4 Satz 1 AufenthG")
    assert reference["stand"] == "2026-08-19" and {"kind": "deadline", "id": "D3"} in [
        {"kind": place["kind"], "id": place["id"]} for place in reference["places"]
    ]
    rule = next(p for item in found["references"] for p in item["places"] if (p["kind"], p["id"]) == ("rule", "M02"))
    assert rule["file"] == "counties/mettmann/rules.toml" and rule["line"] > 1
    assert {item["source"] for item in found["other"]} >= {"Empfehlung", "asyl.net Jahreswechsel"}


def test_what_does_not_hold_on_a_day_is_not_listed() -> None:
    assert "Thema K01" not in run("show", "law", "--on", "2026-11-20").stdout
    assert "Thema K01" in run("show", "law", "--on", "2026-11-21").stdout


def test_compare_names_what_to_review_and_ends_with_one() -> None:
    result = run("law", "compare", str(STATUTES / "old.md"), str(STATUTES / "new.md"), "--on", "2026-11-21")
    assert result.returncode == 1, result.stderr
    assert "- § 25b Abs. 2 AufenthG: geändert" in result.stdout
    assert "- Thema K02 (topics.toml:" in result.stdout
    assert "Regel M03 (counties/mettmann/rules.toml:" in result.stdout, "it cites § 59 Abs. 1, which is gone"
    assert "Regel M02 " not in result.stdout, "it cites § 104c and § 81 only"
    assert "In" not in result.stderr and "§ 104c AufenthG" in result.stdout.rsplit("Zitiert, aber", 1)[1]


def test_compare_as_json_and_without_a_difference() -> None:
    old = str(STATUTES / "old.md")
    same = run("law", "compare", old, old, "--on", "2026-11-21")
    assert same.returncode == 0 and "Kein Unterschied" in same.stdout
    found = json.loads(run("law", "compare", old, str(STATUTES / "new.md"), "--on", "2026-11-21", "--json").stdout)
    assert {"place": "§ 59 AufenthG", "kind": "weggefallen", "detail": ""} in found["changes"]
    topic = next(item for item in found["review"] if item["id"] == "K02")
    assert topic["because"] == ["§ 25b Abs. 2 AufenthG: geändert"] and topic["references"] == ["§ 25b Abs. 2 AufenthG"]


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (b"", (), "new.md:1: no paragraph was found"),
        (b"\xff\xfe", (), "new.md: is no UTF-8 text"),
        (b"## \xc2\xa7 25b T", (), "new.md:1: no law stands above this heading"),
        (b"# AufenthG", ("--law", "XyzG"), "--law XyzG: no such law"),
        (b"# AufenthG", ("--on", "morgen"), "--on 'morgen' is no date"),
        (b"# AufenthG", ("--county", "atlantis"), "unknown county 'atlantis'"),
    ],
)
def test_bad_input_is_one_line_with_its_remedy(tmp_path: Path, content: bytes, more: tuple[str, ...], said: str) -> None:
    new = tmp_path / "new.md"
    new.write_bytes(content)
    result = run("law", "compare", str(STATUTES / "old.md"), str(new), *more)
    assert result.returncode == 2 and result.stdout == "" and said in result.stderr and result.stderr.count("\n") == 1


def test_a_missing_file_is_named_without_its_folder(tmp_path: Path) -> None:
    result = run("law", "compare", str(tmp_path / "weg.md"), str(STATUTES / "new.md"))
    assert (result.returncode, result.stderr) == (2, "weg.md: can't be read. Check the path.\n")


def test_check_lists_stale_texts_as_remarks_and_passes() -> None:
    result = run("check", "--on", "2027-07-01")
    assert result.returncode == 0, result.stdout
    assert "topics.toml:1: K01: Bemerkung needs-review" in result.stdout and "cards.toml:1: S1: Bemerkung stale" in result.stdout
    assert "no findings" in result.stdout
    today = run("check", "--on", "2026-11-21")
    assert today.returncode == 0 and "remark: stale" not in today.stdout and "remark: law-changed" not in today.stdout


def test_a_day_without_rules_is_a_finding_of_check_and_wrong_use_of_show() -> None:
    checked = run("check", "--on", "2020-01-01")
    assert checked.returncode == 1 and "no-script" in checked.stdout and "Traceback" not in checked.stderr
    for what in ("rules", "questionnaire", "map"):
        shown = run("show", what, "--on", "2020-01-01")
        assert shown.returncode == 2 and "Choose a later day" in shown.stderr and "Traceback" not in shown.stderr
    chat = run("chat", "--on", "2020-01-01")
    assert chat.returncode == 2 and "Choose a later day" in chat.stderr
