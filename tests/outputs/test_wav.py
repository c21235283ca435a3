from __future__ import annotations

import asyncio
import errno
import io
import os
import sys

import numpy as np
import pytest

from streamer.audio import Encoding, Header, Samples, WavParser, decode
from streamer.errors import OutputError
from streamer.outputs import OutputFormat, WavOutput
from streamer.playback.renderer import PythonRenderer
from streamer.playback.rendering import Verb
from streamer.testing import FakeClock, run_inline

RATE = 8_000


def read(data: bytes) -> tuple[Header, np.ndarray]:
    parser = WavParser()
    parser.receive_data(data)
    parser.receive_eof()
    header, *events = parser.events()
    sound = [
        decode(event.data, header.format)
        for event in events
        if isinstance(event, Samples)
    ]
    return header, np.concatenate([np.zeros((0, header.format.channels)), *sound])


async def started(
    output: WavOutput, clock: FakeClock, channels: int = 1
) -> PythonRenderer:
    assert await output.open(clock, run_inline) is None
    rendering = PythonRenderer(rate=RATE, channels=channels)
    await output.start(rendering, OutputFormat(RATE, channels))
    return rendering


async def write(
    rendering: PythonRenderer, clock: FakeClock, sound: np.ndarray, *, end: bool = True
) -> None:
    """Play *sound*, and say that it ends there unless more is to come."""
    while len(sound):
        sound = sound[rendering.ring.write(sound) :]
        rendering.ring.commit()
        await clock.advance(0.02)
    if end:
        rendering.ring.finish()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out.wav"


@pytest.mark.parametrize("channels", [1, 2])
async def test_it_holds_what_was_decoded_sample_for_sample(path, clock, channels):
    output = WavOutput(path)
    rendering = await started(output, clock, channels)
    chance = np.random.default_rng(1)
    sound = chance.normal(size=(50_000, channels)).astype(np.float32)
    begin = clock.time()
    await write(rendering, clock, sound)
    assert clock.time() - begin < 0.1  # six seconds of sound
    await output.close()

    header, found = read(path.read_bytes())
    assert (header.format.encoding, header.format.rate) == (Encoding.FLOAT_32, RATE)
    assert header.frames == 50_000
    assert (found == sound).all()
    assert output.failure() is None


async def test_silence_between_utterances_is_not_written(path, clock):
    output = WavOutput(path)
    rendering = await started(output, clock)
    await clock.advance(1.0)
    await write(rendering, clock, np.ones((100, 1), np.float32))
    await clock.advance(1.0)
    await write(rendering, clock, np.ones((100, 1), np.float32))
    await output.close()

    assert (read(path.read_bytes())[1] == 1.0).all()


async def test_until_it_is_closed_its_sizes_are_open_and_it_plays(path, clock):
    output = WavOutput(path)
    rendering = await started(output, clock)
    await write(rendering, clock, np.ones((100, 1), np.float32))
    part = path.with_name("out.wav.part")
    header, found = read(part.read_bytes())
    assert not path.exists()
    await output.close()
    await output.close()

    assert header.frames is None
    assert len(found) == 100
    assert read(path.read_bytes())[0].frames == 100
    assert not part.exists()


async def test_one_that_was_never_played_on_leaves_what_was_there(path, clock):
    path.write_bytes(b"an earlier one")
    output = WavOutput(path)
    await output.open(clock, run_inline)
    await output.close()
    assert path.read_bytes() == b"an earlier one"
    assert [entry.name for entry in path.parent.iterdir()] == ["out.wav"]


