"""Phones from characters or words with their times."""

import re
from dataclasses import replace
from itertools import pairwise
from typing import ClassVar

from hypothesis import given, strategies as st

from streamer.audio.format import TimedText
from streamer.lipsync.graphemes import GraphemeTimer
from streamer.lipsync.lettersound import Word

RATE = 1_000  # a frame is a millisecond
SAID = {
    "the": "ðə", "fish": "fɪʃ", "thought": "θɔːt", "box": "bɑːks", "a": "ɐ",
    "map": "mæp", "psst": "", "hey": "heɪ",
}  # fmt: skip


class Said:
    """Letter-to-sound that knows a few words; keeps what it was asked."""

    def __init__(self):
        self.asked = []

    def __call__(self, text, language):
        self.asked.append((text, language))
        return [
            Word(m[0], m.start(), m.end(), tuple(SAID[m[0].lower()]))
            for m in re.finditer(r"[A-Za-z]+", text)
        ]


class Names:
    """Letter-to-sound that reads a single letter as its name."""

    SAID: ClassVar = {"Oh": "oʊ", "w": "dʌbəljuː", "we": "wiː", "win": "wɪn"}

    def __call__(self, text, language):
        return [
            Word(m[0], m.start(), m.end(), tuple(self.SAID.get(m[0], "ə")))
            for m in re.finditer(r"[A-Za-z]+", text)
        ]


class Letters:
    """Letter-to-sound to which each letter is a word."""

    def __call__(self, text, language):
        return [
            Word(char, at, at + 1, ("n", "i"))
            for at, char in enumerate(text)
            if char.isalpha()
        ]


def entries(*timed):
    """Return entries from (text, start, stop)."""
    return [TimedText("grapheme", text, at, stop - at) for text, at, stop in timed]


def spelled(text, each=50):
    """Return one entry a character, *each* frames long."""
    return entries(*((c, i * each, (i + 1) * each) for i, c in enumerate(text)))


def told(phones):
    return [(p.phone.symbol if p.phone else "_", p.frame, p.frames) for p in phones]


def heard(graphemes, **options):
    timer = GraphemeTimer(RATE, "en-us", Said())
    return told(timer.receive(graphemes, last=True, **options))


def test_letters_give_their_time_to_their_sounds():
    assert heard(entries(("m", 0, 80), ("a", 80, 200), ("p", 200, 290))) == [
        ("m", 0, 80), ("æ", 80, 120), ("p", 200, 90),
    ]  # fmt: skip


def test_letters_of_a_digraph_share_a_span():
    assert heard(
        entries(("T", 40, 90), ("h", 40, 90), ("e", 90, 150))
    ) == [("_", 0, 40), ("ð", 40, 50), ("ə", 90, 60)]  # fmt: skip


def test_a_silent_letter_gives_its_time_to_the_sound_before():
    assert heard(spelled("thought")) == [("θ", 0, 100), ("ɔ", 100, 200), ("t", 300, 50)]


def test_a_letter_of_two_sounds_is_shared_by_how_long_they_usually_last():
    (b, a, k, s) = heard(spelled("box", 100))
    assert (b[1], a[1], k[1], s[1] + s[2]) == (0, 100, 200, 300)
    assert (k[0], s[0]) == ("k", "s")
    assert 30 < k[2] < 70


def test_a_whole_word_is_shared_by_how_long_its_sounds_usually_last():
    f, i, sh = heard(entries(("fish", 0, 280)))
    assert (f[0], i[0], sh[0]) == ("f", "ɪ", "ʃ")
    assert i[2] < f[2] < sh[2]
    assert sh[1] + sh[2] == 280


def test_words_need_no_spaces_between_them():
    got = heard(entries(("the", 0, 100), ("fish", 100, 380)))
    assert [symbol for symbol, *_ in got] == ["ð", "ə", "f", "ɪ", "ʃ"]
    assert got[2][1] == 100


def test_short_gaps_are_held_and_longer_ones_are_silence():
    word = [("t", 0, 50), ("h", 0, 50), ("e", 50, 100)]
    assert heard(entries(*word, (" ", 100, 150), ("a", 150, 200))) == [
        ("ð", 0, 50), ("ə", 50, 100), ("ɐ", 150, 50),
    ]  # fmt: skip
    assert heard(entries(*word, (",", 100, 151), (" ", 151, 151), ("a", 151, 200))) == [
        ("ð", 0, 50), ("ə", 50, 50), ("_", 100, 51), ("ɐ", 151, 49),
    ]  # fmt: skip


