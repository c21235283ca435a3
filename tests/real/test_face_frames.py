"""Frames of weights in client.js and on the face, in a real Chromium."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import pytest_asyncio

from streamer.events.messages import Position, Welcome
from streamer.events.placing import FramePlacer
from streamer.lipsync.rigs import find_rig
from tests.real.browser import chromium, open_page, wait_until
from tests.real.face_frames import GIVEN, SEQUENCES, Said, anchor, frames
from tests.real.face_server import FaceServer, cue, now_us

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PLACE = """
async ({given, said, times}) => {
  const {FrameTrack} = await import("/placing.js");
  const track = new FrameTrack();
  track.meet(given);
  const steps = [...said, ...times.map((time) => [time, null])];
  steps.sort(([a, x], [b, y]) => a - b || (x === null) - (y === null));
  const seen = [];
  for (const [time, message] of steps) {
    if (message === null) seen.push([...track.sample(time)]);
    else if (message.type === "state") track.setState(message);
    else track.apply(message, time);
  }
  const kept = [...track.utterances.values()].map((one) => one.times.length);
  return {seen, kept};
}
"""
CHANNELS = find_rig("arkit").channels
ARKIT = {
    "rig": "arkit",
    "fps": 60,
    "names": list(CHANNELS),
    "neutral": [0.0] * len(CHANNELS),
}
ABOUT = {"turn": None, "text": None, "timing": "phonemes", "duration": None}
DRAWN = "streamerFace.mouth.shown"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gallery(browser):
    async with (
        FaceServer() as server,
        open_page(browser, server.url + "?gallery") as opened,
    ):
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def server():
    async with FaceServer() as running:
        running.frames = ARKIT
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser, server):
    """The face, connected to a server that sends frames, with its clock set."""
    async with open_page(browser, server.url, size=(480, 600)) as opened:
        await server.wait_hello()
        await wait_until(opened, "streamerFace.client.filter.samples.length > 5")
        yield opened


async def in_browser(page: Any, said: list[Said], times: list[int]) -> Any:
    given, told = msgspec.to_builtins((GIVEN, said))
    return await page.evaluate(PLACE, {"given": given, "said": told, "times": times})


def in_python(said: list[Said], times: list[int]) -> list[tuple[float, ...]]:
    placer, waiting, seen = FramePlacer(), list(said), []
    streams = {"main": Position("e1", 0)}
    placer.receive(Welcome("s", "c1", streams, "oculus", ("sil",), 2500, GIVEN))
    for time in times:
        while waiting and waiting[0][0] <= time:
            placer.receive(waiting.pop(0)[1])
        seen.append(placer.weights("main", time) or ())
    return seen


def weights(**given: float) -> list[float]:
    """A frame of ARKit, with what is not *given* at rest."""
    return [given.get(name, 0.0) for name in CHANNELS]


async def say_frames(
    server: FaceServer, *rows: list[float], ahead_ms: float = 150
) -> int:
    """Start an utterance of frames without cues; return when it begins, µs."""
    at = now_us() + round(ahead_ms * 1000)
    heard = {"media": 0, "at": at, "rate": 1.0, "quality": "measured", "latency": 0}
    told = {"type": "frames", "stream": "main", "utterance": "u1", "t": 0}
    await server.send(
        server.number("start", **ABOUT),
        server.number("anchor", **heard),
        {**told, "weights": list(rows)},
    )
    return at


@pytest.mark.parametrize("said", SEQUENCES.values(), ids=SEQUENCES)
async def test_both_clients_place_frames_by_one_rule(gallery, said):
    """Weights are the same at every moment, and so is what is forgotten."""
    times = list(range(0, 1_600_000, 7_000))
    found = await in_browser(gallery, said, times)
    for time, mine, theirs in zip(
        times, found["seen"], in_python(said, times), strict=True
    ):
        assert mine == pytest.approx(theirs, abs=1e-6), time


async def test_what_is_past_is_forgotten_and_the_rest_is_bounded(gallery):
    long = frames(*[0.5] * 1_500)
    watched = await in_browser(gallery, [(0, long), (0, anchor(0))], [0, 149_850_000])
    assert watched["kept"] == [2], "the one that is shown and the next"
    assert (await in_browser(gallery, [(0, long)], [0]))["kept"] == [1_200]


async def test_a_clock_that_is_put_right_does_not_shake_the_mouth(gallery):
    """What was shown is not taken back, though time goes back a little."""
    seen = await gallery.evaluate(
        "async (given) => { const {FrameTrack} = await import('/placing.js');"
        " const track = new FrameTrack(); track.meet(given);"
        " const weights = [0.1, 0.3, 0.5, 0.7].map((x) => [x, x]);"
        " track.apply({type: 'frames', utterance: 'u', t: 0, weights}, 0);"
        " track.apply({type: 'anchor', utterance: 'u', media: 0, at: 0, rate: 1}, 0);"
        " return [200500, 199900, 250000].map((time) => track.sample(time)[0]); }",
        msgspec.to_builtins(GIVEN),
    )
    assert seen == pytest.approx([0.501, 0.501, 0.6])


async def test_the_face_asks_for_frames_of_arkit(page, server):
    assert server.hellos[0]["frames"] == {"rig": "arkit", "fps": 60}
    assert await page.evaluate("streamerFace.client.rig.names.length") == 52
    assert await page.evaluate("[...streamerFace.client.weights()]") == [0] * 52


async def test_the_mouth_is_drawn_from_frames(page, server):
    """It opens as jawOpen says; no cue was ever told."""
    await say_frames(server, *[weights(jawOpen=0.5)] * 120)
    await wait_until(page, f"{DRAWN}.jaw > 0.9 && {DRAWN}.shut === 0")
    assert await page.evaluate("streamerFace.mouth.share") == 1
    assert await page.evaluate("streamerFace.client.sample().main.framed")
    assert [entry["viseme"] for entry in await page.evaluate("streamerFace.log")] == [
        "sil"
    ]
    await server.say("cut", media=400_000, at=now_us())
    await wait_until(page, f"{DRAWN}.jaw < 0.01 && {DRAWN}.smile > 0.9")


async def test_pressed_lips_are_shut_though_the_jaw_is_down(page, server):
    shut = weights(jawOpen=0.2, mouthClose=0.2, mouthPressLeft=0.5, mouthPressRight=0.5)
    await say_frames(server, *[shut] * 120)
    await wait_until(page, f"{DRAWN}.press > 0.99 && {DRAWN}.jaw > 0.3")
    lips = await page.evaluate(
        f"import('/mouth.js').then(({{draw}}) => draw({DRAWN}).lip)"
    )
    assert lips["bottom"] - lips["top"] < 0.5


async def test_the_lip_at_the_teeth_and_the_tongue_between_them_are_drawn(page, server):
    lip = weights(jawOpen=0.06, mouthClose=0.06, mouthRollLower=0.75)
    between = weights(jawOpen=0.1, tongueOut=0.4)
    await say_frames(server, *[lip] * 60, *[between] * 120)
    await wait_until(page, f"{DRAWN}.tuck > 0.99 && {DRAWN}.out < 0.01")
    await wait_until(page, f"{DRAWN}.out > 0.99 && {DRAWN}.tuck < 0.01")


async def test_it_moves_from_frame_to_frame_on_every_picture(page, server):
    """A jaw that opens for a second is drawn at dozens of heights, in order."""
    await page.evaluate(
        "window.jaws = []; const note = () => {"
        f" window.jaws.push({DRAWN}?.jaw ?? 0); requestAnimationFrame(note); }}; note()"
    )
    rows = [weights(jawOpen=0.5 * i / 60) for i in range(61)]
    await say_frames(server, *rows)
    await wait_until(page, "Math.max(...window.jaws) > 0.9")
    jaws = await page.evaluate("window.jaws")
    rising = jaws[: jaws.index(max(jaws)) + 1]
    assert rising == sorted(rising)
    assert len(set(rising)) >= 15


async def test_without_frames_of_an_utterance_its_cues_are_drawn(page, server):
    await server.speak(cue(0, 900, "aa"))
    await wait_until(page, f"{DRAWN}.jaw > 0.95 && streamerFace.mouth.share === 0")


async def test_frames_that_fail_leave_the_mouth_to_the_cues(page, server):
    await say_frames(server, *[weights(jawOpen=0.5)] * 120)
    await wait_until(page, f"{DRAWN}.jaw > 0.9")
    error = {"code": "frames", "message": "the cues go on", "retry": False}
    await server.send({"type": "error", **error})
    await wait_until(page, f"streamerFace.client.rig === null && {DRAWN}.jaw < 0.01")
    assert await page.evaluate("streamerFace.client.weights()") is None
    assert await page.inner_text("#problem") == "the cues go on"


async def test_a_server_without_frames_is_nothing_to_complain_of(browser):
    async with FaceServer() as server, open_page(browser, server.url) as page:
        await server.wait_hello()
        error = {"code": "unsupported", "message": "no frames", "retry": False}
        await server.send({"type": "error", **error})
        await wait_until(page, "streamerFace.client.filter.samples.length > 5")
        await server.speak(cue(0, 900, "aa"))
        await wait_until(page, f"{DRAWN}.jaw > 0.95")
        assert await page.inner_text("#problem") == ""


async def test_a_mouth_without_a_server_comes_to_rest(page, server):
    await say_frames(server, *[weights(jawOpen=0.5)] * 600)
    await wait_until(page, f"{DRAWN}.jaw > 0.9")
    await server.stop()
    await wait_until(page, f"{DRAWN}.jaw < 0.01")
    await server.start()
    await server.wait_hello()
    assert server.hellos[-1]["frames"] == {"rig": "arkit", "fps": 60}


async def test_another_server_process_starts_from_nothing(page, server):
    await say_frames(server, *[weights(jawOpen=0.5)] * 600)
    await wait_until(page, f"{DRAWN}.jaw > 0.9")
    server.clock, server.epoch, server.seq = "c2", "e2", 0
    server.greeted.clear()
    await server.connection.close(1001)
    await server.wait_hello()
    await wait_until(page, "streamerFace.client.status === 'open'")
    frames_of = "streamerFace.client.streams.get('main').frames.utterances.size"
    assert await page.evaluate(frames_of) == 0
    await wait_until(page, f"{DRAWN}.jaw < 0.01")
