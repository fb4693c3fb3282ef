"""Review: an approval belongs to exact words, and lapses with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from locales.approve import main
from locales.catalog import Catalog
from locales.errors import CatalogProblem
from locales.extract import update
from locales.review import Reviews, fingerprint


@pytest.fixture
def root(tmp_path: Path, definitions: Path) -> Path:
    root = tmp_path / "locales"
    update(definitions, root, new=["en"])
    path = root / "en" / "LC_MESSAGES" / "messages.po"
    text = path.read_text().replace('msgid "Zurück"\nmsgstr ""', 'msgid "Zurück"\nmsgstr "Back"')
    path.write_text(text.replace('msgid "alt"\nmsgstr ""', 'msgid "alt"\nmsgstr "old"'))
    return root


def approve(root: Path, *more: str) -> int:
    return main(["en", "--reviewer", "Amal Müller", "--on", "2026-12-01", "--root", str(root), *more])


def test_everything_is_a_draft_until_somebody_approves_it(root: Path) -> None:
    assert Catalog.load(root).is_draft("ui.back", "en")
    assert Catalog.load(root).is_draft("no.such.key", "en")
    approve(root, "--only", "ui.*")
    catalog = Catalog.load(root)
    assert not catalog.is_draft("ui.back", "en")
    assert catalog.is_draft("kl.Q1.alt", "en")


def test_an_approval_lapses_when_the_words_change(root: Path) -> None:
    approve(root)
    path = root / "en" / "LC_MESSAGES" / "messages.po"
    path.write_text(path.read_text().replace('"Back"', '"Return"'))
    assert Catalog.load(root).is_draft("ui.back", "en")
    approve(root, "--only", "kl.*")
    review = Reviews.load(root / "review.toml").languages["en"]
    assert set(review.texts) == {"kl.Q1.alt"}
    assert (review.status, review.reviewer, review.date) == ("draft", "Amal Müller", "2026-12-01")


def test_a_language_is_reviewed_only_when_every_sentence_is(root: Path, definitions: Path) -> None:
    approve(root)
    assert Reviews.load(root / "review.toml").languages["en"].status == "draft"
    (definitions / "texts.toml").write_text('[ui]\nback = "Zurück"\n')
    (definitions / "questionnaires" / "klein.toml").unlink()
    update(definitions, root)
    approve(root)
    assert Reviews.load(root / "review.toml").languages["en"].status == "reviewed"


@pytest.mark.parametrize("more", [["--only", "nothing.*"], ["--reviewer", "O'Neill"]])
def test_wrong_use_is_refused_and_writes_nothing(root: Path, more: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        approve(root, *more)
    assert caught.value.code == 2
    assert not (root / "review.toml").exists()


def test_an_unknown_status_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "review.toml"
    path.write_text('[language.en]\nstatus = "perfect"\n')
    with pytest.raises(CatalogProblem, match="status must be one of"):
        Reviews.load(path)


def test_a_fingerprint_frames_its_parts() -> None:
    assert fingerprint(["ab"], ["c"]) != fingerprint(["a"], ["bc"])
    assert fingerprint(["a", "b"], ["c"]) != fingerprint(["a"], ["b", "c"])
