"""What can happen in a dialogue: everything a person can do, in the past tense.

Events that answer a prompt carry the prompt's number. A number that is not the open one is a `StalePrompt`: an old
button never answers another question. Commands carry none; they are heard in every state.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Started:
    """The person opened the chat. `entry` is the code of the link she came by (`domain.md` A.1), `slip` a desk slip's token."""

    entry: str = "self"
    locale: str | None = None
    slip: str | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """One or several options were chosen at once (a button, or a submitted form)."""

    prompt: int
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Toggled:
    """One option of a several-choice question was switched on or off. The wished state travels, so a double press is harmless."""

    prompt: int
    option: str
    on: bool


@dataclass(frozen=True, slots=True)
class Done:
    """A several-choice question is finished with what has been switched on so far."""

    prompt: int


@dataclass(frozen=True, slots=True)
class Typed:
    """Words were typed. Without a prompt number they are meant for the open question."""

    text: str
    prompt: int | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    prompt: int


@dataclass(frozen=True, slots=True)
class WentBack:
    prompt: int


@dataclass(frozen=True, slots=True)
class ChangeAsked:
    """On the summary: this answer shall be changed."""

    prompt: int
    question: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The summary is right."""

    prompt: int


@dataclass(frozen=True, slots=True)
class LanguageAsked:
    pass


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    locale: str


@dataclass(frozen=True, slots=True)
class HelpAsked:
    pass


@dataclass(frozen=True, slots=True)
class HumanAsked:
    pass


@dataclass(frozen=True, slots=True)
class DataAsked:
    """What is stored about me?"""


@dataclass(frozen=True, slots=True)
class Paused:
    """Stop for now; the session waits and can be resumed."""


@dataclass(frozen=True, slots=True)
class Resumed:
    pass


@dataclass(frozen=True, slots=True)
class StartedAgain:
    """Begin anew. The unfinished answers are deleted."""


@dataclass(frozen=True, slots=True)
class AnotherPersonStarted:
    """The same phone, another person: a new session with a key of its own."""


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """The hand-over is taken back; the Stelle is told and can no longer read."""


@dataclass(frozen=True, slots=True)
class DeleteAsked:
    """Delete everything. Asked for once, done only when confirmed."""


@dataclass(frozen=True, slots=True)
class DeleteConfirmed:
    pass


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photo, a voice message, a file: never downloaded, never stored, answered kindly."""


Event = (
    Started
    | Chosen
    | Toggled
    | Done
    | Typed
    | Skipped
    | WentBack
    | ChangeAsked
    | Confirmed
    | LanguageAsked
    | LanguageChosen
    | HelpAsked
    | HumanAsked
    | DataAsked
    | Paused
    | Resumed
    | StartedAgain
    | AnotherPersonStarted
    | ConsentWithdrawn
    | DeleteAsked
    | DeleteConfirmed
    | Unreadable
)
