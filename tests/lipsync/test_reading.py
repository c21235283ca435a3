"""How a text is to be spoken."""

import re

from streamer.lipsync.lettersound import Word
from streamer.lipsync.phonemes import Phone
from streamer.lipsync.reading import join_phones, read_words

A, S = Phone("a"), Phone("s")


def letters(text, language):
    return [Word(m[0], *m.span(), tuple(m[0])) for m in re.finditer("[a-z]+", text)]


def test_punctuation_says_how_likely_a_pause_is():
    words = read_words("so, as a list: sol. si", "it", letters)
    pauses = [word.pause for word in words]
    assert pauses[1] == pauses[2] < pauses[0] < pauses[3] < pauses[4]
    assert pauses[5] > 0.5  # the end
    assert [word.pause_seconds > 0 for word in words] == [
        True, False, False, True, True, False,
    ]  # fmt: skip


def test_sounds_before_a_pause_last_longer():
    plain, final, _ = read_words("as as, as", "it", letters)
    assert all(a < b for a, b in zip(plain.usual, final.usual, strict=True))


def test_a_text_without_words_has_none():
    assert read_words(" … ", "it", letters) == []


def told(spans, after=0):
    joined = join_phones(spans, after=after, held=5)
    return [(p.frame, p.frames, p.phone) for p in joined]


def test_short_holes_go_to_the_phone_before_and_long_ones_are_silence():
    assert told([(0, 10, A), (15, 20, S), (26, 30, A)]) == [
        (0, 15, A), (15, 5, S), (20, 6, None), (26, 4, A),
    ]  # fmt: skip


def test_what_lies_before_what_was_told_is_cut_or_left_out():
    assert told([(0, 10, A), (10, 12, S), (12, 30, A)], after=14) == [(14, 16, A)]


def test_silence_before_the_first_is_told_however_short():
    assert told([(3, 10, A)]) == [(0, 3, None), (3, 7, A)]
