"""The faults that the harness must find. Each is planted in the child only, by a test that then demands the finding."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any


def early_acknowledgement() -> None:
    """200 first, the work afterwards: what the webhook handlers of the two Telegram libraries do by default."""
    from aiohttp import web

    from bot.channels.telegram_webhook import Webhook

    answer = Webhook.__call__
    running: set[asyncio.Task[Any]] = set()

    async def at_once(self: Webhook, request: Any) -> Any:
        await request.read()
        task = asyncio.get_running_loop().create_task(answer(self, request))
        running.add(task)
        task.add_done_callback(running.discard)
        return web.Response()

    Webhook.__call__ = at_once  # type: ignore[method-assign]


def sent_too_early() -> None:
    """A message is noted as sent before it is sent."""
    from bot import delivery
    from bot.letters import all_sent

    send = delivery.Delivery._send

    async def noted_first(self: Any, letter: Any) -> Any:
        await self._write(partial(all_sent, (letter,), self._worker))
        return await send(self, letter)

    delivery.Delivery._send = noted_first  # type: ignore[method-assign]


def nothing_noted() -> None:
    """The id of an event is not noted: what comes twice happens twice."""
    from storage.inbound import InboundEvents

    InboundEvents.note = lambda self, channel, event_id, mark="": True  # type: ignore[method-assign]


def renews_at_once() -> None:
    """No fault: a message that is slow to send is held longer after a second, not after fifteen."""
    from bot import delivery

    delivery.RENEW_SECONDS = (delivery.LEASE - delivery.MARGIN).total_seconds()


PLANTS: dict[str, Callable[[], None]] = {
    "early acknowledgement": early_acknowledgement,
    "sent too early": sent_too_early,
    "nothing noted": nothing_noted,
    "renews at once": renews_at_once,
}
