"""The face in a real Chromium, led by a server that says what a test tells it to."""

from __future__ import annotations

import base64
from itertools import combinations
from typing import Any

import pytest
import pytest_asyncio

from tests.real.browser import chromium, open_page, wait_until
from tests.real.face_server import NAMES, FaceServer, cue, now_us
from tests.real.face_times import punctuality, watch_frames

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PANGRAM = ["DD", "kk", "I", "SS", "nn", "RR", "U", "DD", "FF", "O", "CH", "aa", "PP"]
PANGRAM += ["O", "E", "TH", "sil"]
STEP_MS = 110


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def server():
    async with FaceServer() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser, server):
    """The face, connected, with its clock set."""
    async with open_page(browser, server.url, size=(480, 600)) as opened:
        await server.wait_hello()
        await wait_until(opened, "streamerFace.client.filter.samples.length > 5")
        yield opened


async def drawn(page, since_us: int = 0) -> list[dict[str, Any]]:
    """What was drawn at and after a time of the server's clock."""
    log = await page.evaluate("streamerFace.log")
    return [entry for entry in log if (entry["serverTime"] or 0) >= since_us]


async def wait_shape(page, name: str) -> dict[str, Any]:
    """Return the last time that the shape was drawn; for `sil`, while it prevails."""
    last = "streamerFace.log.at(-1).viseme === 'sil'"
    ever = f"streamerFace.log.some((entry) => entry.viseme === '{name}')"
    await wait_until(page, last if name == "sil" else ever)
    return [entry for entry in await drawn(page) if entry["viseme"] == name][-1]


async def test_the_page_connects_and_says_so(page, server):
    assert await page.inner_text("#status-text") == "Connected"
    hello = server.hellos[0]
    assert hello["streams"] == ["main"]
    assert hello["visemes"] == "oculus"
    assert hello["mode"] == "ahead"
    assert "resume" not in hello
    await wait_until(page, "document.getElementById('clock').innerText[0] == '±'")


async def test_shapes_change_when_the_anchor_says(page, server):
    """At least 10 distinct shapes over a pangram's, each within 50 ms of its time."""
    await watch_frames(page)
    cues = [cue(i * STEP_MS, STEP_MS, name) for i, name in enumerate(PANGRAM)]
    at = await server.speak(*cues, utterance="p1")
    over = at + (len(cues) * STEP_MS + 100) * 1000
    await wait_until(page, f"streamerFace.client.serverTime() > {over}")
    changes = await drawn(page, at - 60_000)
    assert len({change["viseme"] for change in changes}) >= 10
    assert changes[-1]["viseme"] == "sil"
    media = len(cues) * STEP_MS * 1000
    await server.say("end", "p1", media=media, at=over, error=None)
    starts = [at + STEP_MS * 1000 * i for i in range(len(PANGRAM))]
    due = [
        (name, start, start + STEP_MS * 1000)
        for name, start in zip(PANGRAM, starts, strict=True)
    ]
    (await punctuality(page, due, at - 60_000)).assert_kept()


async def test_the_mouth_is_neutral_at_the_end(page, server):
    await server.speak(cue(0, 300, "aa"))
    await wait_shape(page, "aa")
    await server.say("end", media=300_000, at=now_us(), error=None)
    await wait_shape(page, "sil")
    await wait_until(
        page,
        "streamerFace.client.sample().main.weights[0] > 0.999"
        " && !streamerFace.client.sample().main.speaking",
    )


async def test_a_cut_closes_the_mouth_at_once(page, server):
    await server.speak(cue(0, 5000, "aa"), ahead_ms=20)
    await wait_shape(page, "aa")
    cut_at = now_us()
    await server.say("cut", media=200_000, at=cut_at)
    closed = await wait_shape(page, "sil")
    assert closed["serverTime"] - cut_at < 500_000


async def test_a_hold_stops_the_mouth_until_the_next_anchor(page, server):
    """Held at 600 ms, the O of 1500 ms waits; 900 ms after the release it comes."""
    at = await server.speak(cue(0, 1500, "aa"), cue(1500, 9000, "O"))
    rest = {"quality": "measured", "latency": 0}
    await server.say("anchor", media=600_000, at=at + 600_000, rate=0.0, **rest)
    await wait_until(page, f"streamerFace.client.serverTime() > {at + 1_800_000}")
    media = await page.evaluate("streamerFace.client.sample().main.media")
    assert media == 600_000
    assert "O" not in [entry["viseme"] for entry in await drawn(page)]
    go = now_us() + 50_000
    await server.say("anchor", media=600_000, at=go, rate=1.0, **rest)
    change = await wait_shape(page, "O")
    assert change["serverTime"] - go - 900_000 == pytest.approx(0, abs=100_000)


