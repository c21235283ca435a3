"""An async iterator of one's own audio that goes silent; see also test_pcm.py."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import numpy as np
import pytest

from streamer import pcm
from streamer.engine.engine import Engine
from streamer.errors import SourceTimeout, UsageError
from streamer.sources import Facilities, HttpPool
from streamer.testing import FakeClock, RecordingOutput, run_inline
from tests.sources.parsing import collect, noise, parsed

RATE = 8_000
SILENT = r"^own audio went silent: nothing arrived for 2 s; whatever sound had come"


class Given:
    """
    An async iterator that follows a script of pieces and pauses.

    A number is a pause in seconds of the clock, an error is raised. It keeps
    when it was interrupted.
    """

    def __init__(self, clock: FakeClock, *script) -> None:
        self.clock = clock
        self.script = list(script)
        self.interrupted: list[float] = []
        self.closed = 0

    def __aiter__(self):
        return self

    async def __anext__(self):
        while self.script:
            step = self.script.pop(0)
            if isinstance(step, Exception):
                raise step
            if isinstance(step, np.ndarray):
                return step
            try:
                await self.clock.sleep_until(self.clock.time() + step)
            except asyncio.CancelledError:
                self.interrupted.append(self.clock.time())
                raise
        raise StopAsyncIteration

    async def aclose(self):
        self.closed += 1


@pytest.fixture(params=[0.0, 1_000.0])
def clock(request):
    """Zero is a time like any other."""
    return FakeClock(request.param)


@pytest.fixture
def facilities(clock):
    return Facilities(clock, run_inline, HttpPool())


@pytest.fixture(autouse=True)
async def nothing_is_left():
    yield
    assert asyncio.all_tasks() == {asyncio.current_task()}


def chunks_of(given, facilities, seconds: float | None = 2.0):
    speech = pcm(given, RATE, read_timeout=seconds)
    return aclosing(speech.source.stream(facilities))


async def test_what_goes_silent_is_left_after_its_time(clock, facilities):
    given = Given(clock, noise(10), 1.5, noise(10), 600.0)
    begin = clock.time()
    async with chunks_of(given, facilities) as chunks:
        await anext(chunks)
        await clock.run(anext(chunks))
        assert clock.time() == begin + 1.5
        with pytest.raises(SourceTimeout, match=SILENT):
            await clock.run(anext(chunks))
    assert given.interrupted == [begin + 3.5]
    assert given.closed == 1


async def test_what_never_gives_anything_is_left_too(clock, facilities):
    given = Given(clock, 600.0)
    begin = clock.time()
    with pytest.raises(SourceTimeout, match=SILENT):
        await clock.run(collect(pcm(given, RATE, read_timeout=2), facilities))
    assert given.interrupted == [begin + 2.0]


async def test_without_a_time_it_is_waited_for(clock, facilities):
    given = Given(clock, noise(10), 500.0, noise(5))
    reading = parsed(pcm(given, RATE), facilities)
    _, _, data = await clock.run(reading)
    assert data == np.concatenate([noise(10), noise(5)]).tobytes()


async def test_pieces_in_time_are_all_heard(clock, facilities):
    """Each silence counts by itself, whatever they come to together."""
    script = [step for n in range(9) for step in (1.9, noise(n + 1))]
    given = Given(clock, *script)
    reading = parsed(pcm(given, RATE, read_timeout=2.0), facilities)
    _, _, data = await clock.run(reading)
    assert len(data) == 4 * sum(range(10))
    assert (given.interrupted, given.closed) == ([], 1)


@pytest.mark.parametrize("taken", [0.5, 1.99, 2.0, 7.0])
async def test_what_the_listener_takes_is_not_its_silence(clock, facilities, taken):
    """It is left two seconds after it was asked, not after it gave."""
    given = Given(clock, noise(10), 1.0, noise(10), 600.0)
    async with chunks_of(given, facilities) as chunks:
        await anext(chunks)
        await clock.advance(taken)
        await clock.run(anext(chunks))
        await clock.advance(taken)
        begin = clock.time()
        with pytest.raises(SourceTimeout):
            await clock.run(anext(chunks))
    assert given.interrupted == [begin + 2.0]


@pytest.mark.parametrize("apart", [0.5, 0.7])
async def test_empty_pieces_are_no_sound(clock, facilities, apart):
    """Not even where one comes at the very moment when the time is over."""
    nothing = np.zeros(0, np.float32)
    given = Given(clock, noise(10), *[apart, nothing] * 9, noise(10))
    begin = clock.time()
    with pytest.raises(SourceTimeout):
        await clock.run(collect(pcm(given, RATE, read_timeout=2), facilities))
    assert (clock.time(), given.closed) == (begin + 2.0, 1)


async def test_what_ends_when_it_is_interrupted_went_silent_all_the_same(
    clock, facilities
):
    async def given():
        yield noise(10)
        try:
            await clock.sleep_until(clock.time() + 600.0)
        except asyncio.CancelledError:
            return

    async with chunks_of(given(), facilities) as chunks:
        await anext(chunks)
        with pytest.raises(SourceTimeout):
            await clock.run(anext(chunks))


async def test_what_comes_when_it_is_interrupted_is_heard(clock, facilities):
    """The silence behind it counts anew."""

    async def given():
        yield noise(10)
        try:
            await clock.sleep_until(clock.time() + 600.0)
        except asyncio.CancelledError:
            yield noise(3)
        await clock.sleep_until(clock.time() + 600.0)

    begin = clock.time()
    async with chunks_of(given(), facilities) as chunks:
        await anext(chunks)
        assert await clock.run(anext(chunks)) == noise(3).tobytes()
        with pytest.raises(SourceTimeout):
            await clock.run(anext(chunks))
    assert clock.time() == begin + 4.0


async def test_what_ignores_the_interruption_is_interrupted_once(clock, facilities):
    """As with asyncio.timeout: what it gives later is heard."""

    async def given():
        try:
            await clock.sleep_until(clock.time() + 600.0)
        except asyncio.CancelledError:
            await clock.sleep_until(clock.time() + 9.0)
        yield noise(3)
        await clock.sleep_until(clock.time() + 600.0)

    begin = clock.time()
    async with chunks_of(given(), facilities) as chunks:
        assert (await clock.run(anext(chunks))).endswith(noise(3).tobytes())
        assert clock.time() == begin + 11.0
        with pytest.raises(SourceTimeout):
            await clock.run(anext(chunks))
    assert clock.time() == begin + 13.0


async def test_its_own_timeout_is_its_own_error(clock, facilities):
    given = Given(clock, noise(10), 1.0, TimeoutError("mine"))
    with pytest.raises(TimeoutError, match="mine"):
        await clock.run(collect(pcm(given, RATE, read_timeout=2), facilities))


async def test_it_may_hold_a_task_group_across_its_pieces(clock, facilities):
    """That needs every piece to be asked for in one and the same task."""
    ended = []

    async def given():
        async with asyncio.timeout(500), asyncio.TaskGroup() as group:
            for n in range(3):
                waiting = clock.sleep_until(clock.time() + 1.0)
                await group.create_task(waiting)
                yield noise(n + 1)
        ended.append(True)

    reading = parsed(pcm(given(), RATE, read_timeout=2.0), facilities)
    _, _, data = await clock.run(reading)
    assert len(data) == 4 * 6
    assert ended


@pytest.mark.parametrize("waited", [0.0, 1.0, 2.0])
async def test_cancelling_is_no_timeout(clock, facilities, waited):
    """Not even where both come at once."""
    given = Given(clock, noise(10), 600.0)
    async with chunks_of(given, facilities) as chunks:
        await anext(chunks)
        asking = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0)
        await clock.advance(waited - 0.5 if waited else 0.0)
        if waited == 2.0:
            clock.tick()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert given.closed == 1


async def test_it_is_looked_at_once_in_its_time(clock, facilities, monkeypatch):
    """A timer for each piece would be felt where there are many streams."""
    sleeps = []
    sleep_until = clock.sleep_until

    async def counted(time):
        sleeps.append(time)
        await sleep_until(time)

    given = Given(clock, *[0.01, noise(80)] * 1_000)
    monkeypatch.setattr(clock, "sleep_until", counted)
    await clock.run(collect(pcm(given, RATE, read_timeout=2.0), facilities))
    assert len(sleeps) - 1_000 <= 10.0 / 2.0 + 2


async def test_what_was_heard_so_far_is_told(clock):
    """Through the whole engine: half a second comes, and then nothing."""
    output = RecordingOutput(rate=RATE)
    given = Given(clock, noise(4_000, level=0.3) + np.float32(0.5), 600.0)
    async with Engine(output, clock=clock, run=run_inline) as engine:
        utterance = await engine.play(pcm(given, RATE, read_timeout=2.0))
        behind = await engine.play(pcm(noise(800), RATE))
        with pytest.raises(SourceTimeout, match=SILENT):
            await clock.run(utterance.wait_ended())
        assert utterance.state == "failed"
        assert utterance.heard() == utterance.media == 0.5
        assert (await clock.run(behind.wait_ended())).media == 0.1
    assert given.closed == 1


@pytest.mark.parametrize(
    "seconds", [0, -1.0, float("inf"), float("nan"), "2", True, [1]]
)
def test_times_that_are_none(clock, seconds):
    with pytest.raises(UsageError, match=r"read_timeout is .*seconds above 0, or None"):
        pcm(Given(clock), RATE, read_timeout=seconds)


@pytest.mark.parametrize("seconds", [1, 0.5, np.float32(2), np.int64(3), None])
def test_times_that_are_some(clock, seconds):
    assert pcm(Given(clock), RATE, read_timeout=seconds).source.name == "own audio"


def test_what_is_asked_in_a_thread_cannot_be_left():
    with pytest.raises(UsageError) as caught:
        pcm(iter([noise(10)]), RATE, read_timeout=2.0)
    assert "list_iterator: it is asked in a thread" in str(caught.value)
    assert "pass an async iterator" in str(caught.value)
    assert pcm(iter([noise(10)]), RATE)


@pytest.mark.parametrize("frames", [noise(10), [noise(10)], (noise(10),)])
async def test_what_is_here_already_is_never_silent(facilities, frames):
    speech = pcm(frames, RATE, read_timeout=0.1)
    assert (await parsed(speech, facilities))[2] == noise(10).tobytes()
