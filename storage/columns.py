"""How a table's columns are spelled: one metadata, and a word for each sort of column."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, LargeBinary, MetaData, String

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite counts rows by itself only in a column of type INTEGER.
counted = BigInteger().with_variant(Integer, "sqlite")


def id_(name: str = "id", *, of: str | None = None, key: bool = False, empty: bool = False) -> Column[str]:
    reference = (ForeignKey(f"{of}.id"),) if of else ()
    return Column(name, String, *reference, primary_key=key, nullable=empty)


def time(name: str, *, empty: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=empty)


def blob(name: str, *, empty: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=empty)


def word(name: str, *, key: bool = False, empty: bool = False) -> Column[str]:
    return Column(name, String, primary_key=key, nullable=empty)
