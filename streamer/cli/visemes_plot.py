"""A picture of what a mouth does: sound, phones, shapes and curves over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamer.cli.visemes_work import cannot
from streamer.errors import MissingComponent, UsageError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from streamer.lipsync.offline import Performance, Recording

__all__ = ["ENDINGS", "check_plot", "draw_plot"]

ENDINGS = (".png", ".pdf", ".svg")
"""What a picture's name may end in."""

_INCHES_A_SECOND = 2.6
_WIDTHS = (6.9, 60.0)
"""Inches: two columns of a paper, and the most that viewers open."""
_MARGINS = (0.85, 0.15)
"""Inches left and right."""
_ABOVE, _BELOW = 0.50, 0.45
_HEIGHTS = (1.0, 0.26, 0.30, 0.42, 1.25)
"""Inches: sound, words, phones, shapes, curves."""
_LANE = 0.26 * 72
"""Points that a name may stand upright in."""
_DPI = 200
_FONT = 7.0
"""Points."""
_NARROW = 0.60
"""Width of a letter, in its height; of DejaVu Sans, on the average."""
_INK, _PALE, _LINE = "#222222", "#8a8a8a", "#c9c9c9"
_STEPS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between two figures below."""
_TICK = 50.0
"""Points between them, at least."""
_CURVES = (
    ("jaw", "jaw", "#0b3c6f", 1.8),
    ("opening", "lips apart", "#2e8b57", 1.0),
    ("rounding", "rounding", "#c77700", 1.0),
)
_CONTACTS = (("seal", "lips sealed", "#b3123f"), ("teeth", "teeth on lip", "#7b4fa3"))
_TINTS = (
    *("#cfe3f5", "#f9d9b8", "#cdebc8", "#f6c9cf", "#e0d3ee", "#e6d6c8", "#f3d3e8"),
    *("#dfe6b0", "#c4e8ec", "#f7e7a9", "#d5dbe6", "#d9f0dc", "#f2ded3", "#dcd2f7"),
)
"""Behind the shapes' names; light enough for print in grey."""


@dataclass(frozen=True, slots=True)
class _Span:
    """Something with a name in its time."""

    start: float
    stop: float
    text: str
    colour: str = "none"


def check_plot(path: Path) -> None:
    """
    See that a picture can be drawn, before anything else is done.

    Raises:
        UsageError: Its name ends in nothing that can be drawn.
        MissingComponent: matplotlib is not installed.
    """
    if path.suffix.lower() not in ENDINGS:
        raise UsageError(
            f"--plot {path}: a picture's name ends in {', '.join(ENDINGS[:-1])} "
            f"or {ENDINGS[-1]}"
        )
    _figure_class()


def draw_plot(path: Path, recording: Recording, performance: Performance) -> None:
    """
    Draw a picture; its width goes with the sound's length.

    Raises:
        MissingComponent: matplotlib is not installed.
        StreamerError: It can't be written.
    """
    score = performance.score
    stop = score.frames / score.rate
    width = min(max(stop * _INCHES_A_SECOND + sum(_MARGINS), _WIDTHS[0]), _WIDTHS[1])
    inside = width - sum(_MARGINS)
    figure, axes = _layout(width)
    scale = inside * 72 / stop
    _draw_wave(axes[0], recording, round(inside * _DPI))
    words, phones = (_marks(performance, kind) for kind in ("word", "phoneme"))
    _draw_lane(axes[1], "words", words, scale)
    _draw_lane(axes[2], "phones", phones, scale)
    _draw_lane(axes[3], "shapes", _shapes(performance), scale)
    _draw_curves(axes[4], performance, stop)
    for each in axes:  # all names end at one line
        middle = 0.75 if each is axes[-1] else 0.5  # between its ticks
        each.yaxis.set_label_coords(-0.08 / inside, middle)
    axes[-1].set_xlim(0, stop)
    step = next((step for step in _STEPS if step * scale >= _TICK), _STEPS[-1])
    axes[-1].set_xticks([step * at for at in range(int(stop / step) + 1)])
    axes[-1].set_xlabel("time (s)", loc="left", fontsize=_FONT + 1, color=_INK)
    _head(figure, performance, width)
    try:
        figure.savefig(path, dpi=_DPI)
    except OSError as error:
        raise cannot("write the picture", path, error) from error


def _layout(width: float) -> tuple[Any, Any]:
    """Return a figure, and its five panels from above."""
    height = sum(_HEIGHTS) + _ABOVE + _BELOW + 0.20
    figure = _figure_class()(figsize=(width, height))
    axes = figure.subplots(len(_HEIGHTS), 1, sharex=True, height_ratios=_HEIGHTS)
    figure.subplots_adjust(
        left=_MARGINS[0] / width,
        right=1 - _MARGINS[1] / width,
        top=1 - _ABOVE / height,
        bottom=_BELOW / height,
        hspace=0.09,
    )
    return figure, axes


def _figure_class() -> Any:  # noqa: ANN401 - matplotlib is optional
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingComponent(
            "matplotlib", needed_for="--plot", mend='pip install "streamer[plot]"'
        ) from error
    return Figure


