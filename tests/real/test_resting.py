"""A device that waits for sound: what it has in hand, and what is heard of it."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest

from bench.harness.bystander import Bystander
from streamer.outputs import DeviceOutput
from streamer.outputs.wish import NATIVE_BLOCK, RESERVE
from streamer.playback.rendering import Verb
from tests.real.playing import own_server, playing
from tests.real.sound_server import RATE, Frames
from tests.real.stalls import undisturbed

server = own_server

PIECES = 9
SECONDS = 0.15
"""How long a piece lasts, and the rest before it."""
IN_HAND = 0.003
"""Seconds for which a machine that stands still is not heard, whatever it has."""


def pieces() -> list[Frames]:
    """Distinct samples on both sides, none of them silent."""
    chance = np.random.default_rng(3)
    size = (PIECES, round(SECONDS * RATE), 2)
    return list(chance.uniform(0.1, 0.9, size).astype(np.float32))


def count_sounds(frames: Frames) -> int:
    """How many times sound began."""
    sounds = frames.any(axis=1)
    return int(np.count_nonzero(sounds[1:] & ~sounds[:-1])) + int(sounds[0])


@undisturbed
async def test_it_has_little_of_silence_much_of_sound_and_takes_it_at_once(server):
    """
    Each frame is heard once and in order, without a gap where no machine stood still.

    Delays and moments are medians, as one stall says nothing of the others.
    """
    silent, sounding, after = [], [], []
    with Bystander() as machine, server.record() as recorder:
        async with playing(DeviceOutput()) as play:
            assert play.renderer.native.resting is not None
            for piece in pieces():
                await asyncio.sleep(SECONDS)
                play.collect()
                silent += [block.delay for block in play.blocks[-10:]]
                play.blocks.clear()
                written = time.perf_counter()
                play.write(piece)
                await play.played(play.renderer.ring.committed)
                heard = [block for block in play.blocks if block.played]
                after.append(heard[0].time - written)
                sounding += [block.delay for block in heard[-20:-5]]
    frames = recorder.frames
    assert np.array_equal(frames[frames.any(axis=1)], np.concatenate(pieces()))
    if machine.woken.worst_ms / 1000 < IN_HAND:
        assert count_sounds(frames) == PIECES
    in_hand = np.median(sounding) - np.median(silent)
    # It asks with room for a block: of silence at once, of sound once there is some.
    assert in_hand == pytest.approx(RESERVE - NATIVE_BLOCK, abs=0.002)
    assert np.median(after) < 0.002
    assert play.renderer.tally().unfit == 0


@undisturbed
async def test_what_it_is_told_while_it_waits_it_does_at_once(server):
    """It is paused, told of sound, let go on, flushed, and closed while it waits."""
    (piece, *_) = pieces()
    with server.record() as recorder:
        async with playing(DeviceOutput()) as play:
            await asyncio.sleep(SECONDS)
            await play.done(Verb.PAUSE)
            play.write(piece)
            await asyncio.sleep(SECONDS)
            assert play.renderer.ring.read_position == 0
            await play.done(Verb.RESUME)
            await play.played(len(piece))
            play.write(piece)
            await play.until(lambda: play.renderer.ring.read_position > len(piece))
            await play.done(Verb.FLUSH, until=play.renderer.ring.committed)
            await asyncio.sleep(SECONDS)
            closing = time.perf_counter()
        took = time.perf_counter() - closing
    frames = recorder.frames
    sound = frames[frames.any(axis=1)]
    assert np.array_equal(sound[: len(piece)], piece)
    assert len(piece) < len(sound) < 2 * len(piece)
    assert took < 1.0
