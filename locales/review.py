"""Which translated sentences a person has approved, by the hash of exactly their words. Everything else is a draft.

The hashes stand in review.toml; `python -m locales.approve` writes them.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from locales.errors import CatalogProblem

STATUSES = ("source", "draft", "reviewed")

HEAD = """\
# Who has approved which translation. A language is "reviewed" when every sentence of it is; until then it is a "draft"
# and says so to the person. `texts` holds the hash of the German and the translated words: when either changes, the
# approval of that sentence lapses by itself. German is the source, owned by the offices.
# Written by `python -m locales.approve`; status may be changed by hand.
"""


@dataclass(frozen=True, slots=True)
class Review:
    """The state of one language."""

    status: str
    reviewer: str = ""
    date: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reviews:
    """The whole of review.toml."""

    languages: Mapping[str, Review]

    @classmethod
    def load(cls, path: Path) -> Reviews:
        """A missing file means: nothing is approved."""
        if not path.exists():
            return cls({})
        with path.open("rb") as file:
            table = tomllib.load(file)
        languages = {}
        for locale, entry in table.get("language", {}).items():
            if entry.get("status") not in STATUSES:
                raise CatalogProblem(f"{path.name}: {locale}: status must be one of {', '.join(STATUSES)}")
            languages[locale] = Review(
                entry["status"], entry.get("reviewer", ""), str(entry.get("date", "")), entry.get("texts", {})
            )
        return cls(languages)

    def approved(self, locale: str, key: str, digest: str) -> bool:
        review = self.languages.get(locale)
        return review is not None and review.texts.get(key) == digest

    def dump(self) -> str:
        """The file's text. Keys and hashes need no escaping; a reviewer's name is written as a literal string."""
        out = [HEAD]
        for locale, review in sorted(self.languages.items()):
            out.append(f'\n[language.{locale}]\nstatus = "{review.status}"\n')
            if review.reviewer:
                out.append(f"reviewer = '{review.reviewer}'\ndate = {review.date}\n")
            if review.texts:
                out.append(f"\n[language.{locale}.texts]\n")
                out.extend(f'"{key}" = "{digest}"\n' for key, digest in sorted(review.texts.items()))
        return "".join(out)


def fingerprint(german: Sequence[str], forms: Sequence[str]) -> str:
    """Hash of a sentence together with its German. Both lists are framed, so no two pairs can run into each other."""
    digest = hashlib.sha256()
    for words in (*german, "", *forms):
        raw = words.encode()
        digest.update(len(raw).to_bytes(4) + raw)
    return digest.hexdigest()[:32]
