"""Our bot as a peer of the harness: everything between the webhook and the disk is the program's own.

    python -m benchmarks.webhook_peer --port P --api URL --data DIR --harness DIR

The real engine, conversation, storage (SQLite, encrypted, synchronous=FULL), Telegram channel in mode full and delivery.
The harness' own are the questions and the words. It sends no webhook secret, so the peer adds the header that Telegram
would send; it asks no language, so the peer begins in the device's.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime as dt
import json
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from aiohttp import web

from benchmarks.harness_script import HarnessPhrasing, library_of, questionnaire_of
from bot.app import LARGEST_BODY
from bot.channels import Channel, Inbound, Outgoing, Reply
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_webhook import HEADER
from bot.conversation import Conversation
from bot.delivery import Delivery
from bot.heap import settle_heap
from bot.loop import new_loop
from dialogs.answers import to_json
from dialogs.events import HelpAsked, Started
from storage import KeyRing, migrate, open_database

TOKEN = "42:TEST"
SECRET = "the-harness-sends-none"


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Peer:
    """The parts, put together as `bot/app.py` does it."""

    def __init__(self, harness: Any, api: str, data: Path) -> None:
        keys, url = data / "keys.toml", f"sqlite:///{data / 'ours.db'}"
        if not keys.exists():
            KeyRing.create_file(keys)
        migrate(url)
        self._harness = harness
        self._database = open_database(url, KeyRing.from_file(keys))
        phrasing, worker = HarnessPhrasing(harness), secrets.token_hex(8)
        self._conversation = Conversation(
            self._database, library_of(harness), phrasing, pushing={"telegram"}, clock=utc_now, worker=worker
        )
        self._channel = TelegramChannel(
            TOKEN, api, "full", self._receive, public_url="https://bench.invalid", secret=SECRET,
            gone=lambda address: self._conversation.gone("telegram", address),
        )  # fmt: skip
        channels: dict[str, Channel] = {"telegram": self._channel}
        self._delivery = Delivery(self._database, phrasing, channels, clock=utc_now, worker=worker)
        self._conversation.hand_over = self._delivery.hand_over

    def application(self) -> web.Application:
        application = web.Application(client_max_size=LARGEST_BODY)
        application.router.add_post("/hook", self._hook)
        application.cleanup_ctx.append(self._running)
        return application

    async def _hook(self, request: web.Request) -> web.Response:
        return await self._channel.webhook(request.clone(headers={**request.headers, HEADER: SECRET}))

    async def _receive(self, inbound: Inbound) -> Reply:
        if isinstance(inbound.event, Started):
            inbound = replace(inbound, event=replace(inbound.event, locale=inbound.locale_hint))
        elif isinstance(inbound.event, HelpAsked):
            return await self._tell_state(inbound.address)
        return await self._conversation.receive(inbound)

    async def _tell_state(self, address: str) -> Reply:
        """`/state`, which only the harness' kill test sends: what has been kept of this person."""
        session = await self._conversation.session_at("telegram", address)
        number = {asked.key: asked.n for asked in self._harness.QUESTIONS.values()}
        kept = {str(number[key]): to_json(value) for key, value in session.answers.items()} if session else {}
        state = {"cur": number.get(session.open or "") if session else None, "a": kept}
        await self._channel.send(address, Outgoing("en", "ltr", "say", paragraphs=(f"S:{json.dumps(state)}",)))
        return Reply()

    async def _running(self, _: web.Application) -> AsyncIterator[None]:
        await self._channel.start()
        await self._channel.ready.wait()
        settle_heap()
        sending = asyncio.create_task(self._delivery.run())
        yield
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await self._delivery.settled()
        await self._channel.stop()
        self._database.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--api", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--harness", type=Path, required=True)
    chosen = parser.parse_args()
    peer = Peer(questionnaire_of(chosen.harness), chosen.api, chosen.data)
    web.run_app(peer.application(), host="127.0.0.1", port=chosen.port, print=None, access_log=None, loop=new_loop())


if __name__ == "__main__":
    main()
