"""The emulator over real sockets on loopback."""

import asyncio
import io
import json
import threading
import time

import aiohttp
import pytest

from streamer.audio.format import Encoding, Format, Header, Samples, TimedText
from streamer.audio.wav import WavParser
from streamer.emulator import EmulatorOptions, Fault, ResembleEmulator, production
from streamer.errors import PortInUse, ServerError, UsageError, VoiceError

TOKEN = {"x-access-token": "T"}
SENTENCE = "This is a streaming test."


@pytest.fixture
async def client():
    async with aiohttp.ClientSession(headers=TOKEN) as session:
        yield session


def events_of(body):
    parser = WavParser()
    parser.receive_data(body)
    parser.receive_eof()
    return list(parser.events())


def texts_of(body, kind):
    return [
        e.text for e in events_of(body) if isinstance(e, TimedText) and e.kind == kind
    ]


async def ask(client, emulator, **fields):
    async with client.post(emulator.url, json={"data": SENTENCE, **fields}) as response:
        return response, await response.read()


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
    last_text = max(i for i, e in enumerate(events) if isinstance(e, TimedText))
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


async def test_no_chunk_is_larger_than_asked_for(client):
    for size in (1, 7):
        async with ResembleEmulator(EmulatorOptions(chunk_bytes=size)) as emulator:
            raw = await raw_answer(emulator, {"data": "Hi", "precision": "MULAW"})
        chunks = raw.split(b"\r\n\r\n", 1)[1].split(b"\r\n", 1)[0]
        assert int(chunks, 16) == size


async def raw_answer(emulator, body):
    """What the server writes, HTTP framing included."""
    data = json.dumps(body).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", emulator.port)
    writer.write(
        b"POST /stream HTTP/1.1\r\nHost: x\r\nx-access-token: T\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(data) + data
    )
    raw = await reader.read()
    writer.close()
    await writer.wait_closed()
    return raw


@pytest.mark.parametrize(
    ("request_", "status", "says"),
    [
        ({"data": b"{"}, 400, "not JSON"),
        ({"json": {}}, 400, "'data' is missing"),
        ({"json": {"data": "x" * 3001}}, 400, "at most 3000"),
        ({"json": {"data": "<speak><nope/></speak>"}}, 400, "<nope>"),
        ({"json": {"data": "x"}, "headers": {"x-access-token": ""}}, 401, "token"),
        ({"json": {"data": "x"}, "headers": {"Accept": "text/html"}}, 406, "text/html"),
        ({"data": io.BytesIO(b"x" * 2_000_000)}, 400, "/stream"),
    ],
)
async def test_errors_are_json_with_their_status(client, request_, status, says):
    async with (
        ResembleEmulator() as emulator,
        client.post(emulator.url, **request_) as response,
    ):
        body = await response.json()
    assert response.status == status
    assert body["success"] is False
    assert says in body["message"]


async def test_wrong_paths_and_methods(client):
    async with ResembleEmulator() as emulator:
        async with client.get(emulator.url) as response:
            assert response.status == 405
            assert response.headers["Allow"] == "POST"
            assert (await response.json())["success"] is False
        async with client.post(emulator.url + "s", json={}) as response:
            assert response.status == 404
            assert (await response.json())["success"] is False


async def test_the_one_token_that_is_asked_for(client):
    async with ResembleEmulator(EmulatorOptions(token="right")) as emulator:
        response, _ = await ask(client, emulator)
        assert response.status == 401
        headers = {"x-access-token": "", "Authorization": "Bearer right"}
        async with client.post(
            emulator.url, json={"data": "x"}, headers=headers
        ) as response:
            assert response.status == 200


async def test_a_voice_that_fails_is_a_500(client, monkeypatch):
    def fail(espeak, plan, format, sink):
        raise VoiceError("the voice is hoarse")

    monkeypatch.setattr(production, "render", fail)
    async with ResembleEmulator() as emulator:
        for timed in (False, True):
            response, body = await ask(client, emulator, wav_encoded_timestamps=timed)
            assert response.status == 500
            assert json.loads(body)["message"] == "the voice is hoarse"


async def test_a_voice_that_fails_later_breaks_the_connection(client, monkeypatch):
    def fail(espeak, plan, format, sink):
        sink(b"\0" * 4)
        raise VoiceError("the voice is hoarse")

    monkeypatch.setattr(production, "render", fail)
    async with ResembleEmulator() as emulator:
        with pytest.raises(aiohttp.ClientError):
            await ask(client, emulator)


