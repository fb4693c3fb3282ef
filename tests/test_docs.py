"""What is written about the program, tied to the program: words, settings, files, commands, screens."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from collections.abc import Iterator
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

import wegweiser
from bot.settings import Settings
from dialogs import county
from dialogs.answers import NoAnswer
from dialogs.facts import OPTION_FACTS, Params, facts
from dialogs.referral import REASONS, Move, ReferralStatus
from dialogs.session import Status

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = [README, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PACKAGES = ("admin", "bot", "dialogs", "locales", "storage")

FENCE = re.compile(r"^```.*?^```|^(?: {4}.*\n)+", re.M | re.S)
INLINE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"(?<![\w/.*-])\.?[\w-]+(?:/[\w.-]+)*(?:/|\.(?:py|toml|md|html|txt|po|png|in|css|js|yml))(?![\w/*])")
WHOLE = re.compile(r"(?!\.venv)[\w.-]+(?:/[\w.-]+)+/?")
LINK = re.compile(r"\]\(([^)#]+)(?:#([^)]+))?\)")
COMMAND = re.compile(r"(?<![\w./:-])wegweiser(?:\.py)? ([a-z]+)(?: ([a-z]+))?")


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code(page: Path) -> Iterator[str]:
    """Every piece of a page that is set as code."""
    for block in FENCE.findall(text(page)):
        yield from block.splitlines()
    yield from INLINE.findall(FENCE.sub("", text(page)))


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")
        yield from (ROOT / package).rglob("*.toml")
    yield ROOT / "wegweiser.py"


@cache
def words_of_the_code() -> frozenset[str]:
    return frozenset(word for path in sources() for word in re.findall(r"\w+", text(path)))


@cache
def glossary() -> dict[str, str]:
    """Identifier: the row it stands in."""
    rows = [line for line in text(ROOT / "docs" / "glossary.md").splitlines() if line.startswith("| ") and "`" in line]
    return {identifier: row for row in rows for identifier in INLINE.findall(row.split("|")[2])}


@cache
def names_of_files() -> frozenset[str]:
    kept = (path for path in ROOT.rglob("*") if not {".venv", ".git", "var", "build"} & set(path.relative_to(ROOT).parts))
    return frozenset(path.name for path in kept if path.is_file())


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = [line.lstrip("# ").lower() for line in text(page).splitlines() if line.startswith("#")]
    return {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings}


def commands() -> dict[str, Any]:
    found: dict[str, Any] = typer.main.get_command(wegweiser.app).commands  # type: ignore[attr-defined]
    return found


# -- the glossary ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "identifiers"),
    [
        ("facts", [*facts(Params()), *OPTION_FACTS]),
        ("kinds of help and places", [name for name, kind in vars(county).items() if is_dataclass(kind)]),
        ("states of a referral", [status.value for status in ReferralStatus]),
        ("moves of a referral", [move.value for move in Move]),
        ("states of a session", [status.value for status in Status]),
        ("reasons", REASONS),
        ("ways to give no answer", [answer.name for answer in NoAnswer]),
    ],
)
def test_the_glossary_has_all(what: str, identifiers: list[str]) -> None:
    assert identifiers
    assert [name for name in identifiers if name not in glossary()] == []


def test_every_identifier_of_the_glossary_is_in_the_code() -> None:
    assert len(glossary()) > 100
    assert [name for name in glossary() if name not in words_of_the_code()] == []


def test_every_row_of_the_glossary_has_a_word_a_sentence_and_a_source() -> None:
    for row in glossary().values():
        word, _, sentence, source = (cell.strip() for cell in row.strip("|").split("|"))
        assert word and sentence.endswith(".") and source, row


# -- the settings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_readme_has_every_setting_with_its_default(name: str) -> None:
    rows = [line for line in text(README).splitlines() if line.startswith(f"| `WEGWEISER_{name.upper()}` |")]
    assert len(rows) == 1
    default = Settings.model_fields[name].default
    assert (f"`{default}`" if default else "none") in rows[0].split("|")[2]


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    known = {f"WEGWEISER_{name.upper()}" for name in Settings.model_fields}
    known |= set(re.findall(r"WEGWEISER_[A-Z_]+", text(ROOT / "Dockerfile")))
    assert {name for page in PAGES for name in re.findall(r"WEGWEISER_[A-Z_]*[A-Z]", text(page))} <= known


# -- files -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_a_page_names_exists(page: Path) -> None:
    named = {name for piece in code(page) for name in FILE.findall(piece)}
    named |= {piece for piece in code(page) if WHOLE.fullmatch(piece)}
    missing = {name for name in named if not (ROOT / name).exists() and name not in names_of_files()}
    assert missing - {"keys.toml"} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, part in LINK.findall(text(page)):
        if target.startswith("http"):
            continue
        found = page.parent / target
        assert found.exists(), f"{target}: missing"
        assert not part or part in anchors(found), f"{target}#{part}: no such heading"


# -- commands --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", text(ROOT / "Makefile"), re.M))
    assert {target for piece in code(page) for target in re.findall(r"\bmake ([a-z]+)", piece)} <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_a_page_names_exists(page: Path) -> None:
    known = commands()
    for piece in code(page):
        for name, second in COMMAND.findall(piece):
            assert name in known, piece
            command = known[name]
            inner = getattr(command, "commands", None)
            if inner is not None and second:
                assert second in inner, piece
                command = inner[second]
            options = {option for parameter in command.params for option in parameter.opts}
            after = piece[COMMAND.search(piece).end() :]  # type: ignore[union-attr]
            assert set(re.findall(r"(?<!\S)--[a-z-]+", after)) <= options, piece
        for module in re.findall(r"python -m ([a-z.]+)", piece):
            assert importlib.util.find_spec(module) is not None, piece


def test_the_readme_names_every_command() -> None:
    named = {name for piece in code(README) for name, _ in COMMAND.findall(piece)}
    assert named == set(commands())


# -- screens ---------------------------------------------------------------------------------------------------------


@cache
def screens() -> str:
    """Everything that the office's pages can say, and the texts that people read."""
    paths = [*(ROOT / "admin").rglob("*.html"), *(ROOT / "admin").rglob("*.py"), ROOT / "dialogs" / "texts.toml"]
    paths += (ROOT / "dialogs" / "counties").glob("*/rules.toml")
    return " ".join(" ".join(text(path) for path in paths).split())


