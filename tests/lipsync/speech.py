"""Sounds for tests, written like ``m:60 ˈa:120 _:200``; a frame is a millisecond."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from streamer.lipsync.phonemes import Phone
from streamer.lipsync.rules import RULES
from streamer.lipsync.timeline import TimedPhone

RATE = 1000
FPS = 60


def speech(written, start=0):
    """Return the sounds of a line, one behind another; ``_`` is silence."""
    phones = []
    for entry in written.split():
        symbol, _, length = entry.partition(":")
        stress = 1 if symbol[0] == "ˈ" else 0
        phone = None if symbol == "_" else Phone(symbol[-1], stress=stress)
        phones.append(TimedPhone(start, int(length), phone))
        start += int(length)
    return phones


def sounds(shortest=20, longest=250):
    """Any sounds and pauses, as lists of :class:`TimedPhone`."""
    symbol = st.sampled_from([*RULES, *"pbmfvszaiuət", *"___"])
    entry = st.tuples(symbol, st.integers(shortest, longest))
    return st.lists(entry, min_size=1, max_size=40).map(
        lambda entries: speech(" ".join(f"{s}:{length}" for s, length in entries))
    )


def kind(timed):
    return RULES[timed.phone.symbol].kind if timed.phone else None


def times(phones, fps=FPS):
    """Moments of a clock at *fps*, to well behind the last sound."""
    end = (phones[-1].frame + phones[-1].frames) / RATE + 0.3
    return np.arange(0.0, end, 1 / fps)


def merged(cues):
    """Shapes with their start and end, parts put together."""
    shapes = []
    for cue in cues:
        stop = cue.frame + cue.frames
        if shapes and shapes[-1][2] == cue.viseme:
            start, _, viseme, phones = shapes[-1]
            shapes[-1] = (start, stop, viseme, phones + cue.phones)
        else:
            shapes.append((cue.frame, stop, cue.viseme, cue.phones))
    return shapes


LINES = {
    "maybe a family": "m:60 ˈe:70 ɪ:45 b:70 i:80 ə:50 f:80 ˈæ:120 m:70 l:50 i:110",
    "vivid photo": "v:60 ˈɪ:100 v:60 ɪ:60 d:80 f:75 ˈo:110 ʊ:70 ɾ:40 o:120",
    "stops, then boots": "s:90 t:60 ˈɑ:130 p:110 s:90 _:400 b:60 ˈu:130 t:70 s:120",
    "a cupful of it": "ə:50 k:80 ˈʌ:90 p:60 f:70 ə:50 l:60 ʌ:60 v:60 ˈɪ:110 t:90",
    "six thick slabs": "s:100 ˈɪ:80 k:60 s:80 θ:90 ˈɪ:70 k:80 s:90 l:60 ˈæ:140 b:70",
    "the truth": "ð:50 ə:60 t:70 ɹ:60 ˈu:140 θ:90",
}
"""English with its usual lengths, by what is said."""
