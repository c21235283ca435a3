"""One sound for ``streamer visemes``: files are read, and what is made is written."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from streamer.cli.visemes_notes import notes_on
from streamer.errors import (
    FormatError,
    MissingComponent,
    RigError,
    StreamerError,
    UsageError,
    VoiceError,
)

if TYPE_CHECKING:
    from streamer.lipsync.offline import Performance, Recording, Request
    from streamer.lipsync.rigs import Rig

__all__ = [
    "DIGEST_BYTES",
    "Order",
    "Outcome",
    "cannot",
    "find_script",
    "legible",
    "make",
    "read_script",
    "spoken",
    "work",
    "write_text",
    "writing",
]

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_RIG_FILES = (".toml", ".json")
DEFAULT_SET = "oculus"
DIGEST_BYTES = 16
"""Of a digest; enough that no two files have the same."""
writing = threading.Lock()
"""Held while a file is being written; whoever ends the process waits for it."""


@dataclass(frozen=True, slots=True)
class Order:
    """What the command line asks for; plain words, so that a process can take it."""

    language: str = "en"
    """A language tag."""
    visemes: str | None = None
    """A viseme set's name."""
    rig: str | None = None
    """A rig's name, or a file."""
    fps: int = 60
    """Frames a second of a rig."""
    style: str = "natural"
    """A style's name."""
    hold_ms: float | None = None
    """How long a shape stays at least."""
    format: str = "json"
    """A format's name."""

    def request(self) -> Request:
        """
        Return what the words mean.

        Raises:
            UsageError: A word means nothing, or two contradict one another.
            RigError: The rig's file is broken.
        """
        from streamer.lipsync import find_style
        from streamer.lipsync.formats import find_format
        from streamer.lipsync.offline import Request
        from streamer.lipsync.visemes import find_set

        format = find_format(self.format)
        style = find_style(self.style)
        name = self.visemes or format.visemes or DEFAULT_SET
        visemes = find_set(name, self.language)
        rig = None if self.rig is None else find_rig(self.rig)
        format.check(self.visemes, None if rig is None else rig.name)
        check_language(self.language)
        hold = None if self.hold_ms is None else self.hold_ms / 1000
        return Request(
            language=self.language.partition("+")[0],
            visemes=visemes,
            rig=rig,
            fps=self.fps,
            style=style,
            hold=hold,
        )


def find_rig(name: str) -> Rig:
    """
    Return a rig that comes with streamer, or one of a file.

    Raises:
        UsageError: It is neither.
        RigError: The file is broken.
    """
    from streamer.lipsync import rigs

    if name in rigs.RIGS:
        return rigs.find_rig(name)
    path = Path(name)
    if not _there(path) and path.suffix.lower() not in _RIG_FILES:
        try:
            return rigs.find_rig(name)
        except RigError as error:
            raise UsageError(str(error)) from error
    folder = path.parent
    text = _read(path, "rig")
    return rigs.parse_rig(
        text, name=legible(name), others=lambda other: _beside(folder, other)
    )


def _beside(folder: Path, name: str) -> bytes | None:
    """Return a rig's file that another one extends; None where there is none."""
    path = folder / name
    return _read(path, "rig") if _there(path) and path.is_file() else None


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long for a name, or NUL in it
        return False


