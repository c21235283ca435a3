"""Our engine, with the records that its device's callback leaves."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from streamer.playback import Player
from streamer.timing import Block

__all__ = ["Tap", "answer_lines"]


class Tap:
    """
    Keeps every record that *player* takes from now on.

    Attributes:
        blocks: All of them, oldest first.
    """

    def __init__(self, player: Player) -> None:
        self.blocks: list[Block] = []
        self._receive = player.playout.receive
        player.playout.receive = self._take  # type: ignore[method-assign]

    def _take(self, blocks: list[Block]) -> bool:
        self.blocks += blocks
        return self._receive(blocks)


async def answer_lines(
    answer: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]],
) -> None:
    """Answer each line of JSON on standard input, after saying that it is ready."""
    print("{}", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await answer(json.loads(line))), flush=True)
