"""TOML into values. Everything wrong in a file is found in one go; each finding names file, line, id and remedy.

Nothing is loaded half: one finding and the whole county is refused.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dialogs.answers import NoAnswer
from dialogs.conditions import Always, Condition, all_of
from dialogs.county import County, Dienst, Kommune, Stelle, Traeger
from dialogs.errors import DefinitionError
from dialogs.facts import Params, fact_condition, facts
from dialogs.model import KINDS, Card, Option, Question, Questionnaire, Requirement, When
from dialogs.release import Release, with_own_words
from dialogs.routing import KEIN_BEDARF, TOPIC, Rule, RuleBook
from dialogs.rules_shape import well_shaped
from dialogs.script import Library, Script
from dialogs.toml_source import Source, dates_of, text_of

ROOT = Path(__file__).parent
MODES = frozenset({"referral", "info_only"})
STAGES = frozenset({"desk", "full"})


def _requirement(source: Source, id_: str, raw: object, what: str) -> Requirement:
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
    return When(_requirement(source, id_, block.get(only), only), _requirement(source, id_, block.get(unless), unless))


def _option(source: Source, question: str, raw: Mapping[str, Any]) -> Option:
    where = When(_requirement(source, question, raw.get("only_if"), "only_if"))
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
        id=id_, text=text_of(source, block, "text"), kind=kind, stage=stage, skip=bool(block.get("skip", True)),
        store=bool(block.get("store", True)), data=str(block.get("data", "A6")), why=str(block.get("why", "")),
        help=str(block.get("help", "")), long=str(block.get("long", "")), when=_when(source, block, "ask_if", "ask_unless"),
        options=options, no_answers=tuple(no_answers), after_result=bool(block.get("after_result", False)),
        counted=bool(block.get("counted", True)), purpose=block.get("purpose"), minimum=block.get("minimum"),
        maximum=block.get("maximum"), source=text_of(source, block, "source"), valid_from=first, valid_until=last, by_id=by_id,
    )  # fmt: skip


def load_questionnaire(path: Path, cards: Path, county: str, findings: list[str], root: Path = ROOT) -> Questionnaire:
    """Read one questionnaire with the crisis cards. Findings are appended; what is returned is good only if none were."""
    source = Source(path, findings, root)
    head = source.data.get("questionnaire", {})
    for key in ("id", "version"):
        if not isinstance(head.get(key), str) and source.data:
            findings.append(f"{source.name}:1: [questionnaire] has no {key}. Write {key} = \"...\".")
    questions = tuple(_question(source, block) for block in source.blocks("question"))
    by_id = {question.id: question for question in questions}
    _known_requirements(source, questions, by_id)
    known_cards, words = _cards(Source(cards, findings, root), county)
    for question in questions:
        for option in question.options:
            if option.card is not None and option.card not in known_cards:
                source.wrong(question.id, f"option {option.id!r} names card {option.card!r}, which cards.toml does not have.")
    return Questionnaire(str(head.get("id")), str(head.get("version")), questions, by_id, known_cards, words)


def _known_requirements(source: Source, questions: tuple[Question, ...], by_id: Mapping[str, Question]) -> None:
    earlier: set[str] = set()
    for question in questions:
        whens = [question.when, *(option.when for option in question.options)]
        for key, wanted in [item for when in whens for item in (*when.only, *when.unless)]:
            if key.startswith("@"):
                continue
            if key not in by_id:
                source.wrong(question.id, f"asks for {key!r}, which is no question. Correct the name.")
            elif key not in earlier:
                source.wrong(question.id, f"depends on {key!r}, which is asked later. Move one of them.")
            else:
                for option in sorted(wanted - set(by_id[key].by_id)):
                    if by_id[key].kind != "town":
                        source.wrong(question.id, f"{key} offers no option {option!r}. Correct the id.")
        earlier.add(question.id)


def _cards(source: Source, county: str) -> tuple[dict[str, Card], dict[str, tuple[str, ...]]]:
    cards = {}
    for block in source.blocks("card"):
        numbers = tuple(
            (index, str(item.get("number", "")))
            for index, item in enumerate(block.get("numbers", ()))
            if item.get("kreis", county) == county
        )
        id_ = str(block["id"])
        cards[id_] = Card(id_, text_of(source, block, "title"), text_of(source, block, "text"), numbers)
    words: dict[str, tuple[str, ...]] = {}
    for entry in source.data.get("word", ()):
        card = str(entry.get("card"))
        words[card] = words.get(card, ()) + tuple(str(word) for word in entry.get("words", ()))
    return cards, words


def _county(folder: Path, findings: list[str], root: Path) -> County:
    head, services = Source(folder / "county.toml", findings, root), Source(folder / "services.toml", findings, root)
    kommunen = {
        str(block["id"]): Kommune(str(block["id"]), text_of(head, block, "name"), tuple(block.get("aliases", ())))
        for block in head.blocks("kommune")
    }
    traeger = {
        str(block["id"]): Traeger(
            str(block["id"]),
            text_of(services, block, "name"),
            bool(block.get("public_body", True)),
            str(block.get("law", "DSGVO")),
        )
        for block in services.blocks("traeger")
    }
    dienste = {
        str(block["id"]): Dienst(
            str(block["id"]), text_of(services, block, "name"), str(block.get("text", "")),
            bool(block.get("sensitive", False)), bool(block.get("takes_referrals", False)),
        )
        for block in services.blocks("dienst")
    }  # fmt: skip
    stellen = {}
    for block in services.blocks("stelle"):
        id_ = str(block["id"])
        for key, known in (("dienst", dienste), ("traeger", traeger)):
            if block.get(key) not in known:
                services.wrong(id_, f"{key} {block.get(key)!r} is not defined. Add a [[{key}]] block or correct the id.")
        towns = tuple(str(town) for town in block.get("kommunen", ()))
        for town in towns:
            if town != "*" and town not in kommunen:
                services.wrong(id_, f"Kommune {town!r} is not in county.toml. Correct the id.")
        stellen[id_] = Stelle(
            id_, str(block.get("dienst")), str(block.get("traeger")), text_of(services, block, "name"), towns,
            str(block.get("address", "")), str(block.get("phone", "")), str(block.get("email", "")),
            str(block.get("url", "")), block.get("vze"), str(block.get("verified_on", "")), str(block.get("note", "")),
        )  # fmt: skip
    clearing = str(head.data.get("clearing", {}).get("dienst", ""))
    if head.data and clearing not in dienste:
        findings.append(f"{head.name}:1: [clearing] names Dienst {clearing!r}, which services.toml does not have.")
    return County(
        str(head.data.get("id", folder.name)), str(head.data.get("name", "")), tuple(head.data.get("languages", ())),
        clearing, kommunen, dienste, traeger, stellen, _responsible(head),
    )  # fmt: skip


def _responsible(head: Source) -> str:
    """Who answers for the data (DSGVO Art. 13), as the notice says it: name, address, data protection officer."""
    kim = head.data.get("kim", {})
    return ", ".join(str(kim[key]) for key in ("verantwortlich", "anschrift", "datenschutz") if kim.get(key))


def _book(
    path: Path, county: County, questionnaire: Questionnaire, findings: list[str], root: Path, text: str | None = None
) -> RuleBook:
    source = Source(path, findings, root, text)
    if not well_shaped(source):
        # What has the wrong shape can't be read any further; its findings say so.
        source.data = {}
    raw_params = source.data.get("params", {})
    known_params = set(Params.__slots__)
    for name in sorted(set(raw_params) - known_params):
        findings.append(f"{source.name}:1: [params] knows no {name!r}; it knows {', '.join(sorted(known_params))}.")
    known = facts(Params(**{name: value for name, value in raw_params.items() if name in known_params}))

    def rule(block: Mapping[str, Any], key: str, places: Callable[[str], bool]) -> Rule:
        id_ = str(block["id"])
        first, last = dates_of(source, block)
        to, mode = str(block.get("to", "")), str(block.get("mode", "referral"))
        if not places(to):
            source.wrong(id_, f"sends to {to!r}, which is no Dienst of services.toml. Correct the id or add the Dienst.")
        if block.get("card") is not None and block["card"] not in questionnaire.cards:
            source.wrong(id_, f"names card {block['card']!r}, which cards.toml does not have. Correct the id.")
        if mode not in MODES:
            source.wrong(id_, f"mode {mode!r} is neither referral nor info_only.")
        raw = block.get("when", {})
        when = {name: tuple(value) if isinstance(value, list) else (value,) for name, value in raw.items()}
        return Rule(
            id=id_, to=to, when=when, condition=_conditions(source, id_, when, known, questionnaire), key=key,
            because=text_of(source, block, "because"), source=text_of(source, block, "source"), valid_from=first,
            valid_until=last, mode=mode, urgent=bool(block.get("urgent", False)), flag=block.get("flag"),
            at_once=bool(block.get("at_once", False)), need=block.get("need"), card=block.get("card"),
        )  # fmt: skip

    def place(to: str) -> bool:
        return to in county.dienste

    rules = tuple(
        rule(block, f"{county.id}.{block['id']}", lambda to: place(to) or to in (TOPIC, KEIN_BEDARF))
        for block in source.blocks("rule")
    )
    counted: dict[str, int] = {}

    def topic_key(block: Mapping[str, Any]) -> str:
        need = str(block.get("need"))
        counted[need] = counted.get(need, -1) + 1
        return f"{county.id}.topic.{need}.{counted[need]}"

    topics = tuple(rule(block, topic_key(block), place) for block in source.blocks("topic"))
    also = tuple(rule(block, f"{county.id}.{block['id']}", place) for block in source.blocks("also"))
    if source.data and (not rules or rules[-1].when):
        findings.append(f"{source.name}:1: the last [[rule]] must have no conditions, so that nobody is left without an answer.")
    domains = {
        question.id: tuple(option.id for option in question.options)
        for question in questionnaire.questions
        if question.kind in ("single", "consent")
    }
    domains["S02_city"] = (*county.kommunen, *(option.id for option in _options(questionnaire, "S02_city")))
    several = frozenset(question.id for question in questionnaire.questions if question.kind == "multi")
    watched = frozenset(atom.question for rule in rules if rule.at_once for atom in rule.condition.atoms())
    immediate = tuple(rule for rule in rules if rule.at_once)
    version = str(source.data.get("version", ""))
    return RuleBook(version, rules, topics, also, county.clearing, known, domains, several, watched, immediate)


def _options(questionnaire: Questionnaire, question: str) -> tuple[Option, ...]:
    found = questionnaire.by_id.get(question)
    return found.options if found else ()


def _conditions(
    source: Source,
    id_: str,
    when: Mapping[str, tuple[object, ...]],
    known: Mapping[str, Condition],
    questionnaire: Questionnaire,
) -> Condition:
    parts: list[Condition] = []
    for name, values in when.items():
        try:
            condition = fact_condition(name, values, known)
        except KeyError:
            source.wrong(id_, f"uses the fact {name!r}, which does not exist. `wegweiser show rules` lists all facts.")
            continue
        except ValueError as error:
            source.wrong(id_, f"fact {name!r}: {error}.")
            continue
        for atom in condition.atoms():
            question = questionnaire.by_id.get(atom.question)
            if name in ("alter", "status", "einkommen", "lid", "kinder", "thema", "hilfe_art") and question is not None:
                for option in sorted(getattr(atom, "options", frozenset()) - set(question.by_id)):
                    source.wrong(id_, f"{name} has no value {option!r}; {question.id} offers {', '.join(question.by_id)}.")
        parts.append(condition)
    return all_of(*parts) if parts else Always()


def known_counties(root: Path = ROOT) -> tuple[str, ...]:
    """Every county that has a folder, the one marked `default = true` first."""
    found = sorted(path.parent.name for path in (root / "counties").glob("*/county.toml"))
    return tuple(sorted(found, key=lambda name: not _is_default(root / "counties" / name / "county.toml")))


def _is_default(path: Path) -> bool:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")).get("default") is True
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False


def load_library(county: str, root: Path = ROOT, released: Sequence[Release] = ()) -> Library:
    """All scripts of one county: its files, and what was `released` since, in that order.

    Raises DefinitionError with every finding, or LookupError for an unknown county.
    """
    folder = root / "counties" / county
    known = known_counties(root)
    if county not in known:
        raise LookupError(f"unknown county {county!r}; there are: {', '.join(known)}")
    return load_folder(folder, root, released=released)


def load_folder(
    folder: Path, root: Path = ROOT, *, rules: Sequence[Path] | None = None, released: Sequence[Release] = ()
) -> Library:
    """A county's folder, wherever it is. `rules`: these rule files instead of the folder's own."""
    findings: list[str] = []
    county = folder.name
    loaded_county = _county(folder, findings, root)
    scripts: dict[str, Script] = {}
    questionnaires = sorted((root / "questionnaires").glob("*.toml"))
    own = [(path, None, dt.date.min) for path in (sorted(folder.glob("rules*.toml")) if rules is None else rules)]
    for path in questionnaires:
        questionnaire = load_questionnaire(path, root / "cards.toml", county, findings, root)
        head = Source(path, [], root).data.get("questionnaire", {})
        later = [(Path(release.name), release.text, release.starts) for release in released]
        for order, (rules_path, text, starts) in enumerate((*own, *later), 1 - len(own)):
            book = _book(rules_path, loaded_county, questionnaire, findings, root, text)
            rules_from = Source(rules_path, [], root, text).data.get("valid_from")
            if type(rules_from) is not dt.date:
                rules_from = dt.date.min  # left out; anything else is a finding already
            version = f"{questionnaire.version}+{book.version}"
            if version in scripts:
                if text is None:
                    findings.append(f"{rules_path.name}:1: the version {book.version!r} exists already. Write a new one.")
                continue  # a release that has come with the files since
            starts = max(head.get("valid_from", dt.date.min), rules_from, starts)
            scripts[version] = Script(version, questionnaire, loaded_county, book, starts, max(order, 0))
    if not scripts and not findings:
        findings.append(f"{folder.name}/rules.toml:1: the county has no rules. Add rules.toml.")
    if findings:
        raise DefinitionError(findings)
    return Library(loaded_county, dict(with_own_words(scripts)))
