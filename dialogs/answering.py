"""How an answer changes a session: chosen, switched, typed or skipped; and what a consent sets off."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import lru_cache

from dialogs import crisis, typed
from dialogs import effects as ef
from dialogs import events as ev
from dialogs.answers import Answers, NoAnswer, Value, chosen, to_json
from dialogs.bridge import to_hand_over
from dialogs.county import ELSEWHERE, County
from dialogs.errors import EventRefused, NotUnderstood, StalePrompt, UnknownOption
from dialogs.matching import TownNames
from dialogs.model import Option, Question
from dialogs.path import walk
from dialogs.screens import view
from dialogs.script import Script
from dialogs.session import PRESET_QUESTION, PRESETS, Session, Status
from dialogs.turns import Turn, again, answered, before


def open_question(script: Script, session: Session) -> Question:
    if session.open is None:
        raise StalePrompt("no question is open")
    return script.questionnaire.by_id[session.open]


def _so_far(script: Script, session: Session, question: Question, on: dt.date) -> Answers:
    """The answers that decide which options are offered; not worked out where all are offered to everybody."""
    return walk(script, session, on).answers if question.depends else session.answers


def on_chosen(script: Script, session: Session, event: ev.Chosen, on: dt.date) -> Turn:
    question = open_question(script, session)
    if len(event.options) == 1 and event.options[0] in question.no_answers:
        return answered(script, session, question, NoAnswer(event.options[0]), on)
    if question.kind == "multi":
        return _several(script, session, question, tuple(dict.fromkeys(event.options)), on)
    if len(event.options) != 1:
        raise UnknownOption(f"{question.id} takes one option")
    raw = event.options[0]
    if question.kind in ("date", "month"):
        return _date_part(script, session, question, raw, on)
    if question.kind == "number":
        return answered(script, session, question, typed.read_number(question, raw, on), on)
    if question.kind == "town":
        if raw != ELSEWHERE and raw not in script.county.kommunen:
            raise UnknownOption(f"no Kommune {raw!r}")
        return answered(script, session, question, raw, on)
    if question.kind not in ("single", "consent"):
        raise UnknownOption(f"{question.id} is not answered by a choice")
    option = question.option(raw, _so_far(script, session, question, on))
    if question.kind == "consent":
        return _consent(script, session, question, option, on)
    return answered(script, session, question, option.id, on)


def _date_part(script: Script, session: Session, question: Question, raw: str, on: dt.date) -> Turn:
    if "-" in raw:
        return _typed_answer(script, session, question, raw, on)
    draft = typed.with_part(question.kind, session.draft, raw, on)
    if not typed.complete(question.kind, draft):
        return again(script, replace(session, draft=draft), on)
    return _typed_answer(script, session, question, "-".join(draft), on)


def on_toggled(script: Script, session: Session, event: ev.Toggled, on: dt.date) -> Turn:
    question = open_question(script, session)
    if question.kind != "multi":
        raise UnknownOption(f"{question.id} is not switched")
    option = question.option(event.option, _so_far(script, session, question, on))
    if event.on and option.card is not None and not option.keep:
        # Danger is answered at once and leaves no trace, not even as something switched on.
        turn = again(script, session, on, keep_prompt=True)
        return Turn(turn.session, (ef.ShowCards((option.card,)), ef.Count(f"karte_{option.card}"), *turn.effects))
    kept = [id_ for id_ in _switched(session, question) if id_ != option.id]
    if event.on:
        kept = [id_ for id_ in kept if _beside(question.by_id[id_], option)]
        kept = [] if option.exclusive else kept
        kept.append(option.id)
    return again(script, replace(session, draft=tuple(kept) or ("",)), on, keep_prompt=True)


def _switched(session: Session, question: Question) -> tuple[str, ...]:
    if session.draft:
        return tuple(id_ for id_ in session.draft if id_)
    return chosen(session.answers.get(question.id))


def _beside(one: Option, other: Option) -> bool:
    return not (one.exclusive or other.id in one.excludes or one.id in other.excludes)


def on_done(script: Script, session: Session, event: ev.Done, on: dt.date) -> Turn:
    question = open_question(script, session)
    if question.kind != "multi":
        raise UnknownOption(f"{question.id} is not answered by several")
    return _several(script, session, question, _switched(session, question), on)


def _several(script: Script, session: Session, question: Question, ids: tuple[str, ...], on: dt.date) -> Turn:
    answers = _so_far(script, session, question, on)
    options = [question.option(id_, answers) for id_ in ids if id_]
    if not options and question.store:
        raise NotUnderstood("ui.choose_one")
    for one in options:
        if len(options) > 1 and not all(_beside(one, other) for other in options if other is not one):
            raise NotUnderstood("ui.not_together")
    cards = tuple(option.card for option in options if option.card is not None)
    kept = tuple(option.id for option in options if option.keep)
    turn = answered(script, session, question, kept, on)
    if not cards:
        return turn
    return Turn(turn.session, (ef.ShowCards(cards), *(ef.Count(f"karte_{card}") for card in cards), *turn.effects))


def _consent(script: Script, session: Session, question: Question, option: Option, on: dt.date) -> Turn:
    """Consent computes: what was read, for which purpose, to whom, yes or no."""
    key = f"{script.questionnaire.id}.{question.id}"
    if option.id == "info":
        return before(ef.Say(ef.Text(f"{key}.long")), again(script, session, on))
    if option.id == "show":
        return before(_preview(script, session, on), again(script, session, on))
    given = option.id != "no"
    recipient = session.stelle if question.purpose == "C3" else None
    kept = ef.KeepConsent(question.purpose or "C1", given, key, recipient)
    if question.purpose == "C1":
        if not given:
            ended = replace(session, status=Status.ENDED, open=None, outcome="declined", prompt=session.prompt + 1)
            return Turn(ended, (ef.Count("abgelehnt"), ef.Erase("chat"), ef.ShowEnd(session.id, "declined")))
        session = replace(session, for_whom="self" if option.id == "yes" else option.id)
        if session.entry in PRESETS:
            # What the slip brought along becomes an answer only now, with her consent.
            session = replace(session, answers={**session.answers, PRESET_QUESTION: PRESETS[session.entry]})
        return before(ef.Count("angenommen"), before(kept, answered(script, session, question, option.id, on)))
    turn = answered(script, session, question, option.id, on)
    if question.purpose == "C3" and given:
        return before(kept, before(_refer(script, session, on), turn))
    return before(kept, turn)


def _handed_over(script: Script, session: Session, on: dt.date) -> tuple[tuple[tuple[str, object], ...], str | None]:
    """The answers that the consent covers, and the telephone number: only what is on the path as it stands now."""
    known, answers = script.questionnaire.by_id, walk(script, session, on).answers
    rows = tuple(
        (key, to_json(value))
        for key, value in answers.items()
        if key in known and known[key].kind not in ("consent", "phone", "language") and not isinstance(value, NoAnswer)
        # The safety question is not stored; only a removal letter, which makes the case urgent, is.
        and (known[key].store or value)
    )
    number = answers.get("S17b_phone")
    return rows, number if isinstance(number, str) and not isinstance(number, NoAnswer) else None


# What the Stelle is told of the decision. Further places stay with the person: their names may speak of health.
# The deciding facts follow from the answers that she hands over.
TOLD = (
    "dienst", "stelle", "mode", "urgent", "rule", "because", "key", "source", "rules_version", "flag", "open", "decided_by",
    "decided_from", "changes", "on", "script",
)  # fmt: skip


def _refer(script: Script, session: Session, on: dt.date) -> ef.Refer:
    if session.stelle is None or session.decision is None:
        raise EventRefused("nothing has been decided that could be handed over")
    rows, contact = _handed_over(script, session, on)
    told = {key: session.decision[key] for key in TOLD if key in session.decision}
    # What is handed over follows from the rows handed over, and from nothing else.
    covered = {key: session.answers[key] for key, _ in rows if key in session.answers}
    bridge = to_hand_over(covered, session.decision.get("checklist"), on)
    return ef.Refer(session.stelle, told, rows, contact, bridge)


def _preview(script: Script, session: Session, on: dt.date) -> ef.ShowPreview:
    rows, contact = _handed_over(script, session, on)
    key = str(session.decision["key"]) if session.decision else ""
    return ef.ShowPreview(session.id, session.stelle or "", rows, contact, key)


def on_skipped(script: Script, session: Session, event: ev.Skipped, on: dt.date) -> Turn:
    question = open_question(script, session)
    if not question.skip:
        raise UnknownOption(f"{question.id} can't be skipped")
    value: Value = NoAnswer.SKIPPED if question.store else ()
    return answered(script, session, question, value, on)


def on_typed(script: Script, session: Session, event: ev.Typed, on: dt.date) -> Turn:
    cards = crisis.cards_for(event.text, script.questionnaire.crisis_words)
    if cards:
        shown = view(script, session, on)
        return Turn(session, (ef.ShowCards(cards), *(ef.Count(f"karte_{card}") for card in cards), *shown))
    if session.status is not Status.ASKING or session.open is None:
        raise NotUnderstood("ui.use_buttons")
    return _typed_answer(script, session, open_question(script, session), event.text, on)


def _typed_answer(script: Script, session: Session, question: Question, words: str, on: dt.date) -> Turn:
    if question.kind == "number":
        return answered(script, session, question, typed.read_number(question, words, on), on)
    if question.kind == "date":
        return answered(script, session, question, typed.read_date(words, on), on)
    if question.kind == "month":
        return answered(script, session, question, typed.read_month(words, on), on)
    if question.kind == "phone":
        return answered(script, session, question, typed.read_phone(words), on)
    if question.kind == "note":
        return answered(script, session, question, typed.read_note(words), on)
    if question.kind == "town":
        found = town_names(script.county).find(words)
        if not found.kommunen:
            return again(script, replace(session, proposals=()), on, note=ef.Text("ui.town_unknown"))
        note = ef.Text("ui.town_sure" if found.sure else "ui.town_which")
        return again(script, replace(session, proposals=found.kommunen), on, note=note)
    raise NotUnderstood("ui.use_buttons")


@lru_cache(maxsize=16)
def _names(county_id: str, key: int) -> list[TownNames]:
    return []


def town_names(county: County) -> TownNames:
    """The county's names, prepared once."""
    kept = _names(county.id, id(county))
    if not kept:
        kept.append(TownNames(county))
    return kept[0]


