"""``streamer visemes --ipa``: tokens of IPA, a line of JSON for each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from streamer.cli.running import DONE, FAILED
from streamer.cli.show import put, say
from streamer.cli.visemes_work import Order, cannot
from streamer.errors import StreamerError, UsageError

if TYPE_CHECKING:
    from streamer.lipsync.offline import Token

__all__ = ["read_tokens"]


def read_tokens(source: str, order: Order) -> int:
    """
    Print what each token of a file is; returns the exit code.

    Args:
        source: A file, or ``-`` for standard input; a token a line.
        order: Names the set and the language.

    Raises:
        StreamerError: It can't be read, or isn't UTF-8.
    """
    from streamer.lipsync.offline import TokenReader

    request = order.request()
    reader = TokenReader(request.visemes, request.language)
    name = "standard input" if source == "-" else source
    strange: tuple[int, Token] | None = None
    count = 0
    for number, token in _tokens(_lines(source), name):
        read = reader.read(token)
        put(json.dumps(asdict(read), ensure_ascii=False))
        if not read.is_ipa:
            strange = strange or (number, read)
            count += 1
    if strange is None:
        return DONE
    number, read = strange
    more = f" (and {count - 1} more like it)" if count > 1 else ""
    say(
        f"{name}, line {number}: {_unknown_part(read)} not IPA{more}; "
        "write one phoneme a line, as espeak-ng --ipa prints them"
    )
    return FAILED


def _unknown_part(token: Token) -> str:
    """Return what of a token is unknown, with its verb."""
    if token.token in token.unknown or len(token.unknown) >= len(token.phones):
        return f"{token.token!r} is"
    parts = dict.fromkeys(token.unknown)
    named = ", ".join(map(repr, parts))
    return f"{named} in {token.token!r} {'is' if len(parts) == 1 else 'are'}"


def _lines(source: str) -> Iterator[bytes]:
    """Yield lines as they come."""
    if source == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed")
        yield from sys.stdin.buffer
        return
    try:
        with Path(source).open("rb") as file:
            yield from file
    except OSError as error:
        raise cannot("read IPA from", Path(source), error) from error


def _tokens(file: Iterable[bytes], name: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number, from 1."""
    for number, line in enumerate(file, 1):
        try:
            token = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise StreamerError(
                f"{name}, line {number} is not UTF-8; save it as UTF-8 text"
            ) from error
        yield number, token.rstrip("\r\n")
