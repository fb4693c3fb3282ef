"""Does the database really take something, and do the keys work? Asked by `/readyz`; leaves nothing behind."""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import bindparam, delete

from storage.keys import KEY_LENGTH
from storage.office_models import counter
from storage.statements import Statement, counting_up
from storage.unit_of_work import UnitOfWork

NAME: Final = "probe"

# A table that the desk may write too. Put and taken away in one transaction: pages are written, no row is ever seen.
_PUT = counting_up(counter, "n", "n")
_TAKE_AWAY = Statement(delete(counter).where(counter.c.name == bindparam("of_name")))


def write_something(uow: UnitOfWork) -> None:
    """A step that must reach the disk: an empty transaction would succeed on a full one."""
    uow.tx.run(_PUT, name=NAME, day="", kreis="", n=1)
    uow.tx.run(_TAKE_AWAY, of_name=NAME)


def keys_work(uow: UnitOfWork) -> bool:
    """Wrap a data key that belongs to nobody and unwrap it again. Raises KeysMissing at the desk."""
    key = secrets.token_bytes(KEY_LENGTH)
    epoch, wrapped = uow.tx.keys.wrap("", NAME, 1, key)
    return uow.tx.keys.unwrap("", NAME, 1, epoch, wrapped) == key
