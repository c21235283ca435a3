"""
One utterance's mouth: timed text or sound goes in; marks, cues, a track come out.

What arrives decides the rung, once: the voice's phonemes, its letters, the text or
the sound alone. All the rest is the same for every rung. Work is done when it is
needed: of a header with minutes of phonemes only the next second is articulated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from streamer.audio.format import TimedText
from streamer.errors import UsageError
from streamer.lipsync.articulation import Articulator
from streamer.lipsync.batch import Batch, MouthStatistics, MouthTrack, all_sets
from streamer.lipsync.choice import Utterance, choose_feed
from streamer.lipsync.curves import Track
from streamer.lipsync.feeds import Feed, LoudnessFeed, Work
from streamer.lipsync.intake import Intake
from streamer.lipsync.lettersound import LetterToSound
from streamer.lipsync.levels import LevelMeter, WaitingLevels
from streamer.lipsync.leveltrack import LevelTrack
from streamer.lipsync.phonemes import PhonemeNormaliser, UnknownSymbol
from streamer.lipsync.planner import KNOWN_AHEAD, times_of
from streamer.lipsync.rungs import Rung
from streamer.lipsync.shapes import SetCues
from streamer.lipsync.styles import NATURAL, Style
from streamer.lipsync.timeline import Mark, TimedPhone
from streamer.lipsync.visemes import VisemeSet
from streamer.lipsync.words import WordMaker

__all__ = ["Mouth"]

DUE = 0.250
"""Seconds before it is due at which a cue is final, where as much is known."""
SHOWN_AFTER = 0.145
"""Seconds of later gestures that a cue needs to be final: as long as a shape may come
back, and the next one be brought forward."""
LATEST = 0.100
"""Seconds before its ramp at which a gesture is settled, whatever is known."""
LATEST_SHAPE = 0.160
"""The same for cues, which need later gestures to be final."""
SILENT_AFTER = 0.120
"""Seconds without a sound that is known, after which the mouth is taken for silent."""
SILENT_FOR = 0.360
"""How long that silence is taken to be: a pause in which the mouth comes to rest."""
KEPT = 1.0
"""Seconds of the track that are kept behind what is heard."""
_FURTHER: dict[Rung, int] = {"phonemes": 16, "graphemes": 0}
"""Entries behind those needed that are there: how a sound ends. Others take all."""
_FOREVER = 2**62

Float32 = npt.NDArray[np.float32]


class Mouth:
    """
    Moves one utterance's mouth.

    Call :meth:`begin` with what came first; :meth:`receive` and
    :meth:`receive_sound` as more comes; :meth:`finish` when all has; and
    :meth:`take` whenever more is needed.

    Args:
        rate: Frames a second of the utterance's positions, in Hz.
        language: The voice's language tag.
        sets: The viseme sets that cues are made in; None is all of them.
        style: How much the mouth does.
        lead: Seconds that open shapes are complete before their sound.
        hold: Seconds that every shape stays at least; None: each set's own. What is
            above 80 ms makes cues final so much later.
        letter_to_sound: Who reads letters and text; None: nobody can.
        text: What is spoken, where that is known.
        alphabet: How phonemes are written; ``auto`` finds out.
        deferred: What may block is not done by :meth:`take`; whoever calls it gets
            it from :meth:`work`.

    Raises:
        UsageError: If *lead* is out of range, or there is no such alphabet.
    """

    def __init__(
        self,
        rate: int,
        *,
        language: str = "en",
        sets: Sequence[VisemeSet] | None = None,
        style: Style = NATURAL,
        lead: float = 0.020,
        hold: float | None = None,
        letter_to_sound: LetterToSound | None = None,
        text: str | None = None,
        alphabet: str = "auto",
        deferred: bool = False,
    ) -> None:
        self._rate = rate
        self._utterance = Utterance(rate, language, text, letter_to_sound)
        self._deferred = deferred
        self._normaliser = PhonemeNormaliser(language, alphabet)
        # Cues go out as far ahead as sounds are known; the track, which needs less
        # lead, waits until it is known how loud they are.
        self._shaping = Articulator(rate, style=style, lead=lead)
        self._moving = Articulator(rate, style=style, lead=lead)
        self._track = Track(rate)
        self._level_track: LevelTrack | None = None
        self._reach = times_of(rate, style, lead).reach
        chosen = all_sets(language) if sets is None else sets
        self._sets = [SetCues(visemes, rate, hold=hold) for visemes in chosen]
        self._words = WordMaker()
        self._feed: Feed | None = None
        self._meter: LevelMeter | None = None
        self._levels = WaitingLevels()  # those that the track does not know yet
        self._intake = Intake(rate)
        self._known = 0  # frames of sounds that were articulated or wait for it
        self._shaped = self._moved = self._until = 0
        self._declared: int | None = None  # by its header, while nothing follows that
        self._end: int | None = None  # where it ends, unless a second WAV follows
        self._finished = self._over = self._still = False
        self._postponed: tuple[int, int] | None = None  # see _move_on

    @property
    def timing(self) -> Rung | None:
        """Which rung it is on; None before :meth:`begin`."""
        return self._feed.timing if self._feed else None

    @property
    def track(self) -> MouthTrack:
        """The mouth at any time before :attr:`settled`."""
        self._move_on()
        return self._level_track or self._track

    @property
    def settled(self) -> int:
        """Frame before which :attr:`track` is final; below 0 at first."""
        self._move_on()
        if self._level_track is not None:
            return self._level_track.until
        return _FOREVER if self._still else self._moved or -self._rate

    @property
    def is_over(self) -> bool:
        """Whether all was told, and :attr:`track` is final."""
        self._move_on()
        return self._over and (self._still or self._level_track is not None)

    def begin(self, entries: Sequence[TimedText], *, frames: int | None) -> Rung:
        """
        Receive what came first, and choose the rung; call it once.

        Args:
            entries: Timed text, in any order; may be empty.
            frames: How long the utterance is, as far as its header knows: of
                several WAVs one behind another it says how long the first is.

        Returns:
            The rung; it stays.

        Raises:
            UsageError: If it has begun before.
        """
        if self._feed is not None:
            raise UsageError("the mouth has begun; make a new Mouth for the next one")
        by_level = LevelTrack(self._rate)
        self._feed = choose_feed(
            self._utterance,
            entries,
            frames,
            normaliser=self._normaliser,
            log=self._intake.log,
            show=by_level.receive,
        )
        self._level_track = by_level if self._feed.timing == "loudness" else None
        self._intake.receive(entries, frames=frames)
        self._declared = frames
        return self._feed.timing

    def receive(self, entries: Sequence[TimedText]) -> None:
        """Receive more timed text; what another rung would need is left out."""
        self._declared = self._end = None
        self._intake.receive(entries)

    def receive_sound(self, sound: Float32, rate: int) -> None:
        """
        Receive decoded sound that follows the last one's, from media 0 on.

        Args:
            sound: Shape ``(frames, channels)``, in [-1.0, +1.0]; not kept.
            rate: Its frames a second, in Hz; always the same.
        """
        self._move_on()
        self._meter = self._meter or LevelMeter(rate)
        levels = self._meter.receive(sound)
        if not len(levels):
            return
        if self._level_track is None:
            self._levels.receive(levels)
        self._begun.receive_levels(levels, self._meter.frames * self._rate // rate)

    def skip_sound(self, frames: int, rate: int) -> None:
        """
        Leave out sound; the mouth rests meanwhile. On the rung ``loudness`` only.

        Args:
            frames: How much, in frames of the sound.
            rate: Its frames a second, in Hz; always the same.
        """
        assert isinstance(self._feed, LoudnessFeed)
        self._meter = self._meter or LevelMeter(rate)
        self._feed.pass_over(self._meter.skip(frames))

    def finish(self, frames: int) -> None:
        """Learn that all has come, and that it has *frames* of its own rate."""
        self._move_on()
        self._finished = True
        self._take_in(None, 0)
        self._begun.finish(frames)
        self._words.finish(frames)

    def work(self, heard: int, *, ahead: int | None = None) -> Work | None:
        """
        Return what may block and is needed next, or None.

        Run it in any thread, call :meth:`take`, then ask again; not before it is
        done. For a mouth that was made ``deferred``.

        Raises:
            VoiceError, MissingComponent: When it is run: nobody can read it.
        """
        want, due = self._wanted(heard, ahead)
        self._take_in(want, due)
        return self._begun.work(want, due)

    def take(self, heard: int, *, ahead: int | None = None) -> Batch:
        """
        Return what is final and was not told.

        Args:
            heard: How far it was heard, in frames.
            ahead: How far beyond that is asked for; None: all that is known.

        Raises:
            VoiceError, MissingComponent: The letters can't be read.
        """
        feed = self._begun
        self._move_on()
        want, due = self._wanted(heard, ahead)
        self._take_in(want, due)
        told = feed.take(want + self._frames(KNOWN_AHEAD), due)
        while not self._deferred and (work := feed.work(want, due)):
            work()
            told += feed.take(want + self._frames(KNOWN_AHEAD), due)
            self._take_in(want, due)
        self._articulate(told, heard)
        self._shape(want, heard)
        self._postponed = want, heard
        marks = self._take_marks(want, heard)
        at = heard + self._frames(DUE)
        until = min((made.front(at) for made in self._sets), default=self._shaped)
        self._until = max(self._until, until)
        cues = {made.name: made.take(self._until) for made in self._sets}
        return Batch(tuple(marks), cues, self._until)

    def take_unknown(self) -> tuple[UnknownSymbol, ...]:
        """Return the unknown symbols met for the first time since the last call."""
        return self._normaliser.take_unknown()

    def statistics(self) -> MouthStatistics:
        """Return a snapshot."""
        return MouthStatistics(
            timing=self.timing,
            unknown=self._normaliser.unknown,
            repairs=self._intake.log.repairs,
            first_repairs=self._intake.log.first,
            articulation=self._shaping.statistics(),
            dropped={made.name: made.dropped for made in self._sets},
        )

    @property
    def _begun(self) -> Feed:
        if self._feed is None:
            raise UsageError("the mouth has not begun; call begin() first")
        return self._feed

    def _wanted(self, heard: int, ahead: int | None) -> tuple[int, int]:
        """Return how far is asked for, and up to where it is needed in any case."""
        due = heard + self._frames(DUE + SHOWN_AFTER)
        return (_FOREVER if ahead is None else max(heard + ahead, due)), due

    def _take_in(self, want: int | None, due: int) -> None:
        """Hand on what is needed of the text that came, None: all; it may be long."""
        feed, declared, before = self._begun, self._declared, None
        further = _FURTHER.get(feed.timing)
        if want is not None and further is not None:
            before = want + self._frames(KNOWN_AHEAD)
        letters = feed.appetite(want or 0, due)
        while True:
            taken = self._intake.take(before, further or 0, letters)
            feed.receive([*taken.phonemes, *taken.letters])
            if feed.timing != "text":  # which finds its words itself
                self._words.receive(taken.letters)
            letters = feed.appetite(want or 0, due)
            if not (letters and self._intake.has_letters):
                break
        # Not finish(): a second WAV may follow the first, whose header that was.
        if declared is not None and self._intake.ends_with(feed.timing, declared):
            self._end = declared

    def _articulate(self, sounds: list[TimedPhone], heard: int) -> None:
        """Hand on *sounds*; where none is known any more, it is silence."""
        if sounds:
            self._known = max(sounds[-1].frame + sounds[-1].frames, self._known)
        stop = self._silent_until(heard)
        if stop > self._known and not self._begun.is_over:
            sounds.append(TimedPhone(self._known, stop - self._known, None))
            self._known = stop
        if sounds and not self._over:
            self._shaping.receive(sounds)
        if sounds and not self._still:
            self._moving.receive(sounds)

    def _silent_until(self, heard: int) -> int:
        """Return up to where it is taken for silent, as nothing more is known."""
        end, due = self._end, self._frames(DUE + SHOWN_AFTER)
        if end is not None and 0 < heard >= end - due and self._begun.is_idle:
            return end + self._frames(SILENT_FOR)
        late = heard - self._known - self._frames(SILENT_AFTER)
        return self._known + late + self._frames(SILENT_FOR) if late > 0 else 0

    def _shape(self, want: int, heard: int) -> None:
        """Make cues of what is certain, and of what is needed."""
        if self._over:
            return
        until = self._certain(want, heard, LATEST_SHAPE)
        if until is not None and until <= self._shaped:
            return
        gestures = self._shaping.settle(until)
        self._over, self._shaped = until is None, until or self._shaped
        for made in self._sets:
            made.receive(gestures, until)

    def _move_on(self) -> None:
        """Continue the track where :meth:`take` left it: cues are told before."""
        if self._postponed is not None:
            (want, heard), self._postponed = self._postponed, None
            self._move(want, heard)
            self.track.forget(heard - self._frames(KEPT))

    def _move(self, want: int, heard: int) -> None:
        """Continue the track, as far as it is known how loud the sound is."""
        if self._still or self._level_track is not None:
            return
        if not self._finished:
            sounded = self._levels.stop(self._rate)
            want = min(want, max(sounded, heard + self._frames(DUE)))
        until = self._certain(want, heard, LATEST)
        if until is not None and until <= self._moved:
            return
        if self._levels:
            self._moving.receive_level(*self._levels.take(self._rate))
        self._track.receive(self._moving.settle(until))
        self._still, self._moved = until is None, until or self._moved

    def _certain(self, want: int, heard: int, latest: float) -> int | None:
        """
        Return the frame before which gestures are to be settled; None: all are.

        Where 250 ms more are known nothing is lost. Else no ramp that is settled
        may be one that a sound still to come would have changed; only what begins
        within *latest* seconds is settled without.
        """
        known = self._known
        if self._begun.is_over:
            return None if want >= known else want
        due = heard + self._frames(DUE + SHOWN_AFTER)
        until = max(
            known - self._frames(KNOWN_AHEAD),
            min(due, known - self._reach),
            min(heard + self._frames(latest), known),
        )
        return min(until, want)

    def _take_marks(self, want: int, heard: int) -> list[Mark]:
        """Return the words and phonemes that are known."""
        until = None if self._begun.is_over and want >= self._known else want
        near = 0 if self._end is None else self._frames(DUE)
        marks = self._words.take(until, heard=heard + near)
        marks += self._begun.take_marks()
        return sorted(marks, key=lambda mark: (mark.frame, mark.kind == "phoneme"))

    def _frames(self, seconds: float) -> int:
        return round(seconds * self._rate)
