"""
The local voice: espeak-ng, with the time of every phoneme it speaks.

espeak-ng has one global voice a process, so there is one :class:`Espeak` and
one lock: calls from several threads are served one after another. Everything
here blocks for as long as the voice works (measured on two cores: 11 ms for
100 characters, 0.4 s for 3,000) and is meant for an executor, never for an
event loop.
"""

from __future__ import annotations

import ctypes
import difflib
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Any, ClassVar

import numpy as np

from streamer.errors import MissingComponent, VoiceError
from streamer.voices import library as c
from streamer.voices.spoken import (
    Int16,
    Piece,
    SpokenWord,
    Synthesis,
    Transcript,
    is_plosive,
)

__all__ = ["Espeak", "Markup", "VoiceSettings"]

_UTF8 = 1
_IPA = 0x02
_SEPARATOR = "|"
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_NORMAL_WORDS_A_MINUTE = 175
_WORDS_A_MINUTE = (80, 450)  # espeakRATE in speak_lib.h
_DEFAULTS = {"en": "en-us"}  # as Resemble documents for xml:lang
_QUIET = 8  # of 32,768: -72 dB, under the voice's own noise
_LONGEST_CLOSURE = 2_205  # 100 ms
_SWITCH = re.compile(r"\([\w-]+\)")  # to another language, and back
# A control character would be taken for a command, and NUL for the end.
_NOT_TEXT = dict.fromkeys((*range(32), 127), " ")


class Markup(IntFlag):
    """What the text is, other than plain; espeak-ng's own flags."""

    PLAIN = 0
    """Text to be read out."""
    SSML = 0x10
    """espeak-ng's part of SSML: no IPA, no language."""
    PHONEMES = 0x100
    """Phoneme names of the voice stand between ``[[`` and ``]]``."""


@dataclass(frozen=True, slots=True)
class VoiceSettings:
    """How to speak."""

    language: str = "en-us"
    """One of :meth:`Espeak.languages`, in any case; ``+f3`` and the like vary it."""
    rate_percent: float = 100.0
    """Speed; 46 to 257 (80 to 450 words a minute), others go to the nearest."""
    pitch: int = 50
    """Height of the voice, 0 to 100."""
    pitch_range: int = 50
    """How much it rises and falls, 0 (monotone) to 100."""
    volume: int = 100
    """0 to 200; 100 is the voice's own."""
    end_pause: bool = False
    """Whether a sentence's pause (0.3 s) follows the last word."""


