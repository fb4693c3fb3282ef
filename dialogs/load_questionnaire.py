"""A questionnaire and the crisis cards out of TOML. Every finding names file, line, id and remedy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dialogs.answers import NoAnswer
from dialogs.definition_shape import TABLES, WHOLE, WORD, WORDS, keep_blocks, keep_head
from dialogs.model import KINDS, Card, Option, Question, Questionnaire, Requirement, When
from dialogs.toml_source import Source, dates_of, day_of, meant, switch_of, text_of

STAGES = frozenset({"desk", "full"})
QUESTION = frozenset(
    {
        "text", "kind", "stage", "skip", "store", "data", "why", "help", "long", "ask_if", "ask_unless", "options",
        "no_answers", "after_result", "counted", "purpose", "minimum", "maximum",
    }
)  # fmt: skip
OPTION = frozenset({"text", "only_if", "exclusive", "excludes", "card", "keep"})
CARD = frozenset({"title", "text", "numbers", "review_by"})


def requirement(source: Source, id_: str, raw: object, what: str) -> Requirement:
    """A table such as `{ S04_status = ["p104c"] }`, read; every fault of it is a finding."""
    if raw is None:
        return ()
    if not isinstance(raw, dict):
        source.wrong(id_, f"`{what}` must be a table such as {{ S04_status = [\"p104c\"] }}.")
        return ()
    found = []
    for key, values in raw.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values) or not values:
            source.wrong(id_, f"`{what}.{key}` must be a list of option ids.")
            continue
        found.append((key, frozenset(values)))
    return tuple(found)


def _when(source: Source, block: Mapping[str, Any], only: str, unless: str) -> When:
    id_ = str(block.get("id"))
    return When(requirement(source, id_, block.get(only), only), requirement(source, id_, block.get(unless), unless))


def _option(source: Source, question: str, raw: Mapping[str, Any]) -> Option:
    where = When(requirement(source, question, raw.get("only_if"), "only_if"))
    source.known_keys(question, raw, OPTION)
    return Option(
        id=str(raw.get("id", "")), text=str(raw.get("text", "")), when=where, exclusive=bool(raw.get("exclusive", False)),
        excludes=frozenset(raw.get("excludes", ())), card=raw.get("card"), keep=bool(raw.get("keep", True)),
    )  # fmt: skip


def _question(source: Source, block: Mapping[str, Any]) -> Question:
    id_ = str(block["id"])
    kind, stage = str(block.get("kind", "")), str(block.get("stage", "full"))
    if kind not in KINDS:
        source.wrong(id_, f"kind {kind!r} is none of {', '.join(sorted(KINDS))}.")
    if stage not in STAGES:
        source.wrong(id_, f"stage {stage!r} is neither desk nor full.")
    first, last = dates_of(source, block)
    options = tuple(_option(source, id_, raw) for raw in block.get("options", ()))
    by_id: dict[str, Option] = {}
    for option in options:
        if not option.id or not option.text:
            source.wrong(id_, "an option has no id or no text. Write { id = \"...\", text = \"...\" }.")
        if option.id in by_id:
            source.wrong(id_, f"option {option.id!r} is offered twice. Remove one or rename it.")
        by_id[option.id] = option
    if kind in ("single", "multi", "consent") and not options:
        source.wrong(id_, "has no options. Add options = [ { id, text } ].")
    no_answers = []
    for word in block.get("no_answers", ()):
        try:
            no_answers.append(NoAnswer(word))
        except ValueError:
            source.wrong(id_, f"no_answers knows unknown and na, not {word!r}.")
    return Question(
        id=id_, text=text_of(source, block, "text"), kind=kind, stage=stage,
        skip=switch_of(source, block, "skip", True), store=switch_of(source, block, "store", True),
        data=str(block.get("data", "A6")), why=str(block.get("why", "")),
        help=str(block.get("help", "")), long=str(block.get("long", "")), when=_when(source, block, "ask_if", "ask_unless"),
        options=options, no_answers=tuple(no_answers), after_result=switch_of(source, block, "after_result"),
        counted=switch_of(source, block, "counted", True), purpose=block.get("purpose"), minimum=block.get("minimum"),
        maximum=block.get("maximum"), source=text_of(source, block, "source"), valid_from=first, valid_until=last, by_id=by_id,
    )  # fmt: skip


def load_questionnaire(path: Path, cards: Path, county: str, findings: list[str], root: Path) -> tuple[Questionnaire, Source]:
    """One questionnaire with the crisis cards, and its file. Findings are appended; it is good only if none were."""
    source = Source(path, findings, root)
    source.known_tables({"questionnaire", "question"})
    keep_head(source, {}, {"questionnaire": {}})
    numbers = {"minimum": WHOLE, "maximum": WHOLE}
    shapes = {"options": TABLES, "no_answers": WORDS, "purpose": WORD, **numbers}
    keep_blocks(source, "question", shapes, {"options": {"excludes": WORDS, "card": WORD}})
    head = source.data.get("questionnaire", {})
    for key in ("id", "version"):
        if not isinstance(head.get(key), str) and source.data:
            findings.append(f"{source.name}:1: [questionnaire] has no {key}. Write {key} = \"...\".")
    questions = tuple(_question(source, block) for block in source.blocks("question", QUESTION))
    by_id = {question.id: question for question in questions}
    _known_requirements(source, questions, by_id)
    known_cards, words = _cards(Source(cards, findings, root), county)
    for question in questions:
        for option in question.options:
            if option.card is not None and option.card not in known_cards:
                said = f"option {option.id!r} names card {option.card!r}, which cards.toml does not have."
                source.wrong(question.id, said + meant(option.card, known_cards))
            for other in sorted(option.excludes - set(question.by_id)):
                source.wrong(question.id, f"option {option.id!r} excludes {other!r}, which is not offered. Correct the id.")
    first = day_of(source, head, "valid_from", "questionnaire") or dt.date.min
    return Questionnaire(str(head.get("id")), str(head.get("version")), questions, by_id, known_cards, words, first), source


def _known_requirements(source: Source, questions: tuple[Question, ...], by_id: Mapping[str, Question]) -> None:
    earlier: set[str] = set()
    for question in questions:
        whens = [question.when, *(option.when for option in question.options)]
        for key, wanted in [item for when in whens for item in (*when.only, *when.unless)]:
            if key.startswith("@"):
                continue
            if key not in by_id:
                source.wrong(question.id, f"asks for {key!r}, which is no question.{meant(key, by_id)} Correct the name.")
            elif question.id in _needed(key, by_id):
                circle = "itself" if key == question.id else f"{key!r}, and {key!r} depends on it: a circle"
                source.wrong(question.id, f"depends on {circle}. Remove one of the conditions.")
            elif key not in earlier:
                source.wrong(question.id, f"depends on {key!r}, which is asked later. Move one of them.")
            else:
                for option in sorted(wanted - set(by_id[key].by_id)):
                    if by_id[key].kind != "town":
                        said = f"{key} offers no option {option!r}.{meant(option, by_id[key].by_id)} Correct the id."
                        source.wrong(question.id, said)
        earlier.add(question.id)


def _needed(key: str, by_id: Mapping[str, Question]) -> set[str]:
    """This question and all that it depends on, directly or not."""
    found: set[str] = set()
    todo = [key]
    while todo:
        asked = by_id.get(todo.pop())
        if asked is not None and asked.id not in found:
            found.add(asked.id)
            whens = [asked.when, *(option.when for option in asked.options)]
            todo += [name for when in whens for name, _ in (*when.only, *when.unless)]
    return found


def _cards(source: Source, county: str) -> tuple[dict[str, Card], dict[str, tuple[str, ...]]]:
    cards = {}
    keep_head(source, {"word": TABLES})
    keep_blocks(source, "card", {"numbers": TABLES})
    keep_blocks(source, "word", {"words": WORDS})
    for block in source.blocks("card", CARD):
        numbers = tuple(
            (index, str(item.get("number", "")))
            for index, item in enumerate(block.get("numbers", ()))
            if item.get("kreis", county) == county
        )
        id_ = str(block["id"])
        title, text = text_of(source, block, "title"), text_of(source, block, "text")
        cards[id_] = Card(id_, title, text, numbers, day_of(source, block, "review_by"))
    words: dict[str, tuple[str, ...]] = {}
    for entry in source.data.get("word", ()):
        card = str(entry.get("card"))
        words[card] = words.get(card, ()) + tuple(str(word) for word in entry.get("words", ()))
    return cards, words
