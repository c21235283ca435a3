from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest

from streamer.audio import TimedText
from streamer.audio.format import Encoding, Format
from streamer.audio.wav_writer import wav_header
from streamer.errors import FormatError, UsageError
from streamer.lipsync.formats import FORMATS, find_format
from streamer.lipsync.lettersound import Word
from streamer.lipsync.offline import (
    Request,
    TokenReader,
    perform,
    read_recording,
)
from streamer.lipsync.offline.span import spanning
from streamer.lipsync.repair import Place
from streamer.lipsync.rigs import find_rig
from streamer.lipsync.styles import find_style
from streamer.lipsync.timeline import Cue
from streamer.lipsync.visemes import find_set
from tests.tables import each

RATE = 8_000
PHONES = [("m", 0, 800), ("ˈeɪ", 800, 1_600), ("b", 2_400, 700), ("i", 3_100, 1_700)]


def read_letters(text, language):
    """Every word of a text is *maybe*."""
    words, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        words.append(Word(word, at, at + len(word), ("m", "ˈeɪ", "b", "i")))
        at += len(word)
    return words


def wav(timed=(), seconds=0.6, rate=RATE, declared=None, level=9_000):
    """A hum in a WAV, as loud as speech."""
    time = np.arange(round(seconds * rate)) / rate
    sound = (np.sin(2 * np.pi * 150 * time) * level).astype("<i2")
    format = Format(Encoding.PCM_16, rate, 1)
    header = wav_header(format, frames=declared or len(sound), timed_text=list(timed))
    return header + sound.tobytes()


def phonemes():
    return [TimedText("phoneme", *entry) for entry in PHONES]


def letters():
    return [
        TimedText("grapheme", letter, 960 * at, 960)
        for at, letter in enumerate("maybe")
    ]


def test_a_recording_has_its_sound_and_its_times():
    recording = read_recording(wav(phonemes()))

    assert recording.frames == 4_800
    assert [entry.text for entry in recording.timed] == ["m", "ˈeɪ", "b", "i"]
    sound = np.concatenate([*recording.sound()])
    assert sound.shape == (4_800, 1)
    assert 0.2 < np.abs(sound).max() < 0.3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"Hello.", "text"),
        (wav(seconds=0), "no sound"),
        (wav(rate=50, seconds=1), "50 Hz"),
    ],
)
def test_what_is_no_recording(data, words):
    with pytest.raises(FormatError, match=words):
        read_recording(data)


def test_what_is_missing_is_told():
    assert read_recording(wav(declared=5_000)).missing_bytes == 400


@pytest.mark.parametrize(
    ("timed", "text", "timing"),
    [
        (phonemes(), "maybe", "phonemes"),
        (letters(), "maybe", "graphemes"),
        ((), "maybe", "text"),
        ((), None, "loudness"),
        ((), "…", "loudness"),
    ],
)
def test_the_best_of_what_there_is_is_taken(timed, text, timing):
    recording = read_recording(wav(timed))
    performance = perform(recording, Request(), text=text, letter_to_sound=read_letters)

    score = performance.score
    assert score.timing == timing
    assert score.cues[0].frame == 0
    for one, other in pairwise(score.cues):
        assert one.frame + one.frames == other.frame
    assert score.cues[-1].frame + score.cues[-1].frames == score.frames == 4_800
    if timing != "loudness":
        assert [cue.viseme for cue in score.cues].count("PP") == 2


def test_nobody_reads():
    recording = read_recording(wav(letters()))
    assert perform(recording, Request(), text="maybe").score.timing == "loudness"


def test_frames_of_a_rig_are_those_of_the_sound():
    rig = find_rig("arkit")
    recording = read_recording(wav(phonemes()))
    performance = perform(recording, Request(rig=rig, fps=100))

    animation = performance.score.animation
    assert (animation.rig, animation.fps) == ("arkit", 100)
    assert animation.weights.shape == (60, 52)
    jaw = rig.channels.index("jawOpen")
    assert animation.weights[:, jaw].max() > 0.1
    sealed = performance.track.sample(np.array([0.32]))[0]
    assert sealed[4] == pytest.approx(1.0), "the lips are shut for the b"


@each(
    [
        (RATE, 60, 60),
        (RATE + 1, 60, 61),  # the last begins at the last frame of the sound
        (RATE - 1, 60, 60),
        (2_000, 30, 8),
        (1, 240, 1),
    ]
)
def test_each_frame_of_a_rig_begins_within_the_sound(frames, fps, count):
    recording = read_recording(wav(seconds=frames / RATE))
    request = Request(rig=find_rig("vrm"), fps=fps)
    assert len(perform(recording, request).score.animation.weights) == count


def cues(*shapes):
    """Shapes one behind another, at 1,000 Hz."""
    at, made = 0, []
    for viseme, frames in shapes:
        made.append(Cue(at, frames, viseme, (), 0.5))
        at += frames
    return made


