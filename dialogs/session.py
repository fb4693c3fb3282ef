"""One dialogue with one person, as a frozen value; and the only table of what may happen in which state.

A session is pinned to the script (questionnaire and rules) it began on. It holds no name and no chat id.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from dialogs import events as ev
from dialogs.answers import Value, from_json, to_json


class Status(StrEnum):
    """asking: a question is open · reviewing: the summary is shown · finished: result given · paused · ended: nothing is kept."""

    ASKING = "asking"
    REVIEWING = "reviewing"
    FINISHED = "finished"
    PAUSED = "paused"
    ENDED = "ended"


# Heard in every state, in every language.
COMMANDS: frozenset[type] = frozenset(
    {
        ev.Started, ev.LanguageAsked, ev.LanguageChosen, ev.HelpAsked, ev.HumanAsked, ev.DataAsked, ev.Typed,
        ev.StartedAgain, ev.DeleteAsked, ev.DeleteConfirmed, ev.Unreadable, ev.ConsentWithdrawn, ev.Resumed,
    }
)  # fmt: skip

MOVES: dict[Status, frozenset[type]] = {
    Status.ASKING: COMMANDS | {ev.Chosen, ev.Toggled, ev.Done, ev.Skipped, ev.WentBack, ev.Paused},
    Status.REVIEWING: COMMANDS | {ev.ChangeAsked, ev.Confirmed, ev.WentBack, ev.Paused},
    Status.PAUSED: COMMANDS | {ev.Paused},
    Status.FINISHED: COMMANDS | {ev.AnotherPersonStarted, ev.Paused},
    Status.ENDED: COMMANDS,
}


# What the desk knows, because it has just handed the paper out: the answer a slip brings along (`domain.md` A.1).
PRESETS = {"desk-104c": "p104c", "desk-25": "p25ab", "desk-fik": "fik104c"}
PRESET_QUESTION = "S04_status"


@dataclass(frozen=True, slots=True)
class Session:
    """Everything the engine needs to go on.

    `open` is the question now asked, `at` a question that was opened again by *back* or *change*. `draft` holds what is
    chosen but not yet done: options switched on, or a date's parts. `proposals` are Kommunen proposed for typed words.
    `before_pause` is the status to return to.
    """

    id: str
    script: str
    began: dt.date
    code: str
    door: str = "web"
    entry: str = "self"
    status: Status = Status.ASKING
    prompt: int = 0
    locale: str | None = None
    for_whom: str = "self"
    answers: Mapping[str, Value] = field(default_factory=dict)
    open: str | None = None
    at: str | None = None
    draft: tuple[str, ...] = ()
    proposals: tuple[str, ...] = ()
    changing: bool = False
    reviewed: bool = False
    decision: Mapping[str, object] | None = None
    stelle: str | None = None
    outcome: str | None = None
    before_pause: Status | None = None

    @property
    def short(self) -> bool:
        """Whether this is the short path of somebody at the desk (`domain.md` A.1, situation 1)."""
        return self.entry.startswith("desk")

    def with_answer(self, question: str, value: Value) -> Session:
        return replace(self, answers={**self.answers, question: value}, at=None, changing=False, draft=(), proposals=())

    def to_dict(self) -> dict[str, object]:
        """As JSON can hold it. Kinds are stored beside values that JSON has no form for."""
        return {
            "id": self.id, "script": self.script, "began": self.began.isoformat(), "code": self.code, "door": self.door,
            "entry": self.entry, "status": self.status.value, "prompt": self.prompt, "locale": self.locale,
            "for_whom": self.for_whom,
            "answers": {key: (_kind(value), to_json(value)) for key, value in self.answers.items()},
            "open": self.open, "at": self.at, "draft": self.draft, "proposals": self.proposals,
            "changing": self.changing, "reviewed": self.reviewed,
            "decision": self.decision, "stelle": self.stelle, "outcome": self.outcome,
            "before_pause": self.before_pause,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Session:
        """Read a stored session back; raises KeyError, TypeError or ValueError if it is none."""
        raw = dict(data)
        answers = raw["answers"]
        if not isinstance(answers, Mapping):
            raise TypeError("answers is no table")
        raw["answers"] = {key: from_json(kind, value) for key, (kind, value) in answers.items()}
        raw["began"] = dt.date.fromisoformat(str(raw["began"]))
        raw["status"] = Status(str(raw["status"]))
        raw["before_pause"] = Status(str(raw["before_pause"])) if raw["before_pause"] else None
        for name in ("draft", "proposals"):
            raw[name] = tuple(raw[name])  # type: ignore[arg-type]
        return cls(**raw)  # type: ignore[arg-type]


def _kind(value: Value) -> str:
    if isinstance(value, str):
        return "single"
    if isinstance(value, int):
        return "number"
    if isinstance(value, dt.date):
        return "date"
    return "month" if hasattr(value, "month") else "multi"
