"""The law watch on the command line: `wegweiser show law` and `wegweiser law compare OLD NEW`."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin.command_line import AsJson, County, On, day, stop

if TYPE_CHECKING:
    from dialogs.law import Laws
    from dialogs.law_places import Place
    from dialogs.law_text import Statute

SAME, TO_REVIEW, WRONG_USE = 0, 1, 2

commands = typer.Typer(no_args_is_help=True, help="The law that rules, questions and texts rest on.")


def show_law(county: County = None, on: On = None, as_json: AsJson = False) -> None:
    """Every legal reference with the day of its text, and the rules, questions, topics and dates that rest on it."""
    from admin.rulebook.law_tables import law_json, law_lines

    when = day(on)
    name, laws, places = _places(county, when)
    if as_json:
        typer.echo(json.dumps(law_json(laws, places, name, when), ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(law_lines(laws, places, name, when)))


@commands.command("compare")
def compare(
    old: Annotated[Path, typer.Argument(help="the statute as it was: plain text or Markdown, see docs/handbuch/gesetze.md")],
    new: Annotated[Path, typer.Argument(help="the statute as it is now")],
    law: Annotated[str | None, typer.Option("--law", help="its short name, if the texts do not begin with it")] = None,
    county: County = None, on: On = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """What has to be read again after a change of law? Ends with 0 if nothing, 1 if something, 2 if used wrongly."""
    from admin.rulebook.law_tables import compare_json, compare_lines
    from dialogs.law_compare import differences, not_covered, to_review

    _, laws, places = _places(county, day(on))
    before, after = _statute(old, laws, law), _statute(new, laws, law)
    changes = differences(before, after)
    reviews, missing = to_review(changes, places), not_covered(before, after, places)
    if as_json:
        typer.echo(json.dumps(compare_json(changes, reviews, missing), ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(compare_lines(changes, reviews, missing)))
    raise typer.Exit(TO_REVIEW if reviews else SAME)


def _places(county: str | None, on: dt.date) -> tuple[str, Laws, tuple[Place, ...]]:
    """The county's name, the laws, and every place that holds on the day. Files that can't be loaded are refused."""
    from dialogs.errors import DefinitionError
    from dialogs.law_places import cited_places
    from dialogs.load import known_counties, load_library
    from dialogs.load_laws import load_laws

    try:
        library = load_library(county or known_counties()[0])
        laws = load_laws(library.root)
    except LookupError as error:
        raise stop(str(error.args[0])) from None
    except DefinitionError as error:
        raise stop(str(error)) from None
    return library.county.name, laws, cited_places(library.root, library.county.id, laws, on)


def _statute(file: Path, laws: Laws, law: str | None) -> Statute:
    from dialogs.law_text import StatuteProblem, read_statute

    try:
        return read_statute(file.read_text(encoding="utf-8"), file.name, laws, law)
    except OSError:
        raise stop(f"{file.name}: can't be read. Check the path.") from None
    except UnicodeDecodeError:
        raise stop(f"{file.name}: is no UTF-8 text. Save it as plain text in UTF-8.") from None
    except StatuteProblem as problem:
        raise stop(str(problem)) from None


