"""
Any avatar's mouth: a table from the articulation channels to its own.

A :class:`Rig` shows a track on an avatar. :func:`find_rig` has those that
everybody uses; :func:`parse_rig` makes one from a user's TOML or JSON. How a
table is written, and what each mistake is called, is in ``docs/rigs.md``.
"""

from __future__ import annotations

from streamer.lipsync.rigs.builtin import RIGS, find_rig, parse_rig
from streamer.lipsync.rigs.parser import ReadRig
from streamer.lipsync.rigs.places import Format
from streamer.lipsync.rigs.rig import Rig
from streamer.lipsync.rigs.table import INPUTS, Channel, Factor, Table, Term

__all__ = [
    "INPUTS",
    "RIGS",
    "Channel",
    "Factor",
    "Format",
    "ReadRig",
    "Rig",
    "Table",
    "Term",
    "find_rig",
    "parse_rig",
]
