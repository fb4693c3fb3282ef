"""What every channel speaks: one word in, one page out.

A channel translates and decides nothing. It turns what arrives into an `Inbound` and hands it to `receive`; it draws
an `Outgoing`. It knows neither database nor engine nor any language.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from dialogs import events
from dialogs.errors import UnknownOption
from dialogs.events import Event


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing that happened at a channel.

    `address` is the chat's id there; it is personal data and reaches the database only encrypted.
    `event_id` is unique within the channel: the same id a second time changes nothing.
    `session` is the session a pressed button belongs to, None for typed words and commands.
    `mark` says what came, at a channel whose ids can come again with another content: then both together are unique.
    """

    channel: str
    address: str
    event_id: str
    event: Event
    session: str | None = None
    locale_hint: str | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A button: which session, which prompt, which act, which option. Packed into at most 64 bytes."""

    session: str
    prompt: int
    act: str
    option: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A press with its words; or, with `url`, a link."""

    label: str
    press: Press | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be chosen in a form."""

    id: str
    label: str
    selected: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What can be answered. `kind`: single · multi · number · date · month · town · phone · consent · language.

    A channel that has only buttons draws `fields` (and `done` for multi); a channel that can do better draws a real form.
    For kind date and month, `fields` are the next part's buttons, and `draft` the parts chosen so far.
    """

    kind: str
    session: str
    prompt: int
    fields: tuple[Field, ...] = ()
    draft: tuple[str, ...] = ()
    columns: int = 1
    done: str = ""
    label: str = ""
    minimum: str | None = None
    maximum: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the summary: question, answer, and (where it may be changed) the button."""

    term: str
    description: str
    change: Button | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, or one part of a page, in one language.

    `kind` is the effect's name in small letters (`ask`, `showresult`, ...). `paragraphs` are plain text with invisible
    isolates around foreign bits; channels escape them. `draft` says that no native speaker has checked the words.
    `closing` stands below the rows. `tags`: "urgent", "crisis", "anew" (never drawn into a message that is there already).
    """

    lang: str
    direction: str
    kind: str
    heading: str = ""
    paragraphs: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    form: Form | None = None
    buttons: tuple[Button, ...] = ()
    links: tuple[Button, ...] = ()
    code: str = ""
    draft: str = ""
    context: str = ""
    progress: str = ""
    prompt_note: str = ""
    closing: str = ""
    tags: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a channel gets back once the event is on disk.

    `duplicate`: seen before, nothing changed. `refused`: did not fit, the open question is shown again. `pages` is what to
    show now. `once`: pages hold something that is not kept anywhere (a crisis card, a result that is not stored) and must
    be drawn from this reply, not from a later look-up. `toast` is one short line for channels that have such a thing.
    `reused`: its id was known, with another content; it was taken as the new event it is.
    """

    pages: tuple[Outgoing, ...] = ()
    duplicate: bool = False
    refused: bool = False
    once: bool = False
    toast: str = ""
    session: str | None = None
    code: str | None = None
    reused: bool = False


class SendFailed(Exception):
    """The channel could not deliver. `retry_after` is what the server asked for, in seconds."""

    def __init__(self, why: str, *, retryable: bool, retry_after: float | None = None) -> None:
        super().__init__(why)
        self.retryable = retryable
        self.retry_after = retry_after


class PersonGone(Exception):
    """The person has blocked the bot or deleted the account: never send again."""


class Unavailable(Exception):
    """Nothing could be kept now; the sender should try again after so many seconds."""

    def __init__(self, why: str, *, retry_after: float = 5) -> None:
        super().__init__(why)
        self.retry_after = retry_after


Receive = Callable[[Inbound], Awaitable[Reply]]


class Channel(Protocol):
    """What `bot/delivery.py` needs of a channel.

    `pushes`: can reach a person who is not looking. A channel that does not (web, console) is asked for its page instead.
    """

    name: str
    pushes: bool

    async def send(self, address: str, page: Outgoing) -> None:
        """Deliver one page. Raises SendFailed or PersonGone."""
        ...


ACTS = {
    "c": "one option chosen",
    "+": "switched on",
    "-": "switched off",
    "d": "done with several",
    "b": "back",
    "s": "skip",
    "e": "change this answer",
    "y": "summary is right",
    "l": "language chosen",
    "L": "language asked",
    "h": "help",
    "m": "talk to a person",
    "i": "what is stored about me",
    "p": "pause",
    "r": "resume",
    "a": "start again",
    "o": "another person",
    "w": "withdraw consent",
    "x": "delete asked",
    "X": "delete confirmed",
}


def event_of(press: Press) -> Event:
    """The event a button stands for. The one place where a button's letters become an event."""
    prompt, option = press.prompt, press.option
    match press.act:
        case "c":
            return events.Chosen(prompt, (option,))
        case "+" | "-":
            return events.Toggled(prompt, option, press.act == "+")
        case "d":
            return events.Done(prompt)
        case "b":
            return events.WentBack(prompt)
        case "s":
            return events.Skipped(prompt)
        case "e":
            return events.ChangeAsked(prompt, option)
        case "y":
            return events.Confirmed(prompt)
        case "l":
            return events.LanguageChosen(option)
        case "L":
            return events.LanguageAsked()
        case "h":
            return events.HelpAsked()
        case "m":
            return events.HumanAsked()
        case "i":
            return events.DataAsked()
        case "p":
            return events.Paused()
        case "r":
            return events.Resumed()
        case "a":
            return events.StartedAgain()
        case "o":
            return events.AnotherPersonStarted()
        case "w":
            return events.ConsentWithdrawn()
        case "x":
            return events.DeleteAsked()
        case "X":
            return events.DeleteConfirmed()
    raise UnknownOption(f"no act {press.act!r}")
