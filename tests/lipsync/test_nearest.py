from __future__ import annotations

from streamer.lipsync.nearest import (
    Features,
    distance,
    features_of,
    nearest_sound,
    nearest_symbol,
)
from streamer.lipsync.symbols import SYMBOLS
from tests.tables import each


@each(
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
    ]
)
def test_the_name_of_a_character_picks_its_class(char, symbol):
    assert nearest_symbol(char) == symbol


def test_every_answer_is_a_base_symbol():
    answers = {nearest_symbol(chr(code)) for code in range(0x20, 0x3000)}
    assert answers <= set(SYMBOLS)


@each(
    [
        ("ᶘ", "ʂ"),  # LATIN SMALL LETTER ESH WITH RETROFLEX HOOK
        ("ᶚ", "ʐ"),
        ("𝼉", "ʈ"),  # LATIN SMALL LETTER T WITH HOOK AND RETROFLEX HOOK
        ("ƀ", "β"),  # LATIN SMALL LETTER B WITH STROKE
        ("ǥ", "ɣ"),
        ("ᶕ", "ɚ"),  # LATIN SMALL LETTER SCHWA WITH RETROFLEX HOOK
        ("ᶓ", "ɛ"),  # a retroflex open e has no symbol of its own
        ("ᶀ", "b"),  # a palatal hook changes nothing that is seen
    ]
)
def test_what_a_name_adds_changes_the_features(char, symbol):
    assert nearest_symbol(char) == symbol


@each([s for s in SYMBOLS if s not in "ɓʙʘ"])
def test_a_base_symbol_is_nearest_to_its_own_features(symbol):
    """Or one that looks exactly alike, as the implosives do."""
    features = features_of(SYMBOLS[symbol])
    assert distance(features, features_of(nearest_sound(features))) == 0


def test_lips_count_most():
    """A bilabial click is shown by lips, not by a click of the tongue."""
    click = Features(kind="stop", front=0.0, lips=1.0, voiced=False)
    assert nearest_sound(click).place == "bilabial"
    rounded = Features(kind="vowel", front=4.0, lips=0.6, height=5.4)
    assert "rounded" in nearest_sound(rounded).place


def test_voice_counts_least():
    """A voiceless m is an m, not a p."""
    nasal = Features(kind="nasal", front=0.0, lips=1.0, voiced=False)
    assert nearest_sound(nasal).symbol == "m"
