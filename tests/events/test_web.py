from __future__ import annotations

import asyncio
from io import BytesIO

import aiohttp
import pytest

from streamer.errors import OutputError, UsageError
from streamer.events.web import HeardTold
from streamer.lipsync.rigs import RIGS

JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def http(served):
    """Asks the running server; gives status, JSON (or text) and headers."""
    async with aiohttp.ClientSession(f"http://{served.where}") as session:

        async def ask(method, path, **options):
            async with session.request(method, path, **options) as response:
                is_json = response.content_type == "application/json"
                body = await (response.json() if is_json else response.text())
                return response.status, body, response.headers

        yield ask


async def test_health_says_who_is_served(served, http):
    async with served.client() as receive:
        await receive()
        status, body, _ = await http("GET", "/healthz")

    assert status == 200
    assert body == {"status": "ok", "streams": ["main"], "clients": 1}


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/client.js", "text/javascript; charset=utf-8"),
        ("/face.js", "text/javascript; charset=utf-8"),
        ("/face.css", "text/css; charset=utf-8"),
        ("/placing.js", "text/javascript; charset=utf-8"),
        ("/rigs", "text/html; charset=utf-8"),
        ("/rigs.js", "text/javascript; charset=utf-8"),
        ("/rigs.css", "text/css; charset=utf-8"),
    ],
)
async def test_the_face_is_served(http, path, content_type):
    status, body, headers = await http("GET", path)

    assert status == 200
    assert headers["Content-Type"] == content_type
    assert body


async def test_the_sheet_tells_the_servers_own_sets_and_rigs(serve, http):
    """Without frames there are no rigs; it is the same each time."""
    _, first, headers = await http("GET", "/rigs.json")
    status, body, _ = await http("GET", "/rigs.json")

    assert (status, headers["Content-Type"]) == (200, "application/json")
    assert [one["name"] for one in body["sets"]] == ["oculus"]
    assert body["rigs"] == []
    assert body == first
    async with (
        serve(frames=object()) as served,
        aiohttp.ClientSession(f"http://{served.where}") as session,
        session.get("/rigs.json") as response,
    ):
        rigs = (await response.json())["rigs"]
    assert [one["name"] for one in rigs] == list(RIGS)


@pytest.mark.parametrize("path", ["/", "/rigs"])
async def test_pages_load_nothing_from_elsewhere(http, path):
    _, _, headers = await http("GET", path)

    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; connect-src 'self' ws: wss:;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/nonesuch", "/__init__.py", "/../server.py", "/%2e%2e/server.py"]
)
async def test_nothing_else_is_served(http, path):
    status, body, _ = await http("GET", path)

    assert status == 404
    assert "Not Found" in body["error"]


async def test_speaks(http, talker):
    status, body, _ = await http(
        "POST", "/v1/speak", json={"text": "Hi", "stream": "main"}
    )

    assert (status, body) == (202, {"turn": "t1"})
    assert talker.asked == [("Hi", "main")]


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b'{"text":"Hi","stream":"x"}', 404, "no stream 'x'; there are: main"),
        (b'{"text":"  "}', 400, "there is no text to speak"),
        (b'{"stream":"main"}', 400, "missing required field `text`"),
        (b'{"text":3}', 400, "Expected `str`"),
        (b"not JSON", 400, "malformed"),
        (b'{"x":' + b"[" * 100_000, 400, "recursion"),
        (b'{"text":"unsayable"}', 400, "this cannot be said"),
        (b'{"text":"later"}', 429, "try again"),
        (b'{"text":"broken"}', 502, "the voice is hoarse"),
        (b'{"text":"' + b"a" * 1024 * 1024 + b'"}', 413, "longer than 1048576 bytes"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_says_why_it_does_not_speak(http, talker, body, status, sentence):
    got, answer, _ = await http("POST", "/v1/speak", data=BytesIO(body), headers=JSON)

    assert got == status
    assert sentence in answer["error"]
    assert talker.asked == []


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded"]
)
async def test_a_form_of_any_page_cannot_make_it_speak(http, talker, content_type):
    status, body, _ = await http(
        "POST",
        "/v1/speak",
        data=b'{"text":"Hi"}',
        headers={"Content-Type": content_type},
    )

    assert status == 415
    assert "application/json" in body["error"]
    assert talker.asked == []


@pytest.mark.parametrize("path", ["/", "/healthz", "/v1/speak"])
async def test_other_methods_are_refused(http, path):
    status, body, _ = await http("DELETE", path)

    assert status == 405
    assert "error" in body


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/healthz"),
        ("POST", "/v1/speak"),
        ("OPTIONS", "/v1/speak"),
    ],
)
async def test_strangers_are_refused_everywhere(http, talker, headers, method, path):
    body = b'{"text":"Hi"}' if method == "POST" else None

    status, answer, got = await http(method, path, data=body, headers=headers | JSON)

    assert status == 403
    assert "allow" in answer["error"]
    assert "Access-Control-Allow-Origin" not in got
    assert talker.asked == []


COMMANDS = {
    "interrupt": {"heard": None},
    "skip": {"heard": None},
    "pause": {"stream": "main", "paused": True},
    "resume": {"stream": "main", "paused": False},
    "gain": {"stream": "main", "gain": 0.5},
    "mute": {"stream": "main", "muted": True},
    "stop-after-current": {"stream": "main", "stopping": True},
}


def body_of(command: str) -> dict[str, object]:
    return {"gain": 0.5} if command == "gain" else {}


