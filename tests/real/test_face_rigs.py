"""The page of all sets and rigs: the real server, a mouth by hand, real Chromium."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from itertools import combinations

import numpy as np
import pytest
import pytest_asyncio

from streamer.events import Cue, EventServer, Mark, ServerOptions, StreamLog
from streamer.lipsync.pose import NEUTRAL
from streamer.lipsync.rigs import RIGS, find_rig
from streamer.lipsync.rules import RULES
from streamer.lipsync.visemes import SETS
from streamer.runner import SystemClock
from streamer.timing.clock import to_us
from tests.real.browser import chromium, open_page, wait_until
from tests.real.stalls import undisturbed

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

SOUNDS = "pɑof"
STEP_US = 1_000_000
"""How long each of them lasts: long enough to look at it."""
SHOWN = "[...document.querySelectorAll('.set .shape b')].map((b) => b.textContent)"


class Mouth:
    """A source of one utterance that says all sounds, one after the other."""

    def frames(self, stream, utterance, rig, fps, start_us, until_us):
        first, end = (round(us * fps / 1e6) for us in (start_us, until_us))
        weights = find_rig(rig).project(self.poses(np.arange(first, end) / fps))
        return start_us, weights.tolist()

    def poses(self, times):
        places = np.floor(times * 1e6 / STEP_US).astype(int)
        inside = (places >= 0) & (places < len(SOUNDS))
        known = [*(RULES[sound].pose for sound in SOUNDS), NEUTRAL]
        return np.array(known, np.float32)[np.where(inside, places, len(SOUNDS))]


def neutral_first(visemes):
    others = (name for name in visemes.names if name != visemes.neutral)
    return (visemes.neutral, *others)


@asynccontextmanager
async def serve(*, sets=tuple(SETS), frames=None, **options):
    """A running server with a stream in *sets*; gives its address and the log."""
    clock = SystemClock()
    log = StreamLog("main", f"e{time.perf_counter_ns()}", clock=clock, sets=sets)
    server = EventServer(
        {"main": log},
        clock=clock,
        port=0,
        options=ServerOptions(**options),
        names={name: neutral_first(SETS[name]) for name in sets},
        frames=frames,
    )
    async with server:
        yield f"http://127.0.0.1:{server.address[1]}", log


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with chromium() as running:
        yield running


async def wait_ready(page, clients=9):
    """Return once all connections are open and know the time."""
    every = "every((one) => one.status === 'open' && one.filter.samples.length > 5)"
    await wait_until(page, f"window.streamerRigs?.clients.length === {clients}")
    await wait_until(page, f"streamerRigs.clients.{every}")


def utter(log):
    """Log all sounds in all sets; return when the first one begins, µs."""
    at = to_us(time.perf_counter()) + 250_000
    until = len(SOUNDS) * STEP_US
    cues = {
        name: [
            Cue(t=i * STEP_US, d=STEP_US, v=SETS[name].viseme(sound), p=(sound,))
            for i, sound in enumerate(SOUNDS)
        ]
        for name in log.sets
    }
    log.start("u1", text="Pa of", timing="phonemes")
    log.cues("u1", until=until, cues=cues)
    log.marks("u1", marks=[Mark(t=0, d=until, kind="word", text="Pa")])
    log.anchor("u1", media=0, at=at, rate=1.0, quality="paced", latency=0)
    return at


def shapes_of(sound):
    return [SETS[name].viseme(sound) for name in SETS]


@undisturbed
async def test_every_set_shows_the_shape_that_is_due(browser):
    """All nine at once, of each sound in turn; then each rests."""
    async with (
        serve(frames=Mouth()) as (url, log),
        open_page(browser, url + "/rigs") as page,
    ):
        await wait_ready(page)
        rest = [SETS[name].neutral for name in SETS]
        assert await page.evaluate(SHOWN) == rest
        at = utter(log)
        for i, sound in enumerate(SOUNDS):
            due = at + (i + 0.5) * STEP_US
            await wait_until(page, f"streamerRigs.clients[0].serverTime() > {due}")
            assert await page.evaluate(SHOWN) == shapes_of(sound)
            lit = (
                "[...document.querySelectorAll('.names .now')].map((b) => b.innerText)"
            )
            assert await page.evaluate(lit) == shapes_of(sound)
            about = await page.inner_text("#set-vrm .shape span")
            assert about.startswith(f"/{sound}/ as in ")
        log.end("u1", media=4_000_000, at=log.now)
        await wait_until(page, f"String({SHOWN}) === '{','.join(rest)}'")


@undisturbed
async def test_every_rig_moves(browser):
    """Each bar is where the table says, of an open sound."""
    async with (
        serve(frames=Mouth()) as (url, log),
        open_page(browser, url + "/rigs", size=(1280, 2000)) as page,
    ):
        await wait_ready(page)
        tiles = "streamerRigs.rigs"
        assert await page.evaluate(f"{tiles}.map((tile) => tile.rig)") == list(RIGS)
        at = utter(log)
        due = at + 1.5 * STEP_US
        await wait_until(page, f"streamerRigs.clients[0].serverTime() > {due}")
        pose = np.array([RULES["ɑ"].pose], np.float32)
        for i, name in enumerate(RIGS):
            rig = find_rig(name)
            told = await page.evaluate(f"[...streamerRigs.clients[{i}].weights()]")
            assert told == pytest.approx(rig.project(pose)[0].tolist(), abs=0.001)
        drawn = await page.evaluate(
            f"{tiles}[0].channels.map((one) => [one.name, one.drawn])"
        )
        assert dict(drawn)["jawOpen"] == pytest.approx(0.585, abs=0.003)
        names = await page.evaluate(
            "[...document.querySelectorAll('#rig-arkit .channel span')]"
            ".map((span) => span.innerText)"
        )
        assert "mouthPress L R" in names
        assert "mouthPressRight" not in names


@undisturbed
async def test_the_mouths_move_too(browser):
    """In the same moment those of two sets look open and the head's does."""
    async with (
        serve(frames=Mouth()) as (url, log),
        open_page(browser, url + "/rigs") as page,
    ):
        await wait_ready(page)
        at = utter(log)
        due = at + 1.5 * STEP_US
        await wait_until(page, f"streamerRigs.clients[0].serverTime() > {due}")
        jaws = await page.evaluate(
            "[streamerRigs, ...streamerRigs.sets.slice(0, 6)]"
            ".map((one) => one.head.shown.jaw)"
        )
        assert min(jaws) > 0.8
        assert await page.evaluate("streamerRigs.mouth.share") == 1
        assert await page.inner_text("#text .now") == "Pa"


