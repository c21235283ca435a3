"""The face as the viseme server serves it: real files, real socket, real Chromium."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import pytest_asyncio

from streamer.errors import UsageError
from streamer.events.log import StreamLog
from streamer.events.messages import Cue, Mark
from streamer.events.options import ServerOptions
from streamer.events.server import EventServer
from streamer.runner import SystemClock
from streamer.timing.clock import to_us
from tests.real.browser import chromium, open_page, wait_until
from tests.real.face_times import Punctuality, punctuality, watch_frames

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

STEP_US = 110_000
NAMES = [
    "TH",
    "E",
    "kk",
    "U",
    "I",
    "SS",
    "aa",
    "PP",
    "O",
    "RR",
    "nn",
    "FF",
    "CH",
    "sil",
]


class Recorder:
    """Takes what is to be spoken; "no" is refused."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def speak(self, text: str, stream: str) -> str:
        if text == "no":
            raise UsageError("the voice does not say no")
        self.asked.append((text, stream))
        return "t1"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with chromium() as running:
        yield running


def new_log() -> StreamLog:
    return StreamLog("main", f"e{time.perf_counter_ns()}", clock=SystemClock())


def make_server(log: StreamLog, control: Recorder, port: int = 0) -> EventServer:
    streams = {"main": log}
    return EventServer(streams, clock=SystemClock(), control=control, port=port)


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def static_site(folder: Path) -> Iterator[str]:
    """Serve *folder* at an origin of its own, as ``python -m http.server`` does."""
    handler = partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
        thread = threading.Thread(target=site.serve_forever, name="site")
        thread.start()
        try:
            yield f"http://127.0.0.1:{site.server_port}"
        finally:
            site.shutdown()
            thread.join()


def utter(log: StreamLog, utterance: str = "u1") -> int:
    """Log an utterance with all shapes; return when it begins, µs."""
    at = to_us(time.perf_counter()) + 200_000
    cues = [Cue(t=i * STEP_US, d=STEP_US, v=name) for i, name in enumerate(NAMES)]
    log.start(utterance, text="The quick fox", timing="phonemes")
    log.cues(utterance, until=len(NAMES) * STEP_US, cues={"oculus": cues})
    words = ["The", "quick", "fox"]
    marks = [
        Mark(t=i * 500_000, d=490_000, kind="word", text=word)
        for i, word in enumerate(words)
    ]
    log.marks(utterance, marks=marks)
    log.anchor(utterance, media=0, at=at, rate=1.0, quality="paced", latency=0)
    return at


async def speak_all(page, log: StreamLog) -> Punctuality:
    """Let the real log say all shapes to their end; return when each was drawn."""
    await watch_frames(page)
    at = utter(log)
    over = at + len(NAMES) * STEP_US
    await wait_until(page, "document.querySelector('.now')?.innerText == 'fox'")
    await wait_until(page, f"streamerFace.client.serverTime() > {over}")
    log.end("u1", media=len(NAMES) * STEP_US, at=over)
    await wait_until(page, "!streamerFace.client.sample().main.speaking")
    await wait_until(page, "streamerFace.log.at(-1).viseme === 'sil'")
    starts = [at + STEP_US * i for i in range(len(NAMES))]
    due = [
        (name, start, start + STEP_US)
        for name, start in zip(NAMES, starts, strict=True)
    ]
    return await punctuality(page, due, at - 60_000)


async def test_the_face_speaks_with_the_real_server(browser):
    """Shapes within 50 ms of the anchor, the word lit, neutral at the end."""
    log = new_log()
    async with make_server(log, Recorder()) as server:
        url = f"http://127.0.0.1:{server.address[1]}/"
        async with open_page(browser, url, size=(480, 600)) as page:
            await wait_until(page, "streamerFace.client.filter.samples.length > 10")
            (await speak_all(page, log)).assert_kept()


async def test_typed_text_is_spoken_and_a_refusal_is_shown(browser):
    control = Recorder()
    async with make_server(new_log(), control) as server:
        host, port = server.address
        async with open_page(browser, f"http://{host}:{port}/") as page:
            await page.fill("#words", "hello there")
            await page.press("#words", "Enter")
            await wait_until(page, "document.getElementById('words').value === ''")
            assert control.asked == [("hello there", "main")]
            await page.fill("#words", "no")
            await page.click("#say button")
            await wait_until(
                page, "document.getElementById('problem').innerText !== ''"
            )
            sentence = await page.inner_text("#problem")
            assert sentence == "the voice does not say no"
            assert await page.input_value("#words") == "no"


