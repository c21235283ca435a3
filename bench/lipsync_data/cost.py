"""
What does a mouth cost (E10)?

*frame*: ``Track.sample`` and the projection to ARKit's 52 channels, for frames at
60 a second; a second of them at a time, a tenth, and one by one. *live* is a tenth
where new gestures come in before each, so that the curves are continued. A
published peer in Python takes 218 to 300 µs a frame. *articulate*: sounds to
gestures, with the sound's levels; *cues*: gestures to one set's cues; both for a
second of speech.
*first cues*: from the moment a header is there to the first cues of all nine sets:
reading its timed text out of its bytes, making the ``Mouth``, ``begin``, and ``take``
for as much as the engine asks for first; no socket is in it. On the rung
``graphemes`` the letters' reading is in it, too. The lengths are those of what the
header tells at once.
*its work* is the processor time of the same, without what else the machine did
meanwhile; *reading it* is the part that gets the text out of the bytes. *a turn* is a
later ``take``, for 50 ms of speech, the 99th of 100.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from bench.lipsync_data.corpus import Spoken
from bench.lipsync_data.shown import FPS, RIG
from streamer.audio import Encoding, Format, WavParser, wav_header
from streamer.audio.format import TimedText, TimedTexts
from streamer.audio.timed_text import joined
from streamer.engine.mouthing import Mouthing
from streamer.lipsync import OCULUS, Mouth, PhonemeNormaliser, all_sets
from streamer.lipsync.articulation import Articulator, Gesture
from streamer.lipsync.cues import CueMaker
from streamer.lipsync.curves import Track
from streamer.lipsync.levels import LevelMeter
from streamer.lipsync.phone_timer import timed_phones
from streamer.voices import EspeakLetterToSound

__all__ = ["FirstCues", "Frames", "Work", "first_cues", "frames", "work"]

BATCHES = (60, 6, 1)
"""Frames at a time."""
HEADERS = (4.0, 60.0, 240.0)
"""Seconds of speech that a header tells at once."""
LIVE = 6
"""Frames that a live avatar is sent at a time: a tenth of a second."""
AHEAD = 1.0
"""Seconds that later turns ask for."""
TURN = 0.050


@dataclass(frozen=True, slots=True)
class Frames:
    """What one frame costs."""

    name: str
    """How they are made."""
    batch: int
    """Frames that are made at a time."""
    least_us: float
    """The quickest run, a frame."""
    median_us: float
    """Half of the runs were quicker."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a second of speech costs; the quickest of the runs."""

    articulate_ms: float
    """Sounds to gestures."""
    cues_ms: float
    """Gestures to cues, one set."""
    seconds: float
    """Of speech, in the run."""


@dataclass(frozen=True, slots=True)
class FirstCues:
    """How soon the first cues of an utterance are there."""

    rung: str
    """``phonemes`` or ``graphemes``."""
    seconds: float
    """Of speech that the header tells."""
    entries: int
    """Phonemes, or characters, of it."""
    median_ms: float
    """Half of the runs were quicker."""
    p99_ms: float
    """99 of 100 were."""
    work_p99_ms: float
    """The same in processor time."""
    parse_ms: float
    """What reading the header's text takes; half of the runs were quicker."""
    rest_ms: float
    """What a later turn takes: the 99th of 100."""


