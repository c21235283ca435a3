"""A spoken utterance as the WAV that a provider would send."""

from __future__ import annotations

from streamer.audio import Encoding, Format, TimedText, wav_header
from streamer.voices.alignment import align
from streamer.voices.spoken import Synthesis

__all__ = ["spoken_wav"]


def spoken_wav(text: str, spoken: Synthesis) -> bytes:
    """
    Return *spoken* as a whole WAV with its characters' and phonemes' times.

    The layout is that of Resemble's streams, so the local voice comes in by
    the same door as a provider's.

    Args:
        text: What was spoken.
        spoken: How it sounds; mono PCM_16 at its own rate.
    """
    phonemes = [
        TimedText("phoneme", item.text, item.frame, item.frames)
        for item in spoken.phonemes
    ]
    format = Format(Encoding.PCM_16, spoken.rate, 1)
    header = wav_header(
        format,
        frames=len(spoken.samples),
        timed_text=align(text, spoken.phonemes, spoken.words) + phonemes,
    )
    return header + spoken.samples.astype("<i2").tobytes()
