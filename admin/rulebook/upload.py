"""From an uploaded file to the text of a rules file. The one place that knows which kinds of file may be uploaded.

A spreadsheet would be one more branch here: bytes in, text of a rules file out; everything after this sees only the text.
"""

from __future__ import annotations

from admin.rulebook.bounds import LARGEST


class UploadRefused(Exception):
    """The file can't be read as rules. The text says why and what to do, in German."""


def rules_text(name: str, raw: bytes) -> str:
    """Raises UploadRefused."""
    if not raw:
        raise UploadRefused("Bitte wählen Sie eine Datei aus.")
    if len(raw) > LARGEST:
        raise UploadRefused(f"Die Datei ist größer als {LARGEST // 1024} KB. Eine Regeldatei ist viel kleiner.")
    if name.lower().endswith((".xlsx", ".xls", ".ods")):
        raise UploadRefused("Tabellen können hier noch nicht geprüft werden. Bitte wählen Sie eine Regeldatei (.toml).")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UploadRefused("Die Datei ist kein Text in UTF-8. Bitte speichern Sie sie als UTF-8.") from None
    if "\0" in text:
        raise UploadRefused("Die Datei ist keine Textdatei. Bitte wählen Sie eine Regeldatei (.toml).")
    return text.replace("\r\n", "\n")
