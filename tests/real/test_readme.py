"""The README's examples, run as they stand."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.real.browser import chromium, open_page, wait_until

README = Path(__file__).resolve().parents[2] / "README.md"


def blocks(language: str) -> list[str]:
    """Return the code blocks of *language*, in order."""
    fenced = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
    found = fenced.findall(README.read_text("utf-8"))
    return [code for name, code in found if name == language]


@pytest.mark.parametrize("sound", [True, False], ids=["sound", "no-sound"])
def test_the_example_speaks_and_prints_its_shapes(sound, sounds, tmp_path):
    """With a device and without one: then time is kept and a log line says so."""
    nowhere = {"PULSE_SERVER": f"unix:{tmp_path}/none"}
    environment = sounds.environment if sound else {**os.environ, **nowhere}
    [example] = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", example],
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    shapes = [line.split()[0] for line in done.stdout.splitlines()]
    assert {"E", "nn", "O"} <= set(shapes), shapes
    assert shapes[-1] == "sil"
    assert ("no sound will be heard" in done.stderr) is not sound, done.stderr


PROGRAMS = {"python3": ["-u"], "streamer": ["-m", "streamer"]}
"""What the README calls a program → how this interpreter runs it."""
PAGE_PORT, SERVER_PORT = "9000", "8765"
"""The ports in the README; here each server takes a free one instead."""
WATCH = """
async (url) => {
  const {StreamerClient} = await import(url);
  const {sample} = StreamerClient.prototype;
  window.seen = new Set();
  window.shown = new Set();
  window.most = 0;
  StreamerClient.prototype.sample = function (...time) {
    const mouths = sample.apply(this, time);
    const {viseme, weights} = mouths.main;
    window.seen.add(viseme);
    window.most = Math.max(window.most, ...weights.slice(1));
    window.shown.add(document.body.textContent);
    return mouths;
  };
}
"""


@contextmanager
def running(line: str, *more: str, **options) -> Iterator[str]:
    """Run a command of the README; yields the first address that it prints."""
    name, *arguments = shlex.split(line.rstrip("& "), comments=True)
    command = [sys.executable, *PROGRAMS[name], *arguments, *more]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **options
    )
    try:
        first = process.stdout.readline()
        yield re.search(r"http://[\d.]+:\d+", first)[0]
    finally:
        process.kill()
        process.communicate()


@contextmanager
def page_and_server(folder: Path, environment: dict[str, str]) -> Iterator[list[str]]:
    """Run the two lines under the page; yields the addresses of both."""
    [lines] = [code for code in blocks("") if "--allow-origin" in code]
    site, serve = lines.splitlines()
    assert f"--allow-origin http://127.0.0.1:{PAGE_PORT}" in serve
    with running(site.replace(PAGE_PORT, "0"), cwd=folder) as origin:
        serve = serve.replace(PAGE_PORT, origin.rpartition(":")[2])
        with running(serve, "--port=0", env=environment) as server:
            yield [origin, server]


async def speak(server: str) -> None:
    async with aiohttp.ClientSession() as session:
        said = {"text": "Peter Piper picked a peck."}
        async with session.post(f"{server}/v1/speak", json=said) as answer:
            assert answer.status == 202


async def test_the_page_of_another_origin_moves_when_something_speaks(sounds, tmp_path):
    """The page as printed, served by the first line, allowed by the second."""
    [page] = blocks("html")
    with page_and_server(tmp_path, sounds.environment) as (origin, server):
        assert f"127.0.0.1:{SERVER_PORT}" in page
        page = page.replace(SERVER_PORT, server.rpartition(":")[2])
        (tmp_path / "index.html").write_text(page, "utf-8")
        async with chromium() as browser, open_page(browser, origin) as opened:
            await wait_until(opened, "document.body.textContent === 'sil'")
            await opened.evaluate(WATCH, f"{server}/client.js")
            await speak(server)
            await wait_until(opened, "window.seen.size >= 5 && window.most > 0.9")
            await wait_until(opened, "window.shown.size >= 5")
