"""The emulator over real sockets on loopback: what it sends."""

import asyncio
import json
import threading
import time

import pytest

from streamer.audio.format import Encoding, Format, Header, Samples, TimedTexts
from streamer.emulator import EmulatorOptions, ResembleEmulator, production
from tests.emulator.asking import SENTENCE, ask, events_of, texts_of


async def test_a_stream_is_a_chunked_wav_with_placeholder_sizes(client):
    async with ResembleEmulator() as emulator:
        response, body = await ask(client, emulator)
    assert response.status == 200
    assert response.headers["Content-Type"] == "audio/wav"
    assert response.headers["Transfer-Encoding"] == "chunked"
    assert "X-Issues" not in response.headers
    header, *_, end = events_of(body)
    assert header == Header(Format(Encoding.PCM_32, 22_050, 1), None)
    assert end.frames > 22_050
    assert (end.missing_bytes, end.partial_bytes) == (0, 0)
    assert texts_of(body, "phoneme") == []


async def test_encoded_timestamps_stand_before_the_sound(client):
    async with ResembleEmulator() as emulator:
        _, body = await ask(client, emulator, wav_encoded_timestamps=True)
    events = events_of(body)
    assert events[0].frames == events[-1].frames
    first_sound = next(i for i, e in enumerate(events) if isinstance(e, Samples))
    last_text = max(i for i, e in enumerate(events) if isinstance(e, TimedTexts))
    assert last_text < first_sound
    assert "".join(texts_of(body, "grapheme")) == SENTENCE
    said = "".join(texts_of(body, "phoneme"))
    assert said.replace(" ", "") == "ðɪsɪzɐstɹˈiːmɪŋtˈɛst."
    assert body[36:40] == b"cue "
    assert b"list" in body[:2000]


@pytest.mark.parametrize("precision", ["PCM_32", "PCM_24", "PCM_16", "MULAW"])
@pytest.mark.parametrize("rate", [8000, 48000])
async def test_precisions_and_rates(client, precision, rate):
    async with ResembleEmulator() as emulator:
        for timed in (False, True):
            _, body = await ask(
                client,
                emulator,
                data="Hi.",
                precision=precision,
                sample_rate=rate,
                wav_encoded_timestamps=timed,
            )
            header, *_, end = events_of(body)
            assert header.format == Format(Encoding[precision], rate, 1)
            assert (end.missing_bytes, end.partial_bytes) == (0, 0)
            if timed:  # the RIFF size counts everything, the pad byte too
                assert int.from_bytes(body[4:8], "little") == len(body) - 8


async def test_models_without_phonemes_and_without_any_times(client):
    async with ResembleEmulator(EmulatorOptions(phonemes=False)) as emulator:
        _, body = await ask(client, emulator, wav_encoded_timestamps=True)
        assert texts_of(body, "phoneme") == []
        assert "".join(texts_of(body, "grapheme")) == SENTENCE
    async with ResembleEmulator(EmulatorOptions(timestamps=False)) as emulator:
        _, body = await ask(client, emulator, wav_encoded_timestamps=True)
        assert texts_of(body, "grapheme") == []
        assert events_of(body)[0].frames is None


async def test_voices_by_name_and_any_other_is_the_default(client):
    async with ResembleEmulator() as emulator:
        said = {}
        for voice in ("en-gb", "de", "7c8e47ca", "en-us"):
            _, body = await ask(
                client,
                emulator,
                data="tomato",
                voice_uuid=voice,
                wav_encoded_timestamps=True,
            )
            said[voice] = "".join(texts_of(body, "phoneme"))
    assert said["7c8e47ca"] == said["en-us"]
    assert len(set(said.values())) == 3


async def test_ssml_is_spoken_and_its_issues_are_named(client):
    data = '<speak>Say <phoneme ph="ɲa">nya</phoneme> <break time="500ms"/>now</speak>'
    async with ResembleEmulator() as emulator:
        response, body = await ask(
            client, emulator, data=data, wav_encoded_timestamps=True
        )
    assert "".join(texts_of(body, "grapheme")) == "Say nya now"
    assert "ɲ" in json.loads(response.headers["X-Issues"])[0]


