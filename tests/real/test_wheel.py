"""The wheel, as a user would install it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import asyncio, sys, urllib.request
sys.path.insert(0, sys.argv[1])
import streamer

async def main():
    assert sys.argv[1] in streamer.__file__
    async with (
        streamer.Engine(streamer.NullOutput()) as engine,
        streamer.serve(engine, port=0) as server,
    ):
        for path in ("", "client.js", "face.js", "face.css", "timeline.js"):
            url = "http://{}:{}/".format(*server.address) + path
            with await asyncio.to_thread(urllib.request.urlopen, url) as answer:
                assert len(answer.read()) > 500

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run([*build, "--wheel-dir", folder, ROOT], check=True)
    (made,) = folder.glob("streamer-*.whl")
    return made


def test_it_holds_the_whole_package_and_nothing_else(wheel):
    files = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "streamer").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    held = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in held if ".dist-info/" not in name} == files
    assert "streamer/py.typed" in held


def test_it_serves_the_face(wheel, tmp_path):
    """From what is in the wheel, with the source tree out of reach."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    subprocess.run(
        [sys.executable, "-P", "-c", ASK, str(tmp_path)],
        cwd=tmp_path,
        env={},
        check=True,
        timeout=60,
    )
