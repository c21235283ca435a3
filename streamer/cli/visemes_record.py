"""What ``streamer visemes FOLDER`` has made, and of what: kept beside it."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field
from pathlib import Path

from streamer.cli.visemes_work import DIGEST_BYTES, write_text

__all__ = ["RECORD", "Record", "digest_of"]

RECORD = ".streamer-visemes.json"
"""In the output's folder: what each of its files was made of, and what was made."""
_SAVE_EVERY = 5.0
"""Seconds after which the record is written while files are being made."""
_BLOCK = 2**20


@dataclass(slots=True)
class Record:
    """What each file was made of, and what was made, as digests."""

    path: Path
    """Where it is kept."""
    digests: dict[str, str] = field(default_factory=dict)
    """By key: of what it was made of, a space, and of what was made."""
    _saved: float = 0.0
    _known: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Record:
        """Read it; what can't be read is as if nothing had been made."""
        try:
            found = json.loads(path.read_text("utf-8"))["digests"]
            digests = {str(key): str(value) for key, value in found.items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            digests = {}
        return cls(path, digests, time.monotonic(), dict(digests))

    def save(self, *, now: bool = False) -> None:
        """
        Write it, where it changed and some time has passed, or *now*.

        Raises:
            StreamerError: It can't be written.
        """
        if self.digests == self._known:
            return
        if now or time.monotonic() - self._saved > _SAVE_EVERY:
            text = json.dumps({"digests": self.digests}, indent=1)  # names of any bytes
            write_text(self.path, text + "\n")
            self._saved, self._known = time.monotonic(), dict(self.digests)

    def add(self, key: str, made_of: str, made: str) -> None:
        """Note a file: the digests of what it was made of, and of what was made."""
        self.digests[key] = f"{made_of} {made}"

    def forget(self, key: str) -> None:
        """Note that a file could not be made."""
        self.digests.pop(key, None)

    def knows(self, key: str, made_of: str, output: Path) -> bool:
        """
        Return whether *output* is there as it was made, of the same.

        It is read: when it was changed says nothing after a folder was copied, and it
        is small beside the sound, which is read as well.
        """
        then, _, made = self.digests.get(key, "").partition(" ")
        try:
            same = then == made_of and output.is_file()
            return same and digest_of(output).hex() == made
        except OSError:  # nobody may read it; it is made anew
            return False


def digest_of(path: Path) -> bytes:
    """Return a file's digest; may raise OSError."""
    whole = hashlib.blake2b(digest_size=DIGEST_BYTES)
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            whole.update(block)
    return whole.digest()
