"""Past our own code: what somebody with the database file, or with the server's password, can do."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg


def execute(url: str, words: str, *values: object) -> list[tuple[Any, ...]]:
    """Run SQL with `?` for values, and commit. Gives the rows, if there are any."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10)
        try:
            rows = connection.execute(words, values).fetchall()
            connection.commit()
            return rows
        finally:
            connection.close()
    with psycopg.connect(url) as server:
        cursor = server.execute(words.replace("?", "%s").encode(), values)
        return cursor.fetchall() if cursor.description else []
