"""The local voice as a provider: no key, no network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import ClassVar

from streamer.errors import UsageError
from streamer.sources import Facilities, Speech
from streamer.voices import Espeak, VoiceSettings
from streamer.voices.wav import spoken_wav

__all__ = ["EspeakVoice", "speak"]

CHUNK_BYTES = 16 * 1024
"""Size of the pieces in which the speech is handed on."""


@dataclass(frozen=True, slots=True)
class EspeakVoice:
    """espeak-ng with its settings."""

    settings: VoiceSettings = field(default_factory=VoiceSettings)
    """Language, speed, pitch and volume."""
    max_characters: int = 2000
    """Longest text it takes at once."""
    travels: ClassVar[bool] = True

    @property
    def language(self) -> str:
        """BCP 47 tag of what it speaks."""
        return self.settings.language

    def speak(self, text: str) -> Speech:
        """
        Return the speech of *text*.

        Raises:
            UsageError: There is nothing to speak.
        """
        if not text.strip():
            raise UsageError("there is no text to speak")
        return Speech(_EspeakSource(text, self.settings), text, self.language)


def speak(text: str, *, language: str = "en-us") -> Speech:
    """
    Return the speech of *text* by the local voice.

    Args:
        text: Plain text.
        language: One of espeak-ng's, such as ``en-us``, ``de``, ``cmn``.

    Raises:
        UsageError: There is nothing to speak.
    """
    return EspeakVoice(VoiceSettings(language=language)).speak(text)


@dataclass(frozen=True, slots=True)
class _EspeakSource:
    """A WAV with its times, synthesised whole when it is asked for."""

    text: str
    settings: VoiceSettings
    travels: ClassVar[bool] = True

    @property
    def name(self) -> str:
        return f"espeak-ng ({self.settings.language})"

    async def stream(self, facilities: Facilities) -> AsyncIterator[bytes]:
        voice = await facilities.run(Espeak.shared)
        spoken = await facilities.run(voice.synthesize, self.text, self.settings)
        data = spoken_wav(self.text, spoken)
        for start in range(0, len(data), CHUNK_BYTES):
            yield data[start : start + CHUNK_BYTES]