def _head(figure: Any, performance: Performance, width: float) -> None:  # noqa: ANN401
    """Say what is seen."""
    score = performance.score
    room = int(width * 72 / (_FONT * _NARROW)) - 20
    title = score.text or score.source
    if len(title) > room:
        title = title[: room - 1].rstrip() + "…"
    facts = f"timing: {score.timing} · set: {score.visemes.name} · style: {score.style}"
    left, height = _MARGINS[0] / width, figure.get_figheight()
    plain = {"parse_math": False}  # a "$" is one
    figure.text(left, 1 - 0.20 / height, title, fontsize=_FONT + 2, color=_INK, **plain)
    figure.text(left, 1 - 0.38 / height, facts, fontsize=_FONT, color=_PALE, **plain)


def _draw_wave(axes: Any, recording: Recording, columns: int) -> None:  # noqa: ANN401
    low, high = _envelope(recording, columns)
    import numpy as np

    rate, frames = recording.format.rate, recording.frames
    times = np.linspace(0, frames / rate, len(low))
    axes.fill_between(times, low, high, color="#4a4a4a", linewidth=0.3)
    peak = max(float(np.abs([low, high]).max()), 1e-3) * 1.05
    axes.set_ylim(-peak, peak)
    axes.set_yticks([])
    _dress(axes, "sound")


def _envelope(
    recording: Recording, columns: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the least and the most of the sound in each column."""
    import numpy as np

    step = max(1, recording.frames // columns)
    lows, highs = [], []
    rest = np.zeros(0, np.float32)
    for sound in recording.sound():
        mono = np.concatenate([rest, sound.mean(axis=1)])
        whole = len(mono) // step * step
        rows, rest = mono[:whole].reshape(-1, step), mono[whole:]
        lows.append(rows.min(axis=1))
        highs.append(rows.max(axis=1))
    if step == 1:  # a column is one sample: its line is drawn from the one before
        return np.concatenate(lows), np.concatenate(highs) + np.float32(1e-3)
    return np.concatenate(lows), np.concatenate(highs)


def _marks(performance: Performance, kind: str) -> list[_Span]:
    score = performance.score
    return [
        _Span(
            mark.frame / score.rate,
            (mark.frame + mark.frames) / score.rate,
            mark.text,
            "#f2f2f2",
        )
        for mark in score.marks
        if mark.kind == kind and any(char.isalnum() for char in mark.text)
    ]


def _shapes(performance: Performance) -> list[_Span]:
    score = performance.score
    others = [name for name in score.visemes.names if name != score.visemes.neutral]
    tints = {name: _TINTS[at % len(_TINTS)] for at, name in enumerate(others)}
    return [
        _Span(
            cue.frame / score.rate,
            (cue.frame + cue.frames) / score.rate,
            cue.viseme,
            tints.get(cue.viseme, "white"),
        )
        for cue in score.cues
    ]


def _draw_lane(
    axes: Any,  # noqa: ANN401
    name: str,
    spans: Sequence[_Span],
    scale: float,
) -> None:
    """Draw names in boxes as wide as their times, *scale* points a second."""
    axes.broken_barh(
        [(span.start, span.stop - span.start) for span in spans],
        (0, 1),
        facecolors=[span.colour for span in spans],
        edgecolor=_LINE,
        linewidth=0.5,
    )
    for span in spans:
        room = (span.stop - span.start) * scale
        long = _long(span.text)
        upright = long > room and len(span.text) > 1
        if room < _FONT * (0.85 if upright else 0.6) or (upright and long > _LANE):
            continue  # a name that would run into its neighbours
        axes.text(
            (span.start + span.stop) / 2,
            0.48,
            span.text,
            fontsize=_FONT,
            color=_INK,
            rotation=90 if upright else 0,
            ha="center",
            va="center",
            clip_on=True,
            parse_math=False,
        )
    if not spans:
        axes.text(
            0.01, 0.5, "none known", fontsize=_FONT, color=_PALE, va="center",
            transform=axes.transAxes, parse_math=False,
        )  # fmt: skip
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    _dress(axes, name)


def _long(text: str) -> float:
    """Return about how many points a name is wide."""
    capitals = sum(map(str.isupper, text))
    return _FONT * (_NARROW * len(text) + 0.16 * capitals) + 1


def _draw_curves(axes: Any, performance: Performance, stop: float) -> None:  # noqa: ANN401
    import numpy as np

    from streamer.lipsync.pose import CHANNELS

    times = np.linspace(0, stop, max(int(stop * 240), 2))
    track = performance.track.sample(times)
    for name, label, colour in _CONTACTS:
        level = track[:, CHANNELS.index(name)]
        axes.fill_between(
            times, 0, level, color=colour, alpha=0.20, linewidth=0, label=label
        )
    for name, label, colour, width in _CURVES:
        level = track[:, CHANNELS.index(name)]
        axes.plot(times, level, color=colour, linewidth=width, label=label)
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.5, 1])
    _dress(axes, "mouth")
    axes.tick_params(axis="both", labelsize=_FONT, length=2.5, labelbottom=True)
    axes.grid(axis="y", color="#ececec", linewidth=0.6, zorder=0)
    axes.set_axisbelow(True)
    axes.legend(
        loc="lower right",
        bbox_to_anchor=(1.0, -0.315),
        ncols=5,
        fontsize=_FONT,
        frameon=False,
        handlelength=1.4,
        columnspacing=1.2,
        borderaxespad=0,
    )


def _dress(axes: Any, name: str) -> None:  # noqa: ANN401
    axes.set_ylabel(
        name, rotation=0, ha="right", va="center", fontsize=_FONT + 1, color=_INK
    )
    axes.tick_params(axis="x", length=0, labelbottom=False)
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_color(_LINE)
        axes.spines[side].set_linewidth(0.6)
