from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from streamer.cli.visemes_folder import Progress, do_folder
from streamer.cli.visemes_record import RECORD
from streamer.cli.visemes_work import Order, work
from streamer.testing import wav

pytestmark = pytest.mark.program


@pytest.fixture
def folder(tmp_path):
    """Two sounds, one of them in a folder of its own."""
    place = tmp_path / "sounds"
    for name in ("one.wav", "more/two.WAV"):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tone())
    return place


def tone(seconds=0.3):
    time = np.arange(round(8000 * seconds), dtype=np.float32) / 8000
    return wav(np.sin(time * 2765).astype(np.float32) / 2, 8000)


def made(place):
    """The files that are made, with when they were."""
    return {
        path.relative_to(place).as_posix(): path.stat().st_mtime_ns
        for path in place.rglob("*.json")
        if path.name != RECORD
    }


def edit(path):
    """Change a file by hand, with as many bytes and the same time as before."""
    before = path.stat()
    path.write_bytes(path.read_bytes().replace(b"natural", b"precise"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def do(command, folder, *options):
    result = command("visemes", folder, "--jobs", 1, *options)
    assert (result.code, result.out, result.err) == (0, "", "")


def test_each_sound_gets_its_file_beside_it(command, folder):
    do(command, folder)
    assert made(folder).keys() == {"one.json", "more/two.json"}
    assert json.loads((folder / "one.json").read_text())["timing"] == "loudness"


def test_another_folder_is_laid_out_alike(command, folder, tmp_path):
    out = tmp_path / "new" / "out"
    do(command, folder, "-o", out, "--format", "tsv")
    assert (out / "one.tsv").is_file()
    assert (out / "more" / "two.tsv").is_file()
    assert not made(folder)


def test_a_text_beside_a_sound_is_what_it_says(command, folder):
    (folder / "one.txt").write_text("Papa.", "utf-8")
    do(command, folder)
    one = json.loads((folder / "one.json").read_text())
    two = json.loads((folder / "more" / "two.json").read_text())
    assert (one["timing"], two["timing"]) == ("text", "loudness")


def test_what_did_not_change_is_left_alone(command, folder):
    do(command, folder)
    before = made(folder)
    os.utime(folder / "one.wav")  # touched, but the same
    do(command, folder)
    assert made(folder) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "one.wav").write_bytes(tone(0.4)),
        lambda folder: (folder / "one.txt").write_text("Papa.", "utf-8"),
        lambda folder: (folder / "one.json").unlink(),
        lambda folder: (folder / "one.json").write_bytes(b""),
        lambda folder: os.truncate(folder / "one.json", 40),
        lambda folder: edit(folder / "one.json"),
    ],
    ids=["sound", "text", "no output", "emptied", "cut off", "edited"],
)
def test_only_what_changed_is_made_anew(command, folder, change):
    do(command, folder)
    before = made(folder)
    change(folder)
    do(command, folder)
    assert json.loads((folder / "one.json").read_text("utf-8"))["style"] == "natural"
    after = made(folder)
    assert after["one.json"] != before["one.json"]
    assert after["more/two.json"] == before["more/two.json"]


def test_a_copy_of_a_folder_is_as_it_was(command, folder, tmp_path):
    do(command, folder)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, copy_function=shutil.copyfile)  # with new times
    before = made(copy)
    do(command, copy)
    assert made(copy) == before


