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
from streamer.playback import Player, PlayerOptions
from streamer.testing import FakeClock, run_inline
from streamer.timing import JitterPolicy

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


async def started(output: WavOutput, clock: FakeClock, channels: int = 1) -> Player:
    assert await output.open(clock, run_inline) is None
    player = Player(PlayerOptions(RATE, channels, paced=False), clock)
    await output.start(player.renderer, OutputFormat(RATE, channels))
    return player


async def write(player: Player, clock: FakeClock, sound: np.ndarray) -> None:
    player.begin("u1", JitterPolicy())
    await clock.run(player.write(sound))
    player.finish()
    await clock.advance(0.02)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out.wav"


@pytest.mark.parametrize("channels", [1, 2])
async def test_it_holds_what_was_decoded_sample_for_sample(path, clock, channels):
    output = WavOutput(path)
    player = await started(output, clock, channels)
    chance = np.random.default_rng(1)
    sound = chance.normal(size=(50_000, channels)).astype(np.float32)
    begin = clock.time()
    await write(player, clock, sound)
    assert clock.time() - begin < 0.1  # six seconds of sound
    await output.close()

    header, found = read(path.read_bytes())
    assert (header.format.encoding, header.format.rate) == (Encoding.FLOAT_32, RATE)
    assert header.frames == 50_000
    assert (found == sound).all()
    assert output.failure() is None


async def test_silence_between_utterances_is_not_written(path, clock):
    output = WavOutput(path)
    player = await started(output, clock)
    await clock.advance(1.0)
    await write(player, clock, np.ones((100, 1), np.float32))
    await clock.advance(1.0)
    player.poll()
    await write(player, clock, np.ones((100, 1), np.float32))
    await output.close()

    assert (read(path.read_bytes())[1] == 1.0).all()


async def test_until_it_is_closed_its_sizes_are_open_and_it_plays(path, clock):
    output = WavOutput(path)
    player = await started(output, clock)
    await write(player, clock, np.ones((100, 1), np.float32))
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
    player = await started(output, clock)
    player.begin("u1", JitterPolicy())
    await clock.run(player.write(np.ones((100, 1), np.float32)))
    await clock.advance(0.02)
    await clock.run(player.write(np.ones((8_000, 1), np.float32)))
    cutting = player.flush_nowait()
    (cut,) = await clock.run(player.wait_flushed(cutting))
    await output.close()

    _, found = read(path.read_bytes())
    assert cut.frame == len(found) == 140
    assert (found[:100] == 1.0).all()
    assert found[-1] == 0.0
    assert (np.diff(found[:, 0]) <= 0).all()


async def test_a_flush_with_nothing_left_is_answered_at_once(path, clock):
    output = WavOutput(path)
    player = await started(output, clock)
    before = clock.time()
    await clock.run(player.wait_flushed(player.flush_nowait()))
    assert clock.time() - before < 0.02
    await output.close()


async def test_a_file_that_cannot_be_made_is_an_error(tmp_path, clock):
    output = WavOutput(tmp_path / "missing" / "out.wav")
    with pytest.raises(OutputError, match=r"out\.wav: No such file"):
        await output.open(clock, run_inline)
    await output.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /dev/full")
async def test_a_full_disk_is_a_failure(clock):
    output = WavOutput("/dev/full")
    player = await started(output, clock)
    await write(player, clock, np.ones((100, 1), np.float32))
    assert str(output.failure()) == (
        "cannot write sound to /dev/full: No space left on device"
    )
    await output.close()
    assert isinstance(output.failure(), OutputError)


async def test_sizes_that_cannot_be_written_are_a_failure_too(path, clock, monkeypatch):
    output = WavOutput(path)
    player = await started(output, clock)
    await write(player, clock, np.ones((100, 1), np.float32))

    def fail(file):
        with file:
            raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(output, "_finish", fail)
    await output.close()
    assert "input/output error" in str(output.failure())


async def test_a_pipe_keeps_its_open_sizes(clock):
    reading, writing = os.pipe()
    output = WavOutput(f"/dev/fd/{writing}")
    player = await started(output, clock)
    os.close(writing)
    await write(player, clock, np.ones((100, 1), np.float32))
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