class Espeak:
    """The one voice of this process; get it from :meth:`shared`."""

    _shared: ClassVar[Espeak | None] = None
    _making: ClassVar[threading.Lock] = threading.Lock()

    def __init__(self, c_library: ctypes.CDLL, rate: int) -> None:
        self.rate = rate
        """Frames a second of all it speaks, in Hz."""
        self._library = c_library
        self._lock = threading.Lock()
        self._reads: str | None = None  # the language, since it has only read
        self._job: _Job | None = None
        # Kept as long as the library may call it.
        self._callback = c.Callback(self._receive)
        c_library.espeak_SetSynthCallback(self._callback)
        self._identifiers = _identifiers(c_library)
        self._variants = frozenset(
            identifier.removeprefix("!v/")
            for _, identifier, _ in c.read_voices(c_library, "variant")
        )

    @classmethod
    def shared(cls) -> Espeak:
        """
        Return the process's voice, loading it at the first call.

        Raises:
            MissingComponent: If espeak-ng is not installed.
        """
        with cls._making:
            if cls._shared is None:
                cls._shared = cls(*c.load())
            return cls._shared

    def languages(self) -> tuple[str, ...]:
        """Return the languages that can be spoken, in alphabetical order."""
        return tuple(sorted(self._identifiers))

    def synthesize(
        self,
        text: str,
        settings: VoiceSettings | None = None,
        *,
        markup: Markup = Markup.PLAIN,
    ) -> Synthesis:
        """
        Speak *text* into memory; 21 MB for 3,000 characters at the most.

        Raises:
            VoiceError: If the language is not known, or the voice failed.
        """
        pieces: list[Piece] = []

        def keep(piece: Piece) -> bool:
            pieces.append(piece)
            return True

        self.synthesize_stream(text, settings, keep, markup=markup)
        silence = np.zeros(0, np.int16)
        return Synthesis(
            samples=np.concatenate([silence, *(p.samples for p in pieces)]),
            rate=self.rate,
            phonemes=tuple(phoneme for p in pieces for phoneme in p.phonemes),
            words=tuple(word for p in pieces for word in p.words),
        )

    def synthesize_stream(
        self,
        text: str,
        settings: VoiceSettings | None,
        sink: Callable[[Piece], bool],
        *,
        markup: Markup = Markup.PLAIN,
    ) -> None:
        """
        Speak *text*, handing each piece (60 ms of sound) to *sink* as it is made.

        Args:
            text: Any text; empty text gives next to nothing.
            settings: How to speak; None is the default voice.
            sink: Called in this thread while the voice is held, so it must
                only store, never wait. False ends the synthesis; what it
                raises does too, and is raised again here.
            markup: What the text is.

        Raises:
            VoiceError: If the language is not known, or the voice failed.
        """
        chosen = settings or VoiceSettings()
        clean = text.translate(_NOT_TEXT)
        with self._lock:
            self._reads = None
            self._choose(chosen)
            names = []
            if markup is Markup.PLAIN:
                names = self._phoneme_names(clean)
            self._job = job = _Job(clean, sink, names)
            try:
                status = self._speak(clean, chosen, markup)
            finally:
                self._job = None
        job.finish()
        if status:
            raise VoiceError(f"espeak-ng could not speak this text (status {status})")

    def phonemes(self, text: str, language: str = "en-us") -> list[str]:
        """
        Return the phonemes of *text* in IPA, stress attached, without pauses.

        Raises:
            VoiceError: If the language is not known.
        """
        return self.pronounce([text], language)[0]

    def pronounce(
        self, texts: Sequence[str], language: str = "en-us"
    ) -> list[list[str]]:
        """
        Return the phonemes of each of *texts*, said apart from the others.

        The voice is chosen once (measured: 0.2 to 4 ms), and not again before
        another one was needed, or it spoke; a word then takes 40 microseconds.

        Raises:
            VoiceError: If the language is not known.
        """
        with self._lock:
            if self._reads != language:
                self._reads = None
                self._choose(VoiceSettings(language=language))
                self._reads = language
            return [self._phoneme_names(text.translate(_NOT_TEXT)) for text in texts]

    def check(self, language: str) -> None:
        """
        See that *language* can be spoken.

        Raises:
            VoiceError: If not; names it and those that are close.
        """
        self._identifier(language)

    def _receive(self, samples: Any, count: int, events: Any) -> int:  # noqa: ANN401 - C
        job = self._job
        if job is None:
            return 1
        try:
            return 0 if job.receive(samples, count, events) else 1
        except BaseException as error:  # noqa: BLE001 - must not cross C; raised after it
            job.error = error
            return 1

    def _speak(self, text: str, settings: VoiceSettings, markup: Markup) -> int:
        raw = text.encode("utf-8", "replace")
        pause = 0x1000 if settings.end_pause else 0  # espeakENDPAUSE
        flags = _UTF8 | markup | pause
        status: int = self._library.espeak_Synth(
            raw, len(raw) + 1, 0, 1, 0, flags, None, None
        )
        return status

    def _choose(self, settings: VoiceSettings) -> None:
        identifier = self._identifier(settings.language)
        if self._library.espeak_SetVoiceByName(identifier.encode()):
            raise VoiceError(
                f"the voice {settings.language!r} cannot be loaded; "
                "check that espeak-ng's data are complete"
            )
        # It takes a change of voice with the next sound, and tells each: those of
        # thirty texts that were only read leave no room for the first phonemes.
        self._speak("", settings, Markup.PLAIN)
        words = round(_NORMAL_WORDS_A_MINUTE * settings.rate_percent / 100)
        slowest, fastest = _WORDS_A_MINUTE
        for parameter, value in (
            (_RATE, min(max(words, slowest), fastest)),
            (_VOLUME, min(max(settings.volume, 0), 200)),
            (_PITCH, min(max(settings.pitch, 0), 100)),
            (_RANGE, min(max(settings.pitch_range, 0), 100)),
        ):
            self._library.espeak_SetParameter(parameter, value, 0)

    def _identifier(self, language: str) -> str:
        base, plus, variant = language.partition("+")
        tag = base.strip().lower().replace("_", "-")
        tag = _DEFAULTS.get(tag, tag)
        found = self._identifiers.get(tag)
        if found is None:
            # Of "de-at" there is no voice of its own; "de" speaks it.
            found = self._identifiers.get(tag.partition("-")[0])
        if found is None or (plus and variant not in self._variants):
            raise VoiceError(self._unknown(language, tag, variant))
        return f"{found}+{variant}" if plus else found

    def _unknown(self, language: str, tag: str, variant: str) -> str:
        known = [*self._identifiers]
        if tag.partition("-")[0] in self._identifiers:
            tag, known = variant, [*self._variants]
        close = difflib.get_close_matches(tag, known, n=3, cutoff=0.5)
        near = ", ".join(close)
        way = f"close to it: {near}" if near else "name a language: en-us, de, fr-fr"
        return f"espeak-ng has no voice {language!r}; {way}"

    def _phoneme_names(self, text: str) -> list[str]:
        position = ctypes.c_char_p(text.encode("utf-8", "replace"))
        mode = _IPA | ord(_SEPARATOR) << 8
        names: list[str] = []
        while position.value:
            clause = self._library.espeak_TextToPhonemes(
                ctypes.byref(position), _UTF8, mode
            )
            spoken = (clause or b"").decode("utf-8", "replace")
            names += _SWITCH.sub("", spoken).replace(_SEPARATOR, " ").split()
        return [name for name in names if name.strip("ˈˌ")]


