"""Mouths that no voice tells phonemes: by letters, by text, by sound."""

from __future__ import annotations

import re

import numpy as np
import pytest

from streamer.audio.format import TimedText
from streamer.lipsync import OCULUS, Mouth
from streamer.lipsync.feeds import GraphemeFeed, LoudnessFeed, end_of
from streamer.lipsync.lettersound import Word
from streamer.lipsync.textfeed import TextFeed
from tests.lipsync.mouths import (
    RATE,
    babble,
    phones,
    reader,
    shapes,
    spoken,
    tone,
    words,
)

# -- letters and text ---------------------------------------------------------------


def letters(text, step=60):
    return [
        TimedText("grapheme", char, at * step, step) for at, char in enumerate(text)
    ]


def test_letters_are_read_at_their_own_times():
    _, batch = spoken(letters("mama papa", 120), 1_080, letter_to_sound=reader)
    assert words(batch) == [(0, 480, "mama"), (600, 480, "papa")]
    assert phones(batch) == ["m", "ɑ", "m", "ə", "p", "ɑ", "p", "ə"]
    starts = [mark.frame for mark in batch.marks if mark.text == "p"]
    assert starts == [600, 840]
    seals = [cue.frame for cue in batch.cues["oculus"] if cue.viseme == "PP"]
    assert len(seals) == 4
    assert -20 <= seals[2] - 600 <= 0


def test_a_text_is_fitted_to_its_sound():
    mouth = Mouth(RATE, text="mama papa", letter_to_sound=reader, sets=[OCULUS])
    mouth.begin([], frames=None)
    mouth.receive_sound(np.concatenate([tone(300, 0.0), tone(800)]), RATE)
    mouth.finish(1_100)
    batch = mouth.take(0)
    assert [text for _, _, text in words(batch)] == ["mama", "papa"]
    assert phones(batch) == ["m", "ɑ", "m", "ə", "p", "ɑ", "p", "ə"]
    first, second = (
        (m.frame, m.frame + m.frames) for m in batch.marks if m.kind == "word"
    )
    assert 250 <= first[0] <= 350
    assert first[1] <= second[0]
    assert mouth.is_over


def test_a_text_is_told_while_its_sound_comes():
    mouth = Mouth(RATE, text="mama papa", letter_to_sound=reader, sets=[OCULUS])
    mouth.begin([], frames=1_000)
    told = []
    for heard in range(0, 1_200, 20):
        if heard < 1_000:
            mouth.receive_sound(tone(20), RATE)
        if heard == 1_000:
            mouth.finish(1_000)
        told += mouth.take(max(heard - 300, 0), ahead=400).marks
    texts = [mark.text for mark in told if mark.kind == "phoneme"]
    assert texts == ["m", "ɑ", "m", "ə", "p", "ɑ", "p", "ə"]
    assert mouth.is_over


@pytest.mark.parametrize("entries", [letters("mama papa"), []])
def test_what_may_block_is_left_to_whoever_asked_for_that(entries):
    asked = []

    def slow(text, language):
        asked.append(language)
        return reader(text, language)

    mouth = Mouth(
        RATE, language="en-gb", letter_to_sound=slow, text="mama papa", deferred=True
    )
    mouth.begin(entries, frames=None)
    mouth.receive_sound(tone(540), RATE)
    mouth.finish(540)
    assert not any(mouth.take(0).cues.values())
    assert asked == []
    while work := mouth.work(0):
        work()
        batch = mouth.take(0)
    assert set(asked) == {"en-gb"}
    assert mouth.is_over
    assert "PP" in shapes(batch.cues["oculus"])


def test_letters_are_waited_for_until_more_come_or_none_will():
    feed = GraphemeFeed(RATE, "en", reader)
    assert feed.work(1_000, 0) is None
    feed.receive(letters("mama"))
    feed.work(1_000, 0)()
    feed.take(1_000, 0)
    assert feed.work(1_000, 0) is None
    feed.finish(500)
    feed.work(1_000, 0)()
    assert end_of(feed.take(1_000, 0), 0) == 500
    assert feed.is_over


