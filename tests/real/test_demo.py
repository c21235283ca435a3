"""`streamer demo`, which is what `make demo` runs, heard on a real sound server."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import numpy as np

from tests.real.sound_server import RATE

DEMO = [sys.executable, "-m", "streamer", "demo", "--port=0"]
LIMIT = 120.0
"""Seconds after which the command hangs."""


@asynccontextmanager
async def demo(
    environment: dict[str, str], *arguments: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the demo in a process group of its own; nothing is left of it."""
    process = await asyncio.create_subprocess_exec(
        *DEMO,
        *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


async def finish(process: asyncio.subprocess.Process) -> tuple[str, str]:
    """Wait for the end; returns standard output and standard error."""
    out, error = await asyncio.wait_for(process.communicate(), LIMIT)
    return out.decode(), error.decode()


async def address_of(process: asyncio.subprocess.Process) -> str:
    """Return the page's address, once the demo says it."""
    assert process.stdout is not None
    async with asyncio.timeout(LIMIT):
        async for line in process.stdout:
            for word in line.decode().split():
                if word.startswith("http://"):
                    return word
    error = await process.stderr.read() if process.stderr else b""
    raise AssertionError(f"the demo named no page: {error.decode()}")


async def fetch(url: str) -> str:
    """Return what is served at *url*, head and body."""
    host, _, port = url.removeprefix("http://").strip("/").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    request = f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    writer.write(request.encode())
    answer = await asyncio.wait_for(reader.read(), LIMIT)
    writer.close()
    return answer.decode()


async def test_it_speaks_what_it_is_given_and_ends(sounds):
    """The local voice, over real HTTP, through the engine, to the device."""
    with sounds.record() as recorder:
        words = "--text=Peter Piper picked a peck."
        async with demo(sounds.environment, words, "--once") as process:
            out, error = await finish(process)
    assert process.returncode == 0, error
    assert "http://127.0.0.1:" in out
    assert error == ""
    loud = np.flatnonzero(np.abs(recorder.frames).max(axis=1) > 0.05)
    assert len(loud) > RATE / 10
    assert RATE < loud[-1] - loud[0] < 10 * RATE


async def test_its_page_is_served_and_an_interrupt_ends_it_cleanly(sounds):
    async with demo(sounds.environment) as process:
        page = await fetch(await address_of(process))
        os.killpg(process.pid, signal.SIGINT)
        _, error = await finish(process)
    assert page.startswith("HTTP/1.1 200 OK")
    assert "/face.js" in page
    assert process.returncode == 130
    assert "Traceback" not in error


async def test_without_a_sound_device_it_says_so_and_keeps_time(sounds):
    environment = {**sounds.environment, "PULSE_SERVER": "unix:/nowhere"}
    async with demo(environment, "--text=Hello.", "--once") as process:
        _, error = await finish(process)
    assert process.returncode == 0
    assert error.count("\n") == 1
    assert "no sound" in error
