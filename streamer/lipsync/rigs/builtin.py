"""The rigs that need no file, and the rigs of files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from importlib.resources import files

from streamer.errors import RigError
from streamer.lipsync.rigs.document import Document, format_of
from streamer.lipsync.rigs.parser import ReadRig, parse_table
from streamer.lipsync.rigs.places import Format
from streamer.lipsync.rigs.rig import Rig
from streamer.lipsync.rigs.table import Table

__all__ = ["RIGS", "find_rig", "parse_rig"]

RIGS = ("arkit", "arkit-55", "livelink", "oculus", "vrm", "vrm0", "live2d", "vts")
"""The names of the rigs that need no file; each is a table beside this module."""


def find_rig(name: str) -> Rig:
    """
    Return the rig called *name*, one of :data:`RIGS`; made once.

    Raises:
        RigError: If there is none.
    """
    if name not in RIGS:
        remedy = f"take {', '.join(RIGS)} or a file that ends in .toml or .json"
        raise RigError(name, "there is no such rig", remedy=remedy)
    return _rig(name)


def parse_rig(
    text: str | bytes,
    *,
    name: str,
    format: Format | None = None,
    others: ReadRig | None = None,
) -> Rig:
    """
    Make a rig from the text of its file.

    Args:
        text: TOML or JSON; bytes are UTF-8.
        name: What errors call it: the file's name. Without its ending it is
            the rig's name too, unless the file has one of its own.
        format: Which of the two; None: as *name* ends.
        others: Gives the text of another rig file, by the name that
            ``extends`` has for it; None where there is no such file, or in
            its own place: only the rigs of :data:`RIGS` can be extended.

    Raises:
        RigError: At the first mistake, with its line where it has one.
    """
    document = Document(name, text, format or format_of(name))
    read = others or (lambda _: None)
    return Rig(parse_table(document, built_in=_TABLES, others=read))


@cache
def _table(name: str) -> Table:
    path = files(__package__).joinpath(f"{name}.toml")
    document = Document(f"{name}.toml", path.read_bytes(), "toml")
    return parse_table(document, built_in=_TABLES, others=lambda _: None)


@cache
def _rig(name: str) -> Rig:
    return Rig(_table(name))


_TABLES: Mapping[str, partial[Table]] = {name: partial(_table, name) for name in RIGS}
