"""What an utterance's trace learns from the device: its moments and its gaps."""

from __future__ import annotations

from typing import Literal

from streamer.engine.report import Starvation
from streamer.engine.utterance import Utterance
from streamer.lipsync import OCULUS
from streamer.playback import Player
from streamer.timing import Clock, Silence

_REASONS: dict[int, Literal["starved", "lost"]] = {
    Silence.STARVED: "starved",
    Silence.LOST: "lost",
}
"""Silences that nobody asked for; a pause is none of them."""

__all__ = ["note_end", "note_moments"]


def note_moments(utterance: Utterance, player: Player, clock: Clock) -> None:
    """
    Note when the first sound and the first cue are heard, once that is known.

    Before its first block was asked for it is only reckoned, and may change.
    """
    trace = utterance.trace
    if not player.playout.knows(utterance.id) or utterance.state != "playing":
        return
    if trace.first_sample is None:
        trace.first_sample = _moment(utterance, 0, player, clock)
    if trace.first_audible is None and trace.audible_frame is not None:
        frame = trace.audible_frame
        trace.first_audible = _moment(utterance, frame, player, clock)
    cues = utterance.known_cues.get(OCULUS.name)
    if trace.first_cue_due is None and cues:
        media = utterance.seconds(cues[0].frame)
        frame = round(media * player.options.rate)
        trace.first_cue_due = _moment(utterance, frame, player, clock)


def note_end(utterance: Utterance, player: Player, frame: int, time: float) -> None:
    """Note what is known of *utterance*, which was over at *frame* and *time*."""
    trace, playout = utterance.trace, player.playout
    trace.ended = time
    trace.counts.update(player.statistics())
    trace.renderer = "python" if player.renderer.native is None else "native"
    trace.drift_ppm = playout.drift_ppm if player.options.paced else None
    if playout.knows(utterance.id):
        rate = player.options.rate
        utterance.starvation = tuple(
            Starvation(gap.frame / rate, gap.frames / rate, _REASONS[gap.reason])
            for gap in playout.gaps_of_cut(utterance.id, frame)
            if gap.reason in _REASONS
        )


def _moment(
    utterance: Utterance, frame: int, player: Player, clock: Clock
) -> float | None:
    """
    When *frame*, of the device, is heard; None while nobody knows.

    Where heard means written it is now, once it is: what is written faster than
    it plays has no times of its own.
    """
    if player.options.paced:
        return player.playout.when(utterance.id, frame)
    now = clock.time()
    return now if player.playout.heard(utterance.id, now) > frame else None
