from __future__ import annotations

from streamer.engine.histories import Histories


def test_an_endpoint_keeps_its_history():
    histories = Histories()
    first = histories.of("a")
    assert histories.of("b") is not first
    assert histories.of("a") is first


def test_the_one_not_asked_for_longest_is_forgotten():
    histories = Histories()
    kept, lost = histories.of("kept"), histories.of("lost")
    for index in range(Histories.MOST - 1):
        histories.of(str(index))
        assert histories.of("kept") is kept
    assert len(histories) == Histories.MOST
    assert histories.of("lost") is not lost


async def test_a_policy_is_handed_what_is_known_of_its_endpoint(play):
    async with play.running() as engine:
        first = await engine.play(play.spoken(0.5))
        await play.clock.run(first.wait_ended())
        known = engine._histories.of("a script")
        assert len(known.seen) == 1
        second = await engine.play(play.spoken(0.5))
        await play.clock.run(second.wait_ended())
        assert len(known.seen) == 2
    assert len(engine._histories) == 1


async def test_what_waits_behind_another_teaches_nothing(play):
    """It is read when there is room for it: that is our pace, not the sender's."""
    async with play.running() as engine:
        first = await engine.play(play.spoken(0.5))
        second = await engine.play(play.spoken(0.5))
        await play.clock.run(second.wait_ended())
        assert first.over
        assert len(engine._histories.of("a script").seen) == 1