class _Job:
    """One text being spoken; lives within one call of the library."""

    def __init__(
        self, text: str, sink: Callable[[Piece], bool], names: list[str]
    ) -> None:
        self._transcript = Transcript(text)
        self._sink = sink
        self._names = iter(names)
        self._tail = np.zeros(0, np.int16)
        self._frames = 0
        self._wanted = True
        self.error: BaseException | None = None

    def receive(self, samples: Any, count: int, events: Any) -> bool:  # noqa: ANN401 - C
        sound = np.zeros(0, np.int16)
        if samples and count > 0:
            sound = np.frombuffer(ctypes.string_at(samples, 2 * count), np.int16)
        recent = np.concatenate([self._tail, sound])
        self._frames += len(sound)
        for event, name in c.read_events(events):
            if event.type == c.EVENT_WORD:
                word = SpokenWord(event.text_position - 1, event.length, event.sample)
                self._transcript.receive_word(word)
            elif event.type == c.EVENT_PHONEME:
                ipa, quiet = self._whole(name), 0
                if is_plosive(ipa):
                    later = self._frames - event.sample
                    quiet = _quiet(recent[: max(len(recent) - later, 0)])
                self._transcript.receive_phoneme(ipa, event.sample, quiet=quiet)
        self._tail = recent[-2 * _LONGEST_CLOSURE :]
        return self._hand_over(sound)

    def finish(self) -> None:
        """Hand over the last phoneme; raise what the sink raised."""
        if self.error is not None:
            raise self.error
        self._transcript.receive_end(self._frames)
        if self._wanted:
            self._hand_over(np.zeros(0, np.int16))

    def _hand_over(self, sound: Int16) -> bool:
        phonemes, words = self._transcript.take()
        if len(sound) or phonemes or words:
            self._wanted = self._sink(Piece(sound, phonemes, words))
        return self._wanted

    def _whole(self, name: bytes) -> str:
        """Return the name, mended where it filled its field and may be cut."""
        if len(name) < c.EVENT_TEXT_BYTES:
            return name.decode("utf-8", "replace")
        cut = name.decode("utf-8", "ignore")
        return next((whole for whole in self._names if whole.startswith(cut)), cut)


def _quiet(before: Int16) -> int:
    """Return how many of the last frames are silent, up to the longest closure."""
    loud = np.flatnonzero(np.abs(before[-_LONGEST_CLOSURE:]) > _QUIET)
    return min(len(before), _LONGEST_CLOSURE) - (int(loud[-1]) + 1 if len(loud) else 0)


def _identifiers(c_library: ctypes.CDLL) -> dict[str, str]:
    """Return which voice speaks each language: the one that claims it most."""
    best: dict[str, tuple[int, str]] = {}
    for language, identifier, priority in c.read_voices(c_library):
        candidate = (priority, identifier)
        best[language.lower()] = min(best.get(language.lower(), candidate), candidate)
    if not best:
        raise MissingComponent(
            "espeak-ng's data", needed_for="the local voice", mend=c.MEND
        )
    return {language: identifier for language, (_, identifier) in best.items()}
