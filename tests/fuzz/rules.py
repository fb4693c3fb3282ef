"""Definition files (TOML): each either loads, or is refused with findings that name file and line; never anything else.

The first byte chooses the loader, the second whether the rest is the text itself or choices from which a file is built:
blocks of the real files with lines left out or their values changed. Plain bytes would hardly ever be TOML.
"""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from tests.fuzz.running import Pieces, instrumented, run

with instrumented("dialogs.load_rules", "dialogs.toml_source", "dialogs.rules_shape", "dialogs.load_conditions",
                  "dialogs.load_invariants", "dialogs.load_county", "dialogs.load_questionnaire", "dialogs.load_topics",
                  "dialogs.provisos", "dialogs.definition_shape"):  # fmt: skip
    from dialogs.load import ROOT, load_library
    from dialogs.load_county import load_county
    from dialogs.load_invariants import load_invariants
    from dialogs.load_questionnaire import load_questionnaire
    from dialogs.load_rules import load_book
    from dialogs.load_topics import load_topics
    from dialogs.routing import RuleBook, decide
    from tests.fuzz.sessions import ANSWERS, ON

LIBRARY = load_library("mettmann")
SCRIPT = LIBRARY.current(ON)
COUNTY, QUESTIONNAIRE, BOOK = SCRIPT.county, SCRIPT.questionnaire, SCRIPT.book
FOLDER = ROOT / "counties" / "mettmann"
# Where a file costs nothing, unless somebody (`make fuzz`) has said where.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) and "TMPDIR" not in os.environ else None
_WORK = tempfile.TemporaryDirectory(prefix="wegweiser-fuzz-", dir=MEMORY)  # goes when the program ends
WORK = Path(_WORK.name)
FINDING = re.compile(r"[\w./-]+\.toml:\d+: .", re.DOTALL)
MOST_BLOCKS = 4

VALUES = (
    '"M11"', '"JMD"', '"KEIN_BEDARF"', '"TOPIC"', '"referral"', '"info_only"', '""', '" "', '"{x}"', '"\\u0000"', "true", "false",
    "0", "-1", "2.5", "inf", "nan", "99999999999999999999", "2026-11-01", "2030-01-01", "0001-01-01", "2026-11-01T00:00:00",
    "10:00:00", "[]", '["M11"]', '["M11", "M11"]', "[1]", "[[1]]", "[{}]", "{}", "{ jung = true }", "{ jung = 1 }",
    '{ kommune = ["velbert", "nirgends"] }', "{ komplex = [] }", "{ ziel = \"JMD\" }",
    "{ a = { b = 1 } }", '{ S04_status = ["p104c"] }',
    '{ S04_status = "p104c" }', '{ nicht = ["x"] }', '[{ id = "a", text = "b" }]', '[{ id = 1 }]',
    '["unknown", "na", "skipped", 7]',
)  # fmt: skip
KEYS = (
    "id", "version", "valid_from", "valid_until", "source", "note", "when", "unless", "to", "mode", "urgent", "because", "card",
    "condition", "at_once", "section", "over", "over_because", "need", "text", "name", "aliases", "dienst", "traeger", "kommunen",
    "vze", "kind", "stage", "skip", "options", "no_answers", "ask_if", "ask_unless", "shown_if", "never_if", "review_by", "title",
    "demand", "never", "only", "ruel", "minimum", "maximum", "purpose", "numbers", "languages", "clearing", "leaves_out", "posts",
)  # fmt: skip


