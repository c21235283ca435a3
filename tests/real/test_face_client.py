"""What client.js reckons, in a real Chromium, with every time handed in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from tests.real.browser import chromium, open_page
from tests.real.face_server import NAMES, FaceServer, cue

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

PLAY = """
async ({said, times}) => {
  const {Stream} = await import("/timeline.js");
  const stream = new Stream("main");
  const steps = [...said, ...times.map((when) => ({when}))];
  steps.sort((a, b) => a.when - b.when);
  const seen = [];
  for (const step of steps) {
    const ms = step.when;
    if (step.type === "state") stream.setState(step, ms);
    else if (step.type) stream.apply(step, ms, ms * 1000);
    else {
      const mouth = stream.sample(ms * 1000, ms, 0);
      const cues = stream.utterances.flatMap((one) => one.cues).length;
      seen.push({
        ...mouth, weights: [...mouth.weights], word: mouth.word?.text ?? null, ms, cues,
      });
    }
  }
  const {lates, leads, dropped} = stream;
  Object.assign(seen.at(-1), {lates, leads, dropped});
  return seen;
}
"""
Said = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page():
    async with (
        FaceServer() as server,
        chromium() as browser,
        open_page(browser, server.url + "?gallery") as opened,
    ):
        yield opened


async def play(page, said: list[Said], until_ms: float, step_ms: float = 5) -> Any:
    times = np.arange(0, until_ms, step_ms).tolist()
    return await page.evaluate(PLAY, {"said": said, "times": times})


def start(when: float, utterance: str = "u1", **about: Any) -> Said:
    about = {"text": None, "duration": None, **about}
    return {"when": when, "type": "start", "utterance": utterance, **about}


def cues(when: float, *found: Said, utterance: str = "u1", until: float = -1) -> Said:
    end = max(one["t"] + one["d"] for one in found) if until < 0 else until * 1000
    message = {"when": when, "type": "cues", "utterance": utterance}
    return {**message, "until": end, "cues": list(found)}


def anchor(
    when: float, media: float, at: float, rate: float = 1.0, utterance: str = "u1"
) -> Said:
    message = {"when": when, "type": "anchor", "utterance": utterance, "rate": rate}
    return {**message, "media": media * 1000, "at": at * 1000}


def over(when: float, kind: str, media: float, utterance: str = "u1") -> Said:
    message = {"when": when, "type": kind, "utterance": utterance, "error": None}
    return {**message, "media": media * 1000, "at": when * 1000}


def shapes(seen: list[Said]) -> list[str]:
    """The shapes that prevailed, in order, each once."""
    names = [one["viseme"] for one in seen]
    return [name for i, name in enumerate(names) if i == 0 or names[i - 1] != name]


def first(seen: list[Said], name: str) -> float:
    return next(one["ms"] for one in seen if one["viseme"] == name)


async def test_weights_are_shares_of_one_whatever_comes(page):
    random = np.random.default_rng(1)
    at, found = 0.0, []
    for length in random.uniform(1, 120, 60):
        weight = float(random.uniform(0, 1))
        found.append(cue(at, length, str(random.choice(NAMES)), weight))
        at += length
    said = [start(0), cues(0, *found), anchor(0, 0, 100), anchor(900, 700, 900, 0)]
    said += [anchor(1500, 700, 1500), over(2300, "cut", 1500)]
    weights = np.array([one["weights"] for one in await play(page, said, 3000)])
    assert weights.min() >= 0
    assert np.abs(weights.sum(axis=1) - 1).max() < 1e-5
    assert np.abs(np.diff(weights, axis=0)).max() <= 5 / 30 + 1e-5
    assert weights[-1][0] == 1


async def test_shapes_cross_where_the_cue_starts_and_open_faster_than_they_close(page):
    said = [
        start(0),
        cues(0, cue(0, 300, "aa"), cue(300, 300, "sil")),
        anchor(0, 0, 100),
    ]
    seen = await play(page, said, 700, step_ms=1)
    assert first(seen, "aa") == pytest.approx(100, abs=3)
    closing = [one for one in seen if one["ms"] > 300]
    assert first(closing, "sil") == pytest.approx(400, abs=3)
    aa = np.array([one["weights"][10] for one in seen])
    rising = (aa[:300] > 0.02).argmax(), (aa[:300] > 0.98).argmax()
    falling = 300 + (aa[300:] < 0.98).argmax(), 300 + (aa[300:] < 0.02).argmax()
    assert 25 <= rising[1] - rising[0] < falling[1] - falling[0] <= 80


async def test_lips_are_sealed_before_a_p_is_heard(page):
    found = [cue(0, 200, "aa"), cue(200, 90, "PP"), cue(290, 200, "aa")]
    seen = await play(page, [start(0), cues(0, *found), anchor(0, 0, 100)], 600, 1)
    assert 275 <= first(seen, "PP") < 300
    assert max(one["weights"][1] for one in seen) == pytest.approx(1)


async def test_a_weak_cue_is_a_small_movement(page):
    said = [start(0), cues(0, cue(0, 500, "E", 0.6)), anchor(0, 0, 50)]
    middle = (await play(page, said, 400))[60]
    assert middle["weights"][11] == pytest.approx(0.6)
    assert middle["weights"][0] == pytest.approx(0.4)


async def test_a_hole_that_is_known_is_silence_and_an_unknown_one_is_held(page):
    known = [start(0), cues(0, cue(0, 100, "aa"), until=900), anchor(0, 0, 0)]
    held = [start(0), cues(0, cue(0, 100, "aa"), until=100), anchor(0, 0, 0)]
    assert first(await play(page, known, 600), "aa") < 50
    assert (await play(page, known, 200))[-1]["viseme"] == "sil"
    assert (await play(page, held, 400))[-1]["viseme"] == "aa"
    assert (await play(page, held, 2100))[-1]["weights"][0] == pytest.approx(1)
    assert (await play(page, held, 2100))[-1]["speaking"] is False


async def test_a_later_anchor_makes_the_mouth_wait_and_never_go_back(page):
    found = [cue(0, 100, "aa"), cue(100, 100, "E"), cue(200, 300, "O")]
    said = [start(0), cues(0, *found), anchor(0, 0, 0), anchor(150, 150, 400)]
    seen = await play(page, said, 700)
    assert shapes(seen) == ["sil", "aa", "E", "O"]
    assert first(seen, "O") == pytest.approx(450, abs=10)


async def test_a_hold_stops_media_and_a_long_one_relaxes_the_lips(page):
    found = [cue(0, 300, "aa"), cue(300, 300, "O")]
    said = [start(0), cues(0, *found), anchor(0, 0, 0), anchor(150, 200, 200, 0)]
    said.append(anchor(1500, 200, 1500))
    seen = await play(page, said, 2000)
    by_ms = {one["ms"]: one for one in seen}
    assert by_ms[190]["media"] == 190_000
    assert [by_ms[ms]["media"] for ms in (210, 800, 1490)] == [200_000] * 3
    assert by_ms[500]["viseme"] == "aa"
    assert by_ms[900]["viseme"] == "sil"
    assert by_ms[900]["speaking"] is True
    assert first(seen, "O") == pytest.approx(1600, abs=10)


async def test_a_hold_with_an_end_in_the_future_holds_until_then(page):
    said = [start(0), cues(0, cue(0, 900, "aa")), anchor(0, 0, 0)]
    said += [anchor(100, 100, 100, 0), anchor(200, 100, 400)]
    seen = await play(page, said, 600)
    media = {one["ms"]: one["media"] for one in seen}
    assert media[300] == 100_000
    assert media[450] == 150_000


async def test_a_queued_utterance_begins_when_its_own_anchor_says(page):
    said = [start(0), cues(0, cue(0, 300, "aa")), anchor(0, 0, 100)]
    said += [start(50, "u2"), cues(50, cue(0, 300, "O"), utterance="u2")]
    said += [anchor(60, 0, 400, utterance="u2"), over(405, "end", 300)]
    seen = await play(page, said, 650)
    assert shapes(seen) == ["sil", "aa", "O"]
    assert first(seen, "O") == pytest.approx(400, abs=25)
    assert {one["utterance"] for one in seen[90:]} == {"u2"}


async def test_what_is_cut_before_it_is_heard_is_never_shown(page):
    said = [start(0), cues(0, cue(0, 900, "aa")), anchor(0, 0, 0)]
    said += [start(10, "u2"), cues(10, cue(0, 900, "O"), utterance="u2")]
    said += [anchor(10, 0, 300, utterance="u2")]
    said += [over(200, "cut", 190), over(200, "cut", 0, "u2")]
    seen = await play(page, said, 1500)
    assert shapes(seen) == ["sil", "aa", "sil"]
    assert max(one["weights"][13] for one in seen) == 0
    assert seen[-1]["utterance"] is None


async def test_a_cut_relaxes_within_a_tenth_of_a_second(page):
    said = [
        start(0),
        cues(0, cue(0, 9000, "aa")),
        anchor(0, 0, 0),
        over(300, "cut", 290),
    ]
    seen = await play(page, said, 400)
    assert seen[-1]["weights"][0] == pytest.approx(1)
    assert seen[62]["weights"][10] > 0.8


async def test_cues_after_the_end_are_not_shown(page):
    said = [start(0), cues(0, cue(0, 100, "aa"), cue(100, 900, "O")), anchor(0, 0, 0)]
    seen = await play(page, [*said, over(80, "end", 100)], 500)
    assert shapes(seen) == ["sil", "aa", "sil"]


async def test_unsorted_cues_and_unknown_shapes_do_no_harm(page):
    found = [cue(200, 100, "O"), cue(0, 100, "aa"), cue(100, 100, "WAT")]
    seen = await play(page, [start(0), cues(0, *found), anchor(0, 0, 0)], 290)
    assert shapes(seen) == ["sil", "aa", "sil", "O"]


async def test_nothing_moves_without_an_anchor(page):
    seen = await play(page, [start(0), cues(0, cue(0, 900, "aa"))], 500)
    assert shapes(seen) == ["sil"]
    assert seen[-1]["media"] is None


async def test_memory_is_bounded_however_long_an_utterance_lasts(page):
    said = [start(0), anchor(0, 0, 0)]
    said += [
        cues(ms, cue(ms + 500, 100, ["aa", "O"][ms // 100 % 2]))
        for ms in range(0, 60_000, 100)
    ]
    seen = await play(page, said, 60_000, step_ms=20)
    assert max(one["cues"] for one in seen) < 40


async def test_words_are_those_heard(page):
    marks = [{"t": 0, "d": 200_000, "kind": "word", "text": "one"}]
    marks += [{"t": 0, "d": 90_000, "kind": "phoneme", "text": "w"}]
    marks += [{"t": 200_000, "d": 200_000, "kind": "word", "text": "two"}]
    said = [start(0), anchor(0, 0, 100), cues(0, cue(0, 400, "aa"))]
    said.append({"when": 0, "type": "marks", "utterance": "u1", "marks": marks})
    seen = await play(page, said, 900)
    words = {one["ms"]: one["word"] for one in seen}
    assert [words[ms] for ms in (90, 110, 290, 310, 895)] == [
        None, "one", "one", "two", None,
    ]  # fmt: skip


async def test_lead_lateness_and_loss_are_counted(page):
    early = cues(0, cue(0, 100, "aa"), cue(100, 100, "O"))
    late = cues(320, cue(200, 50, "E"), cue(250, 100, "I"))
    said = [start(0), anchor(0, 0, 50), early, late]
    seen = await play(page, said, 500)
    assert seen[-1]["dropped"] == 1
    assert seen[-1]["leads"] == pytest.approx([50, 150, -20], abs=1)
    assert max(seen[-1]["lates"]) == pytest.approx(20_000, abs=6_000)


async def test_a_state_keeps_what_was_shown(page):
    """After conflation the mouth goes on where it was."""
    anchored = {"media": 0, "at": 0, "rate": 1.0, "quality": "", "latency": 0}
    told = {"utterance": "u1", "text": None, "duration": None, "anchor": anchored}
    told |= {"until": 800_000, "cues": [cue(100, 700, "O")], "marks": []}
    state = {"when": 300, "type": "state", "seq": 9, "utterances": [told]}
    said = [start(0), anchor(0, 0, 0), cues(0, cue(0, 100, "aa"), cue(100, 700, "O"))]
    seen = await play(page, [*said, state], 500)
    assert shapes(seen) == ["sil", "aa", "O"]
    assert seen[-1]["dropped"] == 0


async def test_the_cue_that_is_due_is_told_whatever_its_weight(page):
    """Also where rest outweighs it; in rests and after the end there is none."""
    found = [cue(0, 100, "E", 0.3), cue(200, 100, "O")]
    said = [
        start(0),
        cues(0, *found, until=900),
        anchor(0, 0, 0),
        over(400, "end", 400),
    ]
    seen = await play(page, said, 600, step_ms=10)
    due = {one["ms"]: one["cue"] and (one["cue"]["v"], one["cue"]["w"]) for one in seen}
    assert [due[ms] for ms in (50, 150, 250, 350, 500)] == [
        ("E", 0.3), None, ("O", 1.0), None, None,
    ]  # fmt: skip
    assert not any(one["framed"] for one in seen)
