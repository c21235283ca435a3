from __future__ import annotations

import json

import numpy as np
import pytest

from streamer.providers.resemble_times import TimestampReader, timed_text
from streamer.sources.pcm import pcm

DOCUMENTED = {
    "graph_chars": ["H", "e"],
    "graph_times": [[0.0374, 0.1247], [0.0873, 0.1746]],
    "phon_chars": ["h", "ˈe"],
    "phon_times": [[0.0374, 0.1247], [0.0873, 0.1746]],
}


def phonemes(entries):
    return [(e.text, e.frame, e.frames) for e in entries if e.kind == "phoneme"]


@pytest.mark.parametrize(
    "message",
    [
        DOCUMENTED,
        {"timestamps": DOCUMENTED},
        {"item": {"timestamps": DOCUMENTED}},
        {"type": "audio", "audio_timestamps": DOCUMENTED, "request_id": 0},
        {"phoneme_timestamps": DOCUMENTED},
    ],
)
def test_the_object_is_found_under_every_documented_name(message):
    entries = timed_text(message, 1000)
    assert phonemes(entries) == [("h", 37, 88), ("ˈe", 87, 88)]
    assert [e.text for e in entries if e.kind == "grapheme"] == ["H", "e"]


def test_the_names_of_the_prose_are_read_too():
    message = {"phone_chars": ["h"], "phone_times": [[0.1, 0.2]]}
    assert phonemes(timed_text(message, 1000)) == [("h", 100, 100)]


def test_newer_models_leave_phonemes_empty():
    message = DOCUMENTED | {"phon_chars": [], "phon_times": []}
    entries = timed_text(message, 1000)
    assert [e.kind for e in entries] == ["grapheme", "grapheme"]


def test_integers_in_milliseconds():
    message = {"phon_chars": ["W", "EH"], "phon_times": [[0, 120], [120, 240]]}
    reader = TimestampReader(1000, duration=0.3)
    assert phonemes(reader.receive(message)) == [("W", 0, 120), ("EH", 120, 120)]
    assert reader.repairs.by_name() == {"milliseconds": 2}


def test_the_duration_of_the_answer_serves():
    short = [[3 * index, 3 * index + 3] for index in range(40)]
    message = {"phon_chars": ["a"] * 40, "phon_times": short}
    assert phonemes(timed_text(message, 1000))[-1] == ("a", 117000, 3000)
    assert phonemes(timed_text({**message, "duration": 0.2}, 1000))[-1] == ("a", 117, 3)


def test_the_plug_in_for_unity_has_ends_alone():
    message = {"phoneme_timestamps": {"phonemes": "heɪ~", "end_times": [0.1, 0.2, 0.3]}}
    assert phonemes(timed_text(message, 1000)) == [
        *[("h", 0, 100), ("e", 100, 100), ("ɪ", 200, 100)]
    ]


def test_messages_are_read_one_after_another():
    reader = TimestampReader(1000)
    message = {"phon_chars": ["a", "b"], "phon_times": [[0.0, 0.2], [0.2, 0.5]]}
    other = {"phon_chars": ["k"], "phon_times": [[0.0, 0.2]]}
    entries = reader.receive(message, audio_before=0.0)
    entries += reader.receive(other, audio_before=0.5)
    assert phonemes(entries) == [("a", 0, 200), ("b", 200, 300), ("k", 500, 200)]
    assert reader.repairs.by_name() == {"relative": 1}


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"timestamps": None},
        {"phon_chars": None, "phon_times": 7},
        {"phon_chars": "abc", "phon_times": []},
        {"phon_chars": ["a"]},
        {"phon_chars": ["a"], "phon_times": ["x"]},
        {"phonemes": "", "end_times": []},
    ],
)
def test_an_answer_without_times_tells_nothing_or_little(message):
    assert len(timed_text(message, 1000)) <= 1


def test_what_was_mended_goes_along():
    message = {
        "phon_chars": ["a", "b", "k"],
        "phon_times": [[-0.1, 0.1], [0.2, None], [0.5, 0.3]],
    }
    entries = timed_text(message, 1000)
    assert phonemes(entries) == [("a", 0, 100), ("b", 200, 300), ("k", 500, 0)]
    counts = {"negative": 1, "non_finite": 1, "backwards": 1}
    assert entries.repairs.by_name() == counts
    speech = pcm(np.zeros(1_000, np.float32), 1000, timed_text=entries)
    assert speech.repairs == entries.repairs
    assert pcm(np.zeros(9, np.float32), 1000, timed_text=[]).repairs.total == 0


def test_what_json_can_hold_is_survived():
    text = (
        '{"phon_chars":["a","b"],"phon_times":[[NaN,true],[1e999,1' + "0" * 400 + "]]}"
    )
    entries = timed_text(json.loads(text), 1000)
    assert [entry.text for entry in entries] == ["a", "b"]