async def test_a_mistake_of_ours_is_logged_and_a_500(client, monkeypatch, caplog):
    def fail(espeak, plan, format, sink):
        raise KeyError("secret")

    monkeypatch.setattr(production, "render", fail)
    async with ResembleEmulator() as emulator:
        response, body = await ask(client, emulator)
    assert response.status == 500
    assert "secret" not in body.decode()
    assert "secret" in caplog.text


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault.UNAUTHORIZED, 401),
        (Fault.TOO_MANY, 429),
        (Fault.INTERNAL, 500),
        (Fault.UNAVAILABLE, 503),
        (Fault.JSON_200, 200),
    ],
)
async def test_faults_that_answer(client, fault, status):
    options = EmulatorOptions(fault=fault, retry_after=1.5)
    async with ResembleEmulator(options) as emulator:
        response, body = await ask(client, emulator)
    assert response.status == status
    assert json.loads(body)["success"] is False
    assert response.headers.get("Retry-After") == ("2" if status == 429 else None)


async def test_a_fault_may_happen_a_few_times_only(client):
    options = EmulatorOptions(fault=Fault.TOO_MANY, fault_count=2)
    async with ResembleEmulator(options) as emulator:
        statuses = [(await ask(client, emulator))[0].status for _ in range(4)]
    assert statuses == [429, 429, 200, 200]


@pytest.mark.parametrize("timed", [False, True])
async def test_cut_within_a_frame(client, timed):
    options = EmulatorOptions(fault=Fault.CUT_FRAME, fault_after_ms=100)
    async with ResembleEmulator(options) as emulator:
        _, body = await ask(client, emulator, wav_encoded_timestamps=timed)
    end = events_of(body)[-1]
    assert (end.frames, end.partial_bytes) == (2205, 2)
    assert (end.missing_bytes > 0) == timed


async def test_a_speech_shorter_than_the_fault_is_cut_at_its_end(client):
    options = EmulatorOptions(fault=Fault.CUT_FRAME, fault_after_ms=60_000)
    async with ResembleEmulator(options) as emulator:
        _, body = await ask(client, emulator)
    end = events_of(body)[-1]
    assert end.frames > 22_050
    assert end.partial_bytes == 2


async def test_cut_within_the_header(client):
    async with ResembleEmulator(EmulatorOptions(fault=Fault.CUT_HEADER)) as emulator:
        _, plain = await ask(client, emulator)
        _, timed = await ask(client, emulator, wav_encoded_timestamps=True)
    assert len(plain) == 22
    assert timed[36:40] == b"cue "
    assert b"data\0" not in timed[-8:]


async def test_reset(client):
    options = EmulatorOptions(fault=Fault.RESET, fault_after_ms=100)
    async with (
        ResembleEmulator(options) as emulator,
        client.post(emulator.url, json={"data": SENTENCE}) as response,
    ):
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_a_stall_lasts_until_the_client_leaves(client):
    options = EmulatorOptions(fault=Fault.STALL, fault_after_ms=100)
    async with (
        ResembleEmulator(options) as emulator,
        client.post(emulator.url, json={"data": SENTENCE}) as response,
    ):
        assert len(await response.content.readexactly(44 + 2205 * 4))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(response.content.read(1), 0.05)


async def test_a_stall_ends_when_the_server_closes(client):
    emulator = ResembleEmulator(EmulatorOptions(fault=Fault.STALL))
    await emulator.start()
    async with client.post(emulator.url, json={"data": SENTENCE}) as response:
        await response.content.readexactly(100)
        await asyncio.wait_for(emulator.close(), 5)
        with pytest.raises(aiohttp.ClientError):
            await response.content.read()


async def test_a_port_in_use_is_named():
    async with ResembleEmulator() as first:
        with pytest.raises(PortInUse) as error:
            await ResembleEmulator(EmulatorOptions(port=first.port)).start()
        assert str(first.port) in str(error.value)


async def test_an_address_that_is_not_ours():
    with pytest.raises(ServerError):
        await ResembleEmulator(EmulatorOptions(host="192.0.2.1")).start()


@pytest.mark.parametrize(
    "options",
    [{"chunk_bytes": 0}, {"pace": 0.0}, {"pace": float("nan")}, {"gap_ms": -1.0}],
)
async def test_options_out_of_range(options):
    with pytest.raises(UsageError):
        await ResembleEmulator(EmulatorOptions(**options)).start()


async def test_a_default_voice_that_there_is_not():
    with pytest.raises(VoiceError):
        await ResembleEmulator(EmulatorOptions(voice="klingon")).start()


async def test_an_ipv6_address_is_written_in_brackets(client):
    async with ResembleEmulator(EmulatorOptions(host="::1")) as emulator:
        assert emulator.url == f"http://[::1]:{emulator.port}/stream"
        assert (await ask(client, emulator))[0].status == 200
