"""
Every error that streamer raises on purpose.

.. code-block:: text

    StreamerError
    ├── UsageError              the caller asked for something impossible
    ├── MissingComponent        a library or program is not installed
    ├── SourceError             where the bytes come from
    │   ├── ConnectFailed       no connection, before any byte
    │   ├── StatusError         the server answered, and said no
    │   ├── ContentError        the body is not audio (JSON, HTML, empty)
    │   ├── SourceTimeout       nothing arrived for too long
    │   └── SourceLost          the connection broke after it had begun
    ├── FormatError             the bytes are not the audio they claim to be
    ├── OutputError             where the sound goes
    │   ├── DeviceNotFound      no such device, or the name fits several
    │   └── DeviceFailed        it cannot be opened, or stopped working
    ├── VoiceError              the local voice cannot speak this
    ├── RigError                a rig's table cannot be used
    ├── EngineLost              the process that an engine had to itself has ended
    └── ServerError             the viseme server
        ├── PortInUse           somebody else listens there
        └── ServerRefused       a server closed the event stream, with its reason

Data is in attributes; ``str(error)`` is one sentence for a person that says
what happened, where, and what to do next.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "ConnectFailed",
    "ContentError",
    "DeviceFailed",
    "DeviceNotFound",
    "EngineLost",
    "FormatError",
    "MissingComponent",
    "OutputError",
    "PortInUse",
    "RigError",
    "ServerError",
    "ServerRefused",
    "SourceError",
    "SourceLost",
    "SourceTimeout",
    "StatusError",
    "StreamerError",
    "UsageError",
    "VoiceError",
    "for_this_python",
]


class StreamerError(Exception):
    """Root of every error that streamer raises on purpose; it can be pickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.args), self.__dict__


def _again(kind: type[StreamerError], args: tuple[object, ...]) -> StreamerError:
    """Make an error as it was, whatever its constructor takes."""
    error = kind.__new__(kind, *args)
    error.args = args
    return error


class UsageError(StreamerError):
    """The caller asked for something impossible; the sentence is the argument."""


def for_this_python(command: str) -> str:
    """
    Return a ``pip`` command as it installs beside this program; others as they are.

    Another environment's pip would not find the program, and take a package of the
    same name for it.
    """
    if not command.startswith("pip "):
        return command
    python = sys.executable or "python"
    return f'"{python}" -m {command}' if " " in python else f"{python} -m {command}"


class MissingComponent(StreamerError):
    """A library or program is not installed; :attr:`mend` is what installs it."""

    def __init__(self, component: str, *, needed_for: str, mend: str) -> None:
        super().__init__(component)
        self.component = component
        self.needed_for = needed_for
        self.mend = for_this_python(mend)

    def __str__(self) -> str:
        return (
            f"{self.component} is not installed, and {self.needed_for} needs it; "
            f"install it with: {self.mend}"
        )


class SourceError(StreamerError):
    """The bytes could not be had; :attr:`source` names where from."""

    def __init__(self, source: str, reason: str = "") -> None:
        super().__init__(source, reason)
        self.source = source
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.source} failed: {self.reason}"


class ConnectFailed(SourceError):
    """No connection could be made; nothing was received."""

    def __str__(self) -> str:
        return (
            f"cannot connect to {self.source}: {self.reason}; "
            "check the address and that the server runs"
        )


