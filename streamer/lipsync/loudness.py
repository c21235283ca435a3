"""The rung ``loudness``: a mouth from the sound's levels alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from streamer.lipsync.phonemes import Phone
from streamer.lipsync.pose import CHANNELS
from streamer.lipsync.timeline import TimedPhone

__all__ = ["LoudnessMouth"]

_SILENT_DB = -30.0
"""Under the voice's loudest nobody speaks; whispered fricatives are at -28."""
_QUIETEST_DB = -50.0
"""The loudest of a voice is not taken for less, in dBFS: room noise is no voice."""
_FORGET_DB = 0.04
"""How much the loudest sinks each 10 ms: 4 dB a second."""
_WIDEST_JAW = 0.8
"""Of the loudest; JALI's widest band is 0.7 to 0.9."""
_OPENING = 0.9
"""How far lips are apart for the jaw."""
_ATTACK, _RELEASE = 0.40, 0.26
"""Part of the way gone in 10 ms: 50/s and 30/s, as avatars driven by level use."""
_SEAL_LEVELS = 4
"""Levels of silence, in a row, after which the lips are shut: 40 ms."""
_SHORTEST = 6
"""Levels for which a change must last to be one: 60 ms."""
_LONGEST = 20
"""Levels of an open phone that are told before it ends."""
_LOUD_JAW = 0.45
_SILENCE, _QUIET, _LOUD = 0, 1, 2
_PHONES = {_SILENCE: None, _QUIET: Phone("ə"), _LOUD: Phone("a", stress=1)}

_JAW, _LIPS, _SEAL = (CHANNELS.index(name) for name in ("jaw", "opening", "seal"))


class LoudnessMouth:
    """
    Opens the jaw with the voice's level and shuts the lips on silence.

    The level is judged against the loudest that was heard lately, so a quiet
    voice opens its mouth as well; the first 10 ms of a voice are taken for
    its loudest. Nothing is looked ahead at.

    Args:
        rate: Frames a second, in Hz.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._loudest = _QUIETEST_DB
        self._jaw = 0.0
        self._silent = _SEAL_LEVELS  # levels in a row
        self._count = 0  # levels received
        self._kind, self._since = _SILENCE, 0
        self._other, self._other_since = _SILENCE, 0
        self._told: list[TimedPhone] = []

    def receive(self, levels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """
        Receive what follows of the sound.

        Args:
            levels: RMS in dBFS of each 10 ms; shape ``(levels,)``; silence may
                be minus infinity.

        Returns:
            The mouth at each level; shape ``(levels, 7)`` in the order of
            :data:`~streamer.lipsync.pose.CHANNELS`, new memory.
        """
        mouth = np.zeros((len(levels), len(CHANNELS)), np.float32)
        clean = np.nan_to_num(levels, nan=-120.0, neginf=-120.0, posinf=0.0)
        for row, level in zip(mouth, clean.tolist(), strict=True):
            self._move(level)
            row[_JAW] = self._jaw
            row[_LIPS] = self._jaw * _OPENING
            row[_SEAL] = float(self._silent >= _SEAL_LEVELS)
            self._listen()
            self._count += 1
        return mouth

    def pass_over(self, levels: int) -> None:
        """Let so many levels go by at which nobody looked; the mouth rests then."""
        self._tell(self._count)
        self._jaw, self._silent = 0.0, _SEAL_LEVELS
        self._kind = self._other = _SILENCE
        self._count += levels

    def phones(self, *, last: bool = False) -> list[TimedPhone]:
        """
        Tell what was received as sounds, for shapes: ``a``, ``ə`` and silence.

        Args:
            last: Whether nothing follows; else the last 60 to 200 ms wait.

        Returns:
            Phones from where the last call's ended, without holes.
        """
        until = self._count if last else self._settled()
        if last or until - self._since >= _LONGEST:
            self._tell(until)
        told, self._told = self._told, []
        return told

    def _move(self, level: float) -> None:
        self._loudest = max(self._loudest - _FORGET_DB, level, _QUIETEST_DB)
        height = (level - self._loudest - _SILENT_DB) / -_SILENT_DB
        wanted = _WIDEST_JAW * max(height, 0.0)
        self._silent = self._silent + 1 if height <= 0.0 else 0
        part = _ATTACK if wanted > self._jaw else _RELEASE
        self._jaw += part * (wanted - self._jaw)

    def _listen(self) -> None:
        """Take a new kind of sound for one once it has lasted."""
        kind = _LOUD if self._jaw >= _LOUD_JAW else _QUIET
        kind = _SILENCE if self._silent else kind
        if kind == self._kind:
            self._other = kind
        elif kind != self._other:
            self._other, self._other_since = kind, self._count
        elif self._count + 1 - self._other_since >= _SHORTEST:
            self._tell(self._other_since)
            self._kind = kind

    def _settled(self) -> int:
        """Return up to which level the kind of sound is certain."""
        return self._count if self._other == self._kind else self._other_since

    def _tell(self, until: int) -> None:
        start, stop = (at * self._rate // 100 for at in (self._since, until))
        if stop > start:
            self._told.append(TimedPhone(start, stop - start, _PHONES[self._kind]))
            self._since = until
