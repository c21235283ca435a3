"""The emulator over real sockets on loopback: what goes wrong, and how."""

import asyncio
import io
import json

import aiohttp
import pytest

from streamer.emulator import EmulatorOptions, Fault, ResembleEmulator, production
from streamer.errors import PortInUse, ServerError, UsageError, VoiceError
from tests.emulator.asking import SENTENCE, ask, events_of


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


async def test_no_chunk_is_larger_than_asked_for(client):
    for size in (1, 7):
        async with ResembleEmulator(EmulatorOptions(chunk_bytes=size)) as emulator:
            raw = await raw_answer(emulator, {"data": "Hi", "precision": "MULAW"})
        chunks = raw.split(b"\r\n\r\n", 1)[1].split(b"\r\n", 1)[0]
        assert int(chunks, 16) == size


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
