"""The main job, end to end: emulator → engine → viseme server → Chromium."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

import streamer
from streamer.emulator import EmulatorOptions, ResembleEmulator
from streamer.providers import Account
from tests.real.browser import chromium, open_page, wait_until
from tests.real.face_times import punctuality, watch_frames
from tests.real.stalls import undisturbed

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PANGRAM = (
    "The quick brown fox jumps over the lazy dog, "
    "while five wizards choose bright yellow thimbles."
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def emulator():
    async with ResembleEmulator(EmulatorOptions(port=0, token="t0ken", pace=2.0)) as up:
        yield up


@pytest_asyncio.fixture(loop_scope="module")
async def engine():
    async with streamer.Engine(streamer.NullOutput()) as running:
        yield running


def due_shapes(log: list[Any], utterance: str) -> list[tuple[str, float, float]]:
    """Return name, start and end of each shape, µs, by the last anchor."""
    mine = [message for message in log if message.utterance == utterance]
    anchor = [m for m in mine if type(m).__name__ == "Anchor" and m.rate > 0][-1]
    shift = anchor.at - anchor.media
    cues = [cue for m in mine if type(m).__name__ == "Cues" for cue in m.cues]
    # A mouth that relaxes in a pause is half a shape and half at rest: either is drawn.
    full = [cue for cue in cues if cue.w > 0.5]
    return [(cue.v, cue.t + shift, cue.t + cue.d + shift) for cue in full]


@undisturbed
async def test_the_face_speaks_with_what_is_heard(browser, emulator, engine):
    """At least ten shapes, each change within 50 ms of its anchor, then rest."""
    log: list[Any] = []
    engine.main.log.subscribe(lambda entry: log.append(entry.in_set("oculus")))
    account = Account("t0ken", emulator.url)
    async with (
        streamer.serve(engine, "127.0.0.1", 0) as server,
        open_page(
            browser, "http://{}:{}/".format(*server.address), size=(480, 600)
        ) as page,
    ):
        await wait_until(page, "streamerFace.client.filter.samples.length > 20")
        await watch_frames(page)
        speech = streamer.resemble.speak(PANGRAM, voice="v1", account=account)
        utterance = await engine.play(speech)
        await utterance.wait_ended()
        await wait_until(page, "streamerFace.client.sample().main.weights[0] > 0.999")
        due = due_shapes(log, utterance.id)
        kept = await punctuality(page, due, due[0][1] - 100_000)
        drawn = await page.evaluate("streamerFace.log")
    kept.assert_kept()
    shown = [item for item in drawn if (item["serverTime"] or 0) > due[0][1] - 100_000]
    assert len({item["viseme"] for item in shown}) >= 10
    assert shown[-1]["viseme"] == "sil"


async def test_the_page_makes_it_speak(browser, engine):
    """What is typed is spoken by the local voice, and its words are lit."""
    async with (
        streamer.serve(engine, "127.0.0.1", 0) as server,
        open_page(
            browser, "http://{}:{}/".format(*server.address), size=(480, 600)
        ) as page,
    ):
        await wait_until(page, "streamerFace.client.filter.samples.length > 5")
        await page.fill("input", "Good morning, everybody.")
        await page.keyboard.press("Enter")
        await wait_until(page, "streamerFace.client.sample().main.speaking")
        word = "streamerFace.client.sample().main.word?.text"
        await wait_until(page, f"{word} === 'morning'")
        await engine.main.wait_drained()
        await wait_until(page, "!streamerFace.client.sample().main.speaking")
