"""Do these keys belong to this database? Found out when it is opened, not when the first answer can't be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.errors import DatabaseInUse, KeyProblem
from storage.keys import KeyRing
from storage.models import key_check
from storage.statements import Statement, adding_if_new

if TYPE_CHECKING:
    from storage.database import Database

_KNOWN = Statement(select(key_check.c.name, key_check.c.fingerprint))
_ADD = adding_if_new(key_check)


def check_keys(database: Database, keys: KeyRing) -> None:
    """Compare fingerprints; those of new keys are noted (by the process that writes)."""
    known = {row[0]: bytes(row[1]) for row in database.read_now(lambda uow: uow.tx.all(_KNOWN))}
    mine = keys.fingerprints()
    wrong = sorted(name for name, print_ in mine.items() if known.get(name, print_) != print_)
    if wrong:
        raise KeyProblem(
            f"the key file belongs to another database ({', '.join(wrong)} differ). Use the file this one was made with."
        )
    new = {name: print_ for name, print_ in mine.items() if name not in known}
    if new:
        try:
            database.write_now(lambda uow: [uow.tx.run(_ADD, name=name, fingerprint=print_) for name, print_ in new.items()])
        except DatabaseInUse:
            pass  # we only read here; the process that writes has noted them or will
