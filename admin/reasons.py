"""Why a case was handed back or declined, in the office's words. What the person reads stands in the definitions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from admin.door.dates import day
from admin.words import Words
from dialogs.provisos import Proviso

NAMES: Mapping[str, str] = {
    "zielgruppe_passt_nicht": "Zielgruppe passt nicht",
    "kein_multipler_bedarf": "Kein multipler Beratungsbedarf",
    "andere_stelle_passender": "Andere Stelle passt besser",
    "keine_kapazitaet": "Keine Kapazität",
    "nicht_erreicht": "Nicht erreicht",
    "moechte_nicht_mehr": "Möchte nicht mehr",
    "schon_in_beratung": "Schon in Beratung",
}


def agreed(proviso: Proviso, on: dt.date | None) -> str:
    """Not a reason to send somebody away, but what an agreement wants to be kept with an acceptance."""
    return f"{proviso.id}:{on.isoformat() if on else ''}"


def reason_name(reason: str) -> str:
    return NAMES.get(reason, reason)


def remark(words: Words, kept: str | None) -> str:
    """What stands beside a move in the history."""
    if kept is None:
        return ""
    name, colon, on = kept.partition(":")
    if colon:
        proviso = words.proviso(name)
        return (proviso.agreed if proviso else name) + (f" am {day(on)}" if on else "")
    return f"Grund: {reason_name(kept)}"
