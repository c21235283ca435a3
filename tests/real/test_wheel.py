"""The source archive and the wheels made of it, as a user would install them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXTENSION = "streamer/outputs/_native.abi3.so"
MAKE_SDIST = """
import sys
from setuptools.build_meta import build_sdist
print(build_sdist(sys.argv[1]))
"""
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
        pages = ("", "face.js", "face.css", "rigs", "rigs.js", "rigs.css", "rigs.json")
        scripts = ("client.js", "timeline.js", "placing.js", "page.js", "arkit.js")
        for path in pages + scripts:
            url = "http://{}:{}/".format(*server.address) + path
            with await asyncio.to_thread(urllib.request.urlopen, url) as answer:
                assert len(answer.read()) > 500

asyncio.run(main())
"""
RENDER = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from streamer.outputs import native

assert sys.argv[1] in native.__file__
renderer = native.make_renderer(rate=8_000, channels=1)
renderer.ring.write(np.ones((30, 1), np.float32))
renderer.ring.finish()
out = np.full((40, 1), np.nan, np.float32)
renderer.render(out, 0.0, 0.0)
assert out.sum() == 30.0
print(type(renderer).__name__, native.native_missing())
"""


def package_files() -> set[str]:
    """What of the package is under version control, or will be."""
    made = {".pyc", ".so", ".pyd", ".c", ".h"}
    return {
        str(path.relative_to(ROOT))
        for path in (ROOT / "streamer").rglob("*")
        if path.is_file() and path.suffix not in made
    }


@pytest.fixture(scope="module")
def sdist(tmp_path_factory) -> Path:
    """Made in a copy: what was built before must not be what is found."""
    folder = tmp_path_factory.mktemp("sdist")
    unwanted = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "_native.*")
    shutil.copytree(ROOT, folder / "source", ignore=unwanted)
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MAKE_SDIST, folder],
        cwd=folder / "source",
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (made,) = folder.glob("streamer-*.tar.gz")
    return made


def make_wheel(sdist: Path, folder: Path, **environment: str) -> Path:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    subprocess.run(
        [*build, "--no-cache-dir", "--wheel-dir", folder, sdist],
        env=os.environ | environment,
        check=True,
    )
    (made,) = folder.glob("streamer-*.whl")
    return made


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory) -> Path:
    return make_wheel(sdist, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def wheel_without_compiler(sdist, tmp_path_factory) -> Path:
    return make_wheel(sdist, tmp_path_factory.mktemp("wheel"), CC="/bin/false")


def held_by(wheel: Path) -> set[str]:
    names = zipfile.ZipFile(wheel).namelist()
    return {name for name in names if ".dist-info/" not in name}


def run_from(wheel: Path, folder: Path, script: str) -> str:
    """Run *script* on what is in the wheel, with the source tree out of reach."""
    zipfile.ZipFile(wheel).extractall(folder)
    done = subprocess.run(
        [sys.executable, "-P", "-c", script, str(folder)],
        cwd=folder,
        env={},
        check=True,
        timeout=60,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def test_the_archive_holds_all_that_is_needed_to_work_on_it(sdist):
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    assert package_files() <= held
    folders = ("tests", "bench", "demos", "docs", "tools")
    for folder in folders:
        found = {
            str(path.relative_to(ROOT))
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        }
        assert found <= held
    assert held >= {
        *("streamer/outputs/_callback.c", "streamer/outputs/_callback.h"),
        *("streamer/outputs/_producer.c", "setup.py", "pyproject.toml"),
        *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile"),
    }
    assert EXTENSION not in held


def test_the_wheel_holds_the_whole_package_and_the_callback(wheel):
    assert held_by(wheel) == package_files() | {EXTENSION}
    assert "streamer/py.typed" in held_by(wheel)
    assert "-cp311-abi3-" in wheel.name


def test_without_a_compiler_it_holds_the_package(wheel_without_compiler):
    assert held_by(wheel_without_compiler) == package_files()


def test_it_serves_the_face(wheel, tmp_path):
    run_from(wheel, tmp_path, ASK)


def test_its_callback_is_the_one_in_c(wheel, tmp_path):
    assert run_from(wheel, tmp_path, RENDER) == "NativeRenderer None\n"


def test_without_a_compiler_the_one_in_python_serves(wheel_without_compiler, tmp_path):
    said = run_from(wheel_without_compiler, tmp_path, RENDER)
    assert said.startswith("PythonRenderer the audio callback in C is not there")