def _fragments(path: Path) -> tuple[str, tuple[str, ...]]:
    """The head of a real file, and its blocks without their comments."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]
    head, *blocks = re.split(r"^(?=\[)", "\n".join(lines), flags=re.MULTILINE)
    return head, tuple(sorted(blocks, key=len)[:60])


def _rules(text: str) -> list[str]:
    findings: list[str] = []
    book, _ = load_book(Path("rules.toml"), COUNTY, QUESTIONNAIRE, findings, ROOT, text)
    if not findings:
        _usable(book)
    return findings


def _usable(book: RuleBook) -> None:
    """What loads can also be asked; that no rule holds on this day is a finding of `check`, not of loading."""
    try:
        decide(book, SCRIPT.case(ANSWERS, ON))
    except LookupError:
        pass


def _in_a_file(name: str, load: Callable[[Path, list[str]], object]) -> Callable[[str], list[str]]:
    path = WORK / name

    def loaded(text: str) -> list[str]:
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        findings: list[str] = []
        load(path, findings)
        return findings

    return loaded


@lru_cache(maxsize=1)
def _loaders() -> tuple[tuple[Callable[[str], list[str]], tuple[str, tuple[str, ...]]], ...]:
    for name in ("county.toml", "services.toml"):
        (WORK / name).write_bytes(b"")
    questions = ROOT / "questionnaires" / "screening.toml"
    invariants = _in_a_file(
        "invariants.toml", lambda path, found: load_invariants(path, COUNTY, QUESTIONNAIRE, BOOK, found, WORK)
    )
    county = _in_a_file("county.toml", lambda path, found: load_county(WORK, found, WORK))
    services = _in_a_file("services.toml", lambda path, found: load_county(WORK, found, WORK))
    cards = ROOT / "cards.toml"
    (WORK / "no_cards.toml").write_text("")
    asked = _in_a_file(
        "questions.toml", lambda path, found: load_questionnaire(path, WORK / "no_cards.toml", "mettmann", found, WORK)
    )
    crisis = _in_a_file("cards.toml", lambda path, found: load_questionnaire(WORK / "none.toml", path, "mettmann", found, WORK))
    (WORK / "none.toml").write_text('[questionnaire]\nid = "scr"\nversion = "v"\n')
    topics = _in_a_file("topics.toml", lambda path, found: load_topics(path, [QUESTIONNAIRE], found, WORK))
    rules = (_rules, _fragments(FOLDER / "rules.toml"))
    return (
        rules, rules, (invariants, _fragments(FOLDER / "invariants.toml")), (county, _fragments(FOLDER / "county.toml")),
        (services, _fragments(FOLDER / "services.toml")), (asked, _fragments(questions)), (crisis, _fragments(cards)),
        (topics, _fragments(ROOT / "topics.toml")),
    )  # fmt: skip


def check(data: bytes) -> None:
    pieces = Pieces(data)
    load, (head, blocks) = pieces.one_of(_loaders())
    plain = pieces.byte() % 4 == 0
    text = pieces.rest().decode("utf-8", "surrogateescape") if plain else _built(pieces, head, blocks)
    findings = load(text)
    for finding in findings:
        assert isinstance(finding, str) and FINDING.match(finding), f"a finding without its place: {finding[:80]!r}"
    if not findings:
        tomllib.loads(text.replace("\r", "\n"))  # a file is read with its line ends as one kind


def _built(pieces: Pieces, head: str, blocks: tuple[str, ...]) -> str:
    parts = [_changed(pieces, head)]
    for _ in range(pieces.byte() % (MOST_BLOCKS + 1)):
        parts.append(_changed(pieces, pieces.one_of(blocks)))
    return "\n".join(parts)


def _changed(pieces: Pieces, block: str) -> str:
    """The block as it is; or with a line left out, doubled, put in, or with another value or name."""
    way, lines = pieces.byte() % 8, block.split("\n")
    if way < 2:
        return block
    at = pieces.byte() % len(lines)
    name, _, value = lines[at].partition(" = ")
    match way:
        case 2:
            lines[at : at + 1] = []
        case 3:
            lines[at : at + 1] = [lines[at], lines[at]]
        case 4:
            lines.insert(at + 1, f"{pieces.one_of(KEYS)} = {pieces.one_of(VALUES)}")
        case 5:
            lines[at] = f"{name} = {pieces.one_of(VALUES)}"
        case 6:
            lines[at] = f"{pieces.one_of(KEYS)} = {value}"
        case _:
            cut = pieces.byte() % (len(lines[at]) + 1)
            lines[at] = lines[at][:cut] + pieces.text(6) + lines[at][cut + pieces.byte() % 3 :]
    return "\n".join(lines)


if __name__ == "__main__":
    run("rules", check)
