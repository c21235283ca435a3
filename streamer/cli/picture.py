"""The live picture of ``streamer watch``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamer.cli.mirror import REST, Mirror
from streamer.cli.mouth import NEUTRAL, Shape, blend, shape_of
from streamer.cli.show import say
from streamer.cli.views import Measured, face_of
from streamer.events.messages import Anchor, Cues, Error, Welcome

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from streamer.events.client import EventClient

__all__ = ["Picture"]


@dataclass(slots=True)
class Picture:
    """What is on the screen; drawn anew as time goes on."""

    client: EventClient
    """Whose clock counts."""
    url: str
    """Shown above."""
    mirror: Mirror = field(default_factory=Mirror)
    """What was told."""
    lead_ms: float | None = None
    """How long before it is due the last cue came."""
    early: list[tuple[Cues, float]] = field(default_factory=list)
    """Cues whose time is not known yet, and when they came, µs."""
    greetings: int = 0
    """How often the server said welcome."""
    shape: Shape = NEUTRAL
    """The mouth as it was last drawn."""

    EARLY = 64
    """Messages of cues that wait for their time; older ones are not measured."""
    QUICK = 0.6
    """How much of the way to the next shape one picture goes."""

    def receive(self, message: object) -> None:
        """Take a message of the server, as it comes."""
        self.mirror.receive(message)
        if isinstance(message, Welcome):
            self.greetings += 1
        elif isinstance(message, Cues):
            self.early.append((message, self.client.now))
            del self.early[: -self.EARLY]
        elif isinstance(message, Anchor):
            self._measure()
        elif isinstance(message, Error):
            say(message.message)

    def _measure(self) -> None:
        """Cues may come before anybody knows when they are due: now it is known."""
        for message, came in self.early:
            due = self.client.due(message)
            if due is not None:
                self.lead_ms = (due - came) / 1000
        self.early = [pair for pair in self.early if self.client.due(pair[0]) is None]

    def draw(self, console: Console) -> RenderableType:
        """Return the picture of now."""
        moment = self.mirror.moment(self.client.now)
        goal = shape_of(moment.viseme)
        if moment.viseme != REST:
            goal = blend(NEUTRAL, goal, moment.weight)
        self.shape = blend(self.shape, goal, self.QUICK)
        known = self.client.clocks.known
        again = f" (connected {self.greetings} times)" if self.greetings > 1 else ""
        measured = Measured(
            lead_ms=self.lead_ms,
            bound_ms=self.client.bound / 1000 if known else None,
            server=self.url + again,
        )
        return face_of(moment, self.shape, measured, (console.width, console.height))