def test_ends_that_overlap_the_next_start_are_cut():
    """Resemble's v2 spans run 2 to 4 frames of their grid past the next start."""
    assert heard(entries(("m", 0, 120), ("a", 80, 240), ("p", 200, 290))) == [
        ("m", 0, 80), ("æ", 80, 120), ("p", 200, 90),
    ]  # fmt: skip


def test_a_word_waits_for_its_clause():
    timer = GraphemeTimer(RATE, "en-us", Said())
    letters = spelled("the map, a")
    assert timer.waiting is None
    assert timer.receive(letters[:8]) == []
    assert told(timer.receive(letters[8:9])) == [
        ("ð", 0, 100), ("ə", 100, 100), ("m", 200, 50), ("æ", 250, 50), ("p", 300, 50),
    ]  # fmt: skip
    assert timer.waiting is None
    assert told(timer.receive(letters[9:])) == [("_", 350, 100)]
    assert told(timer.receive([], last=True)) == [("ɐ", 450, 50)]


def test_a_word_waits_for_three_behind_it():
    timer = GraphemeTimer(RATE, "en-us", Said())
    letters = spelled("a the map hey the")
    assert timer.receive(letters[:13]) == []
    assert told(timer.receive(letters[13:])) == [("ɐ", 0, 100)]
    assert timer.waiting == 100


def test_a_word_that_is_due_waits_for_its_own_end_alone():
    timer = GraphemeTimer(RATE, "en-us", Said())
    letters = spelled("a map the")
    assert timer.receive(letters[:6], due=0) == []
    assert told(timer.receive([], due=100)) == [("ɐ", 0, 100)]
    assert timer.waiting == 100
    assert told(timer.receive([], due=450)) == []
    assert timer.waiting == 450
    assert [p for p, *_ in told(timer.receive([], due=451))] == ["m", "æ", "p"]


def test_a_word_that_is_due_waits_longer_only_while_nothing_is_behind_it():
    timer = GraphemeTimer(RATE, "en-us", Said())
    letters = spelled("a map a the")
    timer.receive(letters[:6], due=150)
    assert [p for p, *_ in told(timer.receive(letters[6:7], due=150))] == [*"mæp"]


def test_a_word_is_cut_short_only_when_it_begins_soon():
    """And then it goes on with the sounds of the whole word."""
    timer = GraphemeTimer(RATE, "en-us", Names())
    timer.receive(spelled("Oh! ", 100))
    letters = [replace(e, frame=e.frame + 800) for e in spelled("we win", 60)]
    assert told(timer.receive(letters[:1], due=1_150)) == [("_", 200, 600)]
    assert timer.waiting == 1_150
    first = timer.receive([], due=1_151)
    assert "".join(symbol for symbol, *_ in told(first)) == "dʌbəlju"
    assert timer.receive([], due=10_000) == []
    assert told(timer.receive(letters[1:2], due=10_000)) == [("i", 860, 60)]


def test_words_are_read_in_the_company_of_their_clause():
    lts = Said()
    timer = GraphemeTimer(RATE, "en-gb", lts)
    letters = spelled("The fish, hey. A map")
    timer.receive(letters[:4])
    timer.receive(letters[4:], last=True)
    assert lts.asked == [
        ("The fish, ", "en-gb"), ("hey. ", "en-gb"), ("A map", "en-gb"),
    ]  # fmt: skip


def test_entries_with_their_spaces_and_punctuation_are_clauses_too():
    for texts in (["the ", "fish, ", "hey"], ["the", "fish,", "hey"]):
        lts = Said()
        timer = GraphemeTimer(RATE, "en-us", lts)
        for at, text in enumerate(texts):
            timer.receive(entries((text, at * 300, at * 300 + 300)))
        assert lts.asked == [("the fish, ", "en-us")]


def test_a_long_text_without_an_end_is_cut_at_a_gap():
    lts = Said()
    timer = GraphemeTimer(RATE, "en-us", lts)
    timer.receive(spelled("fish " * 200), last=True)
    assert max(len(text) for text, _ in lts.asked) < 410
    assert {text.strip()[-4:] for text, _ in lts.asked} == {"fish"}


