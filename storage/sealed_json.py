"""Values as JSON, on their way into and out of a ciphertext."""

from __future__ import annotations

from typing import Any

import orjson

from storage.errors import NotStorable


def packed(value: object) -> bytes:
    """NUL is safe in here (JSON escapes it); half a surrogate pair is no text and is refused."""
    try:
        return orjson.dumps(value)
    except TypeError as problem:  # orjson's words name the type, never the value
        raise NotStorable(f"can't be stored as JSON: {problem}") from None


def unpacked(raw: bytes) -> Any:
    return orjson.loads(raw)
