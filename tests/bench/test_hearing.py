"""How streams were heard, by a recording."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from bench.first_audio import sound
from bench.harness.hearing import find_streams, look_at
from bench.harness.monitor import Finder
from tests.real.sound_server import RATE

SAMPLES = sound(0.3, RATE, "pcm32")
FINDER = Finder(SAMPLES)
RAMP = np.linspace(1, 0, 220, dtype=np.float32)


def quiet(seconds):
    return np.zeros(round(seconds * RATE), np.float32)


def heard(*pieces):
    return look_at(np.concatenate(pieces), 5.0, FINDER, SAMPLES)


@dataclass
class Recording:
    """A recorder whose frame 0 was played at 100 s."""

    mono: np.ndarray

    @property
    def frames(self):
        return np.stack([self.mono, self.mono], axis=1)

    def time_of(self, frame):
        return 100.0 + frame / RATE


@pytest.mark.parametrize("encoding", ["pcm16", "pcm32"])
def test_the_sound_has_no_silence_and_is_exact(encoding):
    samples = sound(0.1, RATE, encoding)
    scale = 2**15 if encoding == "pcm16" else 2**31
    whole = samples.astype(np.float64) * scale
    assert np.all(samples >= 0.25)
    assert np.array_equal(whole, np.rint(whole))


def test_what_is_heard_as_it_was_sent_is_whole():
    found = heard(SAMPLES, quiet(0.1))
    assert (found.whole, found.gaps, found.silent_ms) == (True, 0, 0.0)


def test_a_tail_and_a_fade_around_a_silence_are_counted_as_what_they_are():
    """The tail continues the last frame and is silence; the fade in is sound."""
    tail = SAMPLES[4_999] * RAMP
    back = SAMPLES[5_000:5_220] * RAMP[::-1]
    found = heard(SAMPLES[:5_000], tail, quiet(0.05), back, SAMPLES[5_220:])
    assert found.whole
    assert found.gaps == 1
    assert found.silent_ms == pytest.approx(55.0, abs=0.1)


def test_frames_that_are_missing_are_not_whole():
    assert not heard(SAMPLES[:5_000], SAMPLES[6_000:]).whole
    assert not heard(SAMPLES[:-10]).whole


def test_what_was_resampled_is_told_by_its_silences():
    """Two of them; nothing is said of its samples."""
    mono = np.concatenate([SAMPLES[:99], quiet(0.01), SAMPLES[:9], quiet(0.02), [0.5]])
    found = look_at(mono.astype(np.float32), 5.0, None, None)
    assert (found.gaps, found.whole) == (2, None)
    assert found.silent_ms == pytest.approx(30.0, abs=0.1)


def test_each_stream_begins_behind_its_first_byte_and_ends_before_the_next():
    recording = Recording(
        np.concatenate([quiet(0.1), SAMPLES, quiet(0.2), SAMPLES, quiet(0.1)])
    )
    found = find_streams(recording, [100.08, 100.59], SAMPLES)
    assert [stream.delay_ms for stream in found] == pytest.approx([20, 10], abs=0.1)
    assert all(stream.whole for stream in found)


def test_a_stream_that_was_not_heard_is_none_of_its_neighbours():
    """The second of three is silent, and the third never was asked for."""
    recording = Recording(np.concatenate([quiet(0.1), SAMPLES, quiet(1.0)]))
    first, second, third = find_streams(recording, [100.08, 100.6, None], SAMPLES)
    assert first is not None
    assert second is None
    assert third is None
    assert find_streams(Recording(quiet(0.1)), [100.0], SAMPLES) == [None]