@pytest.mark.parametrize("size", [(360, 740), (320, 568), (1280, 800)])
async def test_nothing_is_wider_than_the_screen(browser, size):
    async with (
        serve(frames=Mouth()) as (url, log),
        open_page(browser, url + "/rigs", size=size) as page,
    ):
        await wait_ready(page)
        utter(log)
        await wait_until(page, "document.querySelector('.names .now') !== null")
        await wait_until(page, "document.querySelectorAll('.channel').length > 60")
        wide = (
            "[...document.querySelectorAll('body *')].filter((one) =>"
            " !one.closest('svg, .hidden') && one.getBoundingClientRect().right"
            " > innerWidth).length"
        )
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert await page.evaluate(wide) == 0


async def test_the_pages_lead_to_one_another(browser):
    """And keep the stream and the token, which servers want again."""
    async with serve(token="open sesame") as (url, _):
        address = f"{url}/?stream=main#token=open%20sesame"
        async with open_page(browser, address) as page:
            await wait_until(page, "streamerFace.client.status === 'open'")
            await page.click("nav a:not([aria-current])")
            await wait_ready(page)
            assert page.url == f"{url}/rigs#token=open%20sesame"
            await page.click("nav a:not([aria-current])")
            await wait_until(page, "window.streamerFace?.client.status === 'open'")
            assert page.url == f"{url}/#token=open%20sesame"
        async with open_page(
            browser, f"{url}/rigs?stream=ghost#token=open%20sesame"
        ) as page:
            await wait_until(
                page, "window.streamerRigs?.clients[0].status === 'refused'"
            )
            assert "ghost" in await page.inner_text("#status-text")


async def test_one_set_and_no_frames_is_a_page_too(browser):
    async with (
        serve(sets=("oculus",)) as (url, log),
        open_page(browser, url + "/rigs") as page,
    ):
        await wait_ready(page, clients=1)
        assert await page.locator("#no-rigs").is_visible()
        assert await page.locator(".rig").count() == 0
        at = utter(log)
        due = at + 0.5 * STEP_US
        await wait_until(page, f"streamerRigs.clients[0].serverTime() > {due}")
        assert await page.evaluate(SHOWN) == ["PP"]
        assert await page.inner_text("#problem") == ""


async def test_no_two_shapes_are_drawn_alike(browser):
    """Those of Oculus, drawn from ARKit's weights; lips are shut for p."""
    async with (
        serve(sets=("oculus",), frames=Mouth()) as (url, _),
        open_page(browser, url + "/rigs") as page,
    ):
        await wait_ready(page, clients=8)
        drawn = await page.evaluate(
            "import('/mouth.js').then(({draw}) =>"
            " [...streamerRigs.sets[0].shapes.values()].map((one) =>"
            " [one.name, one.drawn, draw(one.drawn).lip]))"
        )
    for one, other in combinations(drawn, 2):
        far = max(abs(value - other[1][key]) for key, value in one[1].items())
        assert far > 0.15, (one[0], other[0])
    gaps = {name: lip["bottom"] - lip["top"] for name, _, lip in drawn}
    assert max(gaps["sil"], gaps["PP"]) < 0.5
    assert min(gap for name, gap in gaps.items() if name not in ("sil", "PP", "FF")) > 5
    assert gaps["aa"] > 1.8 * gaps["I"]


async def test_a_page_that_is_told_nothing_says_so(browser):
    async with serve() as (url, _):
        context = await browser.new_context()
        page = await context.new_page()
        await page.route("**/rigs.json", lambda route: route.fulfill(status=500))
        await page.goto(url + "/rigs")
        says = "document.getElementById('problem').textContent"
        await wait_until(page, f"{says}.includes('load the page again')")
        await context.close()
