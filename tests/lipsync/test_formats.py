from __future__ import annotations

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from streamer.errors import UsageError
from streamer.lipsync.formats import FORMATS, Frames, Score, find_format
from streamer.lipsync.timeline import Cue, Mark
from streamer.lipsync.visemes import find_set

COUNTS = {"phones": 3, "unknown": {"§": 1}}


def score(name="oculus", shapes=("PP", "aa", "sil"), **changes):
    """Half a second at 1,000 Hz: two shapes, and the mouth at rest."""
    first, second, rest = shapes
    whole = Score(
        source="papa.wav",
        text="Pápa, “pa”.",
        language="en",
        style="natural",
        timing="text",
        rate=1000,
        frames=500,
        marks=(
            Mark(0, 200, "word", "Pápa"),
            Mark(0, 80, "phoneme", "p"),
            Mark(250, 100, "word", "pa"),
        ),
        visemes=find_set(name),
        cues=(
            Cue(0, 90, first, ("p",), 1.0),
            Cue(90, 310, second, ("a", "ɪ"), 0.7),
            Cue(400, 100, rest, (), 1.0),
        ),
        counts=COUNTS,
    )
    return replace(whole, **changes)


def animated(**changes):
    weights = np.array([[0.5, -1 / 3], [1.0, 0.0]], np.float32)
    frames = Frames("two", 2, ("jaw, open", "wide"), weights)
    return score(animation=frames, **changes)


def write(name, score):
    return find_format(name).write(score)


def test_json_holds_all_of_it():
    told = json.loads(write("json", score()))

    assert told == {
        "streamer_visemes": 1,
        "source": "papa.wav",
        "text": "Pápa, “pa”.",
        "duration": 0.5,
        "timing": "text",
        "language": "en",
        "style": "natural",
        "set": "oculus",
        "counts": COUNTS,
        "words": [
            {"start": 0.0, "end": 0.2, "word": "Pápa"},
            {"start": 0.25, "end": 0.35, "word": "pa"},
        ],
        "phonemes": [{"start": 0.0, "end": 0.08, "phoneme": "p"}],
        "cues": [
            {"start": 0.0, "end": 0.09, "viseme": "PP", "weight": 1.0, "phones": ["p"]},
            {
                "start": 0.09,
                "end": 0.4,
                "viseme": "aa",
                "weight": 0.7,
                "phones": ["a", "ɪ"],
            },
            {"start": 0.4, "end": 0.5, "viseme": "sil", "weight": 1.0, "phones": []},
        ],
    }


def test_json_of_a_rig_has_frames_instead_of_shapes():
    told = json.loads(write("json", animated()))

    assert (told["rig"], told["fps"]) == ("two", 2)
    assert told["channels"] == ["jaw, open", "wide"]
    assert told["frames"] == [[0.5, -0.33333], [1.0, 0.0]]
    assert "cues" not in told
    assert "set" not in told


def test_json_of_a_spoken_text_has_no_source():
    assert "source" not in json.loads(write("json", score(source="")))
    assert "text" not in json.loads(write("json", score(text=None)))


def test_json_lines_come_by_their_start():
    head, *lines = map(json.loads, write("jsonl", score()).splitlines())

    assert head["type"] == "head"
    assert head["duration"] == 0.5
    kinds = [(line["start"], line["type"]) for line in lines]
    assert kinds == [
        (0.0, "word"),
        (0.0, "phoneme"),
        (0.0, "cue"),
        (0.09, "cue"),
        (0.25, "word"),
        (0.4, "cue"),
    ]


def test_json_lines_of_a_rig():
    lines = [*map(json.loads, write("jsonl", animated()).splitlines())]
    frames = [line for line in lines if line["type"] == "frame"]
    assert frames == [
        {"type": "frame", "start": 0.0, "weights": [0.5, -0.33333]},
        {"type": "frame", "start": 0.5, "weights": [1.0, 0.0]},
    ]


def test_tsv_is_rhubarbs():
    assert write("tsv", score()) == "0.000\tPP\n0.090\taa\n0.400\tsil\n0.500\tsil\n"


def test_tsv_of_a_rig_has_names_above():
    assert write("tsv", animated()).splitlines() == [
        "time\tjaw, open\twide",
        "0.0000\t0.5\t-0.33333",
        "0.5000\t1\t0",
    ]


def test_csv_can_be_read_back():
    rows = [*csv.reader(write("csv", score()).splitlines())]
    assert rows[0] == ["start", "end", "viseme", "weight", "phones"]
    assert rows[2] == ["0.0900", "0.4000", "aa", "0.7", "a ɪ"]


@pytest.mark.parametrize("name", ["jaw, open", 'a "b"', "plain"])
def test_csv_quotes_names(name):
    frames = Frames("one", 1, (name,), np.zeros((1, 1), np.float32))
    text = write("csv", score(animation=frames))
    assert next(csv.reader(text.splitlines())) == ["time", name]


