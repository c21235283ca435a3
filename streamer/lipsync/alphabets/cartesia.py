"""
Cartesia's phonemes: IPA in the style of the Montreal Forced Aligner.

Source: Cartesia's pages "Custom pronunciations" and "IPA phonemes": phonemes
stand between ``<<`` and ``>>`` with ``|`` between them. The aligner writes
diphthongs with glides (``aj``, ``ow``), which the IPA reader knows.
"""

from __future__ import annotations

import re

from streamer.lipsync.alphabets.translation import Translation

__all__ = ["cartesia"]

_FRAME = re.compile(r"<<|>>|\|")
_SILENCES = frozenset({"sil", "sp", "spn", "<eps>", "<unk>", "<sil>", "<sp>", "pau"})


def cartesia(token: str) -> Translation:
    """Translate one phoneme, or a word as it is written in a transcript."""
    bare = _FRAME.sub("", token)
    return Translation("" if bare.strip() in _SILENCES else bare)
