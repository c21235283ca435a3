"""
ARPAbet: the names of the CMU dictionary, and those of TIMIT.

Sources: CMUdict 0.7b ``cmudict-0.7b.phones``; TIMIT ``phoncode.doc``. Digits
tell stress: 0 none, 1 primary, 2 secondary. ``AH0`` is a schwa, ``ER0`` the one
of "butter".
"""

from __future__ import annotations

import re

from streamer.lipsync.alphabets.translation import Translation, translate_names

__all__ = ["NAMES", "SILENCES", "arpabet", "is_name"]

NAMES = {
    "AA": "ɑ",  # odd
    "AE": "æ",  # at
    "AH": "ʌ",  # hut
    "AO": "ɔ",  # ought
    "AW": "aʊ",  # cow
    "AX": "ə",  # about
    "AX-H": "ə",  # suspect
    "AXR": "ɚ",  # butter
    "AY": "aɪ",  # hide
    "B": "b",
    "CH": "tʃ",  # cheese
    "D": "d",
    "DH": "ð",  # thee
    "DX": "ɾ",  # muddy
    "EH": "ɛ",  # Ed
    "EL": "l\N{COMBINING VERTICAL LINE BELOW}",  # bottle
    "EM": "m\N{COMBINING VERTICAL LINE BELOW}",  # bottom
    "EN": "n\N{COMBINING VERTICAL LINE BELOW}",  # button
    "ENG": "ŋ\N{COMBINING VERTICAL LINE BELOW}",  # Washington
    "ER": "ɝ",  # hurt
    "EY": "eɪ",  # ate
    "F": "f",
    "G": "ɡ",
    "H": "h",
    "HH": "h",
    "HV": "ɦ",  # ahead
    "IH": "ɪ",  # it
    "IX": "ɨ",  # roses
    "IY": "i",  # eat
    "JH": "dʒ",  # gee
    "K": "k",
    "L": "l",
    "M": "m",
    "N": "n",
    "NG": "ŋ",  # ping
    "NX": "ɾ\N{COMBINING TILDE}",  # winner
    "OW": "oʊ",  # oat
    "OY": "ɔɪ",  # toy
    "P": "p",
    "Q": "ʔ",  # bat, of some
    "R": "ɹ",
    "S": "s",
    "SH": "ʃ",  # she
    "T": "t",
    "TH": "θ",  # theta
    "UH": "ʊ",  # hood
    "UW": "u",  # two
    "UX": "ʉ",  # toot
    "V": "v",
    "W": "w",
    "WH": "ʍ",  # which
    "Y": "j",
    "Z": "z",
    "ZH": "ʒ",  # seizure
    "BCL": "b",  # closures of TIMIT: the lips are where the stop has them
    "DCL": "d",
    "GCL": "ɡ",
    "KCL": "k",
    "PCL": "p",
    "TCL": "t",
}
"""Name to IPA, without stress."""

SILENCES = frozenset({"SIL", "SP", "SPN", "PAU", "EPI", "H#", "#H", "NSN", "BRTH"})
"""Names of what nobody speaks."""

_REDUCED = {"AH": "ə", "ER": "ɚ"}
"""What a vowel is where it is marked as unstressed."""
_STRESS = {"": "", "0": "", "1": "ˈ", "2": "ˌ"}
_TABLE = (
    {
        name + digit: mark + (_REDUCED.get(name, ipa) if digit == "0" else ipa)
        for name, ipa in NAMES.items()
        for digit, mark in _STRESS.items()
    }
    | dict.fromkeys(SILENCES, "")
)  # fmt: skip
_SEPARATORS = re.compile(r"[\s_,.;|]+")


def arpabet(token: str) -> Translation:
    """Translate ``HH``, ``OW1`` or several of them apart, in either case."""
    names = [name for name in _SEPARATORS.split(token.upper()) if name]
    return translate_names(names, _TABLE)


def is_name(token: str) -> bool:
    """Whether a token is one of the names, with or without its digit."""
    return token in _TABLE
