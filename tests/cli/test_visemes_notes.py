from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from streamer.audio import TimedText
from streamer.cli.visemes_notes import notes_on
from streamer.lipsync.offline import Request, perform, read_recording
from streamer.lipsync.phonemes import UnknownSymbol
from streamer.testing import wav

RATE = 8_000
WRONG = "they were put right, but mend them where the voice writes them"


@pytest.fixture
def file(tmp_path):
    """Makes a WAV of 1.5 s with phonemes at their seconds."""

    def make(*spans, kind="phoneme"):
        sound = np.sin(np.arange(12_000) / 8).astype(np.float32) / 4
        timed = [
            TimedText(kind, text, round(start * RATE), round((stop - start) * RATE))
            for start, stop, text in spans
        ]
        path = tmp_path / "take.wav"
        path.write_bytes(wav(sound, RATE, timed_text=timed))
        return path

    return make


def row(texts, *, start=0.1, step=0.1):
    spans = []
    for at, text in enumerate(texts):
        spans.append((start + at * step, start + (at + 1) * step, text))
    return spans


GOOD = row("mapimapi")


def test_of_a_good_file_nothing_is_said(command, file):
    result = command("visemes", file(*GOOD))
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize(
    ("spans", "said"),
    [
        ([*GOOD[4:], *GOOD[:4]], "1 goes backwards (first phoneme 5, at 0.10 s)"),
        (GOOD[::-1], "7 go backwards (first phoneme 2, at 0.70 s)"),
        (row("mapi", step=0.5), "2 lie beyond the sound (first phoneme 3, at 1.10 s)"),
        (
            row("mapi", start=100, step=100),
            "4 are in milliseconds (first phoneme 1, at 0.10 s)",
        ),
        ([(0.1, 0.4, "m"), *GOOD[3:]], None),
        (
            [(0.1, 0.4, text) for text in "mama"],
            "4 have no time of their own (first at 0.10 s)",
        ),
        ([*GOOD, (1.0, 1.1, "ma" * 500)], "1 has too long a label (first phoneme 9,"),
        (
            [*GOOD[1:], GOOD[0], (9.0, 9.1, "a")],
            (
                "1 goes backwards (first phoneme 8, at 0.10 s), "
                "1 lies beyond the sound (first phoneme 9, at 9.00 s)"
            ),
        ),
    ],
)
def test_what_was_mended_is_one_sentence_with_its_place(command, file, spans, said):
    path = file(*spans)
    result = command("visemes", path)
    assert result.code == 0
    if said is None:
        assert result.err == ""
        return
    assert result.err.count("\n") == 1
    assert result.err.startswith(f"streamer: of the times in {path} {said}")
    assert result.err.endswith(f"; {WRONG}\n")


def test_letters_are_told_as_well(command, file):
    spans = row("maybe a family", step=0.08)
    spans[4], spans[9] = spans[9], spans[4]
    result = command("visemes", file(*spans, kind="grapheme"))
    assert "2 go backwards (first character 6, at 0.50 s)" in result.err
    assert json.loads(result.out)["counts"]["repairs"] == {"unordered": 2}


def test_nothing_goes_on_much_longer_than_its_sound(command, file):
    """A cue of 2**32-1 frames gave frames for two days, and took 2.4 GiB."""
    path = file((0.1, 0.2, "a"), (536_870.0, 536_871.0, "b"))
    found = json.loads(command("visemes", path, "--rig", "arkit").out)
    assert len(found["frames"]) < 2 * 60


def test_symbols_that_are_no_ipa_are_one_sentence(command, file):
    path = file(*row("a你好🙂漢b你"))
    result = command("visemes", path)
    assert result.code == 0
    assert result.err == (
        f"streamer: in {path} '你', '好', '🙂', '漢' are no IPA (first phoneme 2, "
        "at 0.20 s) and shown as the nearest sounds; let the voice write IPA, or one "
        "other alphabet throughout\n"
    )


def test_of_many_symbols_some_are_named(command, file):
    result = command("visemes", file(*row("一二三四五六七八")))
    assert "'六' and 2 more are no IPA" in result.err


def test_one_symbol(command, file):
    result = command("visemes", file(*row("ma你")))
    said = "'你' is no IPA (first phoneme 3, at 0.30 s) and shown as the nearest sound;"
    assert said in result.err
    assert result.err.count("\n") == 1


def test_a_symbol_that_is_written_otherwise_has_no_place(file):
    path = file(*GOOD)
    recording = read_recording(path.read_bytes())
    performance = replace(
        perform(recording, Request()), unknown=(UnknownSymbol("你", "ə"),)
    )
    (note,) = notes_on(path, recording, performance)
    assert note.startswith(f"in {path} '你' is no IPA and shown")