async def test_a_new_server_on_the_same_port_is_found(browser):
    drawn = "streamerFace.log.filter((entry) => entry.viseme === 'aa').length"
    log, control = new_log(), Recorder()
    async with (
        make_server(log, control) as first,
        open_page(browser, f"http://127.0.0.1:{first.address[1]}/") as page,
    ):
        await wait_until(page, "streamerFace.client.filter.samples.length > 5")
        utter(log)
        await wait_until(page, f"{drawn} >= 1")
        await first.close()
        await wait_until(page, "streamerFace.log.at(-1).viseme === 'sil'")
        again = new_log()
        async with make_server(again, control, first.address[1]):
            await wait_until(page, "streamerFace.client.status === 'open'")
            await wait_until(page, "streamerFace.client.filter.samples.length > 5")
            utter(again)
            await wait_until(page, f"{drawn} >= 2")


async def test_an_unknown_stream_is_refused_with_a_reason(browser):
    async with make_server(new_log(), Recorder()) as server:
        host, port = server.address
        async with open_page(browser, f"http://{host}:{port}/?stream=ghost") as page:
            await wait_until(page, "streamerFace.client.status === 'refused'")
            assert "ghost" in await page.inner_text("#status-text")


async def test_a_token_behind_the_hash_lets_the_face_in(browser):
    """Without it the page says why; with it, it listens and may make it speak."""
    control = Recorder()
    options = ServerOptions(token="open sesame")
    server = EventServer(
        {"main": new_log()},
        clock=SystemClock(),
        control=control,
        options=options,
        port=0,
    )
    async with server:
        url = "http://{}:{}/".format(*server.address)
        async with open_page(browser, url) as page:
            await wait_until(page, "streamerFace.client.status === 'refused'")
            assert "token" in await page.inner_text("#status-text")
        async with open_page(browser, f"{url}#token=open%20sesame") as page:
            await wait_until(page, "streamerFace.client.status === 'open'")
            await page.fill("input", "Hello.")
            await page.keyboard.press("Enter")
            await wait_until(page, "document.querySelector('input').value === ''")
    assert control.asked == [("Hello.", "main")]


async def test_a_page_of_another_origin_is_refused(browser):
    """The same port under another loopback name is another origin for a browser."""
    async with (
        make_server(new_log(), Recorder()) as server,
        make_server(new_log(), Recorder()) as other,
    ):
        url = f"ws://127.0.0.1:{other.address[1]}/events"
        async with open_page(browser, f"http://127.0.0.1:{server.address[1]}/") as page:
            await page.evaluate(
                "async (url) => { const {StreamerClient} = await import('/client.js');"
                " window.stranger = new StreamerClient({url}); stranger.connect(); }",
                url,
            )
            await wait_until(page, "stranger.status === 'refused'")
            assert await page.evaluate("stranger.reason")


async def test_the_demo_page_of_another_origin_works_once_allowed(browser):
    """client.js loads, the events come, and the button makes the server speak."""
    log, control = new_log(), Recorder()
    folder = Path(__file__).parents[2] / "demos" / "browser"
    with static_site(folder) as origin:
        options = ServerOptions(allow_origins=(origin,))
        server = EventServer(
            {"main": log}, clock=SystemClock(), control=control, options=options, port=0
        )
        async with server:
            address = f"127.0.0.1:{server.address[1]}"
            async with open_page(browser, f"{origin}/?server={address}") as page:
                says = "document.getElementById('status').innerText"
                await wait_until(page, f"{says}.startsWith('open')")
                await page.click("#speak")
                utter(log)
                shows = "document.getElementById('word').innerText === 'quick'"
                await wait_until(page, shows)
                full = (
                    "[...document.querySelectorAll('meter')].some((m) => m.value > 0.9)"
                )
                await wait_until(page, full)
    assert control.asked == [("This page has a mouth of its own.", "main")]