async def test_the_word_that_is_heard_is_lit(page, server):
    text = "I say: that that is, is."
    words = ["I", "say", "that", "that", "is", "is"]
    about = {"turn": None, "timing": "phonemes", "duration": None}
    marks = [
        {"t": i * 300_000, "d": 290_000, "kind": "word", "text": word}
        for i, word in enumerate(words)
    ]
    await page.evaluate(
        "window.lit = []; new MutationObserver(() => {"
        " const spans = [...document.querySelectorAll('#text span')];"
        " const at = spans.findIndex((span) => span.className === 'now');"
        " if (at !== window.lit.at(-1)) window.lit.push(at); }).observe("
        "document.getElementById('text'), {subtree: true, attributes: true})"
    )
    await server.send(server.number("start", text=text, **about))
    await server.say("marks", marks=marks)
    await server.say("cues", until=1_800_000, cues=[cue(0, 1800, "E")])
    await server.say("anchor", media=0, at=now_us(), rate=1.0, quality="", latency=0)
    await wait_until(page, "window.lit.at(-1) === 5")
    assert (await page.inner_text("#text")).split() == text.split()
    assert [index for index in await page.evaluate("lit") if index >= 0] == [*range(6)]


async def test_late_joiners_see_what_is_left(browser, server):
    """`state` on joining: the mouth takes part in the middle, without a flood."""
    at = now_us() - 2_000_000
    server.seq = 41
    server.state = [
        {
            "utterance": "u7",
            "turn": None,
            "text": "long since begun",
            "timing": "phonemes",
            "duration": None,
            "anchor": {"media": 0, "at": at, "rate": 1.0, "quality": "", "latency": 0},
            "until": 9_000_000,
            "cues": [cue(1900, 6000, "O")],
            "marks": [],
        }
    ]
    async with open_page(browser, server.url) as page:
        await server.wait_hello()
        await wait_shape(page, "O")
        shown = [entry["viseme"] for entry in await drawn(page)]
        assert shown == ["sil", "O"]
        assert await page.inner_text("#text") == "long since begun"
        await server.say("cut", "u7", media=2_500_000, at=now_us())
        await wait_shape(page, "sil")


async def test_a_hole_is_closed_with_4009_and_resumed(page, server):
    await server.speak(cue(0, 4000, "aa"))
    lost = server.number("marks", marks=[])
    late = server.number("cues", until=8_000_000, cues=[cue(4000, 4000, "E")])
    server.missing = [lost, late]
    server.greeted.clear()
    await server.send(late)
    await server.wait_hello()
    assert server.hellos[1]["resume"] == {"main": {"epoch": "e1", "seq": 3}}
    await wait_until(
        page,
        "streamerFace.client.streams.get('main').seq === 5"
        " && streamerFace.client.streams.get('main').utterances[0].cues.length === 2",
    )
    assert 4009 in server.closes


async def test_messages_already_seen_and_of_unknown_kind_are_ignored(page, server):
    await server.speak(cue(0, 4000, "aa"), ahead_ms=20)
    old = {"type": "cut", "stream": "main", "seq": 3, "utterance": "u1"}
    await server.send(
        {**old, "media": 0, "at": now_us()},
        {"type": "frames", "stream": "main", "utterance": "u1", "t": 0, "weights": []},
        {"type": "weather", "stream": "main", "fine": True},
        {"type": "start", "stream": "other", "seq": 9, "utterance": "x"},
    )
    await wait_shape(page, "aa")
    assert await page.evaluate("streamerFace.client.streams.get('main').seq") == 3
    assert len(server.hellos) == 1


async def test_the_face_survives_a_restart_of_the_server(page, server):
    await server.speak(cue(0, 20_000, "aa"), ahead_ms=20)
    await wait_shape(page, "aa")
    await server.stop()
    await wait_shape(page, "sil")
    assert await page.inner_text("#status-text") == "No server; trying again…"
    server.epoch, server.clock, server.seq = "e2", "c2", 0
    await server.start()
    await server.wait_hello()
    await wait_until(page, "streamerFace.client.status === 'open'")
    await wait_until(page, "streamerFace.client.filter.samples.length > 5")
    assert (await drawn(page))[-1]["viseme"] == "sil"
    await server.speak(cue(0, 500, "U"), utterance="u1")
    await wait_shape(page, "U")


async def test_goaway_sends_the_mouth_to_rest_and_is_obeyed(page, server):
    await server.speak(cue(0, 20_000, "aa"), ahead_ms=20)
    await wait_shape(page, "aa")
    await server.send({"type": "goaway", "retry_ms": 600})
    left = now_us()
    await server.connection.close(1001)
    closed = await wait_shape(page, "sil")
    assert closed["serverTime"] - left < 1_000_000
    server.greeted.clear()
    await server.wait_hello()
    assert now_us() - left >= 600_000


async def test_a_refused_page_says_why_and_does_not_try_again(browser):
    reason = "this origin is not allowed"
    async with (
        FaceServer(refuse=(4503, reason)) as server,
        open_page(browser, server.url) as page,
    ):
        await page.wait_for_selector("#status[data-status=refused]")
        assert await page.inner_text("#status-text") == reason
        await page.wait_for_timeout(700)
        assert await page.evaluate("streamerFace.client.status") == "refused"


