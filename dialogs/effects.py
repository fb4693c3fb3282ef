"""What the engine wants to happen, in the imperative.

Two families. *Shown* effects reach the person: they name texts by id and never hold a sentence, so that they can wait
in the outbox and be phrased in her language when they are delivered. *Kept* effects reach the database, in the same
transaction as the session.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence by its id (`ui.back`), with what is filled in. `n` chooses the plural form."""

    key: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    selected: bool = False


# -- shown to the person -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ask:
    """One question, with everything a channel needs to draw it.

    `choices` are option ids; for kind `town` Kommune ids, for `language` locales, for `date` and `month` the parts that
    can be chosen next (`2027`, `03`, `15`), of which `draft` holds the ones already chosen.
    `recipient` is the Stelle that a hand-over question speaks of.
    """

    session: str
    prompt: int
    question: str
    kind: str
    choices: tuple[Choice, ...] = ()
    draft: tuple[str, ...] = ()
    number: int = 0
    of: int = 0
    can_back: bool = False
    can_skip: bool = False
    no_answers: tuple[str, ...] = ()
    note: Text | None = None
    for_whom: str = "self"
    recipient: str | None = None
    minimum: str | None = None
    maximum: str | None = None


@dataclass(frozen=True, slots=True)
class ShowSummary:
    """All answers so far, each with a way to change it. `rows` are (question id, JSON value)."""

    session: str
    prompt: int
    rows: tuple[tuple[str, object], ...]
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class ShowResult:
    """Who will help, why, and what happens next. `decision` is `Decision.to_json()`."""

    session: str
    decision: Mapping[str, object]
    for_whom: str = "self"
    dates: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class ShowChecklist:
    """Which conditions of § 25a and § 25b look good and which are missing, with who helps; never a verdict (`domain.md` 2.5).

    `lines` are (paragraph, condition, state, Dienst); an empty paragraph: of all; an empty state: not repeated here.
    `paragraphs`: which ones the list is about. `banner`: the law has changed since it was written.
    """

    session: str
    paragraphs: tuple[str, ...]
    lines: tuple[tuple[str, str, str, str], ...]
    banner: bool = False


@dataclass(frozen=True, slots=True)
class ShowEnd:
    """The conversation is complete. `outcome`: referred · self (goes there herself) · no_need · declined · stopped · info."""

    session: str
    outcome: str
    code: str | None = None
    stelle: str | None = None


@dataclass(frozen=True, slots=True)
class ShowPaused:
    session: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ShowPreview:
    """Exactly what the Stelle would see, before consent. Shown once, never kept."""

    session: str
    stelle: str
    rows: tuple[tuple[str, object], ...]
    contact: str | None = None
    because: str = ""


@dataclass(frozen=True, slots=True)
class ShowCards:
    """Crisis cards: fixed texts, before anything else. With a session, a button leads on to its open question."""

    cards: tuple[str, ...]
    session: str | None = None


@dataclass(frozen=True, slots=True)
class ShowData:
    """What is stored about this person. `rows` are (question id, JSON value)."""

    session: str
    rows: tuple[tuple[str, object], ...]
    consents: tuple[tuple[str, str], ...] = ()
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    session: str
    locales: tuple[str, ...]
    chosen: str | None = None


@dataclass(frozen=True, slots=True)
class ConfirmDelete:
    session: str


@dataclass(frozen=True, slots=True)
class Say:
    text: Text


@dataclass(frozen=True, slots=True)
class TellStatus:
    """What became of the referral: said to the person when a case manager has moved it."""

    referral: str
    status: str
    dienst: str
    stelle: str
    reason: str | None = None
    at: str = ""


Shown = (
    Ask
    | ShowSummary
    | ShowResult
    | ShowChecklist
    | ShowEnd
    | ShowPaused
    | ShowPreview
    | ShowCards
    | ShowData
    | ChooseLanguage
    | ConfirmDelete
    | Say
    | TellStatus
)

# -- kept in the database ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KeepConsent:
    """A consent was given or refused. `text` is the id of the sentence she read; its exact words are hashed at the door."""

    purpose: str
    given: bool
    text: str
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class Refer:
    """Hand the case over to a Stelle, with exactly the rows the person has agreed to.

    `bridge`: the dates and conditions that follow from those rows (`dialogs.bridge.to_hand_over`), as they were that day.
    """

    stelle: str
    decision: Mapping[str, object]
    rows: tuple[tuple[str, object], ...]
    contact: str | None = None
    bridge: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take every open hand-over of this session back."""


@dataclass(frozen=True, slots=True)
class Count:
    """Add one to an anonymous daily counter (`abgelehnt`, `karte_S2`, ...)."""

    name: str


@dataclass(frozen=True, slots=True)
class Erase:
    """Destroy the key of this person ('person'), or of this person and the phone ('chat').

    With 'chat', everybody else on the phone goes too only if that was asked for ("delete everything").
    """

    scope: str


@dataclass(frozen=True, slots=True)
class BeginAnother:
    """Start a fresh session for another person on the same phone."""


@dataclass(frozen=True, slots=True)
class Remind:
    """Send a neutral reminder on this day (`domain.md` 1.5: no paragraph, no status on a lock screen)."""

    on: dt.date


Kept = KeepConsent | Refer | Withdraw | Count | Erase | BeginAnother | Remind
Effect = Shown | Kept
