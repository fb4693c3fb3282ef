"""Notes that a person has approved translations: writes the hashes of exactly those words into review.toml.

`python -m locales.approve en --reviewer "Name" --on 2026-12-01 [--only "card.*"]`
"""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from locales.catalog import Catalog
from locales.review import Review, Reviews, fingerprint


def main(arguments: Sequence[str] | None = None) -> int:
    """Note that a person has read and approved sentences of a language."""
    parser = argparse.ArgumentParser(prog="python -m locales.approve", description=main.__doc__)
    parser.add_argument("locale")
    parser.add_argument("--reviewer", required=True)
    parser.add_argument("--on", required=True, type=dt.date.fromisoformat, metavar="YYYY-MM-DD")
    parser.add_argument("--only", default="*", help="ids that were read, for example card.*")
    parser.add_argument("--root", type=Path, default=Path(__file__).parent)
    chosen = parser.parse_args(arguments)
    if "'" in chosen.reviewer or not chosen.reviewer.isprintable():
        parser.error("the reviewer's name may not hold a quotation mark or control characters")
    path: Path = chosen.root / "review.toml"
    messages = Catalog.load(chosen.root).messages(chosen.locale)
    approved = {
        key: fingerprint(message.german, message.forms)
        for key, message in messages.items()
        if fnmatchcase(key, chosen.only) and not message.fuzzy and all(message.forms)
    }
    if not approved:
        parser.error(f"{chosen.locale} has no translated sentence {chosen.only}")
    languages = dict(Reviews.load(path).languages)
    before = languages.get(chosen.locale, Review("draft"))
    current = {key: fingerprint(m.german, m.forms) for key, m in messages.items()}
    texts = {key: digest for key, digest in before.texts.items() if current.get(key) == digest} | approved
    status = "reviewed" if texts == current else "draft"
    languages[chosen.locale] = Review(status, chosen.reviewer, chosen.on.isoformat(), texts)
    path.write_text(Reviews(languages).dump(), encoding="utf-8")
    print(f"{chosen.locale}: {len(texts)} of {len(current)} sentences approved, status {status}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
