"""The engine, as a person meets it."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from dialogs import effects as ef
from dialogs import engine
from dialogs import events as ev
from dialogs.answers import NoAnswer
from dialogs.errors import EventRefused, NotUnderstood, StalePrompt, UnknownOption
from dialogs.script import Script
from dialogs.session import MOVES, Status
from dialogs.typed import read_note
from tests.dialogs.talk import HILDEN, Talk


def test_the_first_question_is_the_language_and_the_second_the_consent(script: Script) -> None:
    talk = Talk(script, locale=None)
    assert isinstance(talk.shown[0], ef.ChooseLanguage)
    talk.do(ev.LanguageChosen("ar"))
    assert talk.ask.question == "F2_notice"
    assert talk.session.locale == "ar"


def test_a_whole_screening_leads_to_a_referral_with_consent_first(talk: Talk) -> None:
    talk.to_the_end(HILDEN)
    assert talk.session.status is Status.FINISHED
    kinds = [type(effect) for effect in talk.kept]
    assert kinds.index(ef.KeepConsent) < kinds.index(ef.Refer)
    (refer,) = talk.kept_of(ef.Refer)
    assert isinstance(refer, ef.Refer)
    assert (refer.decision["rule"], refer.decision["dienst"]) == ("M10", "FF_CARITAS")
    assert dict(refer.rows)["S07_identity"] == "none"
    assert "F2_notice" not in dict(refer.rows)


def test_refusing_ends_without_a_trace_and_is_counted(talk: Talk) -> None:
    talk.answer("no")
    assert talk.session.status is Status.ENDED
    assert ef.Count("abgelehnt") in talk.kept and ef.Erase("chat") in talk.kept
    assert not talk.kept_of(ef.KeepConsent)


def test_reading_more_keeps_the_consent_open(talk: Talk) -> None:
    talk.answer("info")
    assert isinstance(talk.shown[0], ef.Say) and talk.shown[0].text.key == "scr.F2_notice.long"
    assert talk.ask.question == "F2_notice"


def test_a_button_of_an_earlier_question_changes_nothing(talk: Talk) -> None:
    talk.answer("yes")
    before = talk.session
    with pytest.raises(StalePrompt):
        talk.do(ev.Chosen(before.prompt - 1, ("yes",)))
    assert talk.session == before


def test_a_second_press_of_the_same_button_changes_nothing(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S03_age")
    prompt = talk.session.prompt
    talk.do(ev.Chosen(prompt, ("a27",)))
    after = talk.session
    with pytest.raises(StalePrompt):
        talk.do(ev.Chosen(prompt, ("a27",)))
    assert talk.session == after


@pytest.mark.parametrize("raw", ["nonsense", "", "a27 ", "yes", "\x00", "p104c'--", "u12" * 40])
def test_an_unknown_option_is_refused(talk: Talk, raw: str) -> None:
    talk.answer_all(HILDEN, until="S03_age")
    with pytest.raises(UnknownOption):
        talk.do(ev.Chosen(talk.session.prompt, (raw,)))


def test_skip_unknown_and_refused_are_three_values(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S10_income")
    talk.answer("na")
    talk.do(ev.Skipped(talk.session.prompt))
    talk.answer("unknown")
    answers = talk.session.answers
    assert answers["S10_income"] is NoAnswer.REFUSED
    assert answers["S11_children"] is NoAnswer.SKIPPED
    assert answers["S12_year"] is NoAnswer.UNKNOWN


def test_unknown_can_be_said_only_where_it_is_offered(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S03_age")
    with pytest.raises(UnknownOption):
        talk.answer("unknown")


def test_back_shows_the_question_before_with_its_answer(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S04_status")
    talk.do(ev.WentBack(talk.session.prompt))
    assert talk.ask.question == "S03_age"
    assert [choice.id for choice in talk.ask.choices if choice.selected] == ["a27"]
    talk.answer("a27")
    assert talk.ask.question == "S04_status", "what was open before is open again"


def test_there_is_nothing_before_the_consent(talk: Talk) -> None:
    assert not talk.ask.can_back
    with pytest.raises(EventRefused):
        talk.do(ev.WentBack(talk.session.prompt))


def test_an_answer_changed_on_the_summary_re_derives_what_follows(talk: Talk) -> None:
    talk.answer_all(HILDEN)
    assert talk.session.status is Status.REVIEWING
    talk.do(ev.ChangeAsked(talk.session.prompt, "S04_status"))
    talk.answer("gestattung")
    assert talk.session.status is Status.REVIEWING
    (summary,) = (shown for shown in talk.shown if isinstance(shown, ef.ShowSummary))
    asked = {question for question, _ in summary.rows}
    assert "S07_identity" not in asked, "in a running asylum procedure the passport is never asked"
    assert "S08_german" in asked, "what still applies is kept"
    talk.do(ev.Confirmed(talk.session.prompt))
    assert talk.session.decision is not None and talk.session.decision["dienst"] == "ASYLVERFAHRENSBERATUNG"
    assert "S07_identity" not in talk.session.answers, "an answer that no longer applies is not kept"


def test_a_change_that_opens_new_questions_asks_only_those(talk: Talk) -> None:
    talk.answer_all({**HILDEN, "S04_status": "ne"})
    talk.do(ev.ChangeAsked(talk.session.prompt, "S04_status"))
    talk.asked.clear()
    talk.answer("eu")
    assert talk.ask.question == "S12_year"
    talk.answer_all({**HILDEN, "S14_soe": "yes"})
    assert talk.asked == ["S12_year", "S14_soe"]
    assert talk.session.status is Status.REVIEWING


def test_a_pause_of_days_changes_nothing(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S08_german")
    answers = talk.session.answers
    talk.do(ev.Paused())
    assert talk.session.status is Status.PAUSED and isinstance(talk.shown[0], ef.ShowPaused)
    talk.on += dt.timedelta(days=9)
    talk.do(ev.Resumed())
    assert talk.ask.question == "S08_german" and talk.session.answers == answers


def test_a_button_of_a_paused_question_is_stale(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S08_german")
    prompt = talk.session.prompt
    talk.do(ev.Paused())
    with pytest.raises(StalePrompt):
        talk.do(ev.Chosen(prompt, ("c2",)))


def test_starting_again_erases_the_person(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S08_german")
    talk.do(ev.StartedAgain())
    assert ef.Erase("person") in talk.kept and ef.BeginAnother() in talk.kept


def test_another_person_on_the_same_phone_keeps_the_first(talk: Talk) -> None:
    talk.to_the_end(HILDEN)
    talk.do(ev.AnotherPersonStarted())
    assert ef.BeginAnother() in talk.kept and not talk.kept_of(ef.Erase)


@pytest.mark.parametrize("status", list(Status))
def test_every_command_is_heard_in_every_state(status: Status) -> None:
    commands = {
        ev.LanguageAsked, ev.LanguageChosen, ev.HelpAsked, ev.HumanAsked, ev.DataAsked, ev.DeleteAsked, ev.DeleteConfirmed,
        ev.StartedAgain, ev.Typed, ev.Unreadable,
    }  # fmt: skip
    assert commands <= MOVES[status]


def test_deleting_takes_two_presses_and_withdraws_what_was_handed_over(talk: Talk) -> None:
    talk.to_the_end(HILDEN)
    talk.do(ev.DeleteAsked())
    assert isinstance(talk.shown[0], ef.ConfirmDelete) and talk.session.status is Status.FINISHED
    talk.do(ev.DeleteConfirmed())
    assert ef.Erase("chat") in talk.kept and ef.Withdraw() in talk.kept


def test_the_language_can_be_changed_at_any_question(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S08_german")
    talk.do(ev.LanguageChosen("ar"))
    assert talk.session.locale == "ar" and talk.ask.question == "S08_german"


def test_crisis_cards_come_first_and_leave_no_trace(talk: Talk) -> None:
    talk.answer("yes")
    talk.answer(("violence", "sleep"))
    assert isinstance(talk.shown[0], ef.ShowCards) and set(talk.shown[0].cards) == {"S2", "S5"}
    assert talk.ask.question == "S02_city"
    assert talk.session.answers["S01_safety"] == ()
    assert {ef.Count("karte_S2"), ef.Count("karte_S5")} <= set(talk.kept)


def test_a_removal_letter_is_kept_because_it_is_urgent(talk: Talk) -> None:
    talk.to_the_end({**HILDEN, "S01_safety": ("removal", "medical")})
    assert talk.session.answers["S01_safety"] == ("removal",)
    assert talk.session.decision is not None
    assert (talk.session.decision["rule"], talk.session.decision["urgent"]) == ("M04", True)


@pytest.mark.parametrize("words", ["ich will sterben", "he beats me, help", "أريد أن أموت", "Mein Mann schlägt mich"])
def test_typed_words_of_danger_bring_a_card_before_anything_else(talk: Talk, words: str) -> None:
    talk.answer_all(HILDEN, until="S08_german")
    talk.do(ev.Typed(words))
    assert isinstance(talk.shown[0], ef.ShowCards)
    assert talk.ask.question == "S08_german"


def test_none_of_these_stands_alone(talk: Talk) -> None:
    talk.answer("yes")
    with pytest.raises(NotUnderstood):
        talk.answer(("none", "medical"))


def test_switching_on_an_exclusive_answer_switches_the_others_off(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S15_needs")
    prompt = talk.session.prompt
    talk.do(ev.Toggled(prompt, "work", True))
    talk.do(ev.Toggled(prompt, "housing", True))
    talk.do(ev.Toggled(prompt, "work", True))
    assert [choice.id for choice in talk.ask.choices if choice.selected] == ["work", "housing"], "a doubled press is harmless"
    talk.do(ev.Toggled(prompt, "none", True))
    assert [choice.id for choice in talk.ask.choices if choice.selected] == ["none"]
    talk.do(ev.Toggled(prompt, "none", False))
    with pytest.raises(NotUnderstood):
        talk.do(ev.Done(prompt))
    talk.do(ev.Toggled(prompt, "money", True))
    talk.do(ev.Done(prompt))
    assert talk.session.answers["S15_needs"] == ("money",)


def test_health_is_offered_only_with_consent(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S15_needs")
    assert "health" not in {choice.id for choice in talk.ask.choices}
    with pytest.raises(UnknownOption):
        talk.answer(("health",))
    other = Talk(talk.script)
    other.answer_all({**HILDEN, "F3_health_ok": "yes"}, until="S15_needs")
    assert {"health", "mental"} <= {choice.id for choice in other.ask.choices}


def test_a_date_can_be_pressed_part_by_part_and_taken_back(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S05_valid_until")
    talk.answer("2027")
    talk.answer("02")
    assert len(talk.ask.choices) == 28
    talk.do(ev.WentBack(talk.session.prompt))
    assert talk.ask.draft == ("2027",)
    talk.answer("03")
    talk.answer("15")
    assert talk.session.answers["S05_valid_until"] == dt.date(2027, 3, 15)


@pytest.mark.parametrize(
    ("words", "day"),
    [("15.03.2027", "2027-03-15"), ("2027-3-15", "2027-03-15"), ("١٥.٠٣.٢٠٢٧", "2027-03-15"), (" 1/2/2027 ", "2027-02-01")],
)
def test_a_date_is_understood_as_people_write_it(talk: Talk, words: str, day: str) -> None:
    talk.answer_all(HILDEN, until="S05_valid_until")
    talk.do(ev.Typed(words))
    assert talk.session.answers["S05_valid_until"] == dt.date.fromisoformat(day)


@pytest.mark.parametrize("words", ["31.02.2027", "morgen", "15.03.2099", "01.01.1999", "15.03", "\ud800", "0" * 5000])
def test_words_that_are_no_date_are_asked_again(talk: Talk, words: str) -> None:
    talk.answer_all(HILDEN, until="S05_valid_until")
    with pytest.raises(NotUnderstood):
        talk.do(ev.Typed(words))


@pytest.mark.parametrize("words", ["1949", "2027", "-3", "12.5", "zwei", ""])
def test_a_number_outside_its_bounds_is_asked_again(talk: Talk, words: str) -> None:
    talk.answer_all(HILDEN, until="S12_year")
    with pytest.raises(NotUnderstood):
        talk.do(ev.Typed(words))


def test_a_typed_town_is_proposed_and_never_taken_silently(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S02_city")
    talk.do(ev.Typed("Neviges"))
    assert talk.session.open == "S02_city" and "S02_city" not in talk.session.answers
    assert [choice.id for choice in talk.ask.choices] == ["velbert", "other"]
    talk.answer("velbert")
    assert talk.session.answers["S02_city"] == "velbert"


def test_under_16_ends_at_once_and_keeps_nothing(talk: Talk) -> None:
    talk.answer_all({**HILDEN, "S03_age": "a12"})
    assert talk.session.status is Status.ENDED
    assert talk.asked[-1] == "S03_age"
    assert any(isinstance(shown, ef.ShowCards) and shown.cards == ("JUNG",) for shown in talk.shown)
    assert ef.Erase("chat") in talk.kept and not talk.kept_of(ef.Refer)


@pytest.mark.parametrize("applied", ["no", "started", "unknown"])
def test_an_expired_title_without_application_is_informed_and_never_stored(talk: Talk, applied: str) -> None:
    talk.answer_all({**HILDEN, "S05_valid_until": "#15.11.2026", "S06_applied": applied})
    assert talk.session.status is Status.ENDED and talk.asked[-1] == "S06_applied"
    assert talk.session.decision is not None and talk.session.decision["rule"] == "M02b"
    assert ef.Erase("chat") in talk.kept and not talk.kept_of(ef.Refer)


def test_an_expired_title_with_application_goes_on(talk: Talk) -> None:
    talk.answer_all({**HILDEN, "S05_valid_until": "#15.11.2026", "S06_applied": "yes"})
    assert talk.session.status is Status.REVIEWING


def test_the_short_path_asks_only_what_decides(script: Script) -> None:
    desk = Talk(script, entry="desk-25")
    desk.to_the_end({**HILDEN, "S15_needs": ("none",), "S17_contact": ("no",), "S02_city": "ratingen"})
    assert desk.asked == [
        "F2_notice", "S01_safety", "S02_city", "S03_age", "S05_valid_until", "F3_health_ok", "S15_needs", "S17_contact"
    ]  # fmt: skip
    assert desk.session.outcome == "no_need"


def test_the_short_path_asks_further_when_an_answer_would_decide(script: Script) -> None:
    desk = Talk(script, entry="desk-104c")
    answers = {**HILDEN, "S15_needs": ("language", "work"), "S16_kind": ("long",)}
    desk.answer_all(answers)
    assert "S08_german" in desk.asked, "three open requirements would make it a case for KIM-CM"
    assert "S12_year" not in desk.asked


def test_for_a_child_nothing_is_handed_over(talk: Talk) -> None:
    talk.to_the_end({**HILDEN, "F2_notice": "child", "S17_contact": ("self",)})
    assert talk.session.outcome == "self" and not talk.kept_of(ef.Refer)
    assert "S18_handover" not in talk.asked


def test_the_preview_shows_exactly_what_is_sent(talk: Talk) -> None:
    talk.answer_all(HILDEN)
    talk.do(ev.Confirmed(talk.session.prompt))
    talk.answer(("chat", "phone"))
    talk.answer("#0151 23456789")
    talk.answer("show")
    (preview,) = (shown for shown in talk.shown if isinstance(shown, ef.ShowPreview))
    talk.answer("yes")
    (refer,) = talk.kept_of(ef.Refer)
    assert isinstance(refer, ef.Refer)
    assert refer.rows == preview.rows and refer.contact == preview.contact == "015123456789"


def test_refusing_the_hand_over_is_kept_as_refused(talk: Talk) -> None:
    talk.to_the_end({**HILDEN, "S18_handover": "no"})
    assert talk.session.outcome == "self" and not talk.kept_of(ef.Refer)
    assert any(isinstance(kept, ef.KeepConsent) and kept.purpose == "C3" and not kept.given for kept in talk.kept)


def test_a_telephone_is_never_offered_in_a_messenger(script: Script) -> None:
    chat = Talk(script, door="telegram")
    chat.answer_all(HILDEN)
    chat.do(ev.Confirmed(chat.session.prompt))
    offered = {choice.id for choice in chat.ask.choices}
    assert "phone" not in offered and "remind" in offered


def test_a_summary_in_a_messenger_hides_sensitive_answers(script: Script) -> None:
    chat = Talk(script, door="telegram")
    chat.answer_all(HILDEN)
    (summary,) = (shown for shown in chat.shown if isinstance(shown, ef.ShowSummary))
    rows = dict(summary.rows)
    assert rows["S04_status"] is None and rows["S02_city"] == "hilden"


def test_reminders_are_neutral_and_lie_before_the_end_of_the_title(script: Script) -> None:
    chat = Talk(script, door="telegram")
    chat.to_the_end({**HILDEN, "S17_contact": ("remind",)})
    days = [kept.on for kept in chat.kept if isinstance(kept, ef.Remind)]
    assert days == [dt.date(2027, 2, 1), dt.date(2027, 3, 1)]


def test_a_photo_is_refused_kindly(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S07_identity")
    talk.do(ev.Unreadable())
    assert isinstance(talk.shown[0], ef.Say) and talk.ask.question == "S07_identity"


def test_a_refused_event_leaves_the_session_as_it_was(talk: Talk) -> None:
    before = talk.session
    with pytest.raises(EventRefused):
        talk.do(ev.Confirmed(talk.session.prompt))
    assert talk.session == before


def test_not_deleting_shows_where_we_are(talk: Talk) -> None:
    talk.answer_all(HILDEN, until="S07_identity")
    before = talk.session
    talk.do(ev.DeleteAsked())
    talk.do(ev.Resumed())
    assert talk.ask.question == "S07_identity" and talk.session == before


@pytest.mark.parametrize(("words", "kept"), [("  Bitte  am Vormittag ", "Bitte am Vormittag"), ("a\x00b\ud800c", "a bc")])
def test_a_note_is_kept_on_one_line_without_broken_characters(words: str, kept: str) -> None:
    assert read_note(words) == kept


@pytest.mark.parametrize("words", ["", "x", "x" * 301, "\ud800\x00"])
def test_a_note_that_is_too_short_or_too_long_is_asked_again(words: str) -> None:
    with pytest.raises(NotUnderstood):
        read_note(words)


def test_health_answers_are_not_handed_over_when_the_consent_is_taken_back(talk: Talk) -> None:
    with_health = {**HILDEN, "F3_health_ok": "yes", "S15_needs": ("health", "residence"), "S16_kind": ("long", "barrier")}
    talk.answer_all(with_health)
    talk.do(ev.ChangeAsked(talk.session.prompt, "S12_year"))
    talk.do(ev.Skipped(talk.session.prompt))
    for _ in range(3):
        talk.do(ev.WentBack(talk.session.prompt))
    assert talk.ask.question == "F3_health_ok"
    talk.answer("no")
    talk.to_the_end(with_health)
    (refer,) = talk.kept_of(ef.Refer)
    assert isinstance(refer, ef.Refer)
    rows = dict(refer.rows)
    assert rows["S15_needs"] == ["residence"] and rows["S16_kind"] == ["long"]
    assert "also" not in refer.decision, "the names of further places may speak of health"


def test_an_answer_of_which_nothing_is_left_is_asked_again(talk: Talk) -> None:
    talk.answer_all({**HILDEN, "F3_health_ok": "yes", "S15_needs": ("mental",), "S16_kind": ("long",)})
    for _ in range(3):
        talk.do(ev.WentBack(talk.session.prompt))
    assert talk.ask.question == "F3_health_ok"
    talk.answer("no")
    assert talk.ask.question == "S15_needs"


def test_a_number_given_for_a_call_is_not_handed_over_when_the_call_is_not_wanted(talk: Talk) -> None:
    talk.answer_all(HILDEN)
    talk.do(ev.Confirmed(talk.session.prompt))
    talk.answer(("phone",))
    talk.answer("#0151 23456789")
    talk.do(ev.WentBack(talk.session.prompt))
    talk.do(ev.WentBack(talk.session.prompt))
    assert talk.ask.question == "S17_contact"
    talk.answer(("chat",))
    talk.answer("yes")
    (refer,) = talk.kept_of(ef.Refer)
    assert isinstance(refer, ef.Refer) and refer.contact is None
    assert "S17b_phone" not in talk.session.answers


@pytest.mark.parametrize("until", ["S08_german", None], ids=["at a question", "on the summary"])
def test_a_title_that_runs_out_while_the_dialogue_waits_ends_it_and_keeps_nothing(talk: Talk, until: str | None) -> None:
    talk.answer_all({**HILDEN, "S05_valid_until": "#21.11.2026"}, until=until)
    talk.on += dt.timedelta(days=1)
    shown = [type(effect) for effect in engine.view(talk.script, talk.session, talk.on)]
    assert shown == [ef.ShowResult, ef.ShowEnd]
    talk.do(ev.Started())
    assert talk.session.status is Status.ENDED and ef.Erase("chat") in talk.kept
    assert talk.session.decision is not None and talk.session.decision["rule"] == "M02b"


def test_back_while_changing_an_answer_returns_to_the_summary(talk: Talk) -> None:
    talk.answer_all(HILDEN)
    talk.do(ev.ChangeAsked(talk.session.prompt, "S02_city"))
    talk.do(ev.WentBack(talk.session.prompt))
    assert talk.session.status is Status.REVIEWING and talk.session.answers["S02_city"] == "hilden"


def test_switching_on_a_danger_shows_its_card_and_leaves_no_trace(talk: Talk) -> None:
    talk.answer("yes")
    talk.do(ev.Toggled(talk.session.prompt, "violence", True))
    assert isinstance(talk.shown[0], ef.ShowCards) and talk.shown[0].cards == ("S2",)
    assert "violence" not in json.dumps(talk.session.to_dict())
    talk.do(ev.Done(talk.session.prompt))
    assert talk.ask.question == "S02_city" and talk.session.answers["S01_safety"] == ()


def test_what_the_slip_brings_along_is_an_answer_only_after_consent(script: Script) -> None:
    desk = Talk(script, entry="desk-104c")
    assert desk.session.answers == {}
    desk.answer("yes")
    assert desk.session.answers["S04_status"] == "p104c"


def test_a_running_asylum_procedure_is_told_not_to_go_to_the_embassy(talk: Talk) -> None:
    talk.to_the_end({**HILDEN, "S04_status": "gestattung", "S17_contact": ("self",)})
    assert talk.session.decision is not None
    assert talk.session.decision["rule"] == "M12" and "nicht zur Botschaft" in str(talk.session.decision["because"])


def test_the_result_names_the_dates_that_matter(talk: Talk) -> None:
    talk.answer_all({**HILDEN, "S05_valid_until": "#20.12.2026"})
    talk.do(ev.Confirmed(talk.session.prompt))
    (result,) = (shown for shown in talk.shown if isinstance(shown, ef.ShowResult))
    assert [(date.key, dict(date.params)) for date in result.dates] == [
        ("title.left", {"n": 29}), ("deadline.D3", {"day": "20.12.2026"}), ("deadline.now", {})
    ]  # fmt: skip


@pytest.mark.parametrize("steps", range(1, 22))
def test_what_is_stored_can_be_asked_after_every_step(script: Script, steps: int) -> None:
    talk = Talk(script)
    for _ in range(steps):
        if talk.session.status is Status.REVIEWING:
            talk.do(ev.Confirmed(talk.session.prompt))
        elif talk.session.status is Status.ASKING:
            talk.answer(HILDEN[talk.session.open or ""])
    talk.do(ev.DataAsked())
    (data,) = talk.shown
    assert isinstance(data, ef.ShowData)
    assert not {question for question, _ in data.rows} & {"F2_notice", "F3_health_ok", "S18_handover"}
