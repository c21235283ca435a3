"""The real library."""

import itertools
import subprocess
import sys
import threading

import numpy as np
import pytest

from streamer.errors import MissingComponent, VoiceError
from streamer.voices import Espeak, Markup, VoiceSettings, align, library

SENTENCE = "This is a streaming test, and it is happy. Four hours!"


@pytest.fixture(scope="module")
def espeak():
    return Espeak.shared()


def test_there_is_one_voice_a_process(espeak):
    assert Espeak.shared() is espeak
    assert espeak.rate == 22_050


def test_phonemes_follow_each_other_without_holes_to_the_last_sample(espeak):
    spoken = espeak.synthesize(SENTENCE)
    for before, after in itertools.pairwise(spoken.phonemes):
        assert before.frame + before.frames == after.frame
    last = spoken.phonemes[-1]
    assert last.frame + last.frames == len(spoken.samples)
    assert spoken.samples.dtype == np.int16
    assert len(spoken.samples) > 2 * espeak.rate


def test_phonemes_are_ipa_with_their_stress(espeak):
    said = [p.text for p in espeak.synthesize("This is a streaming test.").phonemes]
    assert "".join(said).replace(" ", "") == "ðɪsɪzɐstɹˈiːmɪŋtˈɛst."
    assert "ˈiː" in said


def test_pauses_carry_their_punctuation(espeak):
    said = [p for p in espeak.synthesize(SENTENCE).phonemes if p.is_pause]
    assert [p.text for p in said if p.text != " "] == [",", ".", "!"]


def test_pauses_are_quiet_and_vowels_are_not(espeak):
    """The times are those of the sound, not only of the events."""
    spoken = espeak.synthesize(SENTENCE)
    sound = np.abs(spoken.samples.astype(np.int32))
    for p in spoken.phonemes:
        middle = sound[p.frame + p.frames // 4 : p.frame + 3 * p.frames // 4]
        if p.text in ",.":
            assert np.median(middle) < 300, p
        elif p.text.startswith("ˈ"):
            assert np.median(middle) > 300, p


def test_a_plosive_starts_with_its_closure(espeak):
    spoken = espeak.synthesize("happy")
    p = next(p for p in spoken.phonemes if p.text == "p")
    assert np.abs(spoken.samples[p.frame : p.frame + 600]).max() <= 8
    assert np.abs(spoken.samples[p.frame : p.frame + p.frames]).max() > 300


def test_words_know_their_characters(espeak):
    spoken = espeak.synthesize("café naïve 你 end")
    words = ["café naïve 你 end"[w.start : w.start + w.length] for w in spoken.words]
    assert words[:2] == ["café", "naïve"]
    assert words[-1] == "end"


def test_pieces_make_up_the_whole(espeak):
    whole = espeak.synthesize(SENTENCE)
    pieces = []
    espeak.synthesize_stream(SENTENCE, None, lambda p: pieces.append(p) or True)
    assert len(pieces) > 10
    assert sum(len(p.samples) for p in pieces) == pytest.approx(
        len(whole.samples), rel=0.01
    )
    assert [p.text for x in pieces for p in x.phonemes] == [
        p.text for p in whole.phonemes
    ]


def test_a_sink_that_has_enough_ends_the_synthesis(espeak):
    """And the voice speaks the next text from its start."""
    pieces = []

    def once(piece):
        pieces.append(piece)
        return False

    espeak.synthesize_stream(SENTENCE * 50, None, once)
    assert len(pieces) == 1
    said = [p.text for p in espeak.synthesize("This").phonemes]
    assert said[:3] == ["ð", "ˈɪ", "s"]


def test_what_a_sink_raises_comes_out(espeak):
    def fail(piece):
        raise KeyError("full")

    with pytest.raises(KeyError, match="full"):
        espeak.synthesize_stream("Hello", None, fail)
    assert espeak.synthesize("Hello").phonemes


def test_settings_are_heard(espeak):
    def frames(**settings):
        return len(espeak.synthesize("Hello world", VoiceSettings(**settings)).samples)

    def loudness(**settings):
        sound = espeak.synthesize("Hello world", VoiceSettings(**settings)).samples
        return np.abs(sound.astype(float)).mean()

    assert frames(rate_percent=200) < 0.7 * frames() < 0.7 * frames(rate_percent=60)
    assert frames(rate_percent=1) == pytest.approx(frames(rate_percent=46), rel=0.05)
    assert frames(end_pause=True) > frames() + 4_000
    assert loudness(volume=30) < 0.5 * loudness() < 0.5 * loudness(volume=150)
    low, high = (
        espeak.synthesize("ah", VoiceSettings(pitch=p)).samples for p in (0, 99)
    )
    assert crossings(low) < crossings(high)


def crossings(samples):
    """Zero crossings a frame, a rough height of the voice."""
    return np.count_nonzero(np.diff(np.signbit(samples))) / len(samples)


@pytest.mark.parametrize(
    ("language", "phoneme"),
    [
        ("en-us", "ɾ"),
        ("en", "ɾ"),
        ("EN_US", "ɾ"),
        ("en-us+f3", "ɾ"),
        ("en-gb", "ˈɑː"),
    ],
)
def test_languages_and_variants(espeak, language, phoneme):
    spoken = espeak.synthesize("tomato", VoiceSettings(language=language))
    assert phoneme in [p.text for p in spoken.phonemes]


def test_a_region_without_a_voice_is_spoken_by_its_language(espeak):
    settings = VoiceSettings(language="de-AT")
    assert espeak.synthesize("über", settings).phonemes[0].text == "ˈyː"


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en-uz+f33", "espeak-ng has no voice 'en-uz+f33'; close to it: f3"),
        ("enus", "espeak-ng has no voice 'enus'; close to it: en-us"),
        ("", "espeak-ng has no voice ''"),
        ("qqqq", "espeak-ng has no voice 'qqqq'"),
    ],
)
def test_an_unknown_voice_is_named_with_those_close_to_it(espeak, language, sentence):
    with pytest.raises(VoiceError) as error:
        espeak.synthesize("hello", VoiceSettings(language=language))
    assert str(error.value).startswith(sentence)