@each(
    [
        # what reaches beyond the sound is cut, what begins at its end or later left out
        ((("PP", 90), ("aa", 30)), (("PP", 90), ("aa", 10))),
        ((("PP", 90), ("aa", 10)), (("PP", 90), ("aa", 10))),
        ((("PP", 100), ("aa", 30)), (("PP", 100),)),
        ((("PP", 60), ("aa", 50), ("I", 50), ("sil", 70)), (("PP", 60), ("aa", 40))),
        ((("PP", 500),), (("PP", 100),)),
        # the mouth rests where they end before it
        ((("PP", 60),), (("PP", 60), ("sil", 40))),
        ((("PP", 60), ("sil", 20)), (("PP", 60), ("sil", 40))),
        ((("sil", 20),), (("sil", 100),)),
        ((), (("sil", 100),)),
        # nothing begins within the last millisecond
        ((("PP", 98), ("aa", 30)), (("PP", 98), ("aa", 2))),
        ((("PP", 99), ("aa", 30)), (("PP", 100),)),
        ((("PP", 99),), (("PP", 100),)),
    ]
)
def test_shapes_end_with_their_sound(told, wanted):
    made = spanning(cues(*told), frames=100, rate=1000, rest="sil")
    assert [(cue.viseme, cue.frames) for cue in made] == [*wanted]
    assert [cue.frame for cue in made] == [cue.frame for cue in cues(*wanted)]
    kept = [cue.weight for cue in made[: len(told)]]
    assert kept == [0.5] * len(kept)


@pytest.mark.parametrize("frames", [1, 2])
def test_a_sound_of_a_moment_has_one_shape(frames):
    for told in ((), (("PP", 1), ("aa", 30))):
        (cue,) = spanning(cues(*told), frames=frames, rate=1000, rest="sil")
        assert (cue.frame, cue.frames) == (0, frames)


def spans(name, text):
    """Read a format: the start and end of its shapes in ms; None where it has none."""
    if name in {"json", "rhubarb-json"}:
        found = json.loads(text)
        found = found["cues"] if name == "json" else found["mouthCues"]
        return [(cue["start"] * 1000, cue["end"] * 1000) for cue in found]
    lines = text.splitlines()
    if name == "jsonl":
        found = [line for line in map(json.loads, lines) if line["type"] == "cue"]
        return [(cue["start"] * 1000, cue["end"] * 1000) for cue in found]
    if name == "csv":
        rows = [line.split(",") for line in lines[1:]]
        return [(float(start) * 1000, float(end) * 1000) for start, end, *_ in rows]
    if name == "srt":
        times = [line.split(" --> ") for line in lines if "-->" in line]
        return [
            tuple(int(time[6:8]) * 1000 + int(time[9:]) for time in row)
            for row in times
        ]
    if name == "tsv":
        starts = [float(line.split("\t")[0]) * 1000 for line in lines]
    elif name == "azure":
        starts = [event["audioOffset"] / 10_000 for event in json.loads(text)]
    else:
        marks = map(json.loads, lines)
        starts = [mark["time"] for mark in marks if mark["type"] == "viseme"]
    return [*pairwise([*starts, None])]


@each(product(FORMATS, [0.6, 0.05], [True, False]))
def test_every_format_covers_the_sound_and_no_more(name, seconds, said):
    """Events, which have no end, end with the mouth at rest, at the latest there."""
    recording = read_recording(wav(phonemes() if said else (), seconds))
    visemes = find_set(find_format(name).visemes or "oculus")
    performance = perform(recording, Request(visemes=visemes))
    found = spans(name, find_format(name).write(performance.score))

    assert found[0][0] == 0
    for one, other in pairwise(found):
        assert one[0] < one[1] == other[0]
    if found[-1][1] is None:
        assert found[-1][0] <= seconds * 1000
    else:
        assert found[-1][1] == pytest.approx(seconds * 1000)


@each(FORMATS)
def test_a_silent_sound_is_one_rest(name):
    recording = read_recording(wav(seconds=3, level=0))
    visemes = find_set(find_format(name).visemes or "oculus")
    score = perform(recording, Request(visemes=visemes)).score

    assert score.cues == (Cue(0, 24_000, visemes.neutral, (), 1.0),)
    found = spans(name, find_format(name).write(score))
    ends = {"tsv": [(0, 3_000), (3_000, None)], "polly": [(0, None)]}
    assert found == ends.get(name, [(0, None if name == "azure" else 3_000)])


def test_styles_differ():
    recording = read_recording(wav(phonemes()))

    def opening(style):
        track = perform(recording, Request(style=find_style(style))).track
        return track.sample(np.arange(0, 0.6, 0.01))[:, 0].max()

    assert opening("precise") > opening("natural") > opening("subtle")


