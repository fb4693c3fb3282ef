"""One transaction as the repositories see it: statements go in, plain tuples come out."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import Dialect

from storage.errors import NotStorable
from storage.failures import Busy
from storage.fieldcipher import SubjectCipher
from storage.ids import Ids
from storage.instants import stamp
from storage.keys import KeyRing
from storage.statements import Row, Statement

if TYPE_CHECKING:
    from storage.data_keys import DataKeys
    from storage.ledger import Erased


class Transaction:
    """`now` and `at` are fixed for the whole step. `erased`: whose keys to forget after the commit; `ledger`: their marks.

    `alone`: no other step shares the transaction, so it may wait for a lock. Steps that share one must not: two processes
    would wait for each other. They raise Busy instead and are done again alone. `held`: chats locked until the commit.
    """

    __slots__ = (
        "_driver",
        "_ids",
        "alone",
        "at",
        "data_keys",
        "dialect",
        "erased",
        "held",
        "ledger",
        "now",
        "queries",
        "shared",
        "tide",
        "writing",
    )

    def __init__(
        self,
        driver: Any,
        dialect: Dialect,
        data_keys: DataKeys,
        ids: Ids,
        now: dt.datetime,
        *,
        writing: bool,
        alone: bool = True,
    ) -> None:
        self._driver = driver
        self._ids = ids
        self.dialect = dialect
        self.data_keys = data_keys
        self.now = now.astimezone(dt.UTC)
        self.at = stamp(now)
        self.writing = writing
        self.alone = alone
        # Other processes may write at the same moment. (SQLite has one writer.)
        self.shared = writing and dialect.name == "postgresql"
        self.held: set[str] = set()
        self.erased: list[str] = []
        self.ledger: list[Erased] = []
        self.queries = 0
        self.tide = data_keys.tide

    @property
    def keys(self) -> KeyRing:
        return self.data_keys.ring

    def new_id(self) -> str:
        return self._ids.new(self.now)

    def cipher(self, subject: str) -> SubjectCipher:
        """The data key of a person or chat; raises KeyDestroyed if it was erased."""
        return self.data_keys.cipher(self, subject)

    def serialise(self, name: str) -> None:
        """On PostgreSQL: wait until no other process is between this and its commit. SQLite has one writer anyway."""
        if self.dialect.name != "postgresql":
            return
        values = {"name": f"wegweiser {name}"}
        if self.alone:
            self._driver.execute("SELECT pg_advisory_xact_lock(hashtext(%(name)s))", values)
        elif not self._driver.execute("SELECT pg_try_advisory_xact_lock(hashtext(%(name)s))", values).fetchone()[0]:
            raise Busy

    # -- statements --------------------------------------------------------------------------------------------------

    def run(self, statement: Statement, **values: Any) -> int:
        """How many rows were touched."""
        count: int = self._cursor(statement, values).rowcount
        return count

    def one(self, statement: Statement, **values: Any) -> Row | None:
        row: Row | None = self._cursor(statement, values).fetchone()
        return row

    def all(self, statement: Statement, **values: Any) -> list[Row]:
        rows: list[Row] = self._cursor(statement, values).fetchall()
        return rows

    def words(self, words: str) -> Row | None:
        """One row of a question to the server itself, which has no values and no tables."""
        row: Row | None = self._driver.execute(words).fetchone()
        return row

    def _cursor(self, statement: Statement, values: dict[str, Any]) -> Any:
        for name, value in values.items():
            if isinstance(value, str) and not _storable(value):
                raise NotStorable(f"{name} holds NUL or half a surrogate pair")
        words, fixed = statement.text(self.dialect)
        self.queries += 1
        return self._driver.execute(words, {**fixed, **values} if fixed else values)


def _storable(text: str) -> bool:
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
