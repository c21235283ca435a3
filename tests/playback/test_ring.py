from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st

from streamer.playback import RecordRing, SampleRing


def frames(start: int, count: int, channels: int = 1) -> np.ndarray:
    """Frames that tell which they are."""
    column = np.arange(start, start + count, dtype=np.float32)[:, np.newaxis]
    return np.repeat(column, channels, axis=1)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["write", "commit", "read", "drop", "skip"]), st.integers(0, 12)
    ),
    max_size=60,
)


@settings(max_examples=80, deadline=None)
@given(steps=STEPS, capacity=st.integers(1, 9), channels=st.integers(1, 2))
def test_it_is_a_list_with_two_ends(steps, capacity, channels):
    ring = SampleRing(capacity, channels)
    committed: list[float] = []
    held: list[float] = []
    count = read = 0
    for step, size in steps:
        if step == "write":
            taken = ring.write(frames(count, size, channels))
            assert taken == min(size, capacity - len(committed) - len(held))
            held += [float(count + index) for index in range(taken)]
            count += taken
        elif step == "commit":
            ring.commit()
            committed, held = committed + held, []
        elif step == "drop":
            assert ring.drop_held() == len(held)
            held = []
        elif step == "skip":
            ring.skip_to(read + size)
            read += min(size, len(committed))
            del committed[:size]
        else:
            out = np.full((size, channels), -1.0, np.float32)
            taken = ring.read_into(out)
            expected = committed[:size]
            assert taken == len(expected)
            assert out[:taken].tolist() == [[value] * channels for value in expected]
            assert (out[taken:] == -1.0).all()
            read += taken
            del committed[:size]
        assert ring.readable == len(committed)
        assert ring.space == capacity - len(committed) - len(held)
        assert ring.read_position == read
        assert ring.committed == read + len(committed)
        assert ring.written == ring.committed + len(held)


def test_it_never_skips_back():
    ring = SampleRing(10, 1)
    ring.write(frames(0, 8))
    ring.commit()
    ring.skip_to(5)
    ring.skip_to(2)

    assert ring.read_position == 5


def test_records_come_out_as_they_went_in():
    records = RecordRing()
    records.append(0, 0, 240, 0, 10.0, 0.02)
    records.append(240, 240, 100, 140, 10.005, 0.015)

    blocks = records.take()

    assert [block.device_frame for block in blocks] == [0, 240]
    assert (blocks[1].ring_frame, blocks[1].played, blocks[1].silent) == (240, 100, 140)
    assert (blocks[1].time, blocks[1].delay) == (10.005, 0.015)
    assert all(isinstance(block.played, int) for block in blocks)
    assert records.take() == []


def test_at_the_bound_the_newest_records_are_dropped_and_counted():
    records = RecordRing()
    for index in range(RecordRing.CAPACITY + 3):
        records.append(index, index, 1, 0, 0.0, 0.0)

    blocks = records.take()

    assert records.overruns == 3
    assert [block.device_frame for block in blocks] == list(range(RecordRing.CAPACITY))
    records.append(7, 7, 1, 0, 0.0, 0.0)
    assert [block.device_frame for block in records.take()] == [7]
