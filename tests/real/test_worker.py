"""An engine in a process of its own, beside a program that keeps its interpreter."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from bench.peers.players import Kept
from streamer.audio import Encoding, Format, decode
from tests.real.sound_server import RATE, Frames, wait_until
from tests.real.stalls import undisturbed
from tests.real.wav_server import paced, wav_server

ROOT = Path(__file__).parents[2]
PLAYER = ROOT / "bench" / "peers" / "streamer_player.py"
FORMAT = Format(Encoding.PCM_32, RATE, 1)


def spoken(frames: Frames) -> Frames:
    """What was played, from the first to the last sound."""
    heard = np.flatnonzero(np.abs(frames).max(axis=1))
    return frames[heard[0] : heard[-1] + 1] if len(heard) else frames[:0]


@undisturbed
async def test_beside_calls_in_c_it_is_heard_bit_for_bit(sounds):
    """The load is in the program; neither a gap nor a sample too many is heard."""
    samples = np.random.default_rng(1).integers(2**16, 2**31, 2 * RATE)
    data = samples.astype("<i4").tobytes()
    # It keeps much in hand: this is about samples, not about times.
    command = [sys.executable, str(PLAYER), "--process", "--latency-ms", "400"]
    player = Kept("an EngineProcess", command)
    async with wav_server(paced(data, FORMAT, speed=2.0, ahead=0.5)) as server:
        await player.open({**sounds.environment, "PYTHONPATH": str(ROOT)})
        with sounds.record() as recorder:
            try:
                told = await player.ask({"url": server.url, "load": "json"})
            finally:
                await player.close()  # what its device holds is played
            everything = len(samples)
            wait_until(lambda: len(spoken(recorder.frames)) >= everything, "its end")
    found = spoken(recorder.frames)
    assert told == {"starved": 0}
    assert len(found) == everything
    assert np.array_equal(found, np.broadcast_to(decode(data, FORMAT), found.shape))