def test_rhubarb():
    told = json.loads(write("rhubarb-json", score("rhubarb", ("A", "D", "X"))))
    assert told == {
        "metadata": {"soundFile": "papa.wav", "duration": 0.5},
        "mouthCues": [
            {"start": 0.0, "end": 0.09, "value": "A"},
            {"start": 0.09, "end": 0.4, "value": "D"},
            {"start": 0.4, "end": 0.5, "value": "X"},
        ],
    }


def test_polly_places_words_by_bytes():
    lines = write("polly", score("polly", ("p", "a", "sil"))).splitlines()
    assert [*map(json.loads, lines)] == [
        {"time": 0, "type": "word", "start": 0, "end": 5, "value": "Pápa"},
        {"time": 0, "type": "viseme", "value": "p"},
        {"time": 90, "type": "viseme", "value": "a"},
        {"time": 250, "type": "word", "start": 10, "end": 12, "value": "pa"},
        {"time": 400, "type": "viseme", "value": "sil"},
    ]


def test_polly_says_nothing_of_a_place_that_nobody_knows():
    first = write("polly", score("polly", ("p", "a", "sil"), text=None)).splitlines()[0]
    assert json.loads(first) == {"time": 0, "type": "word", "value": "Pápa"}


@pytest.mark.parametrize(("name", "rest"), [("polly", "sil"), ("azure", 0)])
def test_events_end_with_the_mouth_at_rest(name, rest):
    """They have a start only: without it the last shape would stay for ever."""
    shapes = ("p", "a", "a") if name == "polly" else ("21", "2", "2")
    text = write(name, score(name, shapes))
    last = json.loads(text.splitlines()[-1] if name == "polly" else text)
    if name == "azure":
        last = {
            "time": last[-1]["audioOffset"] // 10_000,
            "value": last[-1]["visemeId"],
        }
    assert (last["time"], last["value"]) == (500, rest)


def test_azure_counts_ticks():
    assert json.loads(write("azure", score("azure", ("21", "2", "0")))) == [
        {"audioOffset": 0, "visemeId": 21, "animation": ""},
        {"audioOffset": 900_000, "visemeId": 2, "animation": ""},
        {"audioOffset": 4_000_000, "visemeId": 0, "animation": ""},
    ]


def test_azures_animation_is_every_frame_once():
    weights = np.arange(30, dtype=np.float32)[:, None] / 100
    frames = Frames("arkit-55", 60, ("jawOpen",), weights)
    told = json.loads(
        write("azure", score("azure", ("21", "2", "0"), animation=frames))
    )

    parts = [json.loads(event["animation"]) for event in told]
    assert [part["FrameIndex"] for part in parts] == [0, 6, 24]
    values = [row[0] for part in parts for row in part["BlendShapes"]]
    assert values == pytest.approx(weights[:, 0], abs=1e-4)


def test_srt():
    assert write("srt", score()) == (
        "1\n00:00:00,000 --> 00:00:00,090\nPP\n\n"
        "2\n00:00:00,090 --> 00:00:00,400\naa\n\n"
        "3\n00:00:00,400 --> 00:00:00,500\nsil\n\n"
    )


def test_srt_counts_hours():
    late = Cue(3_723_004, 96, "PP", (), 1.0)
    assert "01:02:03,004 --> 01:02:03,100" in write(
        "srt", score(cues=(late,), frames=3_723_100)
    )


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_no_fault(name):
    """A sound without shapes is written, and what is read by lines ends with one."""
    visemes = find_format(name).visemes or "oculus"
    empty = score(visemes, frames=0, cues=(), marks=(), text=None)
    text = write(name, empty)
    assert text == "" or text.endswith("\n")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_an_ending_of_its_own(name):
    endings = [format.ending for format in FORMATS.values()]
    assert endings.count(find_format(name).ending) == 1


def test_an_unknown_format():
    with pytest.raises(UsageError, match=r"'xml'; choose one of: json, jsonl, tsv"):
        find_format("xml")


@pytest.mark.parametrize(
    ("name", "visemes", "rig", "words"),
    [
        ("polly", "rhubarb", None, "the shapes of polly, not of rhubarb"),
        ("rhubarb-json", None, "arkit", "can hold no rig"),
        ("azure", None, "arkit", "only the rig arkit-55"),
    ],
)
def test_a_format_says_what_it_cannot_hold(name, visemes, rig, words):
    with pytest.raises(UsageError, match=words):
        find_format(name).check(visemes, rig)


@pytest.mark.parametrize(
    ("name", "visemes", "rig"),
    [
        ("json", "rhubarb", None),
        ("csv", None, "my-own"),
        ("azure", "azure", "arkit-55"),
        ("srt", "vrm", None),
    ],
)
def test_a_format_takes_what_it_can_hold(name, visemes, rig):
    find_format(name).check(visemes, rig)


def test_azures_animation_is_empty_where_no_frame_falls_into_a_shape():
    """At 2 frames a second the first comes at 0 ms and the second at 500."""
    shown = animated(name="azure", shapes=("21", "2", "0"))
    first, second, _ = json.loads(write("azure", shown))
    assert json.loads(first["animation"])["BlendShapes"] == [[0.5, -0.3333]]
    assert second["animation"] == ""
