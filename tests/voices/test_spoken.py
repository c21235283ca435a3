"""Events to phonemes, by hand."""

from streamer.voices.spoken import SpokenPhoneme, SpokenWord, Transcript, is_plosive


def spoken(transcript):
    return [(p.text, p.frame, p.frames) for p in transcript.take()[0]]


def test_a_phoneme_lasts_until_the_next_one():
    transcript = Transcript("hi")
    transcript.receive_phoneme("h", 264)
    transcript.receive_phoneme("ˈaɪ", 1000)
    assert spoken(transcript) == [("h", 264, 736)]
    transcript.receive_end(1500)
    assert spoken(transcript) == [("ˈaɪ", 1000, 500)]
    assert spoken(transcript) == []


def test_a_word_that_begins_before_it_sounds_opens_a_pause():
    transcript = Transcript("hi so")
    transcript.receive_phoneme("i", 0)
    transcript.receive_word(SpokenWord(3, 2, 100))
    transcript.receive_phoneme("s", 130)
    transcript.receive_end(200)
    assert spoken(transcript) == [("i", 0, 100), (" ", 100, 30), ("s", 130, 70)]


def test_a_word_that_sounds_at_once_opens_none():
    transcript = Transcript("hi so")
    transcript.receive_phoneme("i", 0)
    transcript.receive_word(SpokenWord(3, 2, 100))
    transcript.receive_phoneme("s", 100)
    transcript.receive_end(200)
    assert spoken(transcript) == [("i", 0, 100), ("s", 100, 100)]


def test_leading_silence_has_no_entry():
    transcript = Transcript("so")
    transcript.receive_word(SpokenWord(0, 2, 0))
    transcript.receive_phoneme("", 10)
    transcript.receive_phoneme("s", 264)
    transcript.receive_end(300)
    assert spoken(transcript) == [("s", 264, 36)]


def test_a_pause_takes_the_punctuation_of_its_word():
    for text, pause in {
        "oh, no": ",",
        "oh no": " ",
        'oh!" no': "!",
        "oh... no": ".",
        "oh": " ",
        "3.5 no": " ",
    }.items():
        transcript = Transcript(text)
        transcript.receive_word(SpokenWord(0, 2, 0))
        transcript.receive_phoneme("oʊ", 10)
        transcript.receive_phoneme("", 100)
        transcript.receive_phoneme("", 150)
        transcript.receive_end(200)
        assert spoken(transcript)[1] == (pause, 100, 100), text


def test_a_pause_event_names_the_gap_of_a_word():
    transcript = Transcript("oh, no")
    transcript.receive_word(SpokenWord(0, 2, 0))
    transcript.receive_phoneme("oʊ", 10)
    transcript.receive_word(SpokenWord(4, 2, 100))
    transcript.receive_phoneme("", 110)
    transcript.receive_phoneme("n", 150)
    assert spoken(transcript) == [("oʊ", 10, 90), (" ", 100, 50)]


def test_the_closure_belongs_to_its_plosive():
    transcript = Transcript("happy")
    transcript.receive_phoneme("ˈæ", 1000)
    transcript.receive_phoneme("p", 3000, quiet=800)
    transcript.receive_end(4000)
    assert spoken(transcript) == [("ˈæ", 1000, 1200), ("p", 2200, 1800)]


def test_a_closure_takes_at_most_half_of_what_stands_before():
    """A ``t`` that fades before a ``k`` keeps half of its time."""
    transcript = Transcript("outcome")
    transcript.receive_phoneme("t", 1000)
    transcript.receive_phoneme("k", 2000, quiet=2205)
    assert spoken(transcript) == [("t", 1000, 500)]


def test_silence_before_a_word_that_begins_with_a_plosive_is_its_closure():
    transcript = Transcript("oh test")
    transcript.receive_phoneme("oʊ", 0)
    transcript.receive_word(SpokenWord(3, 4, 1000))
    transcript.receive_phoneme("t", 2000, quiet=2205)
    transcript.receive_end(2500)
    assert spoken(transcript) == [("oʊ", 0, 1000), ("t", 1000, 1500)]


def test_a_pause_before_a_plosive_stays_a_pause():
    transcript = Transcript("oh, test")
    transcript.receive_phoneme("oʊ", 0)
    transcript.receive_phoneme("", 1000)
    transcript.receive_word(SpokenWord(4, 4, 3000))
    transcript.receive_phoneme("t", 4000, quiet=2205)
    assert spoken(transcript) == [("oʊ", 0, 1000), (",", 1000, 3000)]


def test_silence_before_another_sound_is_no_closure():
    transcript = Transcript("oh so")
    transcript.receive_phoneme("oʊ", 0)
    transcript.receive_phoneme("s", 1000, quiet=500)
    assert spoken(transcript) == [("oʊ", 0, 1000)]


def test_a_change_of_language_is_not_heard():
    transcript = Transcript("你 oh")
    transcript.receive_phoneme("n", 0)
    transcript.receive_phoneme("(en)", 100)
    transcript.receive_phoneme("oʊ", 200)
    assert spoken(transcript) == [("n", 0, 200)]


def test_words_stay_inside_the_text():
    transcript = Transcript("25")
    transcript.receive_word(SpokenWord(-1, 2, 0))
    transcript.receive_word(SpokenWord(1, 2, 10))
    transcript.receive_word(SpokenWord(7, 200, 20))
    assert transcript.take()[1] == (
        SpokenWord(0, 2, 0),
        SpokenWord(1, 1, 10),
        SpokenWord(2, 0, 20),
    )


def test_plosives_and_affricates_close():
    assert [is_plosive(ipa) for ipa in ("p", "tʃ", "ˈ", "s", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_only_spaces_and_punctuation_are_pauses():
    assert [SpokenPhoneme(t, 0, 1).is_pause for t in (" ", ".", "ə", "")] == [
        True,
        True,
        False,
        False,
    ]
