"""How an utterance of a stream is over: heard, cut, or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamer.engine.moments import note_end, note_moments
from streamer.playback import Change

if TYPE_CHECKING:
    from streamer.engine.stream import Stream
    from streamer.engine.utterance import Utterance

__all__ = ["announce_failed", "finish", "finish_all"]


def finish(
    stream: Stream,
    utterance: Utterance,
    change: Change | None,
    *,
    cut: bool = False,
    asked: float | None = None,
) -> None:
    """
    Say that *utterance* is over, and take it out of the queue.

    Args:
        stream: Where it was heard.
        utterance: Which one.
        change: Where it ended and when; None: nothing of it was heard.
        cut: Whether somebody stopped it.
        asked: When that was asked for, in seconds of the clock.
    """
    media, at = 0.0, stream.clock.time()
    sounded = at
    stream.queue.remove(utterance)
    _unlearn(stream, utterance)
    if change is not None and stream.has_player:
        player = stream.player
        media, at = change.frame / player.options.rate, change.time
        stood = player.playout.until(utterance.id, change.frame)
        sounded = at if stood is None else min(at, stood)
        if not cut:
            utterance.mouthing.conclude(media)
        note_moments(utterance, player, stream.clock)
        note_end(utterance, player, change.frame, at)
        player.playout.forget(utterance.id)
    if cut:
        stream.narrator.cut(utterance, media, at)
    else:
        stream.narrator.end(utterance, media, at)
    if media:
        stream.note_sound(at)
    heard = cut and media > 0 and asked is not None
    tail = max(0.0, sounded - asked) if heard and asked is not None else 0.0
    utterance.notice_over(media=media, cut=cut, tail=tail)


def _unlearn(stream: Stream, utterance: Utterance) -> None:
    """Let it teach nothing of its sender if it was read late; that is known late."""
    policy, begun = utterance.policy, utterance.trace.requested
    if policy is None or begun is None:
        return
    if stream.common.turns.was_held_since(begun):
        policy.receive_late_reading()


def finish_all(stream: Stream, *, cut: bool) -> None:
    """End whatever is not over, with as much of it as was heard by now."""
    now = stream.clock.time()
    for utterance in list(stream.queue):
        frame = 0
        if stream.has_player:
            frame = round(stream.heard(utterance) * stream.player.options.rate)
        change = Change("ended", utterance.id, frame, now)
        finish(stream, utterance, change, cut=cut)


def announce_failed(stream: Stream, utterance: Utterance) -> None:
    """End an utterance that failed before it had any sound."""
    stream.narrator.start(utterance, timing="none", frames=None)
    finish(stream, utterance, None)