@pytest.mark.parametrize("name", ["schalter", "case-management"])
def test_what_the_handbook_prints_in_bold_stands_on_a_screen(name: str) -> None:
    page = text(ROOT / "docs" / "handbuch" / f"{name}.md")
    bold = [" ".join(words.split()) for words in re.findall(r"\*\*(.+?)\*\*", page, re.S)]
    assert len(bold) > 10
    assert [words for words in bold if words not in screens()] == []


def test_the_handbook_has_the_sentence_of_the_desk_word_for_word() -> None:
    from admin.desk.slips import SENTENCE

    page = " ".join(text(ROOT / "docs" / "handbuch" / "schalter.md").replace("\n> ", " ").split())
    assert f"„{SENTENCE}\"" in page


# -- decisions and versions ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda page: page.stem[:4])
def test_a_decision_has_its_number_and_says_what_it_costs(page: Path) -> None:
    assert re.fullmatch(r"[0-9]{4}-[a-z0-9-]+", page.stem)
    assert text(page).startswith(f"# {page.stem[:4]} ")
    for part in ("Context", "Decision", "Reason", "Price"):
        assert f"\n## {part}\n" in text(page), part


def test_the_changelog_has_the_version_of_the_program() -> None:
    version = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]["version"]
    assert f"\n## [{version}] - " in text(ROOT / "CHANGELOG.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_speaks_of_a_machine_it_was_written_on(page: Path) -> None:
    assert not re.search(r"(?<![\w.])/(?:home|root|tmp|work|Users)/", text(page))
