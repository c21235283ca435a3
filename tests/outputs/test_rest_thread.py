"""A device's thread that rests until there is sound, as PortAudio calls it."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import numpy as np
import pytest

from streamer.playback.rendering import Verb
from tests.outputs.rest_rig import BLOCK, CALM, FRAMES, Device
from tests.outputs.test_native import Times, call_at

LONG, SHORT = 1.5, 0.02


class Resting:
    """
    A device whose thread is in the callback.

    Args:
        seconds: For how long it may rest.
        before: Called with the device before it does.

    Attributes:
        out: The block that it asked for.
        until: When it has nothing in hand, by :meth:`time`.
    """

    def __init__(
        self,
        seconds: float = LONG,
        before: Callable[[Device], None] = lambda device: None,
    ) -> None:
        self.device = device = Device(full=seconds + 2 * BLOCK, least=0.0)
        self.time = device.extension.lib.streamer_now
        device.time = self.time() - 2 * CALM
        device.calm(seconds)
        before(device)
        device.time = self.time()
        device.ask(seconds, after=0.0, waited=math.inf)
        self.until = device.time + seconds + BLOCK
        self.out = np.full((FRAMES, 1), np.nan, np.float32)
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        native = self.device.renderer.native
        times = Times(0.0, 7.0, 7.0 + self.until - self.time())
        call_at(native.resting.function, native.userdata, self.out, times, 0)

    def wait(self) -> float:
        """Return when it had its block, by :meth:`time`."""
        self._thread.join()
        return self.time()


def test_sound_ends_a_rest_and_is_in_its_block():
    resting = Resting()
    resting.device.let_go(FRAMES)
    assert resting.wait() < resting.until - LONG / 2
    assert (resting.out == 0.5).all()
    *_, block = resting.device.renderer.take()[0]
    assert block.played == FRAMES
    assert block.time + block.delay == pytest.approx(resting.until, abs=0.05)


def test_less_than_a_block_does_not():
    resting = Resting(SHORT)
    resting.device.let_go(FRAMES - 1)
    assert resting.wait() >= resting.until
    assert (resting.out[:-1] == 0.5).all()
    *_, block = resting.device.renderer.take()[0]
    assert block.time < resting.until  # when it was asked for, not made


def leave_out(device: Device) -> None:
    """Have sound behind some that is not to be played."""
    for _ in range(3):
        device.let_go(FRAMES)
        device.renderer.ring.finish()
    device.renderer.send_nowait(Verb.FLUSH, value=FRAMES, until=2 * FRAMES)


def test_sound_behind_what_is_left_out_does():
    resting = Resting(before=leave_out)
    assert resting.wait() < resting.until - LONG / 2
    assert (resting.out == 0.5).all()
    assert resting.device.renderer.ring.readable == 0


def leave_out_all_but_a_piece(device: Device) -> None:
    """Have less than a block behind what is not to be played."""
    device.let_go(FRAMES)
    device.renderer.ring.finish()
    device.renderer.send_nowait(Verb.FLUSH, value=FRAMES, until=2 * FRAMES)
    device.let_go(2 * FRAMES - 1)


def test_less_than_a_block_behind_it_does_not():
    resting = Resting(SHORT, before=leave_out_all_but_a_piece)
    assert resting.wait() >= resting.until
    assert (resting.out[:-1] == 0.5).all()


@pytest.mark.parametrize("verb", [Verb.PAUSE, Verb.MUTE, Verb.FLUSH])
def test_a_command_does(verb):
    resting = Resting()
    id = resting.device.renderer.send_nowait(verb)
    assert resting.wait() < resting.until - LONG / 2
    assert [done.id for done in resting.device.renderer.take()[1]] == [id]
    assert (resting.out == 0.0).all()


def pause(device: Device) -> None:
    """Have sound that is not to be heard yet."""
    device.renderer.send_nowait(Verb.PAUSE)
    device.ask()
    device.let_go(FRAMES)


def test_sound_that_is_paused_does_not():
    resting = Resting(SHORT, before=pause)
    assert resting.wait() >= resting.until
    assert (resting.out == 0.0).all()
    assert resting.device.renderer.ring.readable == FRAMES


def test_it_has_no_address_where_no_thread_can_rest(monkeypatch):
    renderer = Device().renderer
    monkeypatch.setattr(renderer._library, "rests", False)
    assert renderer.native.resting is None
