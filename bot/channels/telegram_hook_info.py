"""What the Bot API says about our webhook: how much waits there, and when delivery last failed. Never its words."""

from __future__ import annotations

import time
from dataclasses import dataclass

from bot.channels.telegram_calls import Calls, Unreachable

PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class HookInfo:
    """`asked_at`: monotonic seconds. `failed_at`: the Bot API's own time in Unix seconds; None if it never failed."""

    asked_at: float
    address_set: bool
    pending: int
    failed_at: float | None


async def hook_info(calls: Calls) -> HookInfo:
    """Ask now. Raises Refused or Unreachable."""
    info = await calls.call("getWebhookInfo", {}, PATIENCE)
    if not isinstance(info, dict):
        raise Unreachable("an answer without a webhook")
    pending, failed = info.get("pending_update_count"), info.get("last_error_date")
    return HookInfo(
        time.monotonic(),
        bool(info.get("url")),
        pending if isinstance(pending, int) else 0,
        float(failed) if isinstance(failed, int) else None,
    )
