"""Which paper was just handed out: it becomes the entry code of the slip, and saves the person a question."""

from __future__ import annotations

from typing import Final

ENTRIES: Final = {
    "desk-104c": "Aufenthaltserlaubnis § 104c",
    "desk-25": "Aufenthaltserlaubnis § 25a oder § 25b",
    "desk-fik": "Fiktionsbescheinigung",
    "desk": "Etwas anderes",
}
OTHER: Final = "desk"