async def test_a_file_that_may_not_be_replaced_is_an_error(path, clock, monkeypatch):
    """Root may write anything; so the refusal is the system's own."""
    path.write_bytes(b"an earlier one")

    def refuse(self, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(OutputError, match=r"out\.wav: Permission denied"):
        await WavOutput(path).open(clock, run_inline)


async def test_a_flush_fades_what_is_left_and_writes_no_silence(path, clock):
    output = WavOutput(path)
    rendering = await started(output, clock)
    await write(rendering, clock, np.ones((100, 1), np.float32), end=False)
    rendering.ring.write(np.ones((8_000, 1), np.float32))
    rendering.ring.commit()
    rendering.send_nowait(Verb.FLUSH, until=8_100)
    await clock.advance(0.02)
    ((done,),) = (rendering.take()[1],)
    await output.close()

    _, found = read(path.read_bytes())
    assert done.ring_frame == len(found) == 140
    assert (found[:100] == 1.0).all()
    assert found[-1] == 0.0
    assert (np.diff(found[:, 0]) <= 0).all()


@pytest.mark.parametrize("left", [0, 15])
async def test_a_flush_with_less_left_than_its_fade_fades_all_the_same(
    path, clock, left
):
    output = WavOutput(path)
    rendering = await started(output, clock)
    await write(rendering, clock, np.ones((100, 1), np.float32), end=False)
    rendering.ring.write(np.ones((left, 1), np.float32))
    rendering.ring.commit()
    rendering.send_nowait(Verb.FLUSH, until=100 + left)
    await clock.advance(0.02)
    assert [done.ring_frame for done in rendering.take()[1]] == [100 + left]
    await write(rendering, clock, np.full((50, 1), 0.5, np.float32))
    await output.close()

    _, found = read(path.read_bytes())
    assert (found[:100] == 1.0).all()
    assert (np.diff(found[100:-50, 0]) <= 0).all()
    assert 139 <= len(found) - 50 <= 140
    assert (found[-50:] == 0.5).all()


async def test_commands_out_of_silence_are_carried_out_at_once(path, clock):
    output = WavOutput(path)
    rendering = await started(output, clock)
    sent = [
        rendering.send_nowait(Verb.FLUSH),
        rendering.send_nowait(Verb.GAIN, value=0.5),
    ]
    await clock.advance(0.01)
    assert [done.id for done in rendering.take()[1]] == sent
    await output.close()
    assert len(read(path.read_bytes())[1]) == 0


async def test_a_gain_between_two_chunks_writes_no_silence(path, clock):
    output = WavOutput(path)
    rendering = await started(output, clock)
    await write(rendering, clock, np.ones((1_000, 1), np.float32), end=False)
    rendering.send_nowait(Verb.GAIN, value=0.5)
    await clock.advance(0.5)
    await write(rendering, clock, np.ones((1_000, 1), np.float32))
    await output.close()

    _, found = read(path.read_bytes())
    assert len(found) == 2_000
    assert (found[:1_000] == 1.0).all()
    assert (found[1_080:] == 0.5).all()


async def test_a_pause_fades_and_writes_no_silence(path, clock):
    output = WavOutput(path)
    rendering = await started(output, clock)
    await write(rendering, clock, np.ones((100, 1), np.float32), end=False)
    rendering.ring.write(np.ones((8_000, 1), np.float32))
    rendering.ring.finish()
    rendering.send_nowait(Verb.PAUSE)
    await clock.advance(5.0)
    assert rendering.ring.readable == 8_000 - 40
    rendering.send_nowait(Verb.RESUME)
    await clock.advance(0.1)
    await output.close()

    _, found = read(path.read_bytes())
    assert len(found) == 8_100
    assert found.min() == 0.0
    assert (found[:100] == 1.0).all()
    assert (found[180:] == 1.0).all()
    assert np.abs(np.diff(found[:, 0])).max() < 0.05


async def test_a_file_that_cannot_be_made_is_an_error(tmp_path, clock):
    output = WavOutput(tmp_path / "missing" / "out.wav")
    with pytest.raises(OutputError, match=r"out\.wav: No such file"):
        await output.open(clock, run_inline)
    await output.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /dev/full")
async def test_a_full_disk_is_a_failure(clock):
    output = WavOutput("/dev/full")
    rendering = await started(output, clock)
    await write(rendering, clock, np.ones((100, 1), np.float32))
    assert str(output.failure()) == (
        "cannot write sound to /dev/full: No space left on device"
    )
    await output.close()
    assert isinstance(output.failure(), OutputError)
    with pytest.raises(OutputError, match="No space left"):
        await output.recover(rendering, OutputFormat(RATE, 1))


async def test_sizes_that_cannot_be_written_are_a_failure_too(path, clock, monkeypatch):
    output = WavOutput(path)
    rendering = await started(output, clock)
    await write(rendering, clock, np.ones((100, 1), np.float32))

    def fail(file):
        with file:
            raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(output, "_finish", fail)
    await output.close()
    assert "input/output error" in str(output.failure())


async def test_a_pipe_keeps_its_open_sizes(clock):
    reading, writing = os.pipe()
    output = WavOutput(f"/dev/fd/{writing}")
    rendering = await started(output, clock)
    os.close(writing)
    await write(rendering, clock, np.ones((100, 1), np.float32))
    await output.close()
    header, found = read(os.read(reading, 65_536))
    os.close(reading)
    assert output.failure() is None
    assert header.frames is None
    assert len(found) == 100


async def test_cancelled_while_it_is_made_it_is_closed(path, clock):
    """The thread goes on; what it opened must not stay open."""
    made = asyncio.Event()
    files: list[io.IOBase] = []

    async def slowly(function, *args):
        made.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        result = function(*args)
        if isinstance(result, io.IOBase):
            files.append(result)
        return result

    output = WavOutput(path)
    opening = asyncio.ensure_future(output.open(clock, slowly))
    await made.wait()
    opening.cancel()
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert [file.closed for file in files] == [True]
