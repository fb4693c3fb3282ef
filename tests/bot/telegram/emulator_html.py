"""Telegram's small HTML, read as strictly as the real server does, with its own words for what is wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "code": "code", "pre": "pre", "a": "text_link",
    "tg-spoiler": "spoiler", "span": "spoiler", "blockquote": "blockquote",
}  # fmt: skip
ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

_TAG = re.compile(r"</?([^\s>/]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|(\S+))""")
_CHAR = re.compile(r"&(#x[0-9a-fA-F]+|#\d+|[a-z]+);")


class CannotParse(Exception):
    """The text is refused. The message is what stands after "can't parse entities: "."""


@dataclass(frozen=True)
class Entity:
    type: str
    offset: int
    length: int
    url: str | None = None

    def to_json(self) -> dict[str, object]:
        url = {"url": self.url} if self.url else {}
        return {"type": self.type, "offset": self.offset, "length": self.length, **url}


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def parse(source: str) -> tuple[str, list[Entity]]:
    """Plain text and its entities. Raises CannotParse."""
    text: list[str] = []
    entities: list[Entity] = []
    open_tags: list[tuple[str, int, str | None]] = []
    length = at = 0
    while at < len(source):
        char = source[at]
        if char == "<":
            offset = len(source[:at].encode())
            found = _TAG.match(source, at)
            if found is None:
                raise CannotParse(f"Unclosed start tag at byte offset {offset}")
            name = found[1].lower()
            if source.startswith("</", at):
                entities += _closed(open_tags, name, length, offset)
            else:
                if name not in TAGS:
                    raise CannotParse(f'Unsupported start tag "{name}" at byte offset {offset}')
                if name == "span" and "tg-spoiler" not in found[2]:
                    raise CannotParse(f'Tag "span" must have class "tg-spoiler" at byte offset {offset}')
                href = _HREF.search(found[2]) if name == "a" else None
                open_tags.append((name, length, next(filter(None, href.groups()), None) if href else None))
            at = found.end()
            continue
        piece, at = _letter(source, at)
        text.append(piece)
        length += utf16(piece)
    if open_tags:
        raise CannotParse(f'Can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    return _trimmed("".join(text), sorted(entities, key=lambda entity: (entity.offset, -entity.length)))


def _closed(open_tags: list[tuple[str, int, str | None]], name: str, end: int, offset: int) -> list[Entity]:
    if not open_tags:
        raise CannotParse(f"Unexpected end tag at byte offset {offset}")
    opened, start, url = open_tags.pop()
    if name and name != opened:
        raise CannotParse(f'Unmatched end tag at byte offset {offset}, expected "</{opened}>", found "</{name}>"')
    return [Entity(TAGS[opened], start, end - start, url)] if end > start else []


def _letter(source: str, at: int) -> tuple[str, int]:
    found = _CHAR.match(source, at)
    if found is None:
        return source[at], at + 1
    name = found[1]
    if name.startswith("#"):
        number = int(name[2:], 16) if name.startswith("#x") else int(name[1:])
        if 0 < number < 0x10FFFF and not 0xD800 <= number < 0xE000:
            return chr(number), found.end()
    elif name in ENTITIES:
        return ENTITIES[name], found.end()
    return source[at], at + 1


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """The server drops white space around a message; entities move and shrink with it."""
    kept = text.strip(" \n\t\r")
    gone = utf16(text[: len(text) - len(text.lstrip(" \n\t\r"))])
    total = utf16(kept)
    moved = []
    for entity in entities:
        start = max(entity.offset - gone, 0)
        end = min(entity.offset + entity.length - gone, total)
        if end > start:
            moved.append(Entity(entity.type, start, end - start, entity.url))
    return kept, moved
