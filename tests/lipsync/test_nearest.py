from __future__ import annotations

import pytest

from streamer.lipsync.nearest import nearest_symbol
from streamer.lipsync.symbols import SYMBOLS


@pytest.mark.parametrize(
    ("char", "symbol"),
    [
        ("ƈ", "k"),  # LATIN SMALL LETTER C WITH HOOK
        ("ƭ", "t"),  # LATIN SMALL LETTER T WITH HOOK
        ("ᴍ", "m"),  # LATIN LETTER SMALL CAPITAL M
        ("ж", "ʒ"),  # CYRILLIC SMALL LETTER ZHE
        ("ш", "ʃ"),
        ("м", "m"),  # CYRILLIC SMALL LETTER EM, named as it is spelled
        ("б", "b"),
        ("ω", "o"),  # GREEK SMALL LETTER OMEGA
        ("か", "k"),  # HIRAGANA LETTER KA
        ("가", "ɡ"),  # HANGUL SYLLABLE GA
        ("ت", "t"),  # ARABIC LETTER TEH
        ("人", "ə"),  # an ideograph's name says nothing of its sound
        ("😀", "ə"),
        ("\ue000", "ə"),  # private use: no name at all
    ],
)
def test_the_name_of_a_character_picks_its_class(char, symbol):
    assert nearest_symbol(char) == symbol


def test_every_answer_is_a_base_symbol():
    answers = {nearest_symbol(chr(code)) for code in range(0x20, 0x3000)}
    assert answers <= set(SYMBOLS)
