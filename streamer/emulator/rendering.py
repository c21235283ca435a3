"""A plan spoken by the local voice: encoded sound and timed text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from streamer.audio.format import Format, TimedText
from streamer.audio.pcm import encode
from streamer.audio.resample import Converter
from streamer.emulator.plan import Passage, Plan
from streamer.voices import Espeak, Piece, SpokenPhoneme, SpokenWord, align
from streamer.voices.spoken import Int16

__all__ = ["render"]

_FULL_SCALE = np.float32(2**15)
_SILENCE_AT_ONCE = 4_410


def render(
    espeak: Espeak,
    plan: Plan,
    format: Format,
    sink: Callable[[bytes], bool],
) -> list[TimedText]:
    """
    Speak a plan; to be called in an executor.

    Args:
        espeak: The voice.
        plan: What to speak.
        format: How the sound is to be written; mono.
        sink: Gets whole frames as they are made. It is called while the voice
            is held, so it must only store; False ends the rendering.

    Returns:
        All graphemes, then all phonemes, in frames of *format*'s rate; nothing
        of use where *sink* ended it. A silence of the plan has no entry.

    Raises:
        VoiceError: If the voice cannot speak it.
    """
    encoder = _Encoder(espeak.rate, format, sink)
    graphemes: list[TimedText] = []
    phonemes: list[TimedText] = []
    for passage in plan.passages:
        base = encoder.frames
        said, words = _speak(espeak, passage, encoder)
        if not encoder.wanted:
            return []
        text = align(passage.text, said, words if passage.is_literal else [])
        graphemes += _moved(text, base)
        spoken = [TimedText("phoneme", p.text, p.frame, p.frames) for p in said]
        phonemes += _moved(spoken, base)
    encoder.finish()
    return [_scaled(t, format.rate, espeak.rate) for t in (*graphemes, *phonemes)]


def _speak(
    espeak: Espeak, passage: Passage, encoder: _Encoder
) -> tuple[list[SpokenPhoneme], list[SpokenWord]]:
    phonemes: list[SpokenPhoneme] = []
    words: list[SpokenWord] = []

    def receive(piece: Piece) -> bool:
        phonemes.extend(piece.phonemes)
        words.extend(piece.words)
        silent = passage.settings.volume == 0
        sound = np.zeros_like(piece.samples) if silent else piece.samples
        return encoder.write(sound)

    if passage.silence:
        for silence in _zeros(round(passage.silence * espeak.rate)):
            if not encoder.write(silence):
                break
    elif passage.text.strip():
        espeak.synthesize_stream(
            passage.spoken, passage.settings, receive, markup=passage.markup
        )
    return phonemes, words


def _zeros(frames: int) -> Iterator[Int16]:
    for start in range(0, frames, _SILENCE_AT_ONCE):
        yield np.zeros(min(_SILENCE_AT_ONCE, frames - start), np.int16)


def _moved(texts: Iterable[TimedText], base: int) -> Iterator[TimedText]:
    for entry in texts:
        yield TimedText(entry.kind, entry.text, entry.frame + base, entry.frames)


def _scaled(entry: TimedText, rate: int, from_rate: int) -> TimedText:
    start = _at_rate(entry.frame, rate, from_rate)
    end = _at_rate(entry.frame + entry.frames, rate, from_rate)
    return TimedText(entry.kind, entry.text, start, end - start)


def _at_rate(frame: int, rate: int, from_rate: int) -> int:
    return (frame * rate + from_rate // 2) // from_rate


class _Encoder:
    """Takes the voice's sound and hands on bytes in the format asked for."""

    def __init__(
        self,
        rate: int,
        format: Format,
        sink: Callable[[bytes], bool],
    ) -> None:
        self._converter = Converter(
            rate=rate,
            channels=1,
            output_rate=format.rate,
            output_channels=1,
            quality="HQ",
        )
        self._encoding = format.encoding
        self._sink = sink
        self.frames = 0
        self.wanted = True

    def write(self, sound: Int16, *, last: bool = False) -> bool:
        self.frames += len(sound)
        frames = (sound / _FULL_SCALE).astype(np.float32).reshape(-1, 1)
        data = encode(self._converter.convert(frames, last=last), self._encoding)
        if data:
            self.wanted = self._sink(data)
        return self.wanted

    def finish(self) -> None:
        self.write(np.zeros(0, np.int16), last=True)
