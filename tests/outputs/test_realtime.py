"""Real-time priority where it is granted, and nothing where it is not."""

import ctypes
import os
import sys
import threading
from types import SimpleNamespace

import pytest

from streamer.outputs import realtime

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="others give it by themselves"
)


def test_asking_leaves_the_thread_as_it_was():
    before = os.sched_getscheduler(0)
    realtime.is_realtime_granted()
    assert os.sched_getscheduler(0) == before


def test_it_is_granted_where_the_system_says_yes(monkeypatch):
    asked = []
    monkeypatch.setattr(
        os, "sched_setscheduler", lambda *args: asked.append(args[1]), raising=True
    )
    assert realtime.is_realtime_granted()
    assert asked == [os.SCHED_FIFO, os.SCHED_OTHER]


def test_it_is_not_granted_where_the_system_refuses(monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    assert not realtime.is_realtime_granted()


def test_it_is_taken_as_granted_elsewhere(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert realtime.is_realtime_granted()


def sounddevice(library: str) -> SimpleNamespace:
    """What is asked of the module; a pointer is its own address here."""
    ffi = SimpleNamespace(cast=lambda _, pointer: pointer)
    return SimpleNamespace(_libname=library, _ffi=ffi)


@pytest.mark.parametrize("library", ["libm.so.6", "no such library"])
def test_a_library_without_alsa_is_not_asked(library):
    stream = SimpleNamespace(_ptr=4711)
    assert not realtime.ask_realtime(sounddevice(library), stream)


def test_portaudio_is_asked_for_the_stream(monkeypatch):
    calls = []

    class Function:
        argtypes: tuple[object, ...] = ()
        restype: object = int

        def __call__(self, stream: int, enabled: int) -> None:
            calls.append((stream, enabled, self.argtypes, self.restype))

    class Library:
        PaAlsa_EnableRealtimeScheduling = Function()

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Library)
    stream = SimpleNamespace(_ptr=4711)
    assert realtime.ask_realtime(sounddevice("libportaudio.so.2"), stream)
    assert calls == [(4711, 1, (ctypes.c_void_p, ctypes.c_int), None)]


@pytest.fixture
def helper(monkeypatch):
    """A thread's number, which is called as libpulse calls its own."""
    done, ready = threading.Event(), threading.Event()

    def run() -> None:
        (realtime.THREADS / str(threading.get_native_id()) / "comm").write_text(
            "threaded-ml"
        )
        ready.set()
        done.wait()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    yield thread.native_id
    done.set()
    thread.join()


def test_only_threads_that_serve_a_stream_are_hurried(helper, monkeypatch):
    hurried = []
    monkeypatch.setattr(
        os, "sched_setscheduler", lambda *args: hurried.append(args[:2])
    )
    realtime.hurry_helpers()
    assert hurried == [(helper, os.SCHED_FIFO)]


def test_a_refusal_leaves_them_as_they_are(helper, monkeypatch):
    asked = []

    def refuse(thread: int, *_: object) -> None:
        asked.append(thread)
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    realtime.hurry_helpers()
    assert asked == [helper]


def test_threads_are_not_looked_for_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(realtime, "THREADS", tmp_path / "none")
    realtime.hurry_helpers()


def test_a_system_without_such_calls_refuses(monkeypatch, tmp_path):
    """Some C libraries have no sched_getscheduler, and a sandbox may have no /proc."""

    def missing(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "sched_getscheduler", missing)
    monkeypatch.setattr(realtime, "THREADS", tmp_path / "none")
    assert not realtime.is_realtime_granted()
    realtime.hurry_helpers()
