"""``streamer visemes FOLDER``: every WAV in it, several at once, only what changed."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import os
import signal
import threading
from collections.abc import AsyncIterator, Collection, Iterator
from concurrent.futures import (
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from multiprocessing import connection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from streamer import __version__
from streamer.cli.running import DONE, FAILED
from streamer.cli.show import say, say_on_terminal, showing
from streamer.cli.visemes_record import RECORD, Record, digest_of
from streamer.cli.visemes_work import (
    DIGEST_BYTES,
    Order,
    Outcome,
    cannot,
    find_script,
    work,
    writing,
)
from streamer.errors import StreamerError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

__all__ = ["do_folder"]


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


@dataclass(frozen=True, slots=True)
class Item:
    """A file that has to be made."""

    task: Task
    """The file."""
    made_of: str
    """The digest of what it is made of."""


@dataclass(slots=True)
class Making:
    """Files that are being made, and what became of the others."""

    record: Record
    """What was made."""
    progress: Progress
    """How far it is."""
    waiting: dict[Future[Outcome], Item] = field(default_factory=dict)
    """What has not ended, or was not noted."""

    def end(self, future: Future[Outcome]) -> None:
        """Note what became of a file."""
        item = self.waiting.pop(future)
        try:
            outcome = future.result()
        except BrokenProcessPool:
            why = "a process that was to read it ended, perhaps for want of memory"
            remedy = "run it again with --jobs 1"
            outcome = Outcome(failed=f"{item.task.path}: {why}; {remedy}")
        _note(item.task, outcome, self.progress)
        if outcome.failed is None:
            self.record.add(item.task.key, item.made_of, outcome.digest)
        else:
            self.record.forget(item.task.key)

    def settle(self) -> None:
        """
        Note what was made and write the record, also where all of it broke off.

        Raises:
            StreamerError: The record can't be written.
        """
        for future in [*self.waiting]:
            if future.done() and not (future.cancelled() or future.exception()):
                self.end(future)
        self.record.save(now=True)


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
        making = Making(record, progress)
        try:
            due = [item async for item in _due(tasks, options, record, progress)]
            if due:
                await _make(making, due, order, jobs)
        finally:
            making.settle()
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
) -> AsyncIterator[Item]:
    """Yield what has to be made."""
    for task in tasks:
        progress.name = task.key
        try:
            digest = await asyncio.to_thread(_digest, task, options)
        except StreamerError as error:
            _note(task, Outcome(failed=str(error)), progress)
            continue
        if await asyncio.to_thread(record.knows, task.key, digest, task.output):
            progress.unchanged += 1
        else:
            yield Item(task, digest)


def _options(order: Order) -> bytes:
    """Return all that what is made depends on, but for the sound and its text."""
    rig = order.request().rig
    table = "" if rig is None else repr(rig.table)
    return repr((__version__, astuple(order), table)).encode()


def _digest(task: Task, options: bytes) -> str:
    """Return the digest of what a file is made of."""
    made_of = hashlib.blake2b(options, digest_size=DIGEST_BYTES)
    made_of.update(os.fsencode(task.path.name))
    for path in (task.path, task.script):
        made_of.update(b"\0none" if path is None else b"\0file")
        if path is None:
            continue
        try:
            made_of.update(digest_of(path))
        except OSError as error:
            raise cannot("read", path, error) from error
    return made_of.hexdigest()


async def _make(making: Making, due: list[Item], order: Order, jobs: int) -> None:
    """Make what is due, and note each as it ends."""
    with _workers(min(jobs, len(due))) as pool:
        making.waiting |= {_submitted(pool, order, item.task): item for item in due}
        try:
            async for future in _ended([*making.waiting]):
                making.end(future)
                making.record.save()
        finally:
            making.settle()  # what is still being made may take longer than a person


def _submitted(pool: Executor, order: Order, task: Task) -> Future[Outcome]:
    try:
        with _deaf():
            return pool.submit(work, order, task.path, task.script, task.output)
    except BrokenProcessPool as error:
        future: Future[Outcome] = Future()
        future.set_exception(error)
        return future


async def _ended(
    futures: Collection[Future[Outcome]],
) -> AsyncIterator[Future[Outcome]]:
    """Yield all of *futures*, in the order in which they end."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Queue[Future[Outcome]] = asyncio.Queue(len(futures))  # never more
    for future in futures:
        future.add_done_callback(
            lambda done: loop.call_soon_threadsafe(ended.put_nowait, done)
        )
    for _ in futures:
        yield await ended.get()


@contextmanager
def _workers(count: int) -> Iterator[Executor]:
    """Processes that do the work, which end at once if the block fails; or a thread."""
    if count == 1:
        thread = ThreadPoolExecutor(1, "visemes")
        try:
            yield thread
        finally:
            thread.shutdown(cancel_futures=True)
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
