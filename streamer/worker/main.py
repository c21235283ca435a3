"""The worker: an engine that does what another process asks for, until that is gone."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from streamer.engine import Engine, EngineOptions
from streamer.errors import EngineLost, StreamerError
from streamer.worker.host import Host
from streamer.worker.lent import LentReader
from streamer.worker.link import Link, Writer
from streamer.worker.pipes import PipeReader, PipeWriter, take_standard_pipes

__all__ = ["MAGIC", "host", "main"]

_log = logging.getLogger("streamer")

MAGIC = b"\0streamer worker\0"
"""What stands before the first frame; what a library printed until then is no frame."""
PATIENCE = 2.0
"""Seconds that what the program asked for may take once all is over."""
LOOK = 1.0
"""Seconds between looks whether the program is there."""


async def host(
    reader: asyncio.StreamReader,
    writer: Writer,
    *,
    make: Callable[..., Engine] = Engine,
    logs: bool = False,
) -> None:
    """
    Run an engine until the program at the other end ends it, or is gone.

    Args:
        reader: What the program writes.
        writer: What it reads.
        make: Makes the engine, as :class:`Engine` does.
        logs: Whether what streamer logs goes to the program, and nowhere else.
    """
    hosted = Host()
    hosted.link = link = Link(reader, writer, hosted.does, lost=_lost)
    running = asyncio.create_task(link.run(), name="link")
    try:
        either: list[asyncio.Future[Any]] = [running, hosted.asked]
        await asyncio.wait(either, return_when=FIRST_COMPLETED)
        if hosted.asked.done():
            level = hosted.asked.result().level
            with _logging(link, level) if logs else nullcontext():
                await _run_engine(hosted, running, make)
        await link.wait_quiet(PATIENCE)  # the last answers
    finally:
        running.cancel()
        await asyncio.wait([running])
        link.end()


async def _run_engine(
    host: Host, running: asyncio.Task[None], make: Callable[..., Engine]
) -> None:
    begin, link = host.asked.result(), host.link
    options = EngineOptions(
        stream=begin.options,
        notice=lambda error: link.tell("notice", error),
        letter_to_sound=LentReader(link) if begin.reads else None,
    )
    ending = asyncio.create_task(host.ending.wait(), name="ending")
    try:
        async with make(begin.output, options=options) as host.engine:
            host.begun.set_result(None)
            await asyncio.wait([running, ending], return_when=FIRST_COMPLETED)
            await host.close()
    except Exception as error:  # noqa: BLE001 - the program is told
        if not host.begun.done():
            host.begun.set_exception(error)
        elif host.ending.is_set():
            host.failure = error
        else:
            _log.error("the engine has failed", exc_info=error)
            link.tell("failed", f"it failed: {error!r}")
    finally:
        ending.cancel()
        host.ended.set()


def _lost() -> StreamerError:
    return EngineLost("the program is gone")


class _LogSender(logging.Handler):
    """Sends what streamer logs to the program's log."""

    def __init__(self, link: Link) -> None:
        super().__init__()
        self._link = link
        self._loop = asyncio.get_running_loop()

    def emit(self, record: logging.LogRecord) -> None:
        told = record.name, record.levelno, self.format(record)
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._link.tell, "log", *told)


@contextmanager
def _logging(link: Link, level: int) -> Iterator[None]:
    log, sender = logging.getLogger("streamer"), _LogSender(link)
    log.setLevel(level)
    log.propagate = False
    log.addHandler(sender)
    try:
        yield
    finally:
        log.removeHandler(sender)


async def _host_pipes() -> None:
    incoming, outgoing = take_standard_pipes()
    writer = PipeWriter(outgoing)
    writer.write(MAGIC)
    reader = PipeReader(incoming)
    watching = asyncio.create_task(_watch_program(reader), name="program")
    try:
        await host(reader, writer, logs=True)
    finally:
        watching.cancel()
        writer.close()


async def _watch_program(reader: PipeReader) -> None:
    """End the pipe with the program, though a process that it forked holds it open."""
    parent = os.getppid()
    # Nobody says when it goes.
    while os.getppid() == parent:  # noqa: ASYNC110
        await asyncio.sleep(LOOK)
    reader.end()


def main() -> None:
    """Serve the program at the other end of standard input and output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program says when it is over
    asyncio.run(_host_pipes())
