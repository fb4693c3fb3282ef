"""What an operator must look after: which alarms there are, when each is raised, and one log line for each change.

`judged` is a function of what was seen; `Alarms` remembers what was said. What could not be looked at changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

log = logging.getLogger("wegweiser.alarm")

STILL_SECONDS = 3600.0

OUTBOX_SECONDS: Final = 60.0
MOST_PENDING: Final = 100
HOOK_ERROR_SECONDS: Final = 300.0
BACKUP_SECONDS: Final = 26 * 3600.0
LEAST_FREE: Final = 500 * 1024 * 1024
CLOCK_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Alarm:
    """`what` is said in the log and by `wegweiser doctor`, with `remedy` behind it."""

    what: str
    remedy: str


ALARMS: Final[Mapping[str, Alarm]] = {
    "database": Alarm("the database can't be read", "look at its disk, its server, and `wegweiser doctor`"),
    "outbox": Alarm("a message waits longer than 60 s", "is the bot running, and does Telegram answer?"),
    "dead_letters": Alarm(
        "messages were given up", "`wegweiser outbox list` names the reasons; mend the cause, then `wegweiser outbox retry`"
    ),
    "telegram": Alarm("the Bot API refuses us", "set the token anew (401, 404), or stop the other program (409)"),
    "webhook_error": Alarm(
        "Telegram could not deliver to our webhook", "is the public address reachable over https, and its certificate valid?"
    ),
    "webhook_pending": Alarm("more than 100 updates wait at Telegram", "is the bot keeping up? Look at wegweiser_commit_seconds"),
    "backup": Alarm("the newest backup is older than 26 h, or there is none", "wegweiser backup run makes one, or says why not"),
    "audit": Alarm("the audit log was changed or cut", "keep the database as it is, and compare it with a backup"),
    "disk": Alarm("less than 500 MB are free", "make room; when the disk is full nothing can be kept any more"),
    "retention": Alarm("deletion deadlines were not kept", "is the bot running? See 'deadlines could not be kept' in the log"),
    "key_file": Alarm(
        "the key file vanished or was changed since the start", "put the right one back before the next start"
    ),
    "clock": Alarm("the clock has jumped by more than 60 s", "look at the machine's time service; days of the law depend on it"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found. None: could not be looked at, or does not exist here."""

    database: bool = True
    oldest: float | None = None
    dead: int | None = None
    trouble: str | None = None
    hook_failed: float | None = None
    pending: int | None = None
    backup: float | None = None
    audit_broken: bool | None = None
    free: int | None = None
    overdue: tuple[str, ...] | None = None
    key_file: str | None = None
    jumped: float | None = None


def judged(seen: Seen) -> dict[str, str]:
    """Of every alarm that could be judged: the detail if it is raised, else an empty string. Figures and codes only."""
    found = {"database": "" if seen.database else "no answer"}

    def judge(name: str, value: float | None, raised: bool, detail: str) -> None:
        if value is not None:
            found[name] = detail if raised else ""

    judge("outbox", seen.oldest, (seen.oldest or 0) > OUTBOX_SECONDS, f"{seen.oldest or 0:.0f} s")
    judge("dead_letters", seen.dead, (seen.dead or 0) > 0, f"{seen.dead}")
    judge("webhook_pending", seen.pending, (seen.pending or 0) > MOST_PENDING, f"{seen.pending}")
    age = seen.backup or 0.0
    judge("backup", seen.backup, not 0 <= age <= BACKUP_SECONDS, "none" if age < 0 else f"{age / 3600:.0f} h")
    judge("audit", seen.audit_broken, bool(seen.audit_broken), "broken chain")
    judge("disk", seen.free, (seen.free or 0) < LEAST_FREE, f"{(seen.free or 0) // 2**20} MB")
    judge("clock", seen.jumped, abs(seen.jumped or 0) > CLOCK_SECONDS, f"{seen.jumped or 0:+.0f} s")
    if seen.hook_failed is not None:
        recent = 0 <= seen.hook_failed <= HOOK_ERROR_SECONDS
        found["webhook_error"] = f"{seen.hook_failed:.0f} s ago" if recent else ""
    for name, words in (("telegram", seen.trouble), ("key_file", seen.key_file)):
        if words is not None:
            found[name] = words
    if seen.overdue is not None:
        found["retention"] = ", ".join(seen.overdue)
    return found


class Alarms:
    """Which alarms are raised, and when each was last spoken of (monotonic seconds)."""

    def __init__(self) -> None:
        self.raised: dict[str, str] = {}
        self._said: dict[str, float] = {}

    def note(self, found: Mapping[str, str], now: float) -> None:
        """Take what was judged. One line when an alarm is raised, at most one an hour while it lasts, one when it ends."""
        for name, detail in found.items():
            known = name in self.raised
            if detail:
                self.raised[name] = detail
                if not known:
                    self._say("raised", name, detail, now)
                elif now - self._said[name] >= STILL_SECONDS:
                    self._say("still", name, detail, now)
            elif known:
                del self.raised[name]
                self._say("cleared", name, "", now)

    def _say(self, state: str, name: str, detail: str, now: float) -> None:
        self._said[name] = now
        alarm = ALARMS[name]
        level = {"raised": logging.ERROR, "still": logging.WARNING}.get(state, logging.INFO)
        words = f"{alarm.what} ({detail}). {alarm.remedy}" if detail else alarm.what
        log.log(level, "alarm %s: %s: %s", state, name, words, extra={"alarm": name, "state": state, "detail": detail})
