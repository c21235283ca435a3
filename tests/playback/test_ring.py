from __future__ import annotations

import numpy as np
from hypothesis import given, strategies as st

from streamer.playback.rendering import Done, Verb
from streamer.playback.ring import Command, CommandQueue, RecordRing, SampleRing
from streamer.timing import Block
from tests.examples import examples


def frames(start: int, count: int, channels: int = 1) -> np.ndarray:
    """Frames that tell which they are."""
    column = np.arange(start, start + count, dtype=np.float32)[:, np.newaxis]
    return np.repeat(column, channels, axis=1)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["write", "commit", "finish", "read", "drop", "skip"]),
        st.integers(0, 12),
    ),
    max_size=60,
)


@examples(80)
@given(
    steps=STEPS,
    capacity=st.integers(1, 9),
    channels=st.integers(1, 2),
    history=st.integers(0, 5),
)
def test_it_is_a_list_with_two_ends(steps, capacity, channels, history):
    ring = SampleRing(capacity, channels, history=history)
    committed: list[float] = []
    held: list[float] = []
    count = read = 0
    for step, size in steps:
        if step == "write":
            taken = ring.write(frames(count, size, channels))
            assert taken == min(size, capacity - len(committed) - len(held))
            held += [float(count + index) for index in range(taken)]
            count += taken
        elif step in {"commit", "finish"}:
            getattr(ring, step)()
            committed, held = committed + held, []
            if step == "finish":
                assert ring.ends[0] == ring.written
        elif step == "drop":
            assert ring.drop_held() == len(held)
            held = []
            count = ring.written
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


@examples(80)
@given(
    sizes=st.lists(st.integers(1, 20), min_size=1, max_size=20),
    history=st.integers(0, 30),
    back=st.integers(0, 60),
)
def test_what_was_played_can_be_played_again(sizes, history, back):
    """As far back as the memory goes, whatever was written since."""
    ring = SampleRing(20, 1, history=history)
    for size in sizes:
        ring.write(frames(ring.written, size))
        ring.commit()
        ring.read_into(np.empty((size, 1), np.float32))
    ring.write(frames(ring.written, 7))
    ring.commit()
    read = ring.read_position

    position = ring.rewind(read - back)

    assert position == max(0, read - back, ring.written - 20 - history)
    out = np.empty((ring.readable, 1), np.float32)
    assert ring.read_into(out) == len(out)
    assert out[:, 0].tolist() == list(range(position, ring.written))


def test_it_never_skips_back():
    ring = SampleRing(10, 1)
    ring.write(frames(0, 8))
    ring.commit()
    ring.skip_to(5)
    ring.skip_to(2)

    assert ring.read_position == 5


def test_it_never_rewinds_forward_nor_behind_a_skip():
    ring = SampleRing(10, 1, history=10)
    ring.write(frames(0, 8))
    ring.commit()
    assert ring.rewind(5) == 0
    ring.skip_to(4)
    ring.read_into(np.empty((2, 1), np.float32))
    assert ring.rewind(1) == 4
    assert ring.rewinds == 2


def test_after_a_rewind_there_is_no_space_until_it_has_caught_up():
    ring = SampleRing(10, 1, history=5)
    ring.write(frames(0, 10))
    ring.commit()
    ring.read_into(np.empty((10, 1), np.float32))
    ring.write(frames(10, 10))
    ring.rewind(5)
    assert ring.space == 0
    assert ring.write(frames(20, 1)) == 0


def test_an_end_is_where_finish_was():
    ring = SampleRing(20, 1)
    ring.write(frames(0, 5))
    ring.finish()
    ring.finish()
    ring.write(frames(5, 5))
    assert (ring.ends, ring.committed) == ((5, 0), 5)
    ring.finish()
    assert (ring.ends, ring.committed) == ((10, 5), 10)


def block(device_frame: int) -> Block:
    return Block(device_frame, 0, 1, 0, 0.0, 0.0)


def done(id: int, verb: Verb = Verb.GAIN) -> Done:
    return Done(id, verb, 0, 0)


