"""The clock of client.js, in a real Chromium, beside that of the Python client."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from streamer.timing.clock_filter import ClockFilter
from tests.real.browser import chromium, open_page
from tests.real.face_probes import OFFSET, SEQUENCES, Probe, Sequence, each, probe
from tests.real.face_server import FaceServer

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

FEED = """
async ({probes, grain}) => {
  const {ClockFilter} = await import("/client.js");
  const filter = new ClockFilter(grain);
  return probes.map(([t1, t2, t3, t4]) => {
    filter.add({t1, t2, t3, t4});
    return [filter.offset, filter.bound, filter.restarts];
  });
}
"""
Seen = list[list[float]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page():
    async with (
        FaceServer() as server,
        chromium() as browser,
        open_page(browser, server.url + "?gallery") as opened,
    ):
        yield opened


async def in_browser(page: Any, probes: list[Probe], grain: float = 0) -> Seen:
    """Offset, bound and restarts after each probe."""
    return await page.evaluate(FEED, {"probes": probes, "grain": grain})


def in_python(probes: list[Probe]) -> Seen:
    """The same of the Python client's filter."""
    clocks, restarts, seen = ClockFilter(), 0, []
    for t1, t2, t3, t4 in probes:
        restarts += clocks.add(t1=t1, t2=t2, t3=t3, t4=t4)
        seen.append([clocks.offset, clocks.bound, restarts])
    return seen


@pytest.mark.parametrize("sequence", SEQUENCES.values(), ids=SEQUENCES)
async def test_both_clients_keep_the_clock_by_one_rule(page, sequence: Sequence):
    """Offset, bound and restarts are the same after every single probe."""
    probes = list(sequence.probes)
    seen = await in_browser(page, probes)
    assert seen == in_python(probes)
    assert seen[-1][2] == sequence.restarts


async def test_the_clock_is_found_through_a_jittery_network(page):
    """100 ± 50 ms each way: p95 error under 5 ms after the first 2.2 s."""
    random = np.random.default_rng(2)
    errors = []
    for _ in range(100):
        delays = random.uniform(50_000, 150_000, (40, 2)).tolist()
        probes = list(each(50_000, delays, 7e9))
        offset, bound, restarts = (await in_browser(page, probes))[-1]
        assert abs(offset - 7e9) <= bound
        assert restarts == 0
        errors.append(abs(offset - 7e9) / 1000)
    assert np.percentile(errors, 95) < 5, np.percentile(errors, [50, 95, 100])


async def test_drift_is_followed(page):
    """100 ppm over two minutes: what contradicts the newest probe is dropped."""
    probes = [probe(i * 5e5, 100, 100, OFFSET + i * 50) for i in range(240)]
    for i, (offset, bound, _) in enumerate(await in_browser(page, probes)):
        assert offset == pytest.approx(OFFSET + i * 50, abs=200)
        assert 0 <= bound <= 100


def rounded(one: Probe, grain: int) -> Probe:
    """The probe as a browser stamps it whose clock shows whole *grain* µs."""
    t1, t2, t3, t4 = one
    return t1 // grain * grain, t2, t3, t4 // grain * grain


async def test_a_clock_that_is_read_coarsely_does_not_seem_to_jump(page):
    """Delays of 100 µs and stamps of whole ms, as Firefox and Safari give them."""
    random = np.random.default_rng(4)
    starts = np.cumsum(random.uniform(45_000, 55_000, 400))
    probes = [rounded(probe(sent, 100, 100), 1_000) for sent in starts]
    assert (await in_browser(page, probes))[-1][2] > 10, "nothing to forgive"
    offset, bound, restarts = (await in_browser(page, probes, 1_000))[-1]
    assert restarts == 0
    assert abs(offset - OFFSET) <= bound <= 1_200


async def test_the_client_allows_for_the_coarsest_clock_of_a_browser(page):
    made = (
        "async () => new (await import('/client.js')).StreamerClient({url: 'ws://x/'})"
    )
    assert (
        await page.evaluate(f"({made})().then((client) => client.filter.grain)")
        == 1_000
    )
