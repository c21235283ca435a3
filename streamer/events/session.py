"""PURE. What one client asks for, what it is greeted with, what it may not."""

from __future__ import annotations

import hmac
from collections import deque
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

import msgspec

from streamer.events.codec import encode
from streamer.events.frames import RigLook
from streamer.events.log import StreamLog
from streamer.events.messages import (
    Error,
    FramesGiven,
    FramesWanted,
    Hello,
    Position,
    Recovered,
    State,
    Welcome,
)

__all__ = [
    "RateLimit",
    "Refusal",
    "check_frames",
    "check_hello",
    "frames_given",
    "greeting",
    "hello_of",
    "opening",
]


class Refusal(Exception):
    """A connection is closed; the code and reason go with it."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def hello_of(query: str) -> Hello:
    """
    Return the hello that a URL's *query* stands for.

    It knows ``stream`` (may repeat, or have commas), ``visemes``, ``mode``,
    ``lead_ms``, ``frames`` (the rig) and ``fps``; never a token, which would
    end up in logs.

    Raises:
        Refusal: 4500 if a value cannot be.
    """
    values = parse_qs(query, keep_blank_values=True)
    asked: dict[str, object] = {
        name: values[name][-1]
        for name in ("visemes", "mode", "lead_ms")
        if name in values
    }
    if "stream" in values:
        asked["streams"] = [s for part in values["stream"] for s in part.split(",")]
    if "frames" in values or "fps" in values:
        named = (("rig", "frames"), ("fps", "fps"))
        given = {field: values[name][-1] for field, name in named if name in values}
        asked["frames"] = {field: value for field, value in given.items() if value}
    try:
        return msgspec.convert(asked | {"type": "hello"}, Hello, strict=False)
    except msgspec.ValidationError as error:
        raise Refusal(4500, f"the address asks for what cannot be: {error}") from error


def check_hello(
    hello: Hello,
    streams: Mapping[str, StreamLog],
    names: Mapping[str, Sequence[str]],
    token: str | None,
) -> None:
    """
    Check that what *hello* asks for can be had.

    Raises:
        Refusal: 4501 without the right token, 4504 if there is no such stream
            or viseme set.
    """
    shown = (hello.token or "").encode()
    if token is not None and not hmac.compare_digest(shown, token.encode()):
        raise Refusal(4501, "the token is missing or wrong")
    if hello.visemes not in names:
        there = ", ".join(names)
        raise Refusal(4504, f"no viseme set {hello.visemes[:32]!r}; there are: {there}")
    for name in hello.streams:
        if name not in streams:
            there = ", ".join(streams)[:48]
            raise Refusal(4504, f"no stream {name[:32]!r}; there are: {there}")


def check_frames(hello: Hello, rigs: Mapping[str, RigLook]) -> None:
    """
    Check that the frames that *hello* asks for can be had, if it does.

    Raises:
        Refusal: 4504 if there is no such rig, 4500 in live mode.
    """
    wanted = hello.frames
    if wanted is None:
        return
    if wanted.rig not in rigs:
        there = ", ".join(rigs)
        raise Refusal(4504, f"no rig {wanted.rig[:32]!r}; there are: {there}")
    if hello.mode == "live":
        raise Refusal(4500, "frames are placed by anchors: ask for them in mode ahead")


def frames_given(wanted: FramesWanted, rig: RigLook) -> FramesGiven:
    """Return what a client is told of the frames that it will get."""
    return FramesGiven(
        rig=wanted.rig,
        fps=wanted.fps,
        names=rig.channels,
        neutral=tuple(round(weight, 3) for weight in rig.neutral),
    )


def greeting(
    hello: Hello,
    streams: Mapping[str, StreamLog],
    welcome: Welcome,
) -> list[bytes]:
    """Return the first messages to a client: welcome, then each stream's past."""
    messages = [encode(welcome)]
    if hello.frames is not None and welcome.frames is None:
        error = Error(
            code="unsupported",
            message="this server sends no frames; cues are sent instead",
            retry=False,
        )
        messages.append(encode(error))
    for name in dict.fromkeys(hello.streams):
        messages += _past(hello, streams[name], hello.resume.get(name))
        output = streams[name].output_state
        if output is not None and output.state != "playing":
            messages.append(encode(output))
    return messages


def opening(hello: Hello, log: StreamLog, covering: int | None = None) -> State:
    """Return the stream's state; in live mode without what needs a clock."""
    state = log.state(hello.visemes, covering)
    if hello.mode == "ahead":
        return state
    bare = [
        msgspec.structs.replace(told, anchor=None, cues=[], marks=[])
        for told in state.utterances
    ]
    return msgspec.structs.replace(state, utterances=bare)


def _past(hello: Hello, log: StreamLog, seen: Position | None) -> list[bytes]:
    """Return the missing messages if they are still there, else the state."""
    if seen is None or hello.mode == "live":
        return [encode(opening(hello, log))]
    missing = log.since(seen.seq) if seen.epoch == log.epoch else None
    answer = Recovered(
        stream=log.name, ok=missing is not None, from_=seen.seq + 1, to=log.seq
    )
    if missing is None:
        return [encode(answer), encode(opening(hello, log))]
    return [encode(answer), *(entry.encoded(hello.visemes) for entry in missing)]


class RateLimit:
    """
    Counts the frames that a client sends within any 2 s, pings too.

    A client that follows the protocol sends 20 probes a second at most, so
    the limit is far off for it.

    Args:
        per_s: Frames a second.
    """

    WINDOW_US = 2_000_000

    def __init__(self, per_s: int) -> None:
        self._most = per_s * 2
        self._times: deque[int] = deque()

    def take(self, now: int) -> None:
        """
        Count one frame at *now*, µs.

        Raises:
            Refusal: 4029 if there were too many.
        """
        self._times.append(now)
        while self._times[0] <= now - self.WINDOW_US:
            self._times.popleft()
        if len(self._times) > self._most:
            raise Refusal(4029, f"more than {self._most} frames within 2 s")
