from __future__ import annotations

import importlib
import sys

import pytest

pytestmark = pytest.mark.program
TEXT = "Maybe six."


@pytest.fixture
def matplotlib():
    return importlib.import_module("matplotlib")


@pytest.mark.parametrize(
    ("ending", "magic"), [("png", b"\x89PNG"), ("PDF", b"%PDF"), ("svg", b"<?xml")]
)
def test_a_picture_is_drawn(command, tmp_path, matplotlib, ending, magic):
    path = tmp_path / f"plot.{ending}"
    result = command("visemes", TEXT, "--plot", path, "--format", "tsv")
    assert (result.code, result.err) == (0, "")
    assert result.out.endswith("\tsil\n")
    assert path.read_bytes().startswith(magic)


def test_a_picture_says_what_is_seen(command, tmp_path, matplotlib):
    """Words, phones and shapes stand in it, and what its curves are."""
    path = tmp_path / "plot.svg"
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        command("visemes", TEXT, "--plot", path, "--format", "tsv")
    drawn = path.read_text("utf-8")
    for word in ("Maybe six.", ">Maybe<", ">six<", ">PP<", ">iː<", ">jaw<", "time (s)"):
        assert word in drawn, word


def test_a_sound_without_words(command, tmp_path, matplotlib, tone):
    path = tmp_path / "plot.svg"
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        assert command("visemes", tone, "--plot", path).code == 0
    assert path.read_text("utf-8").count("none known") == 2


def test_a_long_sound_has_a_width_that_viewers_open(
    command, tmp_path, matplotlib, monkeypatch
):
    from matplotlib.image import imread

    monkeypatch.setattr("streamer.cli.visemes_plot._WIDTHS", (6.9, 8.0))
    path = tmp_path / "plot.png"
    text = "One two three four five six seven eight nine ten."
    assert command("visemes", text, "--plot", path, "--format", "tsv").code == 0
    height, width, _ = imread(path).shape
    assert (width, height < 1_200) == (1_600, True)


def test_a_picture_that_cannot_be_written(command, matplotlib):
    command("visemes", TEXT, "--plot", "none/x.png").fails(1, "none/x.png")


def test_without_matplotlib(command, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    result = command("visemes", TEXT, "--plot", "x.png")
    result.fails(1, "matplotlib is not installed", 'pip install "streamer[plot]"')


@pytest.mark.parametrize("text", ["It costs $5^$ now.", r"One $\nothing$ two."])
def test_a_dollar_is_a_dollar(command, tmp_path, matplotlib, text):
    path = tmp_path / "plot.svg"
    with matplotlib.rc_context({"svg.fonttype": "none"}):
        result = command("visemes", text, "--plot", path, "--format", "tsv")
    assert (result.code, result.err) == (0, "")
    assert text in path.read_text("utf-8")