class StatusError(SourceError):
    """
    The server answered with an error status.

    Attributes:
        status: HTTP status code, 400 to 599.
        message: The server's own words, without secrets; may be empty.
        retry_after: Seconds the server asked to wait, or None.
    """

    _HINTS: ClassVar[dict[int, str]] = {
        401: "check the API key",
        403: "this account may not use it",
        404: "check the address",
        405: "check the address and --method",
        429: "wait and try again",
    }

    def __init__(
        self,
        source: str,
        *,
        status: int,
        message: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(source, message)
        self.status = status
        self.message = message
        self.retry_after = retry_after

    def __str__(self) -> str:
        said = f" ({self.message})" if self.message else ""
        hint = self._HINTS.get(self.status)
        if hint is None:
            hint = "try again later" if self.status >= 500 else "check the request"
        if self.retry_after is not None:
            hint += f", after {self.retry_after:g} s"
        return f"{self.source} answered {self.status}{said}; {hint}"


class ContentError(SourceError):
    """The server said yes, but the body is not audio."""

    def __str__(self) -> str:
        return f"{self.source} sent no audio: {self.reason}"


_KEPT = "whatever sound had come was played"


class SourceTimeout(SourceError):
    """Nothing arrived for too long."""

    def __str__(self) -> str:
        return f"{self.source} went silent: {self.reason}; {_KEPT}"


class SourceLost(SourceError):
    """The connection broke after the first byte."""

    def __str__(self) -> str:
        return f"{self.source} broke off: {self.reason}; {_KEPT}"


class FormatError(StreamerError):
    """
    The bytes are not the audio they claim to be.

    Attributes:
        problem: What is wrong, as a phrase.
        offset: Byte at which it was seen, counted from the first; or None.
        source: Where the bytes came from, once somebody knows.
    """

    def __init__(
        self, problem: str, *, offset: int | None = None, source: str = "the stream"
    ) -> None:
        super().__init__(problem, offset, source)
        self.problem = problem
        self.offset = offset
        self.source = source

    def __str__(self) -> str:
        where = "" if self.offset is None else f" (at byte {self.offset})"
        return f"{self.source} is not audio that can be played: {self.problem}{where}"


class OutputError(StreamerError):
    """Sound cannot go where it should; :attr:`output` names where."""

    def __init__(self, output: str, reason: str) -> None:
        super().__init__(output, reason)
        self.output = output
        self.reason = reason

    def __str__(self) -> str:
        return f"cannot write sound to {self.output}: {self.reason}"


class DeviceNotFound(OutputError):
    """
    No output device has this name, or it fits several.

    Attributes:
        available: The devices that there are.
        fitting: Those that the name fits; none, or several.
    """

    def __init__(
        self, output: str, available: Sequence[str], fitting: Sequence[str] = ()
    ) -> None:
        reason = "several output devices fit" if fitting else "no such output device"
        super().__init__(output, reason)
        self.available = tuple(available)
        self.fitting = tuple(fitting)

    def __str__(self) -> str:
        if not self.available:
            return "this machine has no sound output device (see: streamer doctor)"
        names = ", ".join(map(repr, self.fitting or self.available))
        if self.fitting:
            return (
                f"{self.output!r} fits several output devices: {names}; "
                "give the whole name of one (see: streamer devices)"
            )
        return (
            f"no output device is called {self.output!r}; there are: {names} "
            "(see: streamer devices)"
        )


class DeviceFailed(OutputError):
    """A device exists but cannot be opened, or stopped working."""

    def __str__(self) -> str:
        return (
            f"the output device {self.output!r} cannot be used: {self.reason}; "
            "try another one (see: streamer devices) or --output null"
        )


class VoiceError(StreamerError):
    """The local voice cannot speak this; the sentence is the argument."""


class RigError(StreamerError):
    """
    A rig's table cannot be used.

    Attributes:
        rig: The file, or the name that was asked for.
        problem: What is wrong, as a phrase.
        remedy: What to do about it.
        line: Line of the file, from 1; None where it cannot be known.
    """

    def __init__(
        self, rig: str, problem: str, *, remedy: str, line: int | None = None
    ) -> None:
        super().__init__(rig, problem, remedy, line)
        self.rig = rig
        self.problem = problem
        self.remedy = remedy
        self.line = line

    def __str__(self) -> str:
        where = "" if self.line is None else f", line {self.line}"
        return f"{self.rig}{where}: {self.problem}; {self.remedy}"


class EngineLost(StreamerError):
    """The process that an engine had to itself has ended; :attr:`reason` says how."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"the engine's process has ended: {self.reason}; what it played has "
            "stopped, and a new EngineProcess is needed"
        )


class ServerError(StreamerError):
    """The viseme server cannot do this; the sentence is the argument."""


class PortInUse(ServerError):
    """Another program listens at this address."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.host = host
        self.port = port

    def __str__(self) -> str:
        return (
            f"{self.host}:{self.port} is in use by another program; "
            "stop it or choose another port"
        )


class ServerRefused(ServerError):
    """A viseme server closed the connection; :attr:`code` says why."""

    def __init__(self, address: str, code: int, reason: str) -> None:
        super().__init__(address, code, reason)
        self.address = address
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        said = f": {self.reason}" if self.reason else ""
        return f"{self.address} closed the connection with code {self.code}{said}"
