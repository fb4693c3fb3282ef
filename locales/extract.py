"""Brings the PO files up to date with the German of the definition files: `python -m locales.extract [--check]`.

New sentences come in empty; where the German has changed, the translation stays but is marked fuzzy, with the former
German beside it; what is no longer there is dropped. Nothing is written if nothing has changed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import polib  # type: ignore[import-untyped]

from locales.catalog import DOMAIN, SOURCE_LOCALE
from locales.plurals import plural_rule
from locales.sources import Source, german_sources

HERE = Path(__file__).parent
WIDTH = 110


def to_entry(source: Source) -> polib.POEntry:
    """An empty entry for translators: id path as context, German as msgid, comment and file."""
    forms = {"msgid": source.text}
    if source.plural is not None:
        forms["msgid_plural"] = source.plural
    braces = "{" in source.text + (source.plural or "")
    return polib.POEntry(
        msgctxt=source.key,
        comment=source.comment,
        occurrences=[(source.file, "")],
        flags=["python-brace-format"] if braces else [],
        **forms,
    )


def template_file(sources: Iterable[Source]) -> polib.POFile:
    """The POT: every German sentence in file order, nothing translated."""
    pot = _empty_file("")
    pot.extend(to_entry(source) for source in sources)
    return pot


def merged(sources: Iterable[Source], old: polib.POFile, locale: str) -> polib.POFile:
    """The PO file of a language for today's German, with everything of `old` that can be kept."""
    rule = plural_rule(locale)
    new = _empty_file(locale)
    kept = {entry.msgctxt: entry for entry in old if not entry.obsolete}
    for source in sources:
        entry = to_entry(source)
        if source.plural is not None:
            entry.msgstr_plural = dict.fromkeys(range(rule.forms), "")
        if source.key in kept:
            _keep(entry, kept[source.key])
        new.append(entry)
    return new


def _keep(entry: polib.POEntry, old: polib.POEntry) -> None:
    if bool(old.msgid_plural) != bool(entry.msgid_plural):
        return
    entry.tcomment = old.tcomment
    entry.msgstr = old.msgstr
    if entry.msgid_plural:
        entry.msgstr_plural = {i: old.msgstr_plural.get(i, "") for i in entry.msgstr_plural}
    if not (old.msgstr or any(old.msgstr_plural.values())):
        return
    if old.fuzzy:
        entry.flags.append("fuzzy")
        entry.previous_msgid, entry.previous_msgid_plural = old.previous_msgid, old.previous_msgid_plural
    if (old.msgid, old.msgid_plural) != (entry.msgid, entry.msgid_plural) and not old.fuzzy:
        entry.flags.append("fuzzy")
        entry.previous_msgid, entry.previous_msgid_plural = old.msgid, old.msgid_plural or None


def _empty_file(locale: str) -> polib.POFile:
    """No dates and no names in the head: the same German always makes the same file."""
    po = polib.POFile(wrapwidth=WIDTH)
    po.metadata = {
        "Project-Id-Version": "Wegweiser",
        "Language": locale.replace("-", "_"),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    if locale:
        po.metadata["Plural-Forms"] = plural_rule(locale).header
    return po


def update(definitions: Path, root: Path, *, write: bool = True, new: Sequence[str] = ()) -> list[str]:
    """Bring POT and PO files below `root` up to date; the names of those that changed (or would)."""
    sources = tuple(german_sources(definitions).values())
    changed = []
    files = {root / f"{DOMAIN}.pot": template_file(sources)}
    locales = {path.parent.parent.name for path in root.glob(f"*/LC_MESSAGES/{DOMAIN}.po")}
    for locale in sorted(locales | {code.replace("-", "_") for code in new} - {SOURCE_LOCALE}):
        path = root / locale / "LC_MESSAGES" / f"{DOMAIN}.po"
        old = polib.pofile(str(path), wrapwidth=WIDTH) if path.exists() else polib.POFile()
        files[path] = merged(sources, old, locale.replace("_", "-"))
    for path, po in files.items():
        text = f"{po}\n" if not str(po).endswith("\n") else str(po)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            changed.append(path.relative_to(root).as_posix())
            if write:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    """Bring the PO files up to date with the German of the definition files."""
    parser = argparse.ArgumentParser(prog="python -m locales.extract", description=main.__doc__)
    parser.add_argument("--definitions", type=Path, default=HERE.parent / "dialogs")
    parser.add_argument("--root", type=Path, default=HERE)
    parser.add_argument("--new", action="append", default=[], metavar="LOCALE", help="begin a new language")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if something would change")
    chosen = parser.parse_args(arguments)
    changed = update(chosen.definitions, chosen.root, write=not chosen.check, new=chosen.new)
    for name in changed:
        print(f"{name}: {'out of date' if chosen.check else 'written'}")
    if not changed:
        print("everything is up to date")
    return 1 if chosen.check and changed else 0


if __name__ == "__main__":
    raise SystemExit(main())
