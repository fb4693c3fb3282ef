"""What the two applications must be told when they are built."""

from __future__ import annotations

from typing import Protocol


class OfficeSettings(Protocol):
    """`secure_cookies` is False only on loopback (the demo). `desk_telegram_url` ends with `?start=`, or is None."""

    @property
    def public_url(self) -> str: ...

    @property
    def secure_cookies(self) -> bool: ...

    @property
    def desk_telegram_url(self) -> str | None: ...

    @property
    def kreis(self) -> str:
        """The county's id: slips are counted under it."""
        ...

    @property
    def kreis_name(self) -> str: ...

    @property
    def demo(self) -> bool: ...
