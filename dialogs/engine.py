"""One turn of a dialogue: a session and an event in, a session and effects out. Pure: no clock, no database, no chance.

What may happen in which state is `session.MOVES`. Which question comes next is `path.walk`. Where the person is sent is
`routing.decide`. Here is only how an event changes a session.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from dialogs import crisis, screens, typed
from dialogs import effects as ef
from dialogs import events as ev
from dialogs.answers import Answers, NoAnswer, Value, chosen, to_json
from dialogs.county import ELSEWHERE, County
from dialogs.errors import EventRefused, NotUnderstood, StalePrompt, UnknownOption
from dialogs.matching import TownNames
from dialogs.model import Option, Question
from dialogs.path import Path, walk
from dialogs.routing import KEIN_BEDARF, Decision, decide
from dialogs.script import Script
from dialogs.session import MOVES, Session, Status


class Turn(NamedTuple):
    """What a turn led to. `once`: an effect shows something that is kept nowhere."""

    session: Session
    effects: tuple[ef.Effect, ...]


def start(
    script: Script, *, id: str, code: str, door: str, entry: str, locale: str | None, on: dt.date, prompt: int = 0
) -> Turn:
    """Begin a dialogue. `id` and `code` come from outside, because nothing here is random."""
    presets = {"desk-104c": "p104c", "desk-25": "p25ab", "desk-fik": "fik104c"}
    answers: dict[str, Value] = {"S04_status": presets[entry]} if entry in presets else {}
    known = locale if locale in script.county.languages else None
    session = Session(
        id=id, script=script.version, began=on, code=code, door=door, entry=entry, locale=known, answers=answers, prompt=prompt
    )
    return _proceed(script, session, on)


def advance(script: Script, session: Session, event: ev.Event, on: dt.date) -> Turn:
    """Let one event happen. Raises EventRefused (nothing has changed) if it does not fit the state or the open prompt."""
    if type(event) not in MOVES[session.status]:
        if hasattr(event, "prompt"):
            raise StalePrompt(f"{type(event).__name__} while {session.status}")
        raise EventRefused(f"{type(event).__name__} while {session.status}")
    prompt = getattr(event, "prompt", None)
    if prompt is not None and prompt != session.prompt:
        raise StalePrompt(f"prompt {prompt} while {session.prompt} is open")
    return HANDLERS[type(event)](script, session, event, on)


def view(script: Script, session: Session, on: dt.date, note: ef.Text | None = None) -> tuple[ef.Shown, ...]:
    """What is to be seen now. Looking changes nothing."""
    return screens.view(script, session, on, note)


# -- answers ---------------------------------------------------------------------------------------------------------


def _open(script: Script, session: Session) -> Question:
    if session.open is None:
        raise StalePrompt("no question is open")
    return script.questionnaire.by_id[session.open]


def _so_far(script: Script, session: Session, question: Question, on: dt.date) -> Answers:
    """The answers that decide which options are offered; not worked out where all are offered to everybody."""
    return walk(script, session, on).answers if question.depends else session.answers


def _chosen(script: Script, session: Session, event: ev.Chosen, on: dt.date) -> Turn:
    question = _open(script, session)
    if len(event.options) == 1 and event.options[0] in question.no_answers:
        return _answer(script, session, question, NoAnswer(event.options[0]), on)
    if question.kind == "multi":
        return _several(script, session, question, tuple(dict.fromkeys(event.options)), on)
    if len(event.options) != 1:
        raise UnknownOption(f"{question.id} takes one option")
    raw = event.options[0]
    if question.kind in ("date", "month"):
        return _date_part(script, session, question, raw, on)
    if question.kind == "number":
        return _answer(script, session, question, typed.read_number(question, raw, on), on)
    if question.kind == "town":
        if raw != ELSEWHERE and raw not in script.county.kommunen:
            raise UnknownOption(f"no Kommune {raw!r}")
        return _answer(script, session, question, raw, on)
    if question.kind not in ("single", "consent"):
        raise UnknownOption(f"{question.id} is not answered by a choice")
    option = question.option(raw, _so_far(script, session, question, on))
    if question.kind == "consent":
        return _consent(script, session, question, option, on)
    return _answer(script, session, question, option.id, on)


def _date_part(script: Script, session: Session, question: Question, raw: str, on: dt.date) -> Turn:
    if "-" in raw:
        return _typed_answer(script, session, question, raw, on)
    draft = typed.with_part(question.kind, session.draft, raw, on)
    if not typed.complete(question.kind, draft):
        return _again(script, replace(session, draft=draft), on)
    return _typed_answer(script, session, question, "-".join(draft), on)


def _toggled(script: Script, session: Session, event: ev.Toggled, on: dt.date) -> Turn:
    question = _open(script, session)
    if question.kind != "multi":
        raise UnknownOption(f"{question.id} is not switched")
    option = question.option(event.option, _so_far(script, session, question, on))
    kept = [id_ for id_ in _switched(session, question) if id_ != option.id]
    if event.on:
        kept = [id_ for id_ in kept if _beside(question.by_id[id_], option)]
        kept = [] if option.exclusive else kept
        kept.append(option.id)
    return _again(script, replace(session, draft=tuple(kept) or ("",)), on, keep_prompt=True)


def _switched(session: Session, question: Question) -> tuple[str, ...]:
    if session.draft:
        return tuple(id_ for id_ in session.draft if id_)
    return chosen(session.answers.get(question.id))


def _beside(one: Option, other: Option) -> bool:
    return not (one.exclusive or other.id in one.excludes or one.id in other.excludes)


def _done(script: Script, session: Session, event: ev.Done, on: dt.date) -> Turn:
    question = _open(script, session)
    if question.kind != "multi":
        raise UnknownOption(f"{question.id} is not answered by several")
    return _several(script, session, question, _switched(session, question), on)


def _several(script: Script, session: Session, question: Question, ids: tuple[str, ...], on: dt.date) -> Turn:
    answers = _so_far(script, session, question, on)
    options = [question.option(id_, answers) for id_ in ids if id_]
    if not options:
        raise NotUnderstood("ui.choose_one")
    for one in options:
        if len(options) > 1 and not all(_beside(one, other) for other in options if other is not one):
            raise NotUnderstood("ui.not_together")
    cards = tuple(option.card for option in options if option.card is not None)
    kept = tuple(option.id for option in options if option.keep)
    turn = _answer(script, session, question, kept, on)
    if not cards:
        return turn
    return Turn(turn.session, (ef.ShowCards(cards), *(ef.Count(f"karte_{card}") for card in cards), *turn.effects))


def _consent(script: Script, session: Session, question: Question, option: Option, on: dt.date) -> Turn:
    """Consent computes: what was read, for which purpose, to whom, yes or no."""
    key = f"{script.questionnaire.id}.{question.id}"
    if option.id == "info":
        return _with(ef.Say(ef.Text(f"{key}.long")), _again(script, session, on))
    if option.id == "show":
        return _with(_preview(script, session), _again(script, session, on))
    given = option.id != "no"
    recipient = session.stelle if question.purpose == "C3" else None
    kept = ef.KeepConsent(question.purpose or "C1", given, key, recipient)
    if question.purpose == "C1":
        if not given:
            ended = replace(session, status=Status.ENDED, open=None, outcome="declined", prompt=session.prompt + 1)
            return Turn(ended, (ef.Count("abgelehnt"), ef.Erase("chat"), ef.ShowEnd(session.id, "declined")))
        session = replace(session, for_whom="self" if option.id == "yes" else option.id)
        return _with(ef.Count("angenommen"), _with(kept, _answer(script, session, question, option.id, on)))
    turn = _answer(script, session, question, option.id, on)
    if question.purpose == "C3" and given:
        return _with(kept, _with(_refer(script, session), turn))
    return _with(kept, turn)


def _with(effect: ef.Effect, turn: Turn) -> Turn:
    return Turn(turn.session, (effect, *turn.effects))


def _handed_over(script: Script, session: Session) -> tuple[tuple[str, object], ...]:
    """The answers that the consent covers: those on the path, without what health consent was refused for."""
    known = script.questionnaire.by_id
    return tuple(
        (key, to_json(value))
        for key, value in session.answers.items()
        if key in known and known[key].kind not in ("consent", "phone") and not isinstance(value, NoAnswer)
        # The safety question is not stored; only a removal letter, which makes the case urgent, is.
        and (known[key].store or value)
    )


def _contact(session: Session) -> str | None:
    value = session.answers.get("S17b_phone")
    return value if isinstance(value, str) and not isinstance(value, NoAnswer) else None


def _refer(script: Script, session: Session) -> ef.Refer:
    if session.stelle is None or session.decision is None:
        raise EventRefused("nothing has been decided that could be handed over")
    return ef.Refer(session.stelle, session.decision, _handed_over(script, session), _contact(session))


def _preview(script: Script, session: Session) -> ef.ShowPreview:
    return ef.ShowPreview(session.id, session.stelle or "", _handed_over(script, session), _contact(session))


def _skipped(script: Script, session: Session, event: ev.Skipped, on: dt.date) -> Turn:
    question = _open(script, session)
    if not question.skip:
        raise UnknownOption(f"{question.id} can't be skipped")
    value: Value = NoAnswer.SKIPPED if question.store else ()
    return _answer(script, session, question, value, on)


def _typed(script: Script, session: Session, event: ev.Typed, on: dt.date) -> Turn:
    cards = crisis.cards_for(event.text, script.questionnaire.crisis_words)
    if cards:
        shown = view(script, session, on)
        return Turn(session, (ef.ShowCards(cards), *(ef.Count(f"karte_{card}") for card in cards), *shown))
    if session.status is not Status.ASKING or session.open is None:
        raise NotUnderstood("ui.use_buttons")
    return _typed_answer(script, session, _open(script, session), event.text, on)


def _typed_answer(script: Script, session: Session, question: Question, words: str, on: dt.date) -> Turn:
    if question.kind == "number":
        return _answer(script, session, question, typed.read_number(question, words, on), on)
    if question.kind == "date":
        return _answer(script, session, question, typed.read_date(words, on), on)
    if question.kind == "month":
        return _answer(script, session, question, typed.read_month(words, on), on)
    if question.kind == "phone":
        return _answer(script, session, question, typed.read_phone(words), on)
    if question.kind == "note":
        return _answer(script, session, question, typed.read_note(words), on)
    if question.kind == "town":
        found = town_names(script.county).find(words)
        if not found.kommunen:
            raise NotUnderstood("ui.town_unknown")
        note = ef.Text("ui.town_sure" if found.sure else "ui.town_which")
        return _again(script, replace(session, proposals=found.kommunen), on, note=note)
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


# -- moving on -------------------------------------------------------------------------------------------------------


def _answer(script: Script, session: Session, question: Question, value: Value, on: dt.date) -> Turn:
    return _proceed(script, session.with_answer(question.id, value), on)


def _again(
    script: Script, session: Session, on: dt.date, *, note: ef.Text | None = None, keep_prompt: bool = False
) -> Turn:
    session = session if keep_prompt else replace(session, prompt=session.prompt + 1)
    return Turn(session, view(script, session, on, note))


def _proceed(script: Script, session: Session, on: dt.date) -> Turn:
    """Ask the next question; or show the summary; or, when it has been confirmed and nothing is open, finish."""
    path = walk(script, session, on)
    session = replace(session, prompt=session.prompt + 1, status=Status.ASKING, draft=(), proposals=())
    if path.at_once is not None:
        return _end_at_once(script, session, path, on)
    if path.open is not None:
        asked = replace(session, open=path.open.id)
        shown = screens.ask(script, asked, path, path.open, on, None)
        first_after = path.open.after_result and path.open is next(q for q in path.questions if q.after_result)
        return Turn(asked, (*screens.result(asked), shown) if first_after else (shown,))
    if not session.reviewed:
        reviewing = replace(session, status=Status.REVIEWING, open=None, at=None)
        return Turn(reviewing, (screens.summary(reviewing, path, None),))
    return _finish(script, session, on)


def _confirmed(script: Script, session: Session, event: ev.Confirmed, on: dt.date) -> Turn:
    path = walk(script, session, on)
    kept = {key: value for key, value in path.answers.items() if not key.startswith("@")}
    kept.pop("F1_lang", None)
    decision = decide(script.book, script.case(path.answers, on))
    session = replace(session, answers=kept, reviewed=True)
    turn = _proceed(script, _decided(script, session, decision), on)
    return Turn(turn.session, (*_cards(decision), *turn.effects))


def _decided(script: Script, session: Session, decision: Decision) -> Session:
    kommune = session.answers.get("S02_city")
    stelle = script.county.stelle_for(decision.dienst, kommune if isinstance(kommune, str) else None)
    found = stelle.id if stelle else None
    return replace(session, decision={**decision.to_json(), "stelle": found}, stelle=found)


def _end_at_once(script: Script, session: Session, path: Path, on: dt.date) -> Turn:
    decision = decide(script.book, script.case(path.answers, on))
    session = _decided(script, replace(session, answers=dict(_plain(path))), decision)
    ended = replace(session, status=Status.ENDED, outcome="info", open=None)
    return Turn(
        ended,
        (
            *_cards(decision), *screens.result(ended), ef.ShowEnd(ended.id, "info", None, ended.stelle),
            ef.Count(f"info_{decision.dienst}"), ef.Erase("chat"),
        ),
    )  # fmt: skip


def _cards(decision: Decision) -> tuple[ef.Effect, ...]:
    return (ef.ShowCards(decision.cards),) if decision.cards else ()


def _plain(path: Path) -> dict[str, Value]:
    return {key: value for key, value in path.answers.items() if not key.startswith("@") and key != "F1_lang"}


def _finish(script: Script, session: Session, on: dt.date) -> Turn:
    handed = session.answers.get("S18_handover") == "yes"
    needs_nobody = session.decision is not None and session.decision["dienst"] == KEIN_BEDARF
    outcome = "referred" if handed else "no_need" if needs_nobody else "self"
    session = replace(session, status=Status.FINISHED, open=None, at=None, outcome=outcome)
    shown: list[ef.Effect] = []
    if not any(q.after_result for q in walk(script, session, on).questions):
        shown.extend(screens.result(session))
    shown.append(ef.ShowEnd(session.id, outcome, session.code, session.stelle))
    reminders = _reminders(session, on)
    return Turn(session, (*shown, *reminders, ef.Count(f"ziel_{session.decision['dienst']}" if session.decision else "ziel")))


def _reminders(session: Session, on: dt.date) -> tuple[ef.Remind, ...]:
    """Neutral reminders six weeks and two weeks before the title ends, only if she asked for them (`domain.md` 1.5)."""
    wanted, until = session.answers.get("S17_contact"), session.answers.get("S05_valid_until")
    if "remind" not in chosen(wanted) or not isinstance(until, dt.date):
        return ()
    days = (until - dt.timedelta(days=ahead) for ahead in (183, 42, 14))
    return tuple(ef.Remind(day) for day in days if day > on)


# -- moving about ----------------------------------------------------------------------------------------------------


def _went_back(script: Script, session: Session, event: ev.WentBack, on: dt.date) -> Turn:
    path = walk(script, session, on)
    if session.status is Status.REVIEWING:
        target = path.questions[-1] if path.questions else None
    else:
        if session.draft and _open(script, session).kind in ("date", "month"):
            return _again(script, replace(session, draft=session.draft[:-1]), on)
        if session.proposals:
            return _again(script, replace(session, proposals=()), on)
        target = path.before(session.open or "")
        if target is None or target.kind == "language" or target.after_result != _open(script, session).after_result:
            raise EventRefused("nothing before this question")
    if target is None:
        raise EventRefused("nothing before this question")
    return _open_again(script, session, target.id, on)


def _change_asked(script: Script, session: Session, event: ev.ChangeAsked, on: dt.date) -> Turn:
    if event.question not in {question.id for question in walk(script, session, on).questions}:
        raise UnknownOption(f"{event.question!r} is not on the summary")
    return _open_again(script, session, event.question, on)


def _open_again(script: Script, session: Session, question: str, on: dt.date) -> Turn:
    session = replace(
        session, at=question, open=question, status=Status.ASKING, draft=(), proposals=(), prompt=session.prompt + 1
    )
    return Turn(session, view(script, session, on))


def _paused(script: Script, session: Session, event: ev.Paused, on: dt.date) -> Turn:
    if session.status in (Status.PAUSED, Status.FINISHED):
        return Turn(session, view(script, session, on))
    paused = replace(session, status=Status.PAUSED, before_pause=session.status, prompt=session.prompt + 1)
    return Turn(paused, view(script, paused, on))


def _resumed(script: Script, session: Session, event: ev.Resumed, on: dt.date) -> Turn:
    session = replace(session, status=session.before_pause or Status.ASKING, before_pause=None, prompt=session.prompt + 1)
    return Turn(session, view(script, session, on))


def _started(script: Script, session: Session, event: ev.Started, on: dt.date) -> Turn:
    """The chat was opened again: show where we are. A paused session goes on."""
    if session.status is Status.PAUSED:
        return _resumed(script, session, ev.Resumed(), on)
    return Turn(session, view(script, session, on))


def _started_again(script: Script, session: Session, event: ev.StartedAgain, on: dt.date) -> Turn:
    if session.status is Status.FINISHED:
        return Turn(session, (ef.BeginAnother(),))
    return Turn(session, (ef.Erase("person"), ef.BeginAnother()))


def _another_person(script: Script, session: Session, event: ev.AnotherPersonStarted, on: dt.date) -> Turn:
    return Turn(session, (ef.BeginAnother(),))


# -- commands --------------------------------------------------------------------------------------------------------


def _language_asked(script: Script, session: Session, event: ev.LanguageAsked, on: dt.date) -> Turn:
    return Turn(session, (ef.ChooseLanguage(session.id, script.county.languages),))


def _language_chosen(script: Script, session: Session, event: ev.LanguageChosen, on: dt.date) -> Turn:
    if event.locale not in script.county.languages:
        raise UnknownOption(f"no language {event.locale!r}")
    first = session.locale is None
    session = replace(session, locale=event.locale)
    return _proceed(script, session, on) if first else Turn(session, view(script, session, on))


def _help_asked(script: Script, session: Session, event: ev.HelpAsked, on: dt.date) -> Turn:
    return Turn(session, (ef.Say(ef.Text("ui.help")), *view(script, session, on)))


def _human_asked(script: Script, session: Session, event: ev.HumanAsked, on: dt.date) -> Turn:
    return Turn(session, (ef.Say(ef.Text("ui.human", {"code": session.code})), *view(script, session, on)))


def _data_asked(script: Script, session: Session, event: ev.DataAsked, on: dt.date) -> Turn:
    return Turn(session, (screens.stored(script, session),))


def _delete_asked(script: Script, session: Session, event: ev.DeleteAsked, on: dt.date) -> Turn:
    return Turn(session, (ef.ConfirmDelete(session.id),))


def _delete_confirmed(script: Script, session: Session, event: ev.DeleteConfirmed, on: dt.date) -> Turn:
    ended = replace(session, status=Status.ENDED, outcome="deleted", open=None, prompt=session.prompt + 1)
    return Turn(ended, (ef.Withdraw(), ef.Erase("chat"), ef.ShowEnd(session.id, "deleted")))


def _consent_withdrawn(script: Script, session: Session, event: ev.ConsentWithdrawn, on: dt.date) -> Turn:
    if session.outcome != "referred":
        raise EventRefused("nothing was handed over")
    session = replace(session, outcome="self")
    return Turn(session, (ef.Withdraw(), ef.Say(ef.Text("ui.withdrawn")), *view(script, session, on)))


def _unreadable(script: Script, session: Session, event: ev.Unreadable, on: dt.date) -> Turn:
    return Turn(session, (ef.Say(ef.Text("ui.no_files")), *view(script, session, on)))


HANDLERS: dict[type, Callable[[Script, Session, Any, dt.date], Turn]] = {
    ev.Started: _started,
    ev.Chosen: _chosen,
    ev.Toggled: _toggled,
    ev.Done: _done,
    ev.Typed: _typed,
    ev.Skipped: _skipped,
    ev.WentBack: _went_back,
    ev.ChangeAsked: _change_asked,
    ev.Confirmed: _confirmed,
    ev.LanguageAsked: _language_asked,
    ev.LanguageChosen: _language_chosen,
    ev.HelpAsked: _help_asked,
    ev.HumanAsked: _human_asked,
    ev.DataAsked: _data_asked,
    ev.Paused: _paused,
    ev.Resumed: _resumed,
    ev.StartedAgain: _started_again,
    ev.AnotherPersonStarted: _another_person,
    ev.ConsentWithdrawn: _consent_withdrawn,
    ev.DeleteAsked: _delete_asked,
    ev.DeleteConfirmed: _delete_confirmed,
    ev.Unreadable: _unreadable,
}
