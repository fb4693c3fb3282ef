"""Values as TOML writes them, in the manner of our own files."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_CONTROL = re.compile(r'[\\"\x00-\x1f\x7f]')
_CONTROL_BUT_LINES = re.compile(r"[\\\x00-\x08\x0b-\x1f\x7f]")


def toml_value(value: object) -> str:
    """The value as it stands behind `key = `. Raises TypeError for what TOML does not know."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        return _lines(value) if "\n" in value else f'"{_CONTROL.sub(_escape, value)}"'
    if isinstance(value, Mapping):
        inner = ", ".join(f"{toml_key(name)} = {_inline(item)}" for name, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inline, value))}]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def toml_key(name: str) -> str:
    return name if _BARE.fullmatch(name) else f'"{_CONTROL.sub(_escape, name)}"'


def _inline(value: object) -> str:
    """Inside braces everything stands on one line."""
    return f'"{_CONTROL.sub(_escape, value)}"' if isinstance(value, str) else toml_value(value)


def _lines(value: str) -> str:
    body = _CONTROL_BUT_LINES.sub(_escape, value)
    return '"""\n' + re.sub(r'"(?="|\Z)', r"\"", body) + '"""'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _ESCAPES.get(character) or f"\\u{ord(character):04X}"