def test_records_come_out_as_they_went_in():
    records = RecordRing()
    for record in (block(0), done(1), block(240), done(2)):
        records.append(record)

    assert records.take() == ([block(0), block(240)], [done(1), done(2)])
    assert records.take() == ([], [])


def test_at_the_bound_the_newest_records_are_dropped_and_counted():
    """The last places are the commands'."""
    records = RecordRing()
    places = RecordRing.CAPACITY - RecordRing.RESERVED
    for index in range(places + 3):
        records.append(block(index))
    assert records.overruns == 3
    for index in range(RecordRing.RESERVED + 2):
        records.append(done(index))
    assert records.overruns == 5

    blocks, dones = records.take()
    assert [entry.device_frame for entry in blocks] == list(range(places))
    assert [entry.id for entry in dones] == list(range(RecordRing.RESERVED))
    records.append(block(7))
    assert records.take() == ([block(7)], [])


class Full:
    """A command ring with as many places as the test says."""

    def __init__(self) -> None:
        self.places = 0
        self.taken: list[Command] = []
        self.queue = CommandQueue(self.push)

    def push(self, command: Command) -> bool:
        if not self.places:
            return False
        self.places -= 1
        self.taken.append(command)
        return True

    def send(self, verb: Verb, value: float = 0.0, until: int = 0) -> int:
        return self.queue.send(verb, value=value, until=until)


def test_commands_have_numbers_from_one_and_go_on_at_once():
    full = Full()
    full.places = 2
    assert [full.send(Verb.GAIN, 0.5), full.send(Verb.FLUSH, until=9)] == [1, 2]
    assert full.taken == [
        Command(1, Verb.GAIN, 0.5, 0),
        Command(2, Verb.FLUSH, 0.0, 9),
    ]
    assert full.queue.answer(done(1)) == [done(1)]


def test_to_stop_later_does_not_take_the_place_of_stopping_now():
    full = Full()
    full.send(Verb.FLUSH, until=40)
    full.send(Verb.FLUSH, 60.0, until=80)
    full.send(Verb.FLUSH, 80.0, until=90)
    full.places = 9
    full.queue.hand_on()
    assert full.taken == [
        Command(1, Verb.FLUSH, 0.0, 40),
        Command(3, Verb.FLUSH, 60.0, 90),
    ]


def test_what_waits_keeps_its_order_and_goes_first():
    full = Full()
    for verb in (Verb.PAUSE, Verb.GAIN, Verb.FLUSH):
        full.send(verb)
    assert full.queue.waiting
    full.places = 1
    full.queue.hand_on()
    full.places = 9
    full.send(Verb.MUTE)
    assert [command.id for command in full.taken] == [1, 2, 3, 4]
    assert not full.queue.waiting


def test_what_waits_is_replaced_by_a_later_command_about_the_same_thing():
    full = Full()
    sent = [
        *(full.send(Verb.GAIN, 0.1), full.send(Verb.PAUSE), full.send(Verb.GAIN, 0.2)),
        *(full.send(Verb.FLUSH, until=50), full.send(Verb.RESUME)),
        *(full.send(Verb.GAIN, 0.3), full.send(Verb.FLUSH, until=40)),
    ]
    full.places = 9
    full.queue.hand_on()

    assert sent == [1, 2, 3, 4, 5, 6, 7]
    assert [(command.id, command.verb) for command in full.taken] == [
        (5, Verb.RESUME),
        (6, Verb.GAIN),
        (7, Verb.FLUSH),
    ]
    assert full.taken[1].value == 0.3
    assert full.taken[2].until == 50
    assert [answer.id for answer in full.queue.answer(done(6))] == [1, 3, 6]
    assert full.queue.answer(done(5, Verb.RESUME)) == [
        done(2, Verb.PAUSE),
        done(5, Verb.RESUME),
    ]
    assert full.queue.answer(done(6)) == [done(6)]


def test_of_many_replaced_commands_the_oldest_are_not_answered():
    full = Full()
    for _ in range(CommandQueue.ANSWERS + 10):
        full.send(Verb.GAIN)
    last = full.send(Verb.GAIN)
    answers = [answer.id for answer in full.queue.answer(done(last))]
    assert answers == list(range(last - CommandQueue.ANSWERS, last + 1))