@pytest.mark.parametrize("command", COMMANDS)
async def test_commands_are_carried_out(http, talker, command):
    status, body, _ = await http("POST", f"/v1/{command}", json=body_of(command))

    assert (status, body) == (200, COMMANDS[command])
    ((asked, stream),) = talker.asked
    assert asked.startswith(command)
    assert stream == "main"


@pytest.mark.parametrize("command", ["interrupt", "skip"])
async def test_what_was_heard_is_told(http, talker, command):
    talker.heard = HeardTold(1_430_000, 31_531, "fox", "ɒ", 52_000, "jumps")

    _, body, _ = await http("POST", f"/v1/{command}", json={"stream": "main"})

    assert body == {
        "heard": {
            "media": 1_430_000,
            "frame": 31_531,
            "word": "fox",
            "phoneme": "ɒ",
            "tail": 52_000,
            "unheard": "jumps",
        }
    }


async def test_a_mute_can_be_taken_back(http, talker):
    await http("POST", "/v1/mute", json={"muted": False})
    assert talker.asked == [("mute False", "main")]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("error", "status"),
    [(UsageError("not possible"), 400), (OutputError("x", "gone"), 502)],
)
async def test_a_command_that_fails_is_a_sentence(http, talker, command, error, status):
    talker.fail = error
    got, body, _ = await http("POST", f"/v1/{command}", json=body_of(command))
    assert (got, body) == (status, {"error": str(error)})


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_command_wants_a_stream_there_is(http, talker, command):
    asked = body_of(command) | {"stream": "x"}
    status, body, _ = await http("POST", f"/v1/{command}", json=asked)
    assert (status, body) == (404, {"error": "no stream 'x'; there are: main"})
    assert talker.asked == []


@pytest.mark.parametrize(
    ("command", "body", "sentence"),
    [
        ("pause", b"", 'send {"stream": "main"}'),
        ("pause", b"[]", "Expected `object`"),
        ("pause", b'{"stream":1}', "Expected `str`"),
        ("gain", b"{}", 'send {"gain": 0.5, "stream": "main"}: '),
        ("gain", b'{"gain":"loud"}', "Expected `float`"),
        ("gain", b'{"gain":NaN}', "malformed"),
        ("mute", b'{"muted":"yes"}', "Expected `bool`"),
    ],
)
async def test_a_command_that_cannot_be_read(http, talker, command, body, sentence):
    status, answer, _ = await http(
        "POST", f"/v1/{command}", data=BytesIO(body), headers=JSON
    )
    assert status == 400
    assert sentence in answer["error"]
    assert talker.asked == []


@pytest.mark.parametrize("command", COMMANDS)
async def test_strangers_command_nothing(http, talker, command):
    evil = {"Origin": "http://evil.example"}
    status, _, _ = await http(
        "POST", f"/v1/{command}", json=body_of(command), headers=evil
    )
    form, _, _ = await http("POST", f"/v1/{command}", data={"stream": "main"})
    read, _, _ = await http("GET", f"/v1/{command}")
    assert (status, form, read) == (403, 415, 405)
    assert talker.asked == []


@pytest.mark.parametrize("command", COMMANDS)
async def test_commands_want_the_token_too(serve, talker, command):
    async with (
        serve(token="right") as served,
        aiohttp.ClientSession(f"http://{served.where}") as session,
    ):
        for shown, status in ((None, 401), ("Bearer right", 200)):
            headers = {} if shown is None else {"Authorization": shown}
            async with session.post(
                f"/v1/{command}", json=body_of(command), headers=headers
            ) as response:
                assert response.status == status
    assert len(talker.asked) == 1


async def test_our_own_page_may_speak(served, http, talker):
    own = {"Origin": f"http://localhost:{served.port}"}

    status, _, _ = await http("POST", "/v1/speak", json={"text": "Hi"}, headers=own)

    assert status == 202


async def test_a_page_of_an_allowed_origin_may_ask_and_speak(serve):
    page = {"Origin": "https://example.org"}
    async with (
        serve(allow_origins=("https://example.org",)) as served,
        aiohttp.ClientSession(f"http://{served.where}", headers=page) as session,
    ):
        async with session.options("/v1/speak") as response:
            assert response.status == 204
            assert "content-type" in response.headers["Access-Control-Allow-Headers"]
        async with session.get("/client.js") as response:
            allowed = response.headers["Access-Control-Allow-Origin"]
            assert (response.status, allowed) == (200, "https://example.org")


@pytest.mark.parametrize(
    ("shown", "status"),
    [("Bearer right", 202), ("right", 401), ("Bearer wröng", 401), ("\udcff", 401)],
)
async def test_a_token_is_asked_for_where_there_is_one(serve, shown, status):
    body = b'{"text":"Hi"}'
    async with serve(token="right") as served:
        reader, writer = await asyncio.open_connection(served.host, served.port)
        head = (
            f"POST /v1/speak HTTP/1.1\r\nHost: {served.where}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"Authorization: {shown}\r\n\r\n"
        )
        writer.write(head.encode("utf-8", "surrogateescape") + body)
        answer = await reader.read()
        writer.close()

    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert (status == 401) == (b"Authorization: Bearer TOKEN" in answer)


async def test_a_server_without_a_voice_says_so(serve, talker):
    async with serve() as served:
        served.server._control = None
        await served.server.close()
        served.server._port = 0
        async with (
            served.server as server,
            aiohttp.ClientSession() as session,
            session.post(
                f"http://127.0.0.1:{server.address[1]}/v1/speak", json={"text": "Hi"}
            ) as response,
        ):
            assert response.status == 503
            assert "only shows" in (await response.json())["error"]
