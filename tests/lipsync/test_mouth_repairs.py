"""What a mouth does with times that had to be put right."""

from __future__ import annotations

import time

import pytest

from streamer.audio.format import TimedText
from streamer.lipsync import Mouth
from streamer.lipsync.repair import Place
from tests.lipsync.mouths import RATE, phonemes, phones, reader, spelled


def moved(entries, frames, **options):
    """A mouth whose sound's length was in its header."""
    mouth = Mouth(RATE, **options)
    mouth.begin(entries, frames=frames)
    mouth.finish(frames)
    return mouth, mouth.take(0)


@pytest.mark.parametrize(
    "said", ["mama", ["b", "ə", "n", "ɑ", "n", "ə"]], ids=["mama", "banana"]
)
def test_every_sound_of_a_word_is_moved(said):
    """However often: b ə n ɑ n ə had lost two."""
    _, batch = moved(phonemes(*((100, 400, text) for text in said)), 600)
    assert phones(batch) == [*said]


def test_letters_are_repaired_and_counted():
    entries = spelled("mama papa")
    entries[1], entries[6] = entries[6], entries[1]
    mouth, batch = moved(entries, 840, letter_to_sound=reader)
    statistics = mouth.statistics()
    assert statistics.repairs.by_name() == {"unordered": 2, "beyond": 1}
    assert statistics.first_repairs["beyond"] == Place(800, 9, "grapheme")
    assert statistics.timing == "graphemes"
    assert all(mark.frame + mark.frames <= 840 for mark in batch.marks)


@pytest.mark.parametrize("declared", [1_500, None], ids=["known", "unknown"])
@pytest.mark.parametrize("kind", ["phoneme", "grapheme"])
def test_a_mouth_ends_with_its_sound(kind, declared):
    """A bad entry of hours made hours of cues."""
    spans = [*((at * 300, 300) for at in range(8)), (2**32 - 1, 2**32 - 1)]
    said = zip("mama papa", spans, strict=True)
    entries = [TimedText(kind, text, *span) for text, span in said]
    mouth = Mouth(RATE, letter_to_sound=reader)
    mouth.begin(entries, frames=declared)
    mouth.finish(1_500)
    batch = mouth.take(0)
    for cues in batch.cues.values():
        assert cues[-1].frame + cues[-1].frames < 2_000
    assert all(mark.frame < 1_500 for mark in batch.marks)
    assert mouth.statistics().repairs.beyond == 4


def test_many_sounds_at_one_moment_end_soon():
    """A frame for each would be 20 s of sounds in a sound of four."""
    entries = phonemes(*((100, 0, "ma"[at % 2]) for at in range(20_000)))
    mouth, batch = moved(entries, 4_000)
    assert batch.marks[-1].frame < 1_300
    assert mouth.statistics().repairs.crowded > 18_000


def test_a_label_of_10000_sounds_takes_no_time():
    began = time.process_time()
    mouth, _ = moved(phonemes((100, 400, "ma" * 5_000)), 1_000)
    assert time.process_time() - began < 1.0
    assert mouth.statistics().repairs.by_name()["long"] == 1


@pytest.mark.parametrize("kind", ["phoneme", "grapheme"])
def test_a_sound_that_ends_before_its_text_ends_its_mouth(kind):
    """A sender that broke off: what was never heard is not told."""
    said = ("mama papa " * 60)[:600]
    entries = [TimedText(kind, c, at * 100, 100) for at, c in enumerate(said)]
    mouth = Mouth(RATE, letter_to_sound=reader)
    mouth.begin(entries, frames=None)
    batches = [mouth.take(0, ahead=1_000)]
    mouth.finish(8_000)
    batches += [mouth.take(heard, ahead=1_000) for heard in range(0, 8_001, 100)]
    assert mouth.is_over
    marks = [mark for batch in batches for mark in batch.marks]
    assert max(mark.frame + mark.frames for mark in marks) <= 8_000
    cues = [cue for batch in batches for cue in batch.cues["oculus"]]
    assert cues[-1].frame < 8_400