def test_a_text_is_not_fitted_again_before_that_is_needed():
    feed = TextFeed(RATE, "en", reader, "mama papa", None)
    feed.receive_levels(np.full(60, -10.0, np.float32), 600)
    feed.work(600, 600)()
    until = end_of(feed.take(600, 600), 0)
    assert until > 0
    feed.receive_levels(np.full(60, -10.0, np.float32), 1_200)
    assert feed.work(until, 0) is None
    assert feed.work(until + 1, 0) is not None


def test_a_word_is_found_again_though_sounds_of_it_were_left_out():
    """Five frames have no room for eight sounds."""
    _, batch = spoken([], 5, text="mama papa", letter_to_sound=reader)
    told = phones(batch)
    assert 0 < len(told) < 8
    found = words(batch)
    assert [text for _, _, text in found] == ["mama", "papa"]
    assert all(frame + frames <= 5 for frame, frames, _ in found)


# -- the sound alone ----------------------------------------------------------------


def loud_and_silent():
    return np.concatenate([tone(300, 0.0), tone(400), tone(300, 0.0)])


def test_sound_alone_opens_and_shuts_the_mouth():
    mouth = Mouth(RATE)
    mouth.begin([], frames=1_000)
    mouth.receive_sound(loud_and_silent(), RATE)
    mouth.finish(1_000)
    batch = mouth.take(0)
    assert batch.marks == ()
    assert {cue.viseme for cue in batch.cues["oculus"]} >= {"sil", "aa"}
    jaw, _, _, _, seal, _, _ = mouth.track.sample(np.array([0.2, 0.6, 0.95])).T
    assert jaw[1] > 0.5 > jaw[0]
    assert [bool(each) for each in seal > 0.5] == [True, False, True]


def test_the_sound_moves_the_jaw_of_a_vowel():
    """Louder is wider: levels reach the articulation before it is settled."""

    def jaw(levels):
        mouth = Mouth(RATE)
        mouth.begin(babble(4), frames=4_000)
        for level in levels:
            mouth.receive_sound(tone(320, level), RATE)
        mouth.finish(4_000)
        mouth.take(0)
        return float(mouth.track.sample(np.linspace(3.0, 3.6, 60))[:, 0].max())

    assert jaw([0.1] * 9 + [0.5] * 4) > jaw([0.5] * 9 + [0.1] * 4) + 0.1


def test_the_track_is_final_before_settled():
    mouth = Mouth(RATE)
    mouth.begin(babble(4), frames=4_000)
    mouth.take(0, ahead=1_000)
    times = np.arange(0, mouth.settled / RATE, 0.01)
    early = mouth.track.sample(times)
    mouth.take(0)
    assert np.array_equal(early, mouth.track.sample(times))


def test_sound_that_is_left_out_is_a_rest_in_its_place():
    mouth = Mouth(RATE)
    mouth.begin((), frames=None)
    mouth.skip_sound(2 * RATE + 3, RATE)
    mouth.receive_sound(tone(RATE), RATE)
    mouth.skip_sound(RATE - 3, RATE)
    mouth.finish(4 * RATE)
    cues = mouth.take(4 * RATE).cues["oculus"]
    (sounding,) = {cue.viseme for cue in cues} - {"sil", "E"}
    begun = next(cue.frame for cue in cues if cue.viseme == sounding)
    assert begun == pytest.approx(2 * RATE, abs=0.1 * RATE)
    assert cues[-1].viseme == "sil"
    assert cues[-1].frame == pytest.approx(3 * RATE, abs=0.3 * RATE)


