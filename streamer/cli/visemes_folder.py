"""``streamer visemes FOLDER``: every WAV in it, several at once, only what changed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import aclosing, contextmanager
from dataclasses import astuple, dataclass, field
from multiprocessing import connection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from streamer import __version__
from streamer.cli.running import DONE, FAILED
from streamer.cli.show import say, say_on_terminal, showing
from streamer.cli.visemes_work import (
    Order,
    Outcome,
    cannot,
    find_script,
    work,
    write_text,
    writing,
)
from streamer.errors import StreamerError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["RECORD", "do_folder"]

RECORD = ".streamer-visemes.json"
"""In the output's folder: what each of its files was made of."""
_SAVE_EVERY = 5.0
"""Seconds after which the record is written while files are being made."""
_BLOCK = 2**20


@dataclass(frozen=True, slots=True)
class Task:
    """One file to be made."""

    path: Path
    """The sound."""
    script: Path | None
    """What is said, where there is a file for it."""
    output: Path
    """What is made."""
    key: str
    """What the record calls it: its path within the output's folder."""


@dataclass(slots=True)
class Progress:
    """How far a folder is."""

    total: int
    """Sounds in all."""
    done: int = 0
    """Made anew."""
    unchanged: int = 0
    """Left as they were."""
    failed: int = 0
    """Those of which nothing could be made."""
    name: str = ""
    """The last one."""

    def view(self, console: Console) -> Text:
        """Return it as a line of the terminal's width."""
        from rich.text import Text

        past = self.done + self.unchanged + self.failed
        share = past / max(self.total, 1)
        bar = "█" * round(share * 20) + "░" * (20 - round(share * 20))
        text = Text(f"{bar} {self.sentence} · {self.name}", no_wrap=True)
        text.truncate(max(console.width - 1, 1), overflow="ellipsis")
        return text

    @property
    def sentence(self) -> str:
        """What became of the sounds, in words."""
        past = self.done + self.unchanged + self.failed
        parts = [f"{past} of {self.total} sounds", f"{self.done} made"]
        if self.unchanged:
            parts.append(f"{self.unchanged} unchanged")
        if self.failed:
            parts.append(f"{self.failed} failed")
        return ", ".join(parts)


@dataclass(slots=True)
class Record:
    """What each file was made of, as digests; kept beside them."""

    path: Path
    """Where it is kept."""
    digests: dict[str, str] = field(default_factory=dict)
    """By key."""
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


async def do_folder(folder: Path, output: Path | None, order: Order, jobs: int) -> int:
    """
    Make a file of every WAV in a folder, and in those within it.

    Args:
        folder: Where the sounds are; ``NAME.txt`` beside one says what it says.
        output: The folder for what is made, laid out alike; None: beside them.
        order: What is made.
        jobs: How many are made at once.

    Returns:
        The exit code: 1 if one failed.

    Raises:
        StreamerError: There is no sound, or the output can't be a folder.
    """
    options = _options(order)
    tasks = _tasks(folder, output or folder, order)
    record = Record.read((output or folder) / RECORD)
    progress = Progress(len(tasks))
    async with showing(progress.view):
        try:
            due = [item async for item in _due(tasks, options, record, progress)]
            async with aclosing(_done(due, order, jobs)) as ended:
                async for (task, digest), outcome in ended:
                    _note(task, outcome, progress)
                    if outcome.failed is None:
                        record.digests[task.key] = digest
                    else:
                        record.digests.pop(task.key, None)
                    record.save()
        finally:
            record.save(now=True)
    say_on_terminal(progress.sentence)
    return FAILED if progress.failed else DONE


def _tasks(folder: Path, output: Path, order: Order) -> list[Task]:
    from streamer.lipsync.formats import find_format

    if output.exists() and not output.is_dir():
        raise StreamerError(
            f"cannot write to {output}: it is a file, and the sounds are a folder; "
            "name a folder"
        )
    ending = find_format(order.format).ending
    tasks: dict[str, Task] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if hidden or path.suffix.lower() != ".wav" or not path.is_file():
            continue
        key = inside.with_suffix(ending).as_posix()
        if key in tasks:
            raise StreamerError(
                f"{path} and {tasks[key].path} would both become {key}; rename one"
            )
        tasks[key] = Task(path, find_script(path), output / key, key)
    if not tasks:
        raise StreamerError(f"there is no WAV in {folder}; name the folder of some")
    return list(tasks.values())