def legible(name: str) -> str:
    """Return *name*, of a file or from the command line, as text that is UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


def check_language(language: str, *, option: str = "--language") -> None:
    """
    See that a language is one: of the local voice, or where there is none, by its tag.

    Args:
        language: A tag, perhaps with espeak-ng's variant.
        option: Which option of the command line named it.

    Raises:
        UsageError: It is none.
    """
    from streamer.voices import Espeak

    remedy = f"write a tag such as en-us, de or cmn behind {option}"
    try:
        Espeak.shared().check(language)
    except VoiceError as error:
        raise UsageError(f"{error}; {remedy}") from error
    except MissingComponent as error:
        if not _TAG.fullmatch(language.partition("+")[0]):
            raise UsageError(f"{language!r} is no language; {remedy}") from error


def spoken(text: str, language: str) -> Recording:
    """
    Return how the local voice speaks *text*, with its times.

    Raises:
        VoiceError: It doesn't know the language.
        MissingComponent: There is no local voice.
    """
    from streamer.lipsync.offline import read_recording
    from streamer.voices import Espeak, VoiceSettings
    from streamer.voices.wav import spoken_wav

    said = Espeak.shared().synthesize(text, VoiceSettings(language=language))
    if not len(said.samples):
        raise UsageError("there is nothing in the text that could be spoken")
    return read_recording(spoken_wav(text, said))


def read_script(path: Path) -> str:
    """
    Return what is said, from a text file.

    Raises:
        StreamerError: It can't be read, isn't UTF-8 or holds no text.
    """
    try:
        text = _read(path, "text").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StreamerError(f"{path} is not UTF-8; save it as UTF-8 text") from error
    if not any(map(str.isalnum, text)):
        raise StreamerError(f"{path} holds no text; write into it what is said")
    return " ".join(text.split())


def find_script(path: Path) -> Path | None:
    """Return the text file beside a WAV, if there is one."""
    for ending in (".txt", ".TXT"):
        script = path.with_suffix(ending)
        if script.is_file():
            return script
    return None


def make(
    recording: Recording, request: Request, *, source: str, text: str | None
) -> Performance:
    """Move the mouth; the local voice reads what is to be read; *source* is a name."""
    from streamer.lipsync.offline import perform
    from streamer.voices import EspeakLetterToSound

    return perform(
        recording,
        request,
        source=legible(source),
        text=text,
        letter_to_sound=EspeakLetterToSound(),
    )


def read_wav(path: Path) -> Recording:
    """
    Read a WAV.

    Raises:
        StreamerError: It can't be read.
        FormatError: It is none.
    """
    from streamer.lipsync.offline import read_recording

    data = _read(path, "sound")
    try:
        return read_recording(data)
    except FormatError as error:
        error.source = str(path)
        raise


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file."""

    failed: str | None = None
    """Why there is nothing, as a sentence."""
    notes: tuple[str, ...] = ()
    """What is worth knowing though it was done."""
    digest: str = ""
    """Of what was written; empty where nothing was."""


def work(order: Order, path: Path, script: Path | None, output: Path) -> Outcome:
    """Make one file of another; errors are told, not raised, as in any process."""
    try:
        recording = read_wav(path)
        text = None if script is None else read_script(script)
        performance = make(recording, _request(order), source=path.name, text=text)
        from streamer.lipsync.formats import find_format

        output.parent.mkdir(parents=True, exist_ok=True)
        written = find_format(order.format).write(performance.score)
        write_text(output, written)
        digest = hashlib.blake2b(written.encode(), digest_size=DIGEST_BYTES)
        notes = notes_on(path, recording, performance)
        return Outcome(notes=notes, digest=digest.hexdigest())
    except StreamerError as error:
        return Outcome(failed=str(error))
    except OSError as error:
        return Outcome(failed=str(cannot("write", output, error)))
    except MemoryError:
        return Outcome(failed=f"{path} is too large for this machine's memory")
    except Exception as error:  # noqa: BLE001 - one file's fault is not the others'
        fault = f"{type(error).__name__}: {error}"
        return Outcome(failed=f"{path}: unexpected {fault} (a fault of streamer)")


@lru_cache(maxsize=1)
def _request(order: Order) -> Request:
    return order.request()


def write_text(path: Path, text: str) -> None:
    """
    Write a file whole: it takes the place of what was there when it is complete.

    Raises:
        StreamerError: It can't be written.
    """
    if path.is_dir():
        raise StreamerError(f"cannot write {path}: it is a folder; name a file")
    try:
        if path.exists() and not path.is_file():  # a device or a pipe
            path.write_text(text, "utf-8", newline="\n")
            return
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        with writing:
            try:
                part.write_text(text, "utf-8", newline="\n")
                part.replace(path)
            finally:
                with suppress(OSError):
                    part.unlink(missing_ok=True)
    except OSError as error:
        raise cannot("write", path, error) from error


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise cannot(f"read the {what}", path, error) from error


def cannot(verb: str, path: Path, error: OSError) -> StreamerError:
    """Return *error* as a sentence about *path*."""
    reason = (error.strerror or str(error)).lower()
    return StreamerError(f"cannot {verb} {path}: {reason}")