class Gate:
    """Takes the place of the voice: hands over a part, then waits to be let on."""

    def __init__(self):
        self.began = threading.Event()
        self.opened = threading.Event()
        self.ended = threading.Event()

    def render(self, espeak, plan, format, sink):
        sink(b"\1" * format.frame_bytes)
        self.began.set()
        assert self.opened.wait(10)
        sink(b"\2" * format.frame_bytes)
        self.ended.set()
        return []

    def endless(self, espeak, plan, format, sink):
        while sink(b"\0" * format.frame_bytes * 2000):
            time.sleep(0.001)  # what a voice takes for 60 ms of sound
        self.ended.set()
        return []


@pytest.fixture
def gate(monkeypatch):
    gate = Gate()
    monkeypatch.setattr(production, "render", gate.render)
    return gate


async def test_the_first_bytes_leave_before_the_last_are_made(client, gate):
    async with (
        ResembleEmulator() as emulator,
        client.post(emulator.url, json={"data": "x"}) as response,
    ):
        assert await response.content.readexactly(44 + 4)
        assert not gate.ended.is_set()
        gate.opened.set()
        assert await response.content.read() == b"\2" * 4


async def test_with_timestamps_nothing_leaves_before_all_is_made(client, gate):
    async with ResembleEmulator() as emulator:
        asked = asyncio.ensure_future(
            ask(client, emulator, data="x", wav_encoded_timestamps=True)
        )
        assert await asyncio.to_thread(gate.began.wait, 5)
        assert not asked.done()
        gate.opened.set()
        response, _ = await asked
        assert response.status == 200


async def test_a_client_that_leaves_ends_the_synthesis(client, monkeypatch):
    gate = Gate()
    monkeypatch.setattr(production, "render", gate.endless)
    async with ResembleEmulator() as emulator:
        async with client.post(emulator.url, json={"data": "x"}) as response:
            await response.content.readexactly(100)
        # Leaving before the end closes the connection.
        assert await asyncio.to_thread(gate.ended.wait, 5)


async def test_closing_ends_streams_and_leaves_no_task_and_no_thread(
    client, monkeypatch
):
    gate = Gate()
    monkeypatch.setattr(production, "render", gate.endless)
    before = asyncio.all_tasks()
    emulator = ResembleEmulator()
    await emulator.start()
    response = await client.post(emulator.url, json={"data": "x"})
    await response.content.readexactly(100)
    await emulator.close()
    await emulator.close()
    assert gate.ended.is_set()
    assert asyncio.all_tasks() == before
    assert not [t for t in threading.enumerate() if t.name.startswith("emulator")]
    response.close()


async def test_the_event_loop_runs_on_while_the_voice_works(client):
    text = "The quick brown fox jumps over the lazy dog. " * 20
    turns = 0

    async def turn():
        nonlocal turns
        while True:
            await asyncio.sleep(0.001)
            turns += 1

    async with ResembleEmulator() as emulator:
        turning = asyncio.create_task(turn())
        _, body = await ask(client, emulator, data=text, wav_encoded_timestamps=True)
        turning.cancel()
    assert turns > 5
    assert "".join(texts_of(body, "grapheme")) == text


async def test_requests_at_once_are_all_served(client):
    async with ResembleEmulator() as emulator:
        answers = await asyncio.gather(
            *(ask(client, emulator, wav_encoded_timestamps=True) for _ in range(5))
        )
    said = {"".join(texts_of(body, "phoneme")) for _, body in answers}
    assert len(said) == 1


class JumpingClock:
    """A clock that jumps to whatever is waited for, and remembers it."""

    def __init__(self):
        self.now = 100.0
        self.waits = []

    def time(self):
        return self.now

    async def sleep_until(self, time):
        self.waits.append(time - 100.0)
        self.now = max(self.now, time)
        await asyncio.sleep(0)


async def test_pace_follows_the_clock(client):
    clock = JumpingClock()
    options = EmulatorOptions(pace=2.0, chunk_bytes=882)
    async with ResembleEmulator(options, clock=clock) as emulator:
        _, body = await ask(client, emulator, precision="PCM_16")
    seconds = events_of(body)[-1].frames / 22_050
    assert clock.waits == sorted(clock.waits)
    assert clock.waits[-1] == pytest.approx(seconds / 2, abs=0.05)


async def test_bursts_have_gaps(client):
    clock = JumpingClock()
    options = EmulatorOptions(burst_ms=500, gap_ms=400)
    async with ResembleEmulator(options, clock=clock) as emulator:
        await ask(client, emulator, precision="PCM_16")
    assert sorted({round(wait, 6) for wait in clock.waits})[:2] == [0.4, 0.8]
