"""Buttons that answer nothing: of a former question, of somebody else, drawn by nobody."""

from __future__ import annotations

from bot.channels import Press
from bot.channels.telegram import pack
from tests.faults.listed import plants
from tests.faults.scene import Scene, Woman, channel_of


@plants("stale-press")
async def test_a_press_of_a_former_question_changes_nothing_and_says_so(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    old = amina.phone.last
    data = old.keyboard[0][0]["callback_data"]
    await amina.agrees()
    await scene.settled(door)
    before = await amina.session()
    await amina.phone.presses_data(data, old.message_id)
    await scene.settled(door)
    assert await amina.session() == before
    assert scene.words.german("ui.stale") in amina.phone.toasts
    assert amina.phone.unanswered_presses == 0 and amina.sees("scr.S01_safety") >= 1


@plants("press-of-another-session")
async def test_a_press_with_somebody_elses_session_reaches_nobody(scene: Scene) -> None:
    door = await scene.start()
    amina, berta = Woman(scene, door), Woman(scene, door, "Berta")
    await amina.begins()
    await berta.begins()
    hers = berta.phone.last.keyboard[0][0]["callback_data"]
    kept = (await amina.session(), await berta.session())
    await amina.phone.presses_data(hers)
    await scene.settled(door)
    assert (await amina.session(), await berta.session()) == kept
    assert scene.words.german("ui.stale") in amina.phone.toasts


@plants("forged-button")
async def test_button_data_that_nobody_drew_answers_nothing(scene: Scene) -> None:
    door = await scene.start()
    amina = Woman(scene, door)
    await amina.begins()
    session = await amina.session()
    for data in (
        "x" * 64, None, f"q:{session.id}:{session.prompt}:c:notanoption", f"q:{session.id}:{session.prompt}:Z:",
        pack(Press(session.id, 10**30, "s")), f"q:{session.id}:-1:c:", "q:::::::",
    ):  # fmt: skip
        await amina.phone.presses_data(data)
        await scene.settled(door)
        after = await amina.session()
        assert (after.open, after.answers, after.prompt) == (session.open, session.answers, session.prompt), data
        assert amina.phone.unanswered_presses == 0, "the little clock on the button stops"
    await amina.agrees()
    await scene.settled(door)
    assert await amina.open() == "S01_safety"
    assert channel_of(door).counts["faults"] == 0