def test_phoneme_names_are_spoken_as_they_are(espeak):
    spoken = espeak.synthesize("[[h@l'oU]]", markup=Markup.PHONEMES)
    assert [p.text for p in spoken.phonemes if not p.is_pause] == [*"həl", "ˈoʊ"]


def test_a_phoneme_longer_than_its_event_is_whole(espeak):
    """Nine bytes of IPA in a field of eight: without mending, a half letter."""
    spoken = espeak.synthesize("[[h'aU@p]]", markup=Markup.PHONEMES)
    assert all("\ufffd" not in p.text for p in spoken.phonemes)
    art = espeak.synthesize("art").phonemes[0]
    assert art.text == "ˈɑːɹ"


def test_a_name_that_was_cut_is_mended_from_the_letter_to_sound(espeak):
    job = espeak_job("x", ["t", "ˈaɪʊɹ", "ˈaɪʊɹə"])
    assert job._whole("ˈaɪʊɹ".encode()[:8]) == "ˈaɪʊɹ"
    assert job._whole("ˈɔːɹ".encode()) == "ˈɔːɹ"
    assert job._whole(b"t") == "t"


def espeak_job(text, names):
    from streamer.voices.espeak import _Job

    return _Job(text, lambda piece: True, names)


def test_texts_that_were_only_read_take_no_phoneme_from_the_next_one(espeak):
    alone = [p.text for p in espeak.synthesize(SENTENCE).phonemes]
    for turn in range(40):
        espeak.pronounce(["one", "two"], ("en-us", "de")[turn % 2])

    assert [p.text for p in espeak.synthesize(SENTENCE).phonemes] == alone


def test_letters_to_sounds(espeak):
    assert espeak.phonemes("four fires") == ["f", "ˈɔːɹ", "f", "ˈaɪɚ", "z"]
    assert espeak.phonemes("über", "de") == ["ˈyː", "b", "ɜ"]
    assert espeak.phonemes("") == []


@pytest.mark.parametrize(
    "text", ["", "   ", "...", "\0", "a\0b\x01c\r\n\x7f", "😀", "\ud800"]
)
def test_any_text_can_be_spoken(espeak, text):
    spoken = espeak.synthesize(text)
    assert len(align(text, spoken.phonemes, spoken.words)) == len(text)


def test_brackets_in_plain_text_are_only_brackets(espeak):
    assert len(espeak.synthesize("a [[h@l'oU]] b").words) > 2


def test_calls_from_many_threads_are_served_one_after_another(espeak):
    results = {}

    def speak(number):
        settings = VoiceSettings(language=["en-us", "de", "fr"][number % 3])
        results[number] = [
            p.text for p in espeak.synthesize("Paris Berlin", settings).phonemes
        ]

    threads = [threading.Thread(target=speak, args=(n,)) for n in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results[n] == results[n % 3] for n in range(9))
    assert results[0] != results[1] != results[2]


@pytest.mark.program
def test_importing_the_room_loads_no_library():
    program = (
        "import sys, streamer.voices as v\n"
        "assert v.Espeak._shared is None\n"
        "assert 'espeakng_loader' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_machine_without_it_is_told_what_installs_it(monkeypatch):
    monkeypatch.setattr(library, "_of_wheel", lambda: None)
    monkeypatch.setattr(library, "_of_system", lambda: None)
    with pytest.raises(MissingComponent) as error:
        library.load()
    assert str(error.value) == (
        "espeak-ng is not installed, and the local voice needs it; "
        f"install it with: {sys.executable} -m pip install 'streamer[espeak]'"
    )


def test_a_library_without_voices_is_told_what_mends_it(monkeypatch):
    from streamer.voices import espeak as module

    monkeypatch.setattr(library, "read_voices", lambda *_: iter(()))
    with pytest.raises(MissingComponent, match="data"):
        module._identifiers(None)


@pytest.mark.program
def test_the_systems_library_serves_where_the_wheel_is_missing():
    """Its own process: the library has one global state."""
    program = (
        "from streamer.voices import Espeak, library\n"
        "library._of_wheel = lambda: None\n"
        "try: voice = Espeak.shared()\n"
        "except library.MissingComponent: raise SystemExit(77)\n"
        "assert voice.synthesize('hello').phonemes[0].text == 'h'"
    )
    run = subprocess.run([sys.executable, "-c", program])
    assert run.returncode in {0, 77}, "77: this machine has none, and was told so"


def test_texts_that_are_said_apart_know_nothing_of_each_other(espeak):
    assert espeak.pronounce(["the", "end", ""], "en-us") == [
        ["ð", "ə"], ["ˈɛ", "n", "d"], [],
    ]  # fmt: skip
