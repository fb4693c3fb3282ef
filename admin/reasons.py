"""Why a case was handed back or declined, in the office's words. What the person reads stands in the definitions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from admin.door.dates import day

NAMES: Mapping[str, str] = {
    "zielgruppe_passt_nicht": "Zielgruppe passt nicht",
    "kein_multipler_bedarf": "Kein multipler Beratungsbedarf",
    "andere_stelle_passender": "Andere Stelle passt besser",
    "keine_kapazitaet": "Keine Kapazität",
    "nicht_erreicht": "Nicht erreicht",
    "moechte_nicht_mehr": "Möchte nicht mehr",
    "schon_in_beratung": "Schon in Beratung",
}

# Not a reason to send somebody away, but what the agreement wants to be kept with an acceptance.
JMD_RUECKSPRACHE = "jmd_ruecksprache"


def jmd_agreed(on: dt.date) -> str:
    return f"{JMD_RUECKSPRACHE}:{on.isoformat()}"


def reason_name(reason: str) -> str:
    return NAMES.get(reason, reason)


def remark(kept: str | None) -> str:
    """What stands beside a move in the history."""
    if kept is None:
        return ""
    name, _, on = kept.partition(":")
    if name == JMD_RUECKSPRACHE and on:
        return f"Rücksprache mit dem JMD am {day(on)}"
    return f"Grund: {reason_name(kept)}"