async def test_the_client_reports_how_it_fares(page, server):
    await server.speak(*[cue(i * 100, 100, "aa OE"[i % 2]) for i in range(4)])
    await page.evaluate("streamerFace.client.sendStats()")
    await page.evaluate("streamerFace.client.close()")
    await wait_until(page, "streamerFace.client.status === 'closed'")
    stats, bye = server.told
    assert bye == {"type": "bye"}
    assert set(stats) == {"type", "late_p95_us", "clock_error_us", "rtt_us", "dropped"}
    assert 0 <= stats["clock_error_us"] < 50_000
    assert all(isinstance(stats[key], int) for key in stats if key != "type")


async def test_the_lead_is_how_long_before_due_cues_came(page, server):
    names = ["aa", "E", "I", "O", "U"]
    cues = [cue(i * 300, 300, name) for i, name in enumerate(names)]
    await server.speak(*cues, ahead_ms=300)
    await wait_shape(page, "U")
    lead = await page.evaluate("streamerFace.client.sample().main.leadMs")
    assert lead == pytest.approx(300 + 2 * 300, abs=100)


DIFFERENCES = """
async (pictures) => {
  const pixels = [];
  for (const picture of pictures) {
    const bytes = Uint8Array.from(atob(picture), (char) => char.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    canvas.drawImage(bitmap, 0, 0);
    pixels.push(canvas.getImageData(0, 0, bitmap.width, bitmap.height).data);
  }
  const changed = (a, b) => {
    let count = 0;
    for (let i = 0; i < a.length; i += 4) {
      const far = [0, 1, 2].map((c) => Math.abs(a[i + c] - b[i + c]));
      if (Math.max(...far) > 48) count += 1;
    }
    return count / (a.length / 4);
  };
  return pixels.flatMap((a, i) => pixels.slice(i + 1).map((b) => changed(a, b)));
}
"""


async def test_every_shape_looks_different(browser, server):
    """Of any two of the 15 pictures, 1 % of the points differ clearly."""
    async with open_page(browser, server.url + "?gallery") as page:
        pictures = [
            await page.locator(f"#shape-{name} svg").screenshot() for name in NAMES
        ]
        encoded = [base64.b64encode(picture).decode() for picture in pictures]
        shares = await page.evaluate(DIFFERENCES, encoded)
    pairs = dict(zip(combinations(NAMES, 2), shares, strict=True))
    alike = {pair: share for pair, share in pairs.items() if share < 0.01}
    assert not alike, alike


@pytest.mark.parametrize("size", [(360, 740), (320, 568), (1280, 800)])
async def test_nothing_is_cut_off_at_any_width(browser, server, size):
    async with open_page(browser, server.url, size=size) as page:
        await server.wait_hello()
        text = "Incomprehensibilities " * 30
        about = {"turn": None, "timing": "text", "duration": None}
        await server.send(server.number("start", text=text, **about))
        await server.say("anchor", media=0, at=now_us(), rate=1.0)
        await wait_until(page, "document.querySelectorAll('#text span').length === 30")
        width = await page.evaluate("document.documentElement.scrollWidth")
        height = await page.evaluate("document.documentElement.scrollHeight")
        assert width <= size[0]
        assert height <= size[1]
        assert await page.locator("#words").is_visible()


async def test_a_still_face_still_speaks(browser, server):
    """Reduced motion stops blinks and glances, not the mouth."""
    async with open_page(browser, server.url, still=True) as page:
        await server.wait_hello()
        head = "document.querySelector('.head .sway').getAttribute('transform')"
        await server.speak(cue(0, 600, "aa"), ahead_ms=20)
        await wait_shape(page, "aa")
        await page.wait_for_timeout(200)
        assert await page.evaluate(head) is None


async def test_the_face_is_named_for_those_who_do_not_see_it(page):
    assert await page.get_by_role("img", name="A face that speaks").count() == 1
    assert await page.get_by_role("status").inner_text() == "Connected"
    assert await page.get_by_label("Text to speak").count() == 1


async def test_text_that_cannot_be_sent_is_not_lost(page, server):
    await server.stop()
    await page.fill("#words", "hello")
    await page.click("#say button")
    await wait_until(
        page,
        "document.getElementById('problem').textContent.includes('cannot be reached')",
    )
    assert await page.input_value("#words") == "hello"
    await server.start()


async def test_what_was_wrong_is_gone_when_the_server_is_back(page, server):
    await server.stop()
    await wait_until(page, "document.getElementById('status-text').innerText[0] == 'N'")
    await page.fill("input", "Anybody there?")
    await page.keyboard.press("Enter")
    problem = "document.getElementById('problem').innerText"
    await wait_until(page, f"{problem}.includes('cannot be reached')")
    await server.start()
    await wait_until(page, f"{problem} === ''")
    assert await page.inner_text("#lead") == "–"
