from __future__ import annotations

from itertools import product

import pytest
from rich.console import Console

from streamer.cli.mirror import Moment
from streamer.cli.mouth import NEUTRAL, shape_of
from streamer.cli.views import Measured, face_of, line_of, words_of
from tests.tables import each

WORDS = ("The", "quick", "brown", "fox", "jumps")
MOMENT = Moment(
    state="speaking",
    text=" ".join(WORDS),
    timing="phonemes",
    heard=1.25,
    duration=6.0,
    viseme="aa",
    phoneme="ɑː",
    words=WORDS,
    word=2,
)


def test_a_line_says_how_far_it_is_and_what_is_heard():
    line = line_of(MOMENT, 80).plain
    assert line.startswith("♪ 1.2/6.0 s (O) ɑː")
    assert line.endswith("The quick brown fox jumps")


@pytest.mark.parametrize("width", [80, 40, 20, 5, 1])
def test_a_line_fits(width):
    assert line_of(MOMENT, width).cell_len <= max(width - 1, 1)


def test_a_line_says_what_keys_have_set():
    line = line_of(MOMENT, 80, status="paused, muted").plain
    assert line.startswith("‖ 1.2/6.0 s (O) ɑː")
    assert "[paused, muted] The quick" in line


def test_a_line_without_words_says_what_keys_do():
    assert line_of(Moment(), 80, hint="space pause").plain.endswith("space pause")
    assert "space" not in line_of(Moment(), 30, hint="space pause, and more").plain
    assert "space" not in line_of(MOMENT, 80, hint="space pause").plain


@pytest.mark.parametrize("width", [80, 40, 20, 5, 1])
def test_a_line_with_a_status_fits(width):
    line = line_of(MOMENT, width, status="paused, -2 dB", hint="space pause")
    assert line.cell_len <= max(width - 1, 1)


def test_the_word_that_is_heard_is_lit():
    text = words_of(MOMENT, 60)
    (span,) = [span for span in text.spans if "reverse" in str(span.style)]
    assert text.plain[span.start : span.end] == "brown"


def test_the_word_that_is_heard_stays_in_sight():
    words = tuple(f"word{number}" for number in range(100))
    moment = Moment(words=words, word=90)
    assert "word90" in words_of(moment, 40).plain


def test_without_word_times_the_text_stands():
    assert words_of(Moment(text="Just\n this."), 40).plain == "Just this."


@each(
    product(
        [(80, 24), (120, 50), (40, 12), (20, 8), (12, 7)], [NEUTRAL, shape_of("aa")]
    )
)
def test_a_face_fits_the_terminal(size, shape):
    columns, rows = size
    console = Console(width=columns, height=rows, color_system=None)
    measured = Measured(lead_ms=231.4, bound_ms=0.31, server="ws://127.0.0.1:8765/")
    lines = console.render_lines(face_of(MOMENT, shape, measured, size), pad=False)
    assert len(lines) <= rows
    assert max(sum(part.cell_length for part in line) for line in lines) <= columns


def test_a_face_shows_what_was_measured():
    console = Console(width=80, height=24, color_system=None)
    measured = Measured(lead_ms=231.4, bound_ms=0.314)
    with console.capture() as shown:
        console.print(face_of(MOMENT, NEUTRAL, measured, (80, 24)))
    assert "lead 231 ms" in shown.get()
    assert "clock ±0.31 ms" in shown.get()
    assert "/ɑː/" in shown.get()
    assert "timing phonemes" in shown.get()
