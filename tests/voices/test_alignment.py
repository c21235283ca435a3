"""Characters to sounds."""

import pytest
from hypothesis import given, strategies as st

from streamer.voices.alignment import align
from streamer.voices.spoken import SpokenPhoneme, SpokenWord


def say(*said):
    """Words as lists of phonemes, 100 frames each; a str is a pause."""
    phonemes, words, frame, character = [], [], 0, 0
    for part in said:
        if isinstance(part, str):
            phonemes.append(SpokenPhoneme(part, frame, 100))
            frame += 100
            continue
        text, sounds = part
        words.append(SpokenWord(character, len(text), frame))
        character += len(text) + 1
        for sound in sounds.split():
            phonemes.append(SpokenPhoneme(sound, frame, 100))
            frame += 100
    return phonemes, words


def heard(text, phonemes, words):
    """For each character the sounds in its span, joined; None where it is empty."""
    return [
        (
            entry.text,
            "".join(
                p.text
                for p in phonemes
                if entry.frame <= p.frame < entry.frame + entry.frames
            ),
        )
        for entry in align(text, phonemes, words)
    ]


@pytest.mark.parametrize(
    ("word", "sounds", "expected"),
    [
        ("This", "ð ɪ s", ["ð", "ð", "ɪ", "s"]),
        ("streaming", "s t ɹ ˈiː m ɪ ŋ", [*"stɹ", "ˈiː", "ˈiː", *"mɪŋŋ"]),
        ("knight", "n ˈaɪ t", ["n", "n", "ˈaɪ", "t", "t", "t"]),
        ("six", "s ˈɪ k s", ["s", "ˈɪ", "ks"]),
        ("use", "j ˈuː z", ["jˈuː", "z", "z"]),
        ("judge", "dʒ ˈʌ dʒ", ["dʒ", "ˈʌ", "dʒ", "dʒ", "dʒ"]),
        ("queue", "k j ˈuː", ["k", "j", "ˈuː", "ˈuː", "ˈuː"]),
        ("a", "ˈeɪ", ["ˈeɪ"]),
    ],
)
def test_letters_share_the_sounds_they_spell(word, sounds, expected):
    phonemes, words = say((word, sounds))
    spans = [span for _, span in heard(word, phonemes, words)]
    if word in {"knight", "use"}:  # silent letters: either neighbour is right
        assert set(spans) <= {"n", "ˈaɪ", "t", "jˈuː", "j", "ˈuː", "z"}
        assert [spans[0][0], spans[-1]] == [sounds[0], expected[-1]]
    else:
        assert spans == expected


def test_spaces_and_punctuation_get_the_pause():
    phonemes, words = say(("Oh,", "oʊ"), ",", ("no", "n oʊ"), ".")
    assert heard("Oh, no.", phonemes, words) == [
        ("O", "oʊ"),
        ("h", "oʊ"),
        (",", ","),
        (" ", ","),
        ("n", "n"),
        ("o", "oʊ"),
        (".", "."),
    ]


def test_without_a_pause_a_space_starts_with_the_next_word_and_lasts_no_time():
    phonemes, words = say(("oh", "oʊ"), ("no", "n oʊ"))
    space = align("oh no", phonemes, words)[2]
    assert (space.frame, space.frames) == (100, 0)


def test_opening_quotes_stand_where_their_word_begins():
    phonemes, words = say(("“oh”", "oʊ"), ".")
    entries = align("“oh”", phonemes, words)
    assert (entries[0].frame, entries[0].frames) == (0, 0)
    assert (entries[3].frame, entries[3].frames) == (100, 100)


def test_a_pause_inside_a_number_belongs_to_its_digits():
    phonemes = [
        SpokenPhoneme("t", 0, 100),
        SpokenPhoneme(" ", 100, 50),
        SpokenPhoneme("f", 150, 100),
    ]
    words = [SpokenWord(0, 2, 0), SpokenWord(1, 1, 150)]
    two, five, space, _ = align("25 x", phonemes, words)
    assert (two.frame, five.frame, five.frame + five.frames) == (0, 150, 250)
    assert (space.frame, space.frames) == (250, 0)


def test_without_words_the_text_is_one_word():
    phonemes, _ = say(("x", "dʒ ˈoʊ b iː"))
    entries = align(" Jo Bo ", phonemes, [])
    assert [e.text for e in entries] == list(" Jo Bo ")
    assert entries[0].frames == 0
    assert entries[1].frame == 0
    assert entries[5].frame + entries[5].frames == 400


def test_a_text_that_is_not_heard_stands_at_no_time():
    assert [(e.frame, e.frames) for e in align("— —", [], [])] == [(0, 0)] * 3
    assert align("", [], []) == []


def test_a_word_of_any_length_is_laid_out_in_a_straight_line():
    phonemes, words = say(("x", "a " * 300))
    entries = align("y" * 300, phonemes, words)
    assert [e.frame for e in entries] == [100 * i for i in range(300)]


@given(
    text=st.text(alphabet="abxkth é你5-'\"., \n", max_size=24),
    sounds=st.lists(
        st.tuples(st.sampled_from(["t", "ˈæ", "ks", " ", ",", "θ"]), st.integers(0, 9)),
        max_size=24,
    ),
    starts=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 99)), max_size=6),
)
def test_every_character_once_in_order_and_inside_the_sound(text, sounds, starts):
    phonemes, frame = [], 0
    for sound, frames in sounds:
        phonemes.append(SpokenPhoneme(sound, frame, frames))
        frame += frames
    words = [
        SpokenWord(min(start, len(text)), 1, at)
        for (start, _), at in zip(starts, sorted(a for _, a in starts), strict=True)
    ]
    entries = align(text, phonemes, words)
    assert "".join(e.text for e in entries) == text
    assert all(e.kind == "grapheme" and e.frames >= 0 for e in entries)
    begins = [e.frame for e in entries]
    assert begins == sorted(begins)
    assert all(e.frame >= 0 and e.frame + e.frames <= frame for e in entries)