def timed(run: Callable[[], object], runs: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how long each took, and its processor time, in seconds; one warms up."""
    run()
    spent, work = np.empty(runs), np.empty(runs)
    for index in range(runs):
        begun, worked = time.perf_counter(), time.thread_time()
        run()
        spent[index] = time.perf_counter() - begun
        work[index] = time.thread_time() - worked
    return spent, work


def frames(spoken: Spoken, runs: int = 300) -> list[Frames]:
    """Measure what a frame costs in the middle of an utterance."""
    track = Track(spoken.rate)
    articulator, phones = _articulator(spoken)
    articulator.receive(phones)
    gestures = articulator.settle(None)
    track.receive(gestures)
    found = []
    for batch in BATCHES:
        times = spoken.seconds / 3 + np.arange(batch) / FPS

        def run(times: np.ndarray = times) -> object:
            return RIG.project(track.sample(times))

        name = f"{batch} at a time" if batch > 1 else "one by one"
        found.append(_frames(name, batch, timed(run, runs)[0]))
    spent = [each for _ in range(10) for each in _live(spoken, gestures)]
    return [*found, _frames(f"{LIVE} at a time, live", LIVE, np.array(spent))]


def _frames(name: str, batch: int, spent: np.ndarray) -> Frames:
    each = spent / batch * 1e6
    return Frames(name, batch, float(each.min()), float(np.median(each)))


def _live(spoken: Spoken, gestures: Sequence[Gesture]) -> list[float]:
    """Return how long each tenth of a second took, as an utterance is heard."""
    track, waiting, spent = Track(spoken.rate), [*gestures], []
    for tick in range(0, round(spoken.seconds * FPS), LIVE):
        edge = (tick / FPS + AHEAD) * spoken.rate
        count = sum(each.frame - each.ramp_in < edge for each in waiting)
        arrived, waiting = waiting[:count], waiting[count:]
        times = (tick + np.arange(LIVE)) / FPS
        begun = time.perf_counter()
        track.receive(arrived)
        RIG.project(track.sample(times))
        track.forget(round((tick / FPS - AHEAD) * spoken.rate))
        spent.append(time.perf_counter() - begun)
    return spent


def _articulator(spoken: Spoken) -> tuple[Articulator, list]:
    articulator = Articulator(spoken.rate)
    levels = LevelMeter(spoken.rate).receive(spoken.samples[:, None])
    articulator.receive_level(0, levels)
    normaliser = PhonemeNormaliser(spoken.language)
    phones = timed_phones(
        spoken.entries, normaliser, rate=spoken.rate, frames=len(spoken.samples)
    )
    return articulator, phones


def work(spoken: Spoken, runs: int = 30) -> Work:
    """Measure what articulating a second costs, and making one set's cues."""
    best = np.full(2, np.inf)
    for _ in range(runs):
        articulator, phones = _articulator(spoken)
        begun = time.perf_counter()
        articulator.receive(phones)
        gestures = articulator.settle(None)
        between = time.perf_counter()
        CueMaker(OCULUS, spoken.rate).receive(gestures, until=None)
        done = time.perf_counter()
        best = np.minimum(best, [between - begun, done - between])
    articulate, cues = best / spoken.seconds * 1000
    return Work(float(articulate), float(cues), spoken.seconds)


def first_cues(spoken: Spoken, runs: int = 200) -> list[FirstCues]:
    """Measure how soon cues are there, for headers of several lengths."""
    told = {"phonemes": spoken.entries, "graphemes": spoken.letters}
    return [
        _first_cues(spoken, rung, repeated(spoken, entries, seconds), runs)
        for rung, entries in told.items()
        for seconds in HEADERS
    ]


def _first_cues(
    spoken: Spoken, rung: str, told: tuple[Sequence[TimedText], int], runs: int
) -> FirstCues:
    entries, frames_ = told
    format = Format(Encoding.PCM_16, spoken.rate, 1)
    header = wav_header(format, frames=frames_, timed_text=entries)
    sets, reader = all_sets(spoken.language), EspeakLetterToSound()
    reader("", spoken.language)  # the engine has loaded it by then

    def begin() -> Mouth:
        read = parsed(header)
        mouth = Mouth(
            spoken.rate,
            language=spoken.language,
            sets=sets,
            letter_to_sound=reader,
        )
        mouth.begin(read, frames=frames_)
        batch = mouth.take(0, ahead=round(Mouthing.FIRST * spoken.rate))
        if mouth.timing != rung or not all(batch.cues.values()):
            raise ValueError("there are no cues yet")
        return mouth

    with _frozen():
        spent, worked = (each * 1000 for each in timed(begin, runs))
        parse, _ = timed(lambda: parsed(header), runs)
        later = _later(begin(), spoken.rate, min(frames_ / spoken.rate, 30.0))
    return FirstCues(
        rung=rung,
        seconds=frames_ / spoken.rate,
        entries=len(entries),
        median_ms=float(np.median(spent)),
        p99_ms=float(np.percentile(spent, 99)),
        work_p99_ms=float(np.percentile(worked, 99)),
        parse_ms=float(np.median(parse)) * 1000,
        rest_ms=float(np.percentile(later, 99)) * 1000,
    )


@contextmanager
def _frozen() -> Iterator[None]:
    """Look for no garbage in what is loaded, as the command does."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def parsed(header: bytes) -> Sequence[TimedText]:
    """Return the timed text of a WAV's header."""
    parser = WavParser()
    parser.receive_data(header)
    return joined([each for each in parser.events() if isinstance(each, TimedTexts)])


def _later(mouth: Mouth, rate: int, seconds: float) -> list[float]:
    """Return what each turn takes while the first *seconds* are heard."""
    spent = []
    for turn in range(1, round(seconds / TURN)):
        heard = round(turn * TURN * rate)
        begun = time.perf_counter()
        mouth.take(heard, ahead=round(AHEAD * rate))
        spent.append(time.perf_counter() - begun)
    return spent


def repeated(
    spoken: Spoken, entries: Sequence[TimedText], seconds: float
) -> tuple[Sequence[TimedText], int]:
    """Return an utterance's *entries* again and again, at least for *seconds*."""
    times = max(round(seconds / spoken.seconds), 1)
    length = len(spoken.samples)
    told = [
        replace(entry, frame=entry.frame + length * time_)
        for time_ in range(times)
        for entry in entries
    ]
    return told, length * times
