from __future__ import annotations

import unicodedata

from streamer.lipsync.symbols import SYMBOLS


def test_symbols_are_single_characters_that_decompose_no_further():
    """Decomposed ç is put together again; nothing else may need it."""
    for symbol in SYMBOLS.keys() - {"ç"}:
        assert len(symbol) == 1
        assert unicodedata.normalize("NFD", symbol) == symbol


def test_the_table_is_keyed_by_its_symbols():
    assert all(SYMBOLS[symbol].symbol == symbol for symbol in SYMBOLS)


def test_every_symbol_has_a_place_and_an_example():
    assert all(sound.place and sound.example for sound in SYMBOLS.values())


def test_vowels_are_told_from_consonants():
    vowels = {s for s, sound in SYMBOLS.items() if sound.kind == "vowel"}
    assert set("iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒᵻɚɝ") == vowels
