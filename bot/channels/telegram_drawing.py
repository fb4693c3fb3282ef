"""One page as Telegram messages: words in its small HTML, and rows of buttons under the last one.

Every word is escaped here and nowhere else. A message is cut only between blocks or words, never inside a tag.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.channels import Button, Form, Outgoing, Press

LONGEST_MESSAGE = 4096
LONGEST_LABEL = 64
MOST_COLUMNS = 8
RIGHT_TO_LEFT = "\u200f"

Pack = Callable[[Press], str]
Key = dict[str, str]
Keyboard = list[list[Key]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Texts to send one after another; the keyboard belongs to the last one."""

    texts: tuple[str, ...]
    keyboard: Keyboard


@dataclass(frozen=True, slots=True)
class Block:
    """Words that stand together. `glue` goes before them if they share a message with what came before."""

    text: str
    tag: str = ""
    glue: str = "\n\n"

    def html(self) -> str:
        escaped = html.escape(self.text, quote=False)
        return f"<{self.tag}>{escaped}</{self.tag}>" if self.tag else escaped


def draw(page: Outgoing, pack: Pack) -> Drawn:
    """The page as messages. `pack` turns a press into callback data and refuses what does not fit into 64 bytes."""
    blocks = [block for block in _blocks(page) if block.text.strip()] or [Block("…")]
    if page.direction == "rtl":
        blocks = [Block(_from_the_right(block.text), block.tag, block.glue) for block in blocks]
    return Drawn(tuple(_messages(blocks)), _keyboard(page, pack))


def parts(page: Outgoing) -> int:
    """How many messages the page becomes."""
    return len(draw(page, lambda press: "").texts)


# -- words ---------------------------------------------------------------------------------------------------------


def _blocks(page: Outgoing) -> Iterator[Block]:
    if page.prompt_note:
        yield Block(page.prompt_note)
    yield Block(" · ".join(filter(None, (page.progress, page.context))))
    for index, part in enumerate(page.heading.split("\n\n")):
        yield Block(part, "" if index else "b")
    for paragraph in page.paragraphs:
        yield Block(paragraph)
    for index, row in enumerate(page.rows):
        number = f"{index + 1}. " if row.change else ""
        colon = "" if row.term.endswith(("?", ":", "؟")) or not row.description else ":"
        yield Block(f"{number}{row.term}{colon} {row.description}".rstrip(), glue="\n" if index else "\n\n")
    yield Block(page.closing)
    yield Block(page.code, "code")
    for link in (*page.buttons, *page.links):
        if link.url and not fits_a_button(link.url):
            yield Block(f"{link.label}: {link.url}")
    yield Block(page.draft, "i")


def _from_the_right(text: str) -> str:
    """Telegram takes a line's direction from its first strong letter, which may be a German name."""
    return RIGHT_TO_LEFT + text.replace("\n", "\n" + RIGHT_TO_LEFT)


def utf16_length(text: str) -> int:
    """Telegram counts UTF-16 units: an emoji is two."""
    return len(text) + sum(char > "\uffff" for char in text)


def _messages(blocks: Sequence[Block]) -> Iterator[str]:
    if sum(len(block.text) + 2 for block in blocks) * 2 <= LONGEST_MESSAGE:
        yield _joined(blocks)
        return
    together: list[Block] = []
    length = 0
    for block in (piece for whole in blocks for piece in _pieces(whole)):
        more = utf16_length(block.text) + 2
        if together and length + more > LONGEST_MESSAGE:
            yield _joined(together)
            together, length = [], 0
        together.append(block)
        length += more
    yield _joined(together)


def _joined(blocks: Sequence[Block]) -> str:
    first, *others = blocks
    return first.html() + "".join(block.glue + block.html() for block in others)


def _pieces(block: Block) -> Iterator[Block]:
    """A block that is longer than a message, cut between words (or, if there are none, between letters)."""
    text, glue, room = block.text, block.glue, LONGEST_MESSAGE - 2
    while utf16_length(text) > room:
        end, used = 0, 0
        while end < len(text) and used + (step := 2 if text[end] > "\uffff" else 1) <= room:
            used += step
            end += 1
        space = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
        cut = space if space > end // 2 else end
        yield Block(text[:cut], block.tag, glue)
        text = text[cut:].lstrip()
    yield Block(text, block.tag, glue)


# -- buttons -------------------------------------------------------------------------------------------------------

# These may share a row; everything else is a decision and stands alone.
_SMALL = frozenset("bshmLip")
_ROW_LETTERS = 30


def _keyboard(page: Outgoing, pack: Pack) -> Keyboard:
    rows: Keyboard = _fields(page.form, pack) if page.form else []
    changes = [_press_key(f"{row.change.label} {n}", row.change, pack) for n, row in enumerate(page.rows, 1) if row.change]
    rows += _in_columns([key for key in changes if key], 2)
    rows += _ways(page.buttons, pack)
    rows += [[_url_key(link)] for link in page.links if link.url and fits_a_button(link.url)]
    return rows


def _fields(form: Form, pack: Pack) -> Keyboard:
    def key(label: str, act: str, option: str = "") -> Key:
        return {"text": _label(label), "callback_data": pack(Press(form.session, form.prompt, act, option))}

    rows: Keyboard = []
    if form.draft:
        # What has been chosen of a date stands on a button, not in the words: it goes when the keyboard goes.
        rows.append([key("← " + " · ".join(form.draft), "b")])
    keys = []
    for field in form.fields:
        if form.kind == "multi":
            keys.append(key(("☑ " if field.selected else "☐ ") + field.label, "-" if field.selected else "+", field.id))
        elif form.kind == "language":
            keys.append(key(("✓ " if field.selected else "") + field.label, "l", field.id))
        else:
            keys.append(key(field.label, "c", field.id))
    rows += _in_columns(keys, form.columns)
    if form.kind == "multi":
        rows.append([key(form.done, "d")])
    return rows


def _in_columns(keys: Sequence[Key], columns: int) -> Keyboard:
    width = min(max(columns, 1), MOST_COLUMNS)
    return [list(keys[start : start + width]) for start in range(0, len(keys), width)]


def _ways(buttons: Sequence[Button], pack: Pack) -> Keyboard:
    rows: Keyboard = []
    letters, small = 0, False
    for button in buttons:
        key = _press_key(button.label, button, pack) if button.press else _url_key(button)
        if not key:
            continue
        is_small = button.press is not None and button.press.act in _SMALL
        if rows and small and is_small and len(rows[-1]) < 3 and letters + len(key["text"]) <= _ROW_LETTERS:
            rows[-1].append(key)
            letters += len(key["text"])
        else:
            rows.append([key])
            letters = len(key["text"])
        small = is_small
    return rows


def _press_key(label: str, button: Button, pack: Pack) -> Key:
    return {"text": _label(label), "callback_data": pack(button.press)} if button.press else {}


def _url_key(button: Button) -> Key:
    return {"text": _label(button.label), "url": button.url} if button.url and fits_a_button(button.url) else {}


def _label(words: str) -> str:
    line = " ".join(words.split()) or "…"
    return line if len(line) <= LONGEST_LABEL else line[: LONGEST_LABEL - 1] + "…"


_WEB_ADDRESS = re.compile(r"https?://(?!localhost|127\.|\[)[^\s/?#]+\.[^\s/?#]+\S*", re.IGNORECASE)


def fits_a_button(url: str) -> bool:
    """Telegram refuses a whole message for one link to a telephone number or to this machine: those stand in the words."""
    return _WEB_ADDRESS.fullmatch(url) is not None
