"""
What a server says of frames, which the browser's and the Python placer are both fed.

Written once, so that the two cannot come to different rules.
"""

from __future__ import annotations

from streamer.events.messages import (
    Anchor,
    AnchorAt,
    Cut,
    End,
    Frames,
    FramesGiven,
    ServerMessage,
    State,
    UtteranceState,
)

__all__ = ["GIVEN", "SEQUENCES", "Said", "anchor", "frames"]

Said = tuple[int, ServerMessage]
"""When it came, µs of the server's clock, and what it was."""

GIVEN = FramesGiven("x", 10, ("a", "b"), (0.0, 1.0))
MS = 1_000


def frames(*values: float, utterance: str = "u1", t_ms: int = 0) -> Frames:
    """Frames 100 ms apart; the second weight is what the first leaves of 1."""
    rows = [(value, 1 - value) for value in values]
    return Frames("main", utterance, t_ms * MS, rows)


def anchor(
    at_ms: int, media_ms: int = 0, rate: float = 1.0, utterance: str = "u1"
) -> Anchor:
    """What is heard when."""
    media, at = media_ms * MS, at_ms * MS
    return Anchor("main", 1, utterance, media, at, rate, "paced", 0)


def over(at_ms: int, kind: type[Cut | End] = End, utterance: str = "u1") -> Cut | End:
    """The end of an utterance, for whatever reason."""
    if kind is Cut:
        return Cut("main", 2, utterance, at_ms * MS, at_ms * MS)
    return End("main", 2, utterance, at_ms * MS, at_ms * MS, None)


def state(*told: tuple[str, AnchorAt | None]) -> State:
    """The utterances that go on."""
    utterances = [
        UtteranceState(name, None, None, "none", None, at, 0, [], [])
        for name, at in told
    ]
    return State("main", "e1", 9, utterances)


WAVE = frames(0.0, 0.4, 0.9, 0.1, 0.6, 0.6, 0.2)
WAY = frames(0.2, 0.6, 0.8, 0.3, t_ms=-200)

SEQUENCES: dict[str, list[Said]] = {
    "nothing": [],
    "no-anchor": [(0, WAVE)],
    "from-frame-to-frame": [(0, WAVE), (0, anchor(100))],
    "anchor-first-and-in-pieces": [
        (0, anchor(50)),
        (0, frames(0.1, 0.2)),
        (100 * MS, frames(0.7, 0.3, t_ms=100)),
        (200 * MS, frames(0.4, t_ms=300)),
    ],
    "the-way-to-the-first-shape": [(0, WAY), (0, anchor(300))],
    "half-as-fast": [(0, WAVE), (0, anchor(0, rate=0.5))],
    "an-end": [(0, WAVE), (0, anchor(0)), (350 * MS, over(350))],
    "a-cut-in-the-future": [(0, WAVE), (0, anchor(0)), (300 * MS, over(350, Cut))],
    "a-stand-and-on": [
        (0, WAVE),
        (0, anchor(0)),
        (250 * MS, anchor(250, 250, 0.0)),
        (700 * MS, anchor(750, 250)),
        (720 * MS, anchor(750, 250)),
    ],
    "a-stand-before-the-first-sound": [
        (0, WAVE),
        (0, anchor(0, 0, 0.0)),
        (100 * MS, anchor(120)),
    ],
    "a-stand-that-is-cut": [
        (0, WAVE),
        (0, anchor(0)),
        (250 * MS, anchor(250, 250, 0.0)),
        (300 * MS, over(300, Cut)),
    ],
    "one-after-the-other": [
        (0, frames(0.1, 0.2, 0.1)),
        (0, anchor(0)),
        (0, frames(0.8, 0.9, 0.8, 0.7, 0.6, utterance="u2", t_ms=-200)),
        (0, anchor(300, utterance="u2")),
        (200 * MS, over(200)),
    ],
    "the-end-is-told-late": [
        (0, frames(0.1, 0.2, 0.1)),
        (0, anchor(0)),
        (0, frames(0.8, 0.8, 0.7, utterance="u2")),
        (0, anchor(200, utterance="u2")),
    ],
    "a-state": [
        (0, frames(0.9, utterance="u0")),
        (0, WAVE),
        (0, anchor(0)),
        (150 * MS, state(("u1", AnchorAt(0, 0, 1.0, "paced", 0)), ("u2", None))),
    ],
}
"""What happens → what is said of it."""
