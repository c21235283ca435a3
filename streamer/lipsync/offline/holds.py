"""Shapes that are held for as long as somebody asks for, not as their set needs."""

from __future__ import annotations

from collections.abc import Iterator

from streamer.lipsync.articulation import Articulator
from streamer.lipsync.cues import CueMaker
from streamer.lipsync.feeds import (
    Feed,
    GraphemeFeed,
    LoudnessFeed,
    PhonemeFeed,
)
from streamer.lipsync.lettersound import LetterToSound
from streamer.lipsync.levels import LevelMeter
from streamer.lipsync.offline.recording import Recording
from streamer.lipsync.phonemes import PhonemeNormaliser
from streamer.lipsync.rungs import Rung
from streamer.lipsync.styles import Style
from streamer.lipsync.textfeed import TextFeed
from streamer.lipsync.timeline import Cue, TimedPhone
from streamer.lipsync.visemes import VisemeSet

__all__ = ["choose_feed", "held_cues"]

_FOREVER = 2**62


def choose_feed(
    timing: Rung,
    recording: Recording,
    language: str,
    letter_to_sound: LetterToSound | None,
    text: str | None,
) -> Feed:
    """Return what tells the sounds of a recording on its rung."""
    rate = recording.format.rate
    if timing == "phonemes":
        normaliser = PhonemeNormaliser(language, "auto")
        entries = (entry for entry in recording.timed if entry.kind == "phoneme")
        normaliser.notice(entry.text for entry in entries if entry.text.strip())
        return PhonemeFeed(rate, normaliser)
    if letter_to_sound is not None and timing == "graphemes":
        return GraphemeFeed(rate, language, letter_to_sound)
    if letter_to_sound is not None and timing == "text":
        return TextFeed(rate, language, letter_to_sound, text or "", recording.frames)
    return LoudnessFeed(rate, lambda _: None)


def held_cues(
    feed: Feed,
    recording: Recording,
    visemes: VisemeSet,
    *,
    style: Style,
    hold: float,
) -> tuple[Cue, ...]:
    """
    Return a recording's cues, each held for *hold* seconds at least.

    Args:
        feed: Tells the recording's sounds; has received nothing.
        recording: The sound.
        visemes: The set.
        style: How much the mouth does.
        hold: In seconds, at least 0.

    Raises:
        VoiceError, MissingComponent: The letters or the text can't be read.
    """
    rate = recording.format.rate
    articulator = Articulator(rate, style=style)
    meter = LevelMeter(rate)
    feed.receive(recording.timed)
    for sound in recording.sound():
        feed.receive_levels(meter.receive(sound), meter.frames)
    feed.finish(recording.frames)
    articulator.receive([*_told(feed)])
    maker = CueMaker(visemes, rate, hold=hold)
    return tuple(maker.receive(articulator.settle(None), until=None))


def _told(feed: Feed) -> Iterator[TimedPhone]:
    """Yield all that a feed tells."""
    yield from feed.take(_FOREVER, 0)
    while work := feed.work(_FOREVER, 0):
        work()
        yield from feed.take(_FOREVER, 0)
