"""
A WAV that arrives in pieces.

Sources:
    Multimedia Programming Interface and Data Specifications 1.0 (1991),
    chapters 2 and 3; RF64 and BW64: EBU Tech 3306, ITU-R BS.2088; the timed
    text: Resemble's page "Streaming HTTP".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from streamer.audio.byte_reader import ByteReader
from streamer.audio.format import Event
from streamer.audio.pcm import Buffer
from streamer.audio.wav_walker import MAX_HEADER_BYTES, WavWalker
from streamer.errors import FormatError, UsageError

__all__ = ["WavParser", "WavStatistics"]


@dataclass(frozen=True, slots=True)
class WavStatistics:
    """What a :class:`WavParser` left out, so far."""

    unknown_cues: int = 0
    """Texts whose cue point is nowhere; counted at the end."""
    unknown_purposes: int = 0
    """Texts that are neither ``grph`` nor ``phon``."""
    malformed_entries: int = 0
    """Texts, cue points and lists that were too short, too long or cut off."""
    skipped_chunks: int = 0
    """RIFF chunks that say nothing about sound or text, or say it twice."""
    trailing_bytes: int = 0
    """Bytes after the sound that are no RIFF chunk; never played."""
    segments: int = 0
    """WAV headers that were followed by ``data``; more than 1 where they repeat."""


class WavParser:
    """
    Sans-I/O parser for a WAV that arrives in pieces.

    Push bytes with :meth:`receive_data` and :meth:`receive_eof`, pull events
    with :meth:`events`: one :class:`~streamer.audio.format.Header` when the
    sound begins, the :class:`~streamer.audio.format.TimedTexts` that stood
    before it, :class:`~streamer.audio.format.Samples`, the timed text that
    stood after it, and one :class:`~streamer.audio.format.End`. They do not
    depend on how the bytes were split, except for the sizes of consecutive
    Samples.

    *How long the sound is*: as long as ``data`` says, or to the end of the
    bytes where its size is a known placeholder (0xFFFFFFFF, 0x7FFFFFFF,
    0x7FFFF000, 2,000,000,000; above 0x7FFFF000 where the RIFF size is one) or
    is 0 with bytes behind it. A size of 0 is taken at its word where nothing,
    or one of ``LIST``, ``cue ``, ``fact``, ``id3 ``, ``RIFF``, stands behind
    it. The RIFF size ends nothing.

    *What follows the sound* is read as RIFF chunks and never played. Damage
    there is counted, not raised: the sound was whole. A second WAV there is a
    new segment: its sound and, placed behind what came before, its texts
    follow without another Header.
    """

    MAX_HEADER_BYTES: ClassVar[int] = MAX_HEADER_BYTES
    """Bytes of cue points and texts kept for one segment; a memory limit."""

    def __init__(self) -> None:
        self._reader = ByteReader()
        self._walker = WavWalker(self._reader)
        self._steps = self._walker.walk()
        self._error: FormatError | None = None
        self._eof = False

    @property
    def statistics(self) -> WavStatistics:
        """What was left out, as of now."""
        walker, text = self._walker, self._walker.text
        return WavStatistics(
            unknown_cues=text.unknown_cues,
            unknown_purposes=text.unknown_purposes,
            malformed_entries=text.malformed_entries + walker.malformed_chunks,
            skipped_chunks=walker.skipped_chunks,
            trailing_bytes=walker.trailing_bytes,
            segments=walker.segments,
        )

    def receive_data(self, data: Buffer) -> None:
        """
        Receive bytes from the source; then call :meth:`events`.

        Everything that can be known from the bytes so far becomes events, and
        stays here until they are pulled; of the bytes themselves no more is
        kept than part of a frame or of :attr:`MAX_HEADER_BYTES`. *data* may be
        reused at once.

        Raises:
            FormatError: If the bytes are not a WAV that can be played. Events
                parsed before the fault are still returned by :meth:`events`;
                every later call raises the same error.
            UsageError: After :meth:`receive_eof`.
        """
        self._receive(data, message=False)

    def receive_message(self, data: Buffer) -> None:
        """
        Receive one message of a transport that has messages, a WebSocket say.

        It is as :meth:`receive_data`, but sound that is going on is broken off
        by a message that *begins* with twelve bytes ``RIFF….WAVE``: that
        starts a new segment. Some providers send a header with each message.

        Raises:
            FormatError: As :meth:`receive_data`.
            UsageError: After :meth:`receive_eof`.
        """
        self._receive(data, message=True)

    def receive_eof(self) -> None:
        """
        Receive the end of the bytes; then call :meth:`events` a last time.

        Raises:
            FormatError: If they end before the sound begins. Sound that is cut
                off is no error: :class:`~streamer.audio.format.End` tells.
        """
        if self._error is not None:
            raise self._error.with_traceback(None)
        self._eof = True
        self._reader.feed_eof()
        self._advance()

    def events(self) -> list[Event]:
        """Return the events since the last call, oldest first; never raises."""
        events, self._walker.events = self._walker.events, []
        return events

    def _receive(self, data: Buffer, *, message: bool) -> None:
        if self._error is not None:
            raise self._error.with_traceback(None)
        if self._eof:
            raise UsageError("a WavParser takes no data after receive_eof()")
        self._reader.feed(bytes(data), message=message)
        self._advance()

    def _advance(self) -> None:
        try:
            next(self._steps, None)
        except FormatError as error:
            self._error = error
            raise
