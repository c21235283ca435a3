"""
Compressed audio: MP3, AAC, Ogg (Opus, Vorbis, FLAC), FLAC, MP4 and WebM.

PyAV decodes; it is an extra, imported when the first compressed stream
arrives. MP3 and AAC are cut into frames by libav's parsers, Ogg and FLAC by
walkers of our own, all of them as the bytes come and without a thread; MP4 and
WebM are read by libavformat in a thread each, from a pipe.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Final, cast

from streamer.audio.sniff import Kind
from streamer.errors import MissingComponent
from streamer.runner import Runner

if TYPE_CHECKING:
    from streamer.codecs.compressed import CompressedDecoder

__all__ = ["MEND", "make_decoder"]

MEND: Final = 'pip install "streamer[codecs]"'
"""What installs PyAV."""

_MODULE: Final = "streamer.codecs.compressed"


async def make_decoder(kind: Kind, run: Runner) -> CompressedDecoder:
    """
    Return a decoder for a stream that begins as *kind*.

    Args:
        kind: Anything but a WAV.
        run: Imports PyAV the first time, a tenth of a second.

    Raises:
        MissingComponent: PyAV isn't there.
    """
    try:
        if _MODULE not in sys.modules:
            await run(importlib.import_module, _MODULE)
        module = importlib.import_module(_MODULE)
    except ImportError as error:
        if (error.name or "").split(".")[0] != "av":
            raise
        raise MissingComponent("PyAV", needed_for=kind.label, mend=MEND) from error
    return cast("CompressedDecoder", module.CompressedDecoder(kind))
