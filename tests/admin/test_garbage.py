"""Whoever sends rubbish, signed in or not, gets a readable page, and our log stays free of crashes."""

from __future__ import annotations

import asyncio
import logging

import pytest

from admin.door.sessions import cookie_name
from tests.admin.office import Door, Office

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data"
PART = b'--b\r\nContent-Disposition: form-data; name="form"\r\n'

RUBBISH = {
    "no utf-8": (FORM, b"form=\xff\xfe"),
    "unknown charset": (f"{FORM}; charset=klingon", b"form=x"),
    "charset that is no text": (f"{FORM}; charset=base64", b"form=x"),
    "half a surrogate pair": (f"{FORM}; charset=raw_unicode_escape", b"form=\\ud800&login=\\ud800"),
    "multipart without boundary": (PARTS, b"form=x"),
    "multipart with a boundary never used": (f"{PARTS}; boundary=b", b"form=x"),
    "multipart without a single boundary line": (f"{PARTS}; boundary=b", PART[:20]),
    "multipart that ends in a part": (f"{PARTS}; boundary=b", PART + b"\r\nx"),
    "part without name": (f"{PARTS}; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n"),
    "part no utf-8": (f"{PARTS}; boundary=b", PART + b"\r\n\xff\xfe\r\n--b--\r\n"),
    "part of unknown charset": (
        f"{PARTS}; boundary=b",
        PART + b"Content-Type: text/plain; charset=klingon\r\n\r\nx\r\n--b--\r\n",
    ),
    "part of unknown encoding": (f"{PARTS}; boundary=b", PART + b"Content-Transfer-Encoding: klingon\r\n\r\nx\r\n--b--\r\n"),
    "part no base64": (f"{PARTS}; boundary=b", PART + b"Content-Transfer-Encoding: base64\r\n\r\nx\r\n--b--\r\n"),
    "part in a part": (f"{PARTS}; boundary=b", PART + b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c--\r\n--b--\r\n"),
}


async def send(door: Door, path: str, kind: str, body: bytes, **headers: str) -> tuple[int, str]:
    headers = {"Content-Type": kind, **headers}
    async with door.client.post(path, data=body, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.text()


async def send_raw(door: Door, request: bytes) -> bytes:
    """For headers that no client of good manners would send."""
    reader, writer = await asyncio.open_connection(door.client.host, door.client.port)
    writer.write(request.replace(b"HOST", f"{door.client.host}:{door.client.port}".encode()))
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize("what", RUBBISH)
async def test_rubbish_instead_of_a_form_is_a_bad_request_at_both_doors(
    office: Office, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    for door in (await office.dashboard(), await office.desk()):
        status, page = await send(door, "/anmelden", *RUBBISH[what])
        assert status == 400 and "Das haben wir nicht verstanden" in page and '<html lang="de">' in page
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


async def test_rubbish_from_somebody_signed_in_is_a_bad_request_too(office: Office) -> None:
    dashboard = await (await office.dashboard()).signed_in_as(await office.hire())
    desk = await (await office.desk()).signed_in_as(await office.hire(login="tresen", role="desk"))
    for door, path in ((dashboard, "/nummer"), (dashboard, "/konto/passwort"), (dashboard, "/abmelden"), (desk, "/zettel")):
        assert (await send(door, path, FORM, b"csrf=\xff\xfe"))[0] == 400
    assert (await dashboard.get("/"))[0] == 200


@pytest.mark.parametrize("origin", ["http://[::1", "http://]", "http://[klingon]/", "http://a\u2100b", "//", "x"])
async def test_an_origin_that_is_no_address_is_another_site(office: Office, origin: str) -> None:
    for door in (await office.dashboard(), await office.desk()):
        status, page = await send(door, "/anmelden", FORM, b"form=x", Origin=origin)
        assert status == 403 and "Diese Seite war zu alt" in page


async def test_a_cookie_of_any_bytes_is_nobody_signed_in(office: Office) -> None:
    for door in (await office.dashboard(), await office.desk()):
        own = cookie_name(door.app).encode()
        cookies = b"Cookie: " + own + b"=\xff\xfe; " + own + b"-form=\xff\xfe\r\nConnection: close\r\n"
        head = b" HTTP/1.1\r\nHost: HOST\r\n" + cookies
        form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 6\r\n\r\nform=x"
        assert (await send_raw(door, b"GET /" + head + b"\r\n")).startswith(b"HTTP/1.1 303")
        assert (await send_raw(door, b"GET /anmelden" + head + b"\r\n")).startswith(b"HTTP/1.1 200")
        assert (await send_raw(door, b"POST /anmelden" + head + form)).startswith(b"HTTP/1.1 403")
