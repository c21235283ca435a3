"""Takes secrets out of what other people's code writes: tracebacks and logs."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote, quote_plus, unquote_plus

__all__ = ["Scrubber", "ScrubbingFormatter", "secrets_in"]

HIDDEN = "***"
"""What stands in the place of a secret."""
SHORTEST = 4
"""Characters of a secret; to hide shorter ones would leave nothing readable."""

_KEYS = ("RESEMBLE_API_KEY", "STREAMER_TOKEN")
_ADDRESSES = ("RESEMBLE_STREAM_URL",)
_USER = re.compile(r"""(://)[^\s/?#'"<>]*@""")
_QUERY = re.compile(r"""(://[^\s?'"<>]*\?)[^\s'"<>]+""")
_TARGET = re.compile(r"""(/[^\s?'"<>()]*\?)[^\s'"<>]*=[^\s'"<>]*""")
"""An address without its host, as in a request's first line."""


class Scrubber:
    """
    Puts ``***`` in the place of secrets, and of each address's query and user.

    Args:
        secrets: What is hidden wherever it stands, also quoted or escaped.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        known = {form for form in forms if len(form) >= SHORTEST}
        self._secrets = sorted(known, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return *text* without what is secret."""
        text = _USER.sub(rf"\1{HIDDEN}@", text)
        for pattern in (_QUERY, _TARGET):
            text = pattern.sub(rf"\1{HIDDEN}", text)
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


class ScrubbingFormatter(logging.Formatter):
    """A log line, with its traceback if it has one, without what is secret."""

    def __init__(self, scrub: Scrubber) -> None:
        super().__init__(logging.BASIC_FORMAT)
        self._scrub = scrub

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return self._scrub(super().format(record))


def secrets_in(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> frozenset[str]:
    """
    Return what is secret of a command line and its environment.

    That is the value of each header and the key of each account, and of every
    address the query, the values in it, and the user.
    """
    found = {environment.get(name, "") for name in _KEYS}
    for line in _headers(arguments):
        value = line.partition(":")[2].strip()
        found |= {value, value.rpartition(" ")[2]}  # as in "Bearer KEY"
    addresses = [word for word in arguments if "://" in word]
    addresses += [environment.get(name, "") for name in _ADDRESSES]
    for address in addresses:
        found |= set(_secrets_of(address))
    return frozenset(found - {""})


def _headers(arguments: Sequence[str]) -> Iterator[str]:
    """The value of each ``--header``, in each way of writing it."""
    before = ""
    for word in arguments:
        if before in ("--header", "-H"):
            yield word
        elif word.startswith("--header="):
            yield word.partition("=")[2]
        elif word.startswith("-H"):
            yield word[2:]
        before = word


def _secrets_of(address: str) -> Iterator[str]:
    query = address.partition("?")[2]
    yield query
    yield from (part.partition("=")[2] for part in query.split("&"))
    user = re.split(r"[/?#]", address.partition("://")[2])[0].rpartition("@")[0]
    yield user
    yield user.partition(":")[2]


def _forms(secret: str) -> set[str]:
    """The ways in which *secret* may be written."""
    plain = unquote_plus(secret)
    return {
        form
        for text in (secret, plain)
        for form in (text, repr(text)[1:-1], quote(text, safe=""), quote_plus(text))
    }
