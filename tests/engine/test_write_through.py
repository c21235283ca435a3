"""Sound that only has to be heard goes to the ring as it came: nobody can tell."""

from __future__ import annotations

import numpy as np
import pytest

from streamer.audio import Encoding
from streamer.engine import Engine
from streamer.playback import Player
from streamer.sources import Speech
from streamer.testing import FakeClock, RecordingOutput, ScriptedSource, run_inline, wav
from tests.engine.conftest import RATE, sound


def script(*, chunk: int, stall: int):
    """A second and a half of PCM_16 in pieces; before one of them it stalls."""
    data = wav(sound(1.5), RATE, encoding=Encoding.PCM_16)
    pieces = [data[at : at + chunk] for at in range(0, len(data), chunk)]
    pause = chunk / 2 / RATE
    return [
        step
        for number, piece in enumerate(pieces)
        for step in (0.9 if number == stall else pause * 0.9, piece)
    ]


async def heard(steps, monkeypatch, *, seen):
    """Play it; returns what was heard, how it ended, and how often it went through."""
    through = []
    real = Player.write_through

    def write_through(self, data):
        through.append(real(self, data))
        return through[-1]

    clock, output = FakeClock(1_000.0), RecordingOutput()
    engine = Engine(output, clock=clock, run=run_inline)
    with monkeypatch.context() as patch:
        patch.setattr(Player, "write_through", write_through)
        await clock.run(engine.__aenter__())
        if seen:
            engine.main.log.subscribe(lambda _: None)
        utterance = await engine.play(Speech(ScriptedSource(steps)))
        await clock.advance(0.3)
        await clock.run(engine.set_gain(0.5))
        await clock.advance(0.2)
        await clock.run(engine.pause())
        await clock.advance(0.1)
        await clock.run(engine.resume())
        outcome = await clock.run(utterance.wait_ended())
        await clock.run(engine.__aexit__(None, None, None))
    return output.frames, outcome, sum(through)


@pytest.mark.parametrize(
    ("chunk", "stall"), [(320, 60), (1_000, 12), (333, 40), (6_000, 3), (16, -1)]
)
async def test_it_is_heard_and_counted_as_any_other(monkeypatch, chunk, stall):
    steps = script(chunk=chunk, stall=stall)
    plain, outcome, none = await heard(steps, monkeypatch, seen=True)
    through, other, times = await heard(steps, monkeypatch, seen=False)
    assert none == 0
    assert times >= 3
    assert np.array_equal(through, plain)
    assert (other.state, other.media) == (outcome.state, outcome.media)
    assert other.starvation == outcome.starvation
    assert bool(outcome.starvation) == (stall >= 0)
