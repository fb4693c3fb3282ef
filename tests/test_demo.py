"""`wegweiser demo`, from outside: one command, three doors, and Telegram if there is an address for it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from dialogs.load import known_counties
from tests.bot.telegram.emulator import Emulator

ROOT = Path(__file__).parent.parent
SECONDS = 60


class Demo:
    """The running program and what it has printed."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process, self.printed = process, ""

    @property
    def doors(self) -> list[str]:
        """The printed addresses: web chat, dashboard, desk."""
        return re.findall(r"http://127\.0\.0\.1:\d+", self.printed)

    async def ready(self) -> None:
        assert self.process.stdout is not None
        while "Strg+C" not in self.printed:
            line = await asyncio.wait_for(self.process.stdout.readline(), SECONDS)
            assert line, f"the demo ended: {self.printed}"
            self.printed += line.decode()

    async def stop(self) -> int:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), SECONDS)


async def start(folder: Path, *more: str, **environ: str) -> Demo:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("WEGWEISER_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "wegweiser.py", "demo", "--folder", str(folder), "--port", "0", *more,
        cwd=ROOT, env={**clean, "PYTHONUNBUFFERED": "1", **environ}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    return Demo(process)


@pytest.fixture
async def telegram() -> AsyncIterator[Emulator]:
    async with Emulator() as emulator:
        yield emulator


async def test_the_demo_opens_three_doors_prints_its_logins_and_ends_when_told(tmp_path: Path) -> None:
    demo = await start(tmp_path / "demo")
    try:
        await demo.ready()
        password = re.search(r"Passwort für alle: (\S+)", demo.printed)
        assert password is not None
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
            assert len(set(demo.doors)) == 3
            for door in demo.doors:
                async with client.get(f"{door}/") as answer:
                    assert answer.status == 200
            office = demo.doors[1]
            form = await (await client.get(f"{office}/anmelden")).text()
            fields = dict(re.findall(r'name="(csrf|form)" value="([^"]+)"', form))
            login = {**fields, "login": "caritas", "password": password[1]}
            inbox = await (await client.post(f"{office}/anmelden", data=login)).text()
        assert re.search(r"Wartet\s*<[^>]+>\s*32\b", inbox), "thirty-two people wait for identity clarification, as published"
    finally:
        code = await demo.stop()
    assert code == 0


async def sign_in(client: aiohttp.ClientSession, office: str, login: str, password: str) -> str:
    form = await (await client.get(f"{office}/anmelden")).text()
    fields = dict(re.findall(r'name="(csrf|form)" value="([^"]+)"', form))
    return await (await client.post(f"{office}/anmelden", data={**fields, "login": login, "password": password})).text()


@pytest.mark.parametrize("county", known_counties())
async def test_every_county_has_a_demo_whose_coordinators_read_its_rules(tmp_path: Path, county: str) -> None:
    demo = await start(tmp_path / "demo", "--county", county)
    try:
        await demo.ready()
        password = re.search(r"Passwort für alle: (\S+)", demo.printed)
        logins = re.search(r"Anmeldung: (.+); Regeln: (.+)", demo.printed)
        assert password is not None and logins is not None
        for login in logins[2].split(", "):
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
                page = await sign_in(client, demo.doors[1], login, password[1])
                assert "<h1>Regeln</h1>" in page and "Änderung prüfen" in page
        waiting = 0
        for login in logins[1].split(", "):
            async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
                inbox = await sign_in(client, demo.doors[1], login, password[1])
                found = re.search(r"Wartet\s*<[^>]+>\s*(\d+)\b", inbox)
                assert found is not None, login
                waiting += int(found[1])
        assert waiting > 20
        assert re.search(r"veröffentlicht\s+gezogen\s+angekommen", demo.printed)
    finally:
        assert await demo.stop() == 0


async def test_given_the_address_of_an_emulator_the_conversation_runs_in_telegram(tmp_path: Path, telegram: Emulator) -> None:
    demo = await start(tmp_path / "demo", WEGWEISER_TELEGRAM_TOKEN=telegram.token, WEGWEISER_TELEGRAM_API=telegram.url)
    try:
        await demo.ready()
        person = telegram.person("Amina", language_code="ar")
        await person.says("/start")
        async with asyncio.timeout(SECONDS):
            while not person.received:
                await asyncio.sleep(0.01)
        assert {"Deutsch", "English", "العربية"} <= set(person.buttons)
    finally:
        await demo.stop()
