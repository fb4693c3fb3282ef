"""What a person agreed to, as far as this Stelle is concerned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage import ConsentRow

PURPOSES: Mapping[str, str] = {
    "C1": "Fragen beantworten und auswerten lassen",
    "C2": "Fragen zu Gesundheit und seelischen Problemen",
    "C3": "Weitergabe der Antworten an diese Stelle",
    "C4": "Erinnerungen an wichtige Termine",
}


def concerning(rows: Sequence[ConsentRow], stelle: str) -> tuple[tuple[str, ConsentRow], ...]:
    """Consents to other recipients are none of this Stelle's business and are left out."""
    return tuple(
        (PURPOSES.get(row.purpose, row.purpose), row) for row in rows if row.recipient is None or row.recipient == stelle
    )
