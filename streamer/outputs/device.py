"""An output that is heard: a sound device, through PortAudio."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from streamer.errors import (
    DeviceFailed,
    MissingComponent,
    OutputError,
    StreamerError,
    UsageError,
)
from streamer.outputs import claims, portaudio
from streamer.outputs.base import OutputFormat, say_nothing
from streamer.outputs.caller import call
from streamer.outputs.portaudio import Device
from streamer.outputs.standin import StandIn
from streamer.outputs.watchdog import Watchdog
from streamer.outputs.wish import Wish, usual_block, usual_latency, usual_reserve
from streamer.playback.rendering import Renderer, Verb
from streamer.runner import Runner, acquire, run_whole
from streamer.timing import Clock, Silence

__all__ = ["DeviceOutput"]

_Opening = Callable[[Wish, Renderer, Watchdog], Any]


class DeviceOutput:
    """
    Plays on a sound device.

    The stream stays open, on silence between utterances, until it is closed.
    Where the device goes away, :meth:`recover` looks for another one.

    Args:
        name: The device's name or a part of it that fits only one; None is
            the system's default device.
        rate: Frames a second; None is the device's own default rate, to which
            streams are resampled. ``"stream"``: the rate and channels of the
            first utterance, so that it is heard bit for bit.
        channels: Samples a frame, at most what the device has; None is two,
            or one where it has one.
        latency: Seconds that the device is asked to keep in hand. Less is heard
            sooner; too little stutters when the machine is busy. None: 6.7 ms where
            the callback is native and may run in real time, 15 where it may not, on
            ALSA 13 more of sound; 30 where it is Python.
        block: Seconds a block lasts; None: 3.3 ms, 5 where it is Python.
        offset: Seconds that sound is heard later than the device says: a
            Bluetooth link, a monitor's own speakers.

    Attributes:
        notice: Called once, with the reason, when a lost device could not be
            replaced and time is kept without sound; assign it before it plays.
    """

    paced = True

    PATIENCE = 3.0
    """Seconds for which a lost device is looked for before time is kept without."""
    BACKOFF = (0.1, 2.0)
    """Seconds between attempts: at first, doubling, and at the most."""
    LOOK = (2.0, 30.0)
    """The same for looks while time is kept without sound; they double only
    where a device was there and could not be opened."""
    FADE = 0.005
    """Seconds of the renderer's ramp behind which a stream may be stopped."""
    FADE_TAKEN = 0.1
    """Seconds that are waited for the fade to be taken, at the most."""
    FADE_HEARD = 0.5
    """The same for what was taken to be heard."""
    AGAIN = 60.0
    """Seconds within which one that was late three times is asked for more."""
    CLOSE = 2.0
    """Seconds that closing a stream may take: what hangs is left to itself."""

    def __init__(
        self,
        name: str | None = None,
        *,
        rate: int | Literal["stream"] | None = None,
        channels: int | None = None,
        latency: float | None = None,
        block: float | None = None,
        offset: float = 0.0,
    ) -> None:
        self.device = name
        self.offset = offset
        self.notice: Callable[[StreamerError], None] = say_nothing
        self._name = name or "default device"
        self._system = ""
        self._rate = rate
        self._channels = channels
        self._asked = (block, latency)
        self._more, self._late = 1.0, deque([-math.inf] * 3, maxlen=3)
        self._delay = usual_latency(native=False) if latency is None else latency
        self._block = 0.0  # until it is opened
        self._clock: Clock | None = None
        self._run: Runner | None = None
        self._stream: Any = None
        self._renderer: Renderer | None = None
        self._watchdog: Watchdog | None = None
        self._lost: str | None = None
        self._standin: StandIn | None = None
        self._seen: float | None = None  # after how long it was, by who stood in
        self._told = False
        self._unfit, self._full_until = 0, -math.inf

    @property
    def name(self) -> str:
        """The name of the device in use, or ``null`` while there is none."""
        return self._name if self._standin is None else self._standin.name

    @property
    def gathers_delay(self) -> bool:
        """
        Whether it is ALSA's: once it ran dry PulseAudio may keep up to 15 ms more.

        By its own delays, with a server that was stopped for 25 to 60 ms.
        """
        return self._system == "ALSA" and self._standin is None

    @property
    def fallback_delay(self) -> float:
        """The device's stated latency; before it plays, what it is asked for."""
        return self._delay if self._standin is None else self._standin.delay

    async def open(self, clock: Clock, run: Runner) -> OutputFormat | None:
        """
        Find the device; returns what it will play, None with ``rate="stream"``.

        Raises:
            MissingComponent: sounddevice or PortAudio is not installed.
            DeviceNotFound: No device has this name, or there is none at all.
            DeviceFailed: Another stream of this program has it, or it does not
                play this rate or so many channels.
            UsageError: Channels were asked for with ``rate="stream"``.
        """
        if self._rate == "stream" and self._channels is not None:
            raise UsageError(
                "channels can't be chosen with rate='stream': "
                "they are the stream's own, as its rate is"
            )
        self._clock, self._run = clock, run
        return await acquire(
            run,
            lambda: call(self._take, too_late=lambda _: claims.release(self)),
            self._release,
        )

    async def start(self, renderer: Renderer, format: OutputFormat) -> None:
        """
        Open the stream and begin to play.

        Raises:
            DeviceFailed: The device is taken by another program, or refuses
                the format.
        """
        await self._begin(self._open, renderer, format)

    async def close(self) -> None:
        """Fade out, stop and close; what the device still holds is played."""
        try:
            if self._stream is not None and self.failure() is None:
                await self._fade_out()
        finally:
            await self.let_go()
            if self._run is not None:
                await run_whole(self._run, self._release)

    def failure(self) -> Exception | None:
        """Return why it stopped; while time is kept without, that a device is back."""
        if self._standin is not None and self._standin.is_relieved:
            return OutputError(self.name, f"{self._name!r} can be had again")
        reason = self._lost if self._watchdog is None else self._watchdog.look()
        return None if reason is None else DeviceFailed(self._name, reason)

    async def recover(self, renderer: Renderer, format: OutputFormat) -> None:
        """
        Play on the device again, or on the default one, in the same *format*.

        Tries at once and then with pauses of 0.1 s, doubling to 2 s. After 3 s it says
        so, once, through :attr:`notice`, takes blocks in real time without sound, and
        looks every 2 s; once there is a device again :meth:`failure` says so and this
        is to be called again. One that was late, not lost, for the third time in a
        minute may have half as much again in hand, of sound if it rests.
        """
        assert self._clock is not None
        await self.let_go()
        seen, self._seen = self._seen, None
        if self._lost is None and seen is None:
            self._ask_for_more(renderer, self._clock.time())
        # What was just seen to be there and can't be opened is left for longer.
        look = self.LOOK[0] if seen is None else min(2 * seen, self.LOOK[1])
        give_up = self._clock.time() + (self.PATIENCE if seen is None else 0.0)
        pause, most = self.BACKOFF
        while (error := await self._try(renderer, format)) is not None:
            now = self._clock.time()
            if now >= give_up:
                await self._stand_in(renderer, format, look, error)
                return
            await self._clock.sleep_until(min(now + pause, give_up))
            pause = min(pause * 2, most)

    async def _begin(
        self, opening: _Opening, renderer: Renderer, format: OutputFormat
    ) -> None:
        assert self._run is not None
        assert self._clock is not None
        watchdog = Watchdog(renderer, self._clock)
        wish = self._wish(renderer, format)
        self._stream = await acquire(
            self._run, lambda: opening(wish, renderer, watchdog), self._close_stream
        )
        self._renderer, self._watchdog, self._lost = renderer, watchdog, None
        self._delay, self._block = self._stream.latency, wish.block

    def _ask_for_more(self, renderer: Renderer, now: float) -> None:
        """Note that it was late, and whether that is because it can't rest."""
        unfit, self._unfit = self._unfit, renderer.tally().unfit
        if self._unfit > unfit:
            self._full_until = now + self.AGAIN
            return
        self._late.append(now)
        self._more *= 1.5 if now - self._late[0] < self.AGAIN else 1.0

    def _wish(self, renderer: Renderer, format: OutputFormat) -> Wish:
        assert self._clock is not None
        native = renderer.native is not None
        block, latency = self._asked
        if block is None:
            block = usual_block(format.rate, native=native)
        if latency is not None:
            return Wish(format.rate, format.channels, latency, block)
        latency = usual_latency(native=native)
        rests = renderer.native is not None and renderer.native.resting is not None
        # Less than a block in hand is not enough to be woken by, and to make one.
        rests = rests and latency >= 2 * block - 1e-6
        if rests and self._clock.time() >= self._full_until:
            reserve = usual_reserve(self._more)
            return Wish(format.rate, format.channels, latency, block, reserve)
        latency = usual_latency(self._more, native=native)
        return Wish(format.rate, format.channels, latency, block)

    async def _fade_out(self) -> None:
        """
        Let what is heard fade; a device that takes no blocks is not waited for.

        PortAudio's stop should play what the device still has; ALSA's through
        PulseAudio drops it (heard at a monitor), so the fade is waited for.
        """
        renderer, clock = self._renderer, self._clock
        if renderer is None or clock is None:
            return
        sounds = renderer.ring.silence in {Silence.NONE, Silence.STARVED}
        if not sounds and not renderer.ring.readable:
            return
        renderer.send_nowait(Verb.FLUSH, until=renderer.ring.committed)
        needed = renderer.tally().blocks + 1 + math.ceil(self.FADE / self._block)
        for _ in range(math.ceil(2 * self.FADE_TAKEN / self._block)):
            if renderer.tally().blocks >= needed:
                heard = min(self._delay, self.FADE_HEARD) + 2 * self._block
                await clock.sleep_until(clock.time() + heard)
                return
            await clock.sleep_until(clock.time() + self._block / 2)

    async def let_go(self) -> None:
        """Stop whatever pulls, and whoever looks."""
        standin, self._standin = self._standin, None
        if standin is not None:
            self._seen = standin.every
            await standin.close()
        stream, self._stream = self._stream, None
        if stream is not None and self._run is not None:
            self._lost = None if self._watchdog is None else self._watchdog.look()
            self._watchdog = None
            lost = self._lost is not None
            await run_whole(self._run, self._close_stream, stream, lost)

    # -- lost -----------------------------------------------------------------

    async def _try(
        self, renderer: Renderer, format: OutputFormat
    ) -> StreamerError | None:
        """Begin anew; returns why it can't."""
        try:
            await self._begin(self._reopen, renderer, format)
        except (OutputError, MissingComponent) as error:
            return error
        self._told = False
        return None

    async def _stand_in(
        self,
        renderer: Renderer,
        format: OutputFormat,
        look: float,
        error: StreamerError,
    ) -> None:
        """Keep time without sound; look for a device each *look* seconds meanwhile."""
        assert self._clock is not None
        assert self._run is not None
        wish = self._wish(renderer, format)
        standin = StandIn(
            self._clock, self._run, lambda: call(self._is_there, wish), every=look
        )
        await standin.start(renderer, format)
        self._standin, self._lost = standin, None
        if not self._told:
            self._told = True
            self.notice(error)

    # -- on PortAudio's thread ------------------------------------------------

    def _take(self) -> OutputFormat | None:
        device = claims.take(self, self.device)
        try:
            return self._format_of(device)
        except BaseException:
            claims.release(self)
            raise

    def _format_of(self, device: Device) -> OutputFormat | None:
        self._name, self._system = device.info.name, device.info.system
        if self._rate == "stream":
            return None
        channels = self._channels
        if channels is None:
            channels = min(device.info.channels, 2)
        self._check_channels(device, channels)
        if self._rate is not None:
            portaudio.check_rate(device, self._rate, channels)
        return OutputFormat(self._rate or device.info.rate, channels)

    def _check_channels(self, device: Device, channels: int) -> None:
        most = device.info.channels
        if not 1 <= channels <= most:
            reason = f"{channels} channels were asked for, and it has {most}"
            raise DeviceFailed(device.info.name, reason)

    def _take_again(self, wish: Wish) -> Device:
        """Take the device of this name, else the default one, that plays *wish*."""
        claims.release(self)
        try:
            device = claims.take(self, self.device)
        except OutputError:
            if self.device is None:
                raise
            device = claims.take(self, None)
        self._check_channels(device, wish.channels)
        portaudio.check_rate(device, wish.rate, wish.channels)
        self._name, self._system = device.info.name, device.info.system
        return device

    def _is_there(self, wish: Wish) -> bool:
        """Look for a device as :meth:`_take_again` does; take none."""
        claims.rescan()
        with suppress(StreamerError):
            try:
                self._take_again(wish)
                return True
            finally:
                claims.release(self)
        return False

    # -- in the executor ------------------------------------------------------

    def _open(self, wish: Wish, renderer: Renderer, watchdog: Watchdog) -> Any:  # noqa: ANN401 - no stubs
        def opened() -> Any:  # noqa: ANN401 - no stubs
            device = claims.taken_by(self)
            self._check_channels(device, wish.channels)
            return portaudio.open_stream(device, wish, renderer, watchdog.stopped)

        return call(opened, too_late=portaudio.close_stream)

    def _reopen(self, wish: Wish, renderer: Renderer, watchdog: Watchdog) -> Any:  # noqa: ANN401 - no stubs
        """Open it where it was; else after a new look at what there is."""

        def opened() -> Any:  # noqa: ANN401 - no stubs
            with suppress(StreamerError):
                device = self._take_again(wish)
                return portaudio.open_stream(device, wish, renderer, watchdog.stopped)
            claims.rescan()
            device = self._take_again(wish)
            return portaudio.open_stream(device, wish, renderer, watchdog.stopped)

        return call(opened, too_late=portaudio.close_stream)

    def _close_stream(self, stream: Any, lost: bool = False) -> None:  # noqa: ANN401, FBT001, FBT002 - no stubs; positional through the runner
        with suppress(OutputError):  # it hangs, and is left to itself
            call(portaudio.close_stream, stream, lost, limit=self.CLOSE)

    def _release(self, _: object = None) -> None:
        with suppress(OutputError):
            call(claims.release, self, limit=self.CLOSE)
