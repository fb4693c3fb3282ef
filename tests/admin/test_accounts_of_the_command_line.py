"""`wegweiser user` with bad input: one line on standard error that names place and remedy, and exit 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from admin.accounts import commands
from storage import KeyRing


def refusal(*arguments: str, **given: str | bytes | None) -> str:
    """What is said. An exception that nobody catches would be a traceback on the operator's screen."""
    stdin = given.pop("stdin", None)
    environ = {"WEGWEISER_DATABASE_URL": None, "WEGWEISER_KEYS": None, **given}
    result = CliRunner().invoke(commands, list(arguments), input=stdin, env=environ)  # type: ignore[arg-type]
    assert isinstance(result.exception, SystemExit), result.exception
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    KeyRing.create_file(tmp_path / "keys.toml")
    return tmp_path / "keys.toml"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "can't be read. Check the path"),
        (b"database_url = [", "no valid TOML"),
        (b"a = " + b"[" * 100_000, "no valid TOML"),
        (b'keys = "\xff"', "is no UTF-8 text. Save it as UTF-8."),
        (b'database_url = "sqlite:///x"\nkeys = "\\u0000"', "keys: no file has such a name"),
    ],
)
def test_a_settings_file_that_is_missing_or_broken_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    config = tmp_path / "w.toml"
    if content is not None:
        config.write_bytes(content)
    message = refusal("list", "--config", str(config))
    assert "w.toml" in message and said in message


@pytest.mark.parametrize("url", ["foo", "mysql://nutzer:geheim@x/y", "sqlite://", "postgresql://nutzer:geheim@h:abc/x"])
def test_a_database_address_that_is_none_is_named_and_not_repeated(tmp_path: Path, key_file: Path, url: str) -> None:
    from_environment = refusal("list", WEGWEISER_DATABASE_URL=url, WEGWEISER_KEYS=str(key_file))
    config = tmp_path / "w.toml"
    config.write_text(f'database_url = "{url}"\nkeys = "{key_file}"')
    from_file = refusal("list", "--config", str(config))
    assert from_environment.startswith("WEGWEISER_DATABASE_URL: ") and "w.toml: database_url: " in from_file
    for message in (from_environment, from_file):
        assert "Use sqlite:///" in message and "geheim" not in message


def test_an_unknown_county_is_wrong_use() -> None:
    assert refusal("add", "kim", "--role", "desk", "--county", "atlantis") == (
        "--county: unknown county 'atlantis'; there are: mettmann, euskirchen, rhein-sieg\n"
    )


def test_an_unknown_traeger_is_refused_with_the_county_that_was_looked_in() -> None:
    assert "no Träger 'x' in mettmann; there are: " in refusal("add", "kim", "--role", "desk", "--traeger", "x")


def test_a_password_that_is_no_utf_8_is_refused(office_file: Path, key_file: Path) -> None:
    message = refusal(
        "add", "kim", "--role", "desk", stdin=b"\xff\xfe" * 20 + b"\n",
        WEGWEISER_DATABASE_URL=f"sqlite:///{office_file}", WEGWEISER_KEYS=str(key_file),
    )  # fmt: skip
    assert "the password is no UTF-8 text" in message
