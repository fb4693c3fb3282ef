"""What can go wrong in a dialogue, and what it means for the person.

    DialogError
    ├── EventRefused        the press or word does not fit; the person is shown the open question again, kindly
    │   ├── StalePrompt     the button belongs to an earlier question, to another session, or was pressed twice
    │   ├── UnknownOption   the button names an answer that this question does not offer
    │   └── NotUnderstood   typed words that are no date, number or town; carries the hint to show
    └── DefinitionError     a TOML file is wrong; raised only while loading, names file, line, id and remedy
"""

from __future__ import annotations


class DialogError(Exception):
    """Root of all errors of this package."""


class EventRefused(DialogError):
    """The event does not fit the state of the session. Nothing has changed."""


class StalePrompt(EventRefused):
    """A button of an earlier question, of another session, or a second press of the same one."""


class UnknownOption(EventRefused):
    """The open question does not offer this answer."""


class NotUnderstood(EventRefused):
    """Typed words that can't be read as an answer. `hint` is the id of the text that says what to write instead."""

    def __init__(self, hint: str, **params: str | int) -> None:
        super().__init__(hint)
        self.hint = hint
        self.params = params


class DefinitionError(DialogError):
    """A definition file is wrong. Nothing of it has been loaded.

    `findings` holds one line each: ``file:line: id: what is wrong. Remedy.``
    """

    def __init__(self, findings: list[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = findings
