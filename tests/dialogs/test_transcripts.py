"""Golden transcripts: the walkthroughs of `domain.md` A.3, word by word of the machine, kept as files.

`>` is what the person does, `<` what she is shown, `+` what is kept. The session is stored and re-read after every step
(`talk.py`). After a wanted change: UPDATE_TRANSCRIPTS=1 writes the `<` and `+` lines anew, to be read before they are kept.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dialogs import effects as ef
from dialogs import events as ev
from dialogs.script import Script
from tests.dialogs.talk import Talk

FOLDER = Path(__file__).parent / "transcripts"
FILES = sorted(FOLDER.glob("*.txt"))

WORDS = {
    "skip": lambda prompt: ev.Skipped(prompt),
    "back": lambda prompt: ev.WentBack(prompt),
    "right": lambda prompt: ev.Confirmed(prompt),
    "done": lambda prompt: ev.Done(prompt),
    "pause": lambda prompt: ev.Paused(),
    "resume": lambda prompt: ev.Resumed(),
    "delete": lambda prompt: ev.DeleteAsked(),
    "delete-yes": lambda prompt: ev.DeleteConfirmed(),
    "another": lambda prompt: ev.AnotherPersonStarted(),
    "help": lambda prompt: ev.HelpAsked(),
}


def event_of(line: str, prompt: int) -> ev.Event:
    verb, _, rest = line.partition(" ")
    if verb in WORDS:
        return WORDS[verb](prompt)
    if verb == "choose":
        return ev.Chosen(prompt, tuple(rest.split()))
    if verb == "type":
        return ev.Typed(rest, prompt)
    if verb == "change":
        return ev.ChangeAsked(prompt, rest)
    if verb == "language":
        return ev.LanguageChosen(rest)
    raise AssertionError(f"unknown line {line!r}")


def shown(effect: object) -> str:
    match effect:
        case ef.Ask():
            options = " ".join(choice.id + ("*" if choice.selected else "") for choice in effect.choices)
            note = f" ({effect.note.key})" if effect.note else ""
            return f"ask {effect.question} {effect.number}/{effect.of}{note} [{options if len(options) < 400 else '...'}]"
        case ef.ShowSummary():
            return "summary " + json.dumps(dict(effect.rows), ensure_ascii=False)
        case ef.ShowResult():
            decision = effect.decision
            keys = ("rule", "dienst", "stelle", "mode", "urgent", "flag", "also", "open")
            return "result " + json.dumps({key: decision[key] for key in keys}, ensure_ascii=False)
        case ef.ShowChecklist():
            lines = (f"{p}.{id_}" * bool(p) or id_ for p, id_, _, _ in effect.lines)
            said = (f"{state or '-'}>{dienst or '-'}" for _, _, state, dienst in effect.lines)
            return f"checklist {'+'.join(effect.paragraphs)} " + " ".join(map(":".join, zip(lines, said, strict=True)))
        case ef.ShowEnd():
            return f"end {effect.outcome} {effect.stelle or '-'} {effect.code or '-'}"
        case ef.ShowCards():
            return "cards " + " ".join(effect.cards)
        case ef.Say():
            return f"say {effect.text.key}"
        case ef.ChooseLanguage():
            return "language " + " ".join(effect.locales)
        case ef.ShowPreview():
            return f"preview {effect.stelle} " + json.dumps(dict(effect.rows), ensure_ascii=False)
    return type(effect).__name__.lower()


def kept(effect: object) -> str:
    match effect:
        case ef.KeepConsent():
            return f"consent {effect.purpose} {'yes' if effect.given else 'no'} {effect.recipient or '-'}"
        case ef.Refer():
            return f"refer {effect.stelle} " + json.dumps(dict(effect.rows), ensure_ascii=False)
        case ef.Count():
            return f"count {effect.name}"
        case ef.Erase():
            return f"erase {effect.scope}"
        case ef.Remind():
            return f"remind {effect.on}"
    return type(effect).__name__.lower()


def replay(script: Script, lines: list[str]) -> list[str]:
    """The transcript as the engine writes it today, from the `#` head and the `>` lines."""
    head = dict(part.split("=") for part in lines[1].removeprefix("# ").split())
    talk = Talk(script, entry=head["entry"], door=head["door"], locale=None if head["locale"] == "-" else head["locale"])
    out = [*lines[:2], *(f"< {shown(effect)}" for effect in talk.shown)]
    for line in lines[2:]:
        if not line.startswith("> "):
            continue
        before = len(talk.kept)
        talk.do(event_of(line[2:], talk.session.prompt))
        out.append(line)
        out += [f"+ {kept(effect)}" for effect in talk.kept[before:]]
        out += [f"< {shown(effect)}" for effect in talk.shown]
    return out


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_conversation_goes_as_it_was_kept(script: Script, file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    today = replay(script, lines)
    if os.environ.get("UPDATE_TRANSCRIPTS") == "1":
        file.write_text("\n".join(today) + "\n", encoding="utf-8")
    assert today == lines


def test_all_walkthroughs_are_kept() -> None:
    assert len(FILES) >= 12
