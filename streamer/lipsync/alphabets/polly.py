"""
Viseme symbols of Amazon Polly, as input.

Source: Polly's tables "Phoneme and Viseme Tables for Supported Languages". Each
symbol stands for several sounds; the one whose mouth is the clearest is taken.
"""

from __future__ import annotations

from streamer.lipsync.alphabets.translation import Translation, translate_names

__all__ = ["SYMBOLS", "polly"]

SYMBOLS = {
    "sil": "",
    "p": "p",  # p b m
    "t": "t",  # t d n l
    "S": "ʃ",  # ʃ ʒ tʃ dʒ
    "T": "θ",  # θ ð
    "f": "f",  # f v
    "k": "k",  # k g h ŋ
    "i": "i",  # j i ɪ
    "i:": "iː",
    "r": "ɹ",
    "s": "s",  # s z
    "u": "u",  # w u ʊ
    "u:": "uː",
    "@": "ə",  # ə ɚ
    "a": "a",  # æ aɪ aʊ ɑ
    "e": "e",  # eɪ
    "E": "ɛ",  # ɝ ɛ ʌ
    "E:": "ɛː",
    "o": "o",  # oʊ
    "O": "ɔ",  # ɔ ɔɪ
    "J": "ɕ",  # ɲ ʎ ɕ ʑ tɕ
    "B": "β",
    "l": "l",  # a newer page lists it by itself
}
"""Symbol to IPA."""


def polly(token: str) -> Translation:
    """Translate one viseme symbol, or several apart."""
    return translate_names(token.split(), SYMBOLS)