@pytest.mark.parametrize("timed", [phonemes(), letters(), ()])
def test_a_hold_of_the_sets_own_changes_nothing(timed):
    recording = read_recording(wav(timed))
    text = None if timed else "maybe"
    visemes = find_set("rhubarb")

    def cues(hold):
        request = Request(visemes=visemes, hold=hold)
        return perform(
            recording, request, text=text, letter_to_sound=read_letters
        ).score.cues

    assert cues(0.070) == cues(None) != cues(0.200)


@pytest.mark.parametrize("timed", [phonemes(), letters(), (), None])
def test_shapes_are_held_for_as_long_as_asked(timed):
    recording = read_recording(wav(timed or ()))
    text = None if timed is None else "maybe"
    request = Request(hold=0.200)
    cues = perform(
        recording, request, text=text, letter_to_sound=read_letters
    ).score.cues

    assert all(cue.frames >= 0.200 * RATE for cue in cues[:-1])


@each(product(["oculus", "rhubarb", "preston-blair", "vrm"], [0.005, 0.05, 0.1]))
def test_a_text_on_a_moment_of_sound_ends_with_it(visemes, seconds):
    """Its seals need more time than there is."""

    def read(text, language):
        return [
            replace(word, phonemes=("m", "f", "b", "v", "i"))
            for word in read_letters(text, language)
        ]

    request = Request(visemes=find_set(visemes))
    performance = perform(
        read_recording(wav(seconds=seconds)),
        request,
        text="maybe maybe maybe maybe",
        letter_to_sound=read,
    )
    last = performance.score.cues[-1]
    assert last.frame + last.frames == seconds * RATE


def test_what_was_mended_is_told_with_its_place():
    timed = [*phonemes(), TimedText("phoneme", "a", 9_000, 100), phonemes()[0]]
    timed[0] = TimedText("phoneme", "m", 1_000, 300)
    performance = perform(read_recording(wav(timed)), Request())
    seen = performance.statistics
    assert seen.repairs.unordered == 2
    assert seen.repairs.beyond == 1
    assert seen.first_repairs["beyond"] == Place(9_000, 5)
    assert performance.score.counts["repairs"] == seen.repairs.by_name()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("fps", 0, "1 to 240"), ("fps", 241, "1 to 240"), ("hold", 1.5, "0 to 1 s")],
)
def test_what_is_out_of_range(field, value, words):
    with pytest.raises(UsageError, match=words):
        Request(**{field: value})


def test_unknown_symbols_are_told_once():
    timed = [
        TimedText("phoneme", text, at * 800, 800) for at, text in enumerate("m你e你")
    ]
    performance = perform(read_recording(wav(timed)), Request())
    assert performance.score.counts["unknown"] == {"你": 2}
    assert [symbol.text for symbol in performance.unknown] == ["你"]
    assert "'你' is unknown" in str(performance.unknown[0])


@pytest.mark.parametrize(
    ("token", "phones", "viseme", "unknown"),
    [
        ("ˈeɪ", ("e", "ɪ"), ("4", "6"), ()),
        ("tʃ", ("t", "ʃ"), ("19", "16"), ()),
        ("iː", ("i",), ("6",), ()),
        ("_", (), ("0",), ()),
        (" ", (), ("0",), ()),
        ("ˈ", (), (), ()),
        ("", (), (), ()),
        ("你", ("ə",), ("1",), ("你",)),
        ("你x", ("ə", "x"), ("1", "12"), ("你",)),
    ],
)
def test_a_token(token, phones, viseme, unknown):
    read = TokenReader(find_set("azure")).read(token)
    assert (read.phones, read.viseme, read.unknown) == (phones, viseme, unknown)
    assert read.is_ipa == (not unknown)


@pytest.mark.parametrize(
    ("token", "is_ipa"),
    [
        ("HH", False),  # ARPAbet
        ("AY1", False),
        ("IY0 ", False),
        ("SIL", False),
        ("M AA1", False),
        ("S IH1 N", False),
        ("123", False),  # no tone without a sound
        ("1", True),  # espeak-ng tells a tone apart from its vowel in Persian
        ("ma214", True),
        ("S", True),  # left-over mnemonics of one letter
        ("ay", True),
    ],
)
def test_names_of_another_alphabet_and_bare_numbers_are_no_ipa(token, is_ipa):
    read = TokenReader(find_set("oculus")).read(token)
    assert read.unknown == (() if is_ipa else (token,))


def test_a_switch_of_language_holds():
    reader = TokenReader(find_set("oculus"), "en")
    assert reader.read("ɜ").phones == ("ɜ",)
    reader.read("(de)")
    assert reader.read("ɜ").phones == ("ɐ",)


def test_each_token_has_its_own_unknown_symbols():
    reader = TokenReader(find_set("oculus"))
    assert [reader.read(token).unknown for token in ("你", "a", "你")] == [
        ("你",),
        (),
        ("你",),
    ]
