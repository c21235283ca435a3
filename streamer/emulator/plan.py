"""How a script is given to the local voice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from streamer.emulator.ipa import to_names
from streamer.emulator.script import Script, Segment
from streamer.errors import VoiceError
from streamer.voices import Markup, VoiceSettings

__all__ = ["Passage", "Plan", "make_plan"]

_SLOWEST, _FASTEST = 46.0, 257.0  # VoiceSettings.rate_percent


@dataclass(frozen=True, slots=True)
class Passage:
    """What the voice is given in one go, or a silence."""

    text: str
    """What is written; it becomes the graphemes."""
    spoken: str
    """What the voice is given; empty for a silence."""
    markup: Markup
    """What that is."""
    settings: VoiceSettings
    """How it is spoken."""
    silence: float
    """Seconds of silence; 0 where there is text."""

    @property
    def is_literal(self) -> bool:
        """Whether what is spoken is what is written."""
        return self.markup is Markup.PLAIN and self.spoken == self.text


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is to be spoken, in order."""

    passages: tuple[Passage, ...]
    """One for each segment of the script."""
    issues: tuple[str, ...]
    """What is not spoken as it was asked for; one sentence each."""


def make_plan(
    script: Script,
    *,
    voices: Iterable[str],
    check: Callable[[str], None],
) -> Plan:
    """
    Plan a script.

    Args:
        script: What to speak.
        voices: Voices to take, best first; the first that there is, is taken.
        check: Raises VoiceError for a language that the voice has not.

    Raises:
        VoiceError: If there is none of *voices*.
    """
    voice = _first(voices, check)
    issues = list(script.issues)
    passages = [_passage(s, voice, check, issues) for s in script.segments]
    return Plan(tuple(passages), tuple(dict.fromkeys(issues)))


def _first(voices: Iterable[str], check: Callable[[str], None]) -> str:
    wanted = [voice for voice in voices if voice]
    for voice in wanted[:-1]:
        try:
            check(voice)
        except VoiceError:
            continue
        return voice
    check(wanted[-1])
    return wanted[-1]


def _passage(
    segment: Segment, voice: str, check: Callable[[str], None], issues: list[str]
) -> Passage:
    language = _language(segment, voice, check, issues)
    if not _SLOWEST <= segment.rate_percent <= _FASTEST:
        issues.append(
            f"a rate of {segment.rate_percent:g}% is outside of "
            f"{_SLOWEST:g}% to {_FASTEST:g}%; the nearest was taken"
        )
    spoken, markup = _spoken(segment, language, issues)
    ending = (segment.alias or segment.text).rstrip(" \t\r\n\"'”’)]»")[-1:]
    settings = VoiceSettings(
        language=language,
        rate_percent=segment.rate_percent,
        pitch=segment.pitch,
        pitch_range=segment.pitch_range,
        volume=segment.volume,
        end_pause=bool(ending) and ending in ".!?…",
    )
    return Passage(segment.text, spoken, markup, settings, segment.silence)


def _language(
    segment: Segment, voice: str, check: Callable[[str], None], issues: list[str]
) -> str:
    if segment.language is None:
        return voice
    try:
        check(segment.language)
    except VoiceError:
        issues.append(f"no voice speaks {segment.language!r}; {voice!r} was taken")
        return voice
    # The root's language is the voice's own unless it is another one.
    same = segment.language.lower().partition("-")[0] == voice.lower().partition("-")[0]
    return voice if same else segment.language


def _spoken(segment: Segment, language: str, issues: list[str]) -> tuple[str, Markup]:
    if segment.spelled:
        inside = escape(segment.text)
        tag = '<say-as interpret-as="characters">'
        return f"<speak>{tag}{inside}</say-as></speak>", Markup.SSML
    if segment.ipa is not None:
        names, unknown = to_names(segment.ipa, language)
        if not unknown:
            return names, Markup.PHONEMES
        issues.append(
            f"{''.join(unknown)!r} of the pronunciation {segment.ipa!r} cannot be "
            f"spoken by {language!r}; {segment.text!r} was spoken from its letters"
        )
    return segment.alias or segment.text, Markup.PLAIN
