"""`wegweiser show`: tables, diagrams and documents made from the data."""

from __future__ import annotations

import typer

from admin.command_line import County, On, day, library_of, script_of
from admin.rulebook.law_commands import show_law

commands = typer.Typer(no_args_is_help=True, help="Tables and diagrams made from the data.")
commands.command("law")(show_law)


@commands.command("rules")
def rules(county: County = None, on: On = None) -> None:
    """The rule book as Markdown tables, in the words of the offices."""
    from dialogs.show_rules import rules_table

    library, when, words = library_of(county), day(on), _german()
    typer.echo(rules_table(script_of(library, when), when, words.__getitem__))


@commands.command("boundaries")
def boundaries(county: County = None, on: On = None) -> None:
    """Every boundary (ages, days, counts) with somebody on each side and where she is sent."""
    from dialogs.show_boundaries import boundaries_list

    typer.echo(boundaries_list(script_of(library_of(county), day(on)), day(on)))


@commands.command("questionnaire")
def questionnaire(county: County = None, on: On = None) -> None:
    """All questions with options and conditions."""
    from dialogs.show import questionnaire_table

    typer.echo(questionnaire_table(script_of(library_of(county), day(on)), day(on)))


@commands.command("map")
def map_(county: County = None, on: On = None) -> None:
    """Which answer makes which question appear, as a Mermaid diagram."""
    from dialogs.show import map_diagram

    typer.echo(map_diagram(script_of(library_of(county), day(on)), day(on)))


@commands.command("dmn")
def dmn(county: County = None, on: On = None) -> None:
    """The rule book as a DMN 1.3 document, for the office's own tools and for other engines."""
    from dialogs.dmn import dmn_document

    typer.echo(dmn_document(script_of(library_of(county), day(on)), day(on), _german()), nl=False)


def _german() -> dict[str, str]:
    """Every German sentence of the definitions by its id."""
    from dialogs.load import ROOT
    from locales.sources import german_sources

    return {key: source.text for key, source in german_sources(ROOT).items()}
