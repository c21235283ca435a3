"""PURE. What a client keeps of the streams it follows."""

from __future__ import annotations

from streamer.events.messages import (
    Anchor,
    AnchorAt,
    Cues,
    Cut,
    End,
    Marks,
    Position,
    ServerMessage,
    Start,
    State,
    Welcome,
)

__all__ = ["Follower", "Hole"]


class Hole(Exception):
    """A number was skipped without a state: the client closes 4009 and resumes."""


class Follower:
    """
    Sorts out what a server sends: drops what was seen, notices holes.

    Args:
        numbered: Whether all numbers come; in live mode they don't.
    """

    def __init__(self, *, numbered: bool = True) -> None:
        self.positions: dict[str, Position] = {}
        """What was last seen of each stream; for a resume."""
        self.anchors: dict[tuple[str, str], AnchorAt] = {}
        """The latest anchor by stream and utterance."""
        self.welcome: Welcome | None = None
        """The last one."""
        self._numbered = numbered

    def receive(self, message: ServerMessage) -> bool:
        """
        Take a message.

        Returns:
            Whether it is news.

        Raises:
            Hole: If a number was skipped.
        """
        match message:
            case Welcome():
                self._meet(message)
            case State():
                return self._load(message)
            case Start() | Cues() | Marks() | Anchor() | Cut() | End():
                return self._follow(message)
        return True

    def _meet(self, welcome: Welcome) -> None:
        """Forget the anchors under a new clock, and streams of another epoch."""
        if self.welcome is None or self.welcome.clock != welcome.clock:
            self.anchors.clear()
        for stream, position in welcome.streams.items():
            seen = self.positions.get(stream)
            if seen is None or seen.epoch != position.epoch:
                self._drop_anchors(stream)
                self.positions[stream] = Position(epoch=position.epoch, seq=0)
        self.welcome = welcome

    def _load(self, state: State) -> bool:
        seen = self.positions.get(state.stream)
        if seen is not None and seen.epoch == state.epoch and state.seq < seen.seq:
            return False
        self._drop_anchors(state.stream)
        self.positions[state.stream] = Position(epoch=state.epoch, seq=state.seq)
        for told in state.utterances:
            if told.anchor is not None:
                self.anchors[state.stream, told.utterance] = told.anchor
        return True

    def _follow(self, message: Start | Cues | Marks | Anchor | Cut | End) -> bool:
        seen = self.positions.get(message.stream)
        if seen is None or message.seq <= seen.seq:
            return False
        if self._numbered and message.seq != seen.seq + 1:
            raise Hole(f"{message.stream} went from {seen.seq} to {message.seq}")
        self.positions[message.stream] = Position(epoch=seen.epoch, seq=message.seq)
        key = (message.stream, message.utterance)
        if isinstance(message, Anchor):
            self.anchors[key] = AnchorAt(
                media=message.media,
                at=message.at,
                rate=message.rate,
                quality=message.quality,
                latency=message.latency,
            )
        elif isinstance(message, Cut | End):
            self.anchors.pop(key, None)
        return True

    def _drop_anchors(self, stream: str) -> None:
        for key in [key for key in self.anchors if key[0] == stream]:
            del self.anchors[key]