def test_an_output_that_nobody_may_read_is_made_anew(command, folder, monkeypatch):
    do(command, folder)
    before = made(folder)
    whole = Path.open

    def deny(path, *arguments, **options):
        if path.name == "one.json":
            raise PermissionError
        return whole(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", deny)
    do(command, folder)
    after = made(folder)
    assert after["one.json"] != before["one.json"]
    assert after["more/two.json"] == before["more/two.json"]


def test_other_options_make_all_anew(command, folder):
    do(command, folder)
    before = made(folder)
    do(command, folder, "--set", "vrm")
    assert all(after != before[name] for name, after in made(folder).items())


def test_a_rig_that_changed_makes_all_anew(command, folder, tmp_path):
    rig = tmp_path / "rig.toml"
    rig.write_text("[channels]\njaw = { jaw = 1.0 }\n", "utf-8")
    do(command, folder, "--rig", rig)
    before = made(folder)
    rig.write_text("[channels]\njaw = { jaw = 0.5 }\n", "utf-8")
    do(command, folder, "--rig", rig)
    assert all(after != before[name] for name, after in made(folder).items())


@pytest.mark.parametrize("record", ["", "[]", '{"digests": 1}', '{"digests": {}}'])
def test_a_record_that_is_damaged_makes_all_anew(command, folder, record):
    do(command, folder)
    before = made(folder)
    (folder / RECORD).write_text(record, "utf-8")
    do(command, folder)
    assert all(after != before[name] for name, after in made(folder).items())


def test_a_sound_that_fails_does_not_stop_the_others(command, folder):
    (folder / "bad.wav").write_bytes(b"nothing of the kind")
    (folder / "zero.wav").write_bytes(tone(0))
    result = command("visemes", folder, "--jobs", 1)

    assert (result.code, result.out) == (1, "")
    assert result.err.count("\n") == 2
    assert f"{folder / 'bad.wav'} is not audio that can be played" in result.err
    assert "holds no sound" in result.err
    assert len(made(folder)) == 2

    (folder / "bad.wav").write_bytes(tone())
    (folder / "zero.wav").unlink()
    before = made(folder)
    do(command, folder)
    assert len(made(folder)) == 3
    assert before.items() <= made(folder).items()


def test_what_failed_once_fails_again(command, folder):
    """It is not taken for unchanged, though a file of an earlier run is there."""
    do(command, folder)
    (folder / "one.wav").write_bytes(b"broken")
    for _ in range(2):
        result = command("visemes", folder, "--jobs", 1)
        assert result.code == 1
        assert "one.wav is not audio" in result.err


def test_several_at_once(command, folder):
    for number in range(3):
        (folder / f"{number}.wav").write_bytes(tone())
    (folder / "bad.wav").write_bytes(b"broken")
    result = command("visemes", folder, "--jobs", 2)
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert len(made(folder)) == 5


def test_a_process_that_dies_is_a_sentence(command, folder, monkeypatch):
    class Broken:
        def __init__(self, *_):
            pass

        def submit(self, *_):
            raise BrokenProcessPool

        def shutdown(self, **_):
            pass

    monkeypatch.setattr("streamer.cli.visemes_folder.ProcessPoolExecutor", Broken)
    result = command("visemes", folder, "--jobs", 2)
    assert result.code == 1
    assert result.err.count("\n") == 2
    assert "run it again with --jobs 1" in result.err


def test_hidden_files_and_folders_are_left_out(command, folder):
    (folder / ".hidden.wav").write_bytes(tone())
    (folder / ".git").mkdir()
    (folder / ".git" / "x.wav").write_bytes(tone())
    do(command, folder)
    assert len(made(folder)) == 2


@pytest.mark.parametrize(
    ("prepare", "options", "words"),
    [
        (lambda f: (f / "one.WAV").write_bytes(tone()), [], ["would both become"]),
        (lambda f: None, ["-o", __file__], ["it is a file", "name a folder"]),
        (lambda f: [p.unlink() for p in f.rglob("*.*")], [], ["no WAV in"]),
    ],
)
def test_what_is_wrong_with_all_of_it(command, folder, prepare, options, words):
    prepare(folder)
    command("visemes", folder, *options).fails(1, *words)


def test_texts_and_plots_are_for_one_sound(command, folder):
    command("visemes", folder, "--text", "Hi.").fails(2, "are for one sound")
    command("visemes", folder, "--plot", "x.png").fails(2, "are for one sound")


def test_an_output_that_cannot_be_written(command, folder):
    (folder / "one.json").mkdir()
    result = command("visemes", folder, "--jobs", 1)
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert "one.json: it is a folder" in result.err


def test_progress_is_one_line():
    progress = Progress(20, done=3, unchanged=6, failed=1, name="a/b.json")
    console = Console(width=70)
    line = progress.view(console)
    assert line.plain.startswith("██████████░░░░░░░░░░ 10 of 20 sounds, 3 made")
    assert line.cell_len < 70
    assert progress.sentence.endswith("3 made, 6 unchanged, 1 failed")


@pytest.mark.skipif(os.name == "nt", reason="no process groups")
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_ends_all_of_it(folder, jobs):
    """The terminal sends it to the workers too; nobody shows a traceback."""
    for number in range(40):
        (folder / f"{number}.wav").write_bytes(tone(30))
    program = [sys.executable, "-m", "streamer", "visemes", str(folder), "-j", jobs]
    started = subprocess.Popen(
        program,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=Path(__file__).parents[2],
    )
    deadline = time.monotonic() + 60
    while len(made(folder)) < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(started.pid, signal.SIGINT)
    _, said = started.communicate(timeout=30)

    assert (started.returncode, said) == (130, "")
    assert 6 <= len(made(folder)) < 42
    assert not list(folder.rglob("*.part"))
    for path in folder.rglob("*.json"):
        json.loads(path.read_text("utf-8"))
    recorded = json.loads((folder / RECORD).read_text())["digests"]
    assert recorded.keys() <= made(folder).keys()
    if jobs == "1":  # a process that ended may have written what it could not tell
        assert recorded.keys() == made(folder).keys()


def test_what_was_made_before_ctrl_c_is_on_record_at_once(command, folder, monkeypatch):
    """A second one may come before what is being made is done; that is noted too."""
    record, found = folder / RECORD, []

    async def cancelled():
        running = asyncio.ensure_future(do_folder(folder, None, Order(), 1))
        loop = asyncio.get_running_loop()

        def interrupted(order, path, *others):
            if path.name == "one.wav":  # the second of them
                loop.call_soon_threadsafe(running.cancel)
                deadline = time.monotonic() + 10
                while not record.exists() and time.monotonic() < deadline:
                    time.sleep(0.001)
                found.extend(json.loads(record.read_text())["digests"])
            return work(order, path, *others)

        monkeypatch.setattr("streamer.cli.visemes_folder.work", interrupted)
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(cancelled())
    assert found == ["more/two.json"]
    before = made(folder)
    assert before.keys() == {"more/two.json", "one.json"}
    monkeypatch.undo()
    do(command, folder)
    assert made(folder) == before


@pytest.mark.skipif(sys.platform != "linux", reason="names there are text")
def test_a_name_that_is_not_utf_8_is_as_good_as_any(command, folder):
    (folder / "\udcff.wav").write_bytes(tone())
    do(command, folder)
    before = made(folder)
    assert before.keys() == {"one.json", "more/two.json", "\udcff.json"}
    found = json.loads((folder / "\udcff.json").read_text("utf-8"))
    assert found["source"] == "\ufffd.wav"
    do(command, folder)
    assert made(folder) == before  # the record knows it


@pytest.mark.skipif(sys.platform != "linux", reason="names there are text")
def test_a_process_of_its_own_takes_such_a_name_too(command, folder):
    (folder / "\udcff.wav").write_bytes(tone())
    assert command("visemes", folder, "--jobs", 2).code == 0
    assert "\udcff.json" in made(folder)
