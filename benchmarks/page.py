"""Where printed figures are kept: a Markdown page with one marked part for each command.

    put(Path("docs/figures.md"), "webhook", table)

The part stands between `<!-- webhook -->` and `<!-- /webhook -->`; everything else of the page is written by hand.
"""

from __future__ import annotations

from pathlib import Path


class NoSuchPart(Exception):
    """The page has no marks for this part. Names the page and the marks to add."""


def put(page: Path, part: str, words: str) -> None:
    """Replace the part. What was measured before is gone: a page shows one state of the program."""
    begin, end = f"<!-- {part} -->", f"<!-- /{part} -->"
    text = page.read_text(encoding="utf-8")
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise NoSuchPart(f"{page}: add the lines {begin} and {end} once each, where the figures shall stand")
    before, after = text.partition(begin)[0], text.partition(end)[2]
    page.write_text(f"{before}{begin}\n{words.strip()}\n{end}{after}", encoding="utf-8")