def test_scripts_without_spaces_are_clauses_at_their_own_punctuation():
    lts = Letters()
    timer = GraphemeTimer(RATE, "cmn", lts)
    letters = spelled("你好，世界", 200)
    assert timer.receive(letters[:3]) == []
    known = sounds(timer.receive(letters[3:4]))
    assert [frame for symbol, frame, _ in known if symbol == "n"] == [0, 200]
    assert sounds(timer.receive(letters[4:], due=600)) == []
    late = sounds(timer.receive([], due=601))
    assert [frame for symbol, frame, _ in late if symbol == "n"] == [600]


def test_a_word_without_a_sound_is_no_fault():
    assert heard(spelled("psst")) == []


def test_nothing_gives_nothing():
    timer = GraphemeTimer(RATE, "en-us", Said())
    assert timer.receive([]) == []
    assert timer.receive([], last=True) == []
    assert timer.receive(entries(("", 0, 10), (" ", 10, 20)), last=True) == []


def test_times_that_go_back_are_held_back():
    got = heard(
        entries(("m", 0, 80), ("a", 300, 400), ("p", 200, 290), (" ", 290, 290))
    )
    assert [start for _, start, _ in got] == sorted(start for _, start, _ in got)


def test_silence_before_sounds_without_time_is_not_told_for_each():
    text = "box. box"
    lengths = [51 if char == " " else 0 for char in text]
    graphemes = [
        TimedText("grapheme", char, sum(lengths[:index]), lengths[index])
        for index, char in enumerate(text)
    ]
    timer = GraphemeTimer(RATE, "en-us", Said())
    assert timer.receive(graphemes, last=True) == []


@given(
    st.lists(st.sampled_from(sorted(SAID)), min_size=1, max_size=6),
    st.lists(st.integers(0, 90), min_size=60, max_size=60),
    st.integers(1, 60),
)
def test_phones_follow_one_another_however_they_came(words, lengths, size):
    """Whatever the spans, and split anywhere: no hole, no phone without time."""
    text, at, graphemes = ". ".join(words), 0, []
    for index, char in enumerate(text):
        length = lengths[index % len(lengths)]
        graphemes.append(TimedText("grapheme", char, at, length))
        at += length
    timer = GraphemeTimer(RATE, "en-us", Said())
    phones = []
    for first in range(0, len(graphemes), size):
        phones += timer.receive(graphemes[first : first + size])
    phones += timer.receive([], last=True)
    assert all(p.frames > 0 for p in phones)
    assert all(a.frame + a.frames == b.frame for a, b in pairwise(phones))
    assert not phones or phones[0].frame == 0
    whole = GraphemeTimer(RATE, "en-us", Said()).receive(graphemes, last=True)
    assert sounds(phones) == sounds(whole)


def sounds(phones):
    return [sound for sound in told(phones) if sound[0] != "_"]


class Neighbours:
    """Letter-to-sound of which each word depends on the three behind it."""

    def __call__(self, text, language):
        words = list(re.finditer(r"[^\s.,]+", text))
        found = []
        for at, m in enumerate(words):
            behind = "".join(w[0] for w in words[at + 1 : at + 4])
            vowel = "aeiou"[(len(m[0]) + len(behind)) % 5]
            found.append(Word(m[0], m.start(), m.end(), ("m", vowel)))
        return found


@given(st.data())
def test_with_two_seconds_ahead_sounds_do_not_depend_on_how_letters_come(data):
    word = st.text("abcdef", min_size=1, max_size=7)
    text = data.draw(st.lists(word, min_size=1, max_size=30).map(" ".join))
    for at in data.draw(st.lists(st.integers(1, 150), max_size=5)):
        if at < len(text) and text[at] == " ":
            text = f"{text[:at]},{text[at:]}"
    letters = spelled(text, 60)
    whole = GraphemeTimer(RATE, "en", Neighbours()).receive(letters, last=True)
    timer = GraphemeTimer(RATE, "en", Neighbours())
    phones, heard, known = [], 0, 0
    while known < len(letters):
        # What starts within two seconds of what is heard is there.
        least = sum(entry.frame <= heard + 2_000 for entry in letters)
        most = max(known, least) + data.draw(st.integers(0, 20))
        phones += timer.receive(letters[known:most], due=heard + 545)
        known = min(most, len(letters))
        heard += data.draw(st.integers(1, 400))
    phones += timer.receive([], last=True)
    assert sounds(phones) == sounds(whole)
