"""`wegweiser compare OLD NEW`: who would go elsewhere if the rules were changed, in a terminal or as JSON."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin.command_line import day, stop

if TYPE_CHECKING:
    from dialogs.answers import Value
    from dialogs.comparison import Comparison, Place
    from dialogs.script import Script

SAME, DIFFERENT, WRONG_USE = 0, 1, 2
SEED = 104
MOST_SYNTHETIC = 100_000
EXAMPLES = 5


def compare(
    old: Annotated[Path, typer.Argument(help="a rules file, or the folder of a county")],
    new: Annotated[Path, typer.Argument(help="the changed rules file, or folder")],
    cases: Annotated[Path | None, typer.Option("--cases", help="sets of answers, as for `wegweiser route`")] = None,
    synthetic: Annotated[int | None, typer.Option("--synthetic", help="instead of --cases: so many made-up people")] = None,
    county: Annotated[str | None, typer.Option("--county", help="whose towns and services the rules files belong to")] = None,
    on: Annotated[str | None, typer.Option("--on", help="the day to decide for, YYYY-MM-DD; today if left out")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Who would go elsewhere if the rules were changed? Ends with 0 if nobody, 1 if somebody, 2 if used wrongly."""
    from dialogs.comparison import compare as decide_twice

    when = day(on)
    if (cases is None) == (synthetic is None):
        raise stop("give either --cases FILE or --synthetic N.")
    before, after = _script("OLD", old, county, when), _script("NEW", new, county, when)
    people = _cases(cases, before, after) if cases is not None else _drawn(before, synthetic or 0, when)
    found = decide_twice(before, after, people, when)
    if as_json:
        typer.echo(json.dumps(_json(before, after, found, when), ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(_lines(before, after, found, when)))
    raise typer.Exit(SAME if found.same else DIFFERENT)


def _script(which: str, path: Path, county: str | None, on: dt.date) -> Script:
    """The rule book of a file or folder that holds on this day."""
    from dialogs.errors import DefinitionError
    from dialogs.load import ROOT, known_counties, load_folder

    if not path.exists():
        raise stop(f"{which} {path.name}: there is no such file or folder. Check the path.")
    if county is not None and county not in known_counties():
        raise stop(f"unknown county {county!r}; there are: {', '.join(known_counties())}")
    beside = path if path.is_dir() else path.resolve().parent
    shipped = ROOT / "counties" / (county or known_counties()[0])
    folder = beside if path.is_dir() or (county is None and (beside / "county.toml").exists()) else shipped
    try:
        library = load_folder(folder, rules=None if path.is_dir() else [path])
        return library.current(on)
    except DefinitionError as error:
        raise stop("\n".join(f"{which} {finding}" for finding in error.findings)) from None
    except OSError:
        raise stop(f"{which} {path.name}: can't be read. Check its rights.") from None
    except LookupError:
        first = min(script.valid_from for script in library.scripts.values())
        raise stop(f"{which} {path.name}: holds from {first} on, not yet on {on}. Add --on {first}.") from None


def _cases(file: Path, old: Script, new: Script) -> Sequence[tuple[str, Mapping[str, Value]]]:
    from dialogs.cases import CaseRefused, read_cases

    try:
        raw = json.loads(file.read_bytes())
        read_cases(raw, new)
        return read_cases(raw, old)
    except OSError:
        raise stop(f"{file.name}: can't be read. Check the path.") from None
    except CaseRefused as error:
        raise stop(f"{file.name}: {error}.") from None
    except (ValueError, RecursionError) as error:
        raise stop(f"{file.name}: no valid JSON ({type(error).__name__}: {str(error)[:80]}). Mend the file.") from None


def _drawn(script: Script, number: int, on: dt.date) -> Sequence[tuple[str, Mapping[str, Value]]]:
    import random

    from dialogs.drawing import some_people
    from dialogs.errors import DefinitionError
    from dialogs.people import load_people

    if not 0 < number <= MOST_SYNTHETIC:
        raise stop(f"--synthetic {number}: draw from 1 to {MOST_SYNTHETIC} people.")
    try:
        people = load_people(script)
    except DefinitionError as error:
        raise stop(str(error)) from None
    drawn = some_people(script, people, on, random.Random(SEED), number)
    return [(f"{person.profile}-{count}", person.answers) for count, person in enumerate(drawn, 1)]


def _json(old: Script, new: Script, found: Comparison, on: dt.date) -> dict[str, object]:
    return {
        "county": old.county.id, "on": on.isoformat(), "old": old.book.version, "new": new.book.version,
        "cases": len(found.pairs), "moved": len(found.moved), "same": found.same,
        "counts": [{"dienst": name, "before": before, "after": after} for name, before, after in found.counts()],
        "shifts": [
            {"rules": list(shift.rules), "dienste": list(shift.dienste), "people": shift.people} for shift in found.shifts()
        ],
        "stranded": [pair.id for pair in found.stranded],
        "changes": [
            {"id": pair.id, "differs": list(pair.differs), "before": asdict(pair.before), "after": asdict(pair.after)}
            for pair in found.pairs
            if pair.differs
        ],
    }  # fmt: skip


def _lines(old: Script, new: Script, found: Comparison, on: dt.date) -> Iterator[str]:
    from dialogs.comparison import described, telling

    names = dienst_names(old, new)
    yield f"{old.county.name}, {on:%d.%m.%Y}: bisher {old.book.version}, neu {new.book.version}"
    yield f"{len(found.moved)} von {len(found.pairs)} gingen woanders hin."
    only_further = sum(bool(pair.differs) and not pair.elsewhere for pair in found.pairs)
    if only_further:
        yield f"Bei {only_further} ändern sich nur die weiteren Dienste."
    yield ""
    wide = max([len(names.get(name, name)) for name, _, _ in found.counts()] + [4])
    yield f"{'Ziel':<{wide}}  bisher     neu"
    for name, before, after in found.counts():
        yield f"{names.get(name, name):<{wide}}  {before:>6}  {after:>6}" + (f"  {after - before:+d}" if after != before else "")
    if not found.moved:
        return
    yield "\nWelche Regeln (bisher -> neu):"
    for shift in found.shifts():
        was, will = (names.get(dienst, dienst) for dienst in shift.dienste)
        yield f"  {shift.rules[0]} -> {shift.rules[1]}: {shift.people}  ({was} -> {will})"
    yield "\nBeispiele:"
    for pair in found.examples(EXAMPLES):
        who = "; ".join(f"{what}: {answer}" for what, answer in described(old, pair.answers, telling(old, new, pair)))
        yield f"  {who}"
        yield f"    {_where(pair.before, names)} -> {_where(pair.after, names)}"
    if found.stranded:
        yield f"\nOhne eigene Antwort in der neuen Fassung: {len(found.stranded)} (ein Mensch klärt, oder keine Regel passt)."


def _where(place: Place, names: Mapping[str, str]) -> str:
    mode = {"info_only": ", nur Auskunft", "clearing": ", Klärung"}.get(place.mode, "")
    return f"{names.get(place.dienst, place.dienst)}{mode}{', dringend' if place.urgent else ''} ({place.rule})"


def dienst_names(*scripts: Script) -> dict[str, str]:
    """German names of everything a decision can lead to."""
    from dialogs.comparison import NOWHERE
    from dialogs.routing import KEIN_BEDARF

    found = {dienst.id: dienst.name for script in scripts for dienst in script.county.dienste.values()}
    return {**found, KEIN_BEDARF: "kein Bedarf", NOWHERE: "keine Regel passt"}
