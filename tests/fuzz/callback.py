"""A button's callback data, from its bytes to the engine: either a button of ours or nobody's, and no session breaks.

The first byte chooses the state of the dialogue, the rest is what the messenger hands over.
"""

from __future__ import annotations

from tests.fuzz.running import instrumented, run

with instrumented("bot.channels", "dialogs.engine", "dialogs.answering", "dialogs.moving", "dialogs.turns", "dialogs.typed"):
    from bot.channels import ACTS, Press, event_of
    from bot.channels.telegram import pack, unpack
    from bot.channels.telegram_codes import Codes
    from bot.channels.telegram_options import every_option
    from tests.fuzz.sessions import happens, states

LIBRARY, SCRIPT, SESSIONS = states("telegram")
KNOWN = frozenset(every_option(LIBRARY)) - {""}
TOKEN = "123456789:fuzz"
PLAIN, CODED = Codes(TOKEN, (), plain=True), Codes(TOKEN, KNOWN, plain=False)
OURS = frozenset(CODED.coded(Press("s", 0, "c", option)).option for option in KNOWN)


def check(data: bytes) -> None:
    session = SESSIONS[data[0] % len(SESSIONS)] if data else SESSIONS[0]
    # JSON can bring half a letter along; so can we.
    text = data[1:].decode("utf-8", "surrogateescape")
    press = unpack(text)
    if press is None:
        return
    assert press.act in ACTS
    event_of(press)
    try:
        packed = pack(press)
    except ValueError:
        packed = ""  # longer than a button may be: we never sent it
    assert not packed or (len(packed.encode("utf-8", "surrogateescape")) <= 64 and unpack(packed) == press)
    assert PLAIN.read(press) == press
    meant = CODED.read(press)
    if meant is None:
        assert press.option and press.option not in OURS, "an option of ours was refused"
        meant = press  # in mode full it travels as it is
    else:
        assert CODED.coded(meant) == press, "two buttons mean the same"
        assert not meant.option or meant.option in KNOWN
    happens(SCRIPT, session, event_of(meant))


if __name__ == "__main__":
    run("callback", check)