async def _due(
    tasks: list[Task], options: bytes, record: Record, progress: Progress
) -> AsyncIterator[tuple[Task, str]]:
    """Yield what has to be made, with the digest of what it is made of."""
    for task in tasks:
        progress.name = task.key
        try:
            digest = await asyncio.to_thread(_digest, task, options)
        except StreamerError as error:
            _note(task, Outcome(failed=str(error)), progress)
            continue
        if task.output.is_file() and record.digests.get(task.key) == digest:
            progress.unchanged += 1
        else:
            yield task, digest


def _options(order: Order) -> bytes:
    """Return all that what is made depends on, but for the sound and its text."""
    rig = order.request().rig
    table = "" if rig is None else repr(rig.table)
    return repr((__version__, astuple(order), table)).encode()


def _digest(task: Task, options: bytes) -> str:
    """Return the digest of what a file is made of."""
    made_of = hashlib.blake2b(options, digest_size=16)
    made_of.update(os.fsencode(task.path.name))
    for path in (task.path, task.script):
        made_of.update(b"\0none" if path is None else b"\0file")
        if path is None:
            continue
        whole = hashlib.blake2b(digest_size=16)
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    whole.update(block)
        except OSError as error:
            raise cannot("read", path, error) from error
        made_of.update(whole.digest())
    return made_of.hexdigest()


async def _done(
    due: list[tuple[Task, str]], order: Order, jobs: int
) -> AsyncGenerator[tuple[tuple[Task, str], Outcome], None]:
    """Yield each task with what became of it, in the order in which they end."""
    if not due:
        return
    loop = asyncio.get_running_loop()
    with _workers(min(jobs, len(due))) as pool:

        async def make(item: tuple[Task, str]) -> tuple[tuple[Task, str], Outcome]:
            task, _ = item
            call = (order, task.path, task.script, task.output)
            try:
                with _deaf():
                    future = loop.run_in_executor(pool, work, *call)
                return item, await future
            except BrokenProcessPool:
                why = "a process that was to read it ended, perhaps for want of memory"
                remedy = "run it again with --jobs 1"
                return item, Outcome(failed=f"{task.path}: {why}; {remedy}")

        running = [asyncio.ensure_future(make(item)) for item in due]
        try:
            for ended in asyncio.as_completed(running):
                yield await ended
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


@contextmanager
def _workers(count: int) -> Iterator[Executor]:
    """Processes that do the work, which end at once if the block fails; or a thread."""
    if count == 1:
        with ThreadPoolExecutor(1, "visemes") as pool:
            yield pool
        return
    # A fork of a process with threads may hang; this one has some.
    context = multiprocessing.get_context("spawn")
    end, ours = context.Pipe(duplex=False)
    processes = ProcessPoolExecutor(count, context, _begin_worker, (end,))
    try:
        yield processes
    except BaseException:
        ours.close()
        raise
    finally:
        processes.shutdown(cancel_futures=True)
        ours.close()
        end.close()


@contextmanager
def _deaf() -> Iterator[None]:
    """Hold Ctrl-C back; processes that are started here never hear it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin_worker(end: Connection) -> None:
    """Leave Ctrl-C to the parent; end when it says so, or is no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        connection.wait([parent.sentinel, end])
        writing.acquire()  # a file that is being written is written
        os._exit(1)

    threading.Thread(target=follow, name="parent", daemon=True).start()


def _note(task: Task, outcome: Outcome, progress: Progress) -> None:
    progress.name = task.key
    for note in outcome.notes:
        say(note)
    if outcome.failed is None:
        progress.done += 1
    else:
        say(outcome.failed)
        progress.failed += 1