def test_sound_alone_is_told_once():
    shown = []
    feed = LoudnessFeed(RATE, shown.append)
    feed.receive_levels(np.full(50, -10.0, np.float32), 500)
    told = feed.take(500, 500)
    assert not feed.is_over
    feed.finish(503)
    told += feed.take(503, 503)
    assert feed.is_over
    assert feed.take(503, 503) == []
    assert [timed.frame for timed in told] == [
        0,
        *(timed.frame + timed.frames for timed in told[:-1]),
    ]
    assert end_of(told, 0) == 503
    assert sum(map(len, shown)) == 50


def test_a_mark_without_a_sound_is_read_once():
    """A sentence's mark has none, and nothing more may come for a while."""
    read = []

    def counted(text, language):
        read.append(text)
        return reader(text, language)

    mouth = Mouth(RATE, letter_to_sound=counted, deferred=True)
    mouth.begin(letters("mama ."), frames=None)
    rounds = 0
    while (work := mouth.work(360)) and rounds < 20:
        work()
        mouth.take(360)
        rounds += 1
    assert 0 < rounds < 5


def test_the_rung_of_sound_alone_is_known_as_far_as_its_levels():
    mouth = Mouth(RATE)
    mouth.begin((), frames=None)
    mouth.receive_sound(tone(RATE // 1000), RATE)
    mouth.take(0)
    assert mouth.settled == 0
    mouth.receive_sound(tone(RATE), RATE)
    mouth.take(RATE)
    assert mouth.settled == RATE


def test_of_a_long_text_only_what_is_asked_for_is_read():
    read = []

    def counted(text, language):
        read.append(text)
        return [
            Word(m[0], m.start(), m.end(), ("m", "a"))
            for m in re.finditer("[a-z]+", text)
        ]

    feed = GraphemeFeed(RATE, "en", counted)
    feed.receive(letters("mama papa " * 100))
    feed.work(1_000, 395)()
    assert end_of(feed.take(1_000, 395), 0) >= 1_000
    assert sum(map(len, read)) <= 60
    assert feed.work(1_000, 395) is None
    assert feed.work(10_000, 395) is not None


def test_a_word_that_is_due_is_not_cut_where_the_rest_of_it_is_there():
    """Only its first letters are in the piece that is read."""
    asked = []

    def named(text, language):
        asked.append(text)
        return [
            Word(m[0], m.start(), m.end(), ("m", "a"))
            for m in re.finditer("[a-z]+", text)
        ]

    feed = GraphemeFeed(RATE, "en", named)
    feed.receive(letters("m" * 60 + " a b c d", 1))
    while work := feed.work(1_000, 395):
        work()
        feed.take(1_000, 395)
    assert asked == ["m" * 60 + " a b c d"]
    assert feed.is_idle


def test_letters_wait_until_all_is_read():
    feed = GraphemeFeed(RATE, "en", reader)
    assert feed.is_idle
    feed.receive(letters("mama papa"))
    assert not feed.is_idle
    work = feed.work(1_000, 1_000)
    assert not feed.is_idle
    work()
    feed.take(1_000, 1_000)
    assert feed.is_idle


def test_letters_that_a_snapshot_repeats_are_read_over():
    """However many there are, what they go on with is there in time."""
    text = "mama papa " * 20
    letters = [TimedText("grapheme", c, at * 60, 60) for at, c in enumerate(text)]
    mouth = Mouth(RATE, sets=[OCULUS], letter_to_sound=reader)
    mouth.begin(letters[:80], frames=None)
    marks = list(mouth.take(0, ahead=400).marks)
    mouth.receive(letters)
    for heard in range(0, 11_000, 200):
        marks += mouth.take(heard, ahead=400).marks
    mouth.finish(12_000)
    marks += mouth.take(12_000).marks
    assert [m.text for m in marks if m.kind == "word"] == text.split()
    sounds = "".join(m.text for m in marks if m.kind == "phoneme")
    assert sounds == "mɑməpɑpə" * 20
