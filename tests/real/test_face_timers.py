"""When client.js gives a server up and tries again, with simulated timers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.real.browser import chromium, open_page
from tests.real.face_server import FaceServer

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

SIMULATE = """
async ({until, hidden, wake, frozen, silent, delay}) => {
  const {StreamerClient} = await import("/client.js");
  const real = {setTimeout, setInterval, clearTimeout, clearInterval};
  const due = new Map();
  let now = 0;
  let last = 0;
  let answered = 0;
  const thaw = (at) => (at >= frozen[0] && at < frozen[1] ? frozen[1] : at);
  const later = (call, ms, {timer, every = false, id = last += 1}) => {
    const wanted = now + ms;
    const throttled = timer && wanted >= hidden[0] && wanted < hidden[1];
    const woken = throttled ? Math.ceil(wanted / wake) * wake : wanted;
    const at = Math.min(woken, Math.max(wanted, hidden[1]));
    due.set(id, {call, ms, at: thaw(at), timer, every});
    return id;
  };
  window.setTimeout = (call, ms) => later(call, ms, {timer: true});
  window.setInterval = (call, ms) => later(call, ms, {timer: true, every: true});
  window.clearTimeout = window.clearInterval = (id) => due.delete(id);

  class Socket {
    constructor() { this.reply(() => this.onopen?.()); }
    reply(call) { if (now < silent) later(call, delay, {timer: false}); }
    send(text) {
      const {type, t1} = JSON.parse(text);
      const welcome = {type: "welcome", clock: "c", streams: {}, heartbeat_ms: 2500};
      const time = {type, t1, t2: now * 1000, t3: now * 1000};
      const answer = {hello: welcome, time}[type];
      if (!answer) return;
      this.reply(() => {
        answered += type === "time" && this.onmessage ? 1 : 0;
        this.onmessage?.({data: JSON.stringify(answer)});
      });
    }
    close() {}
  }

  const fakes = {WebSocket: Socket, now: () => now};
  const client = new StreamerClient({url: "ws://x/", ...fakes});
  const said = [];
  client.addEventListener("status", ({detail}) => said.push([now, detail.status]));
  client.connect();
  while (due.size > 0) {
    // Whatever is due at one moment: the timers come first.
    const [id, next] = [...due].sort(([a, x], [b, y]) =>
      x.at - y.at || y.timer - x.timer || a - b)[0];
    if (next.at > until) break;
    now = next.at;
    due.delete(id);
    if (next.every) later(next.call, next.ms, {...next, id});
    next.call();
  }
  Object.assign(window, real);
  return {said, answered};
}
"""
MINUTE = 60_000
NEVER = 1e12


@dataclass(frozen=True, slots=True)
class Day:
    """What happens to a page that is open; times in ms from its first moment."""

    until: float
    """How long it is watched."""
    hidden: tuple[float, float] = (NEVER, NEVER)
    """From when to when timers run at whole multiples of *wake* only."""
    wake: float = MINUTE
    """How rarely the timers of a hidden page run."""
    frozen: tuple[float, float] = (NEVER, NEVER)
    """From when to when nothing runs; then timers come before what arrived."""
    silent: float = NEVER
    """From when on the server says nothing, though nobody closes the connection."""
    delay: float = 20
    """How long an answer takes."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page():
    async with (
        FaceServer() as server,
        chromium() as browser,
        open_page(browser, server.url + "?gallery") as opened,
    ):
        yield opened


async def spend(page: Any, day: Day) -> tuple[list[tuple[float, str]], int]:
    """When each status was said, and how many probes were answered."""
    seen = await page.evaluate(SIMULATE, asdict(day))
    return [(at, status) for at, status in seen["said"]], seen["answered"]


HEALTHY = {
    "in-front": Day(until=10 * MINUTE),
    "hidden-timers-once-a-second": Day(
        until=10 * MINUTE, hidden=(5e3, NEVER), wake=1e3
    ),
    "hidden-timers-once-a-minute": Day(until=60 * MINUTE, hidden=(5e3, NEVER)),
    "hidden-from-the-start": Day(until=60 * MINUTE, hidden=(50, NEVER)),
    "hidden-and-back": Day(until=20 * MINUTE, hidden=(5e3, 10.5 * MINUTE)),
    "busy-for-15-s": Day(until=MINUTE, frozen=(2e4, 3.5e4)),
    "asleep-for-an-hour": Day(until=90 * MINUTE, frozen=(2e4, 61 * MINUTE)),
    "answers-take-5-s": Day(until=10 * MINUTE, delay=5e3),
}
"""Why the server is heard rarely, or late → the page's day."""


@pytest.mark.parametrize("day", HEALTHY.values(), ids=HEALTHY)
async def test_a_server_that_answers_is_never_given_up(page, day):
    said, answered = await spend(page, day)
    assert [status for _, status in said] == ["connecting", "open"]
    assert answered >= 40


SILENT = {
    "in-front": (Day(until=60e3, silent=2e4), 30e3, 33e3),
    "after-sleep": (
        Day(until=70 * MINUTE, frozen=(2e4, 61 * MINUTE), silent=19e3),
        61 * MINUTE,
        61 * MINUTE + 11e3,
    ),
    "hidden": (
        Day(until=20 * MINUTE, hidden=(5e3, NEVER), silent=2 * MINUTE + 1),
        5 * MINUTE,
        8 * MINUTE,
    ),
    "hidden-and-back": (
        Day(until=20 * MINUTE, hidden=(5e3, 4.5 * MINUTE), silent=2 * MINUTE + 1),
        4.5 * MINUTE,
        4.5 * MINUTE + 11e3,
    ),
}
"""Where the page is → its day, and between when it gives the server up."""


@pytest.mark.parametrize(("day", "first", "last"), SILENT.values(), ids=SILENT)
async def test_a_server_that_fell_silent_is_given_up(page, day, first, last):
    said, _ = await spend(page, day)
    assert [status for _, status in said[:3]] == ["connecting", "open", "waiting"]
    assert first <= said[2][0] <= last


BACKOFF = """
async (random) => {
  const {StreamerClient} = await import("/client.js");
  const waits = [];
  let go;
  const later = window.setTimeout;
  window.setTimeout = (call, ms) => { waits.push(ms); go = call; return 0; };
  class Dead {
    constructor() { queueMicrotask(() => this.onclose({code: 1006, reason: ""})); }
    close() {}
  }
  const fake = {url: "ws://x/", WebSocket: Dead, random: () => random};
  const client = new StreamerClient(fake);
  client.connect();
  for (let i = 0; i < 8; i += 1) {
    await new Promise((resolve) => later(resolve, 0));
    go();
  }
  window.setTimeout = later;
  return waits;
}
"""


async def test_attempts_come_slower_and_slower_with_jitter(page):
    most = [250, 500, 1000, 2000, 4000, 5000, 5000, 5000]
    assert await page.evaluate(BACKOFF, 1) == most
    assert await page.evaluate(BACKOFF, 0) == [wait / 2 for wait in most]
