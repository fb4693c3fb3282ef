"""Is this the database of the county that the program serves? Found out when it is opened, not by its first person."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from storage.database import Database
from storage.models import person
from storage.office_models import slip
from storage.statements import Statement

_OF_PEOPLE = Statement(select(person.c.kreis).where(person.c.kreis != bindparam("mine")).limit(1))
_OF_SLIPS = Statement(select(slip.c.kreis).where(slip.c.kreis != bindparam("mine")).limit(1))


def other_county(database: Database, mine: str) -> str | None:
    """The Kreis of somebody in this database who is not of ours; None if there is nobody. Works without keys too."""
    statements = (_OF_SLIPS, _OF_PEOPLE) if database.has_keys else (_OF_SLIPS,)
    for statement in statements:
        row = database.read_now(lambda uow, statement=statement: uow.tx.one(statement, mine=mine))  # type: ignore[misc]
        if row is not None:
            return str(row[0])
    return None
