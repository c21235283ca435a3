"""How long sounds usually last."""

import pytest

from streamer.lipsync import SYMBOLS, Phone, normalise
from streamer.lipsync.durations import (
    is_second_half,
    nucleus_places,
    share_time,
    usual_durations,
)
from tests.tables import each


def usual(ipa, *, final=False):
    return usual_durations(normalise(ipa, "en-us"), final=final)


@each(SYMBOLS)
def test_every_symbol_has_a_time_a_mouth_can_do(symbol):
    (seconds,) = usual_durations([Phone(symbol)], final=False)
    assert 0.03 < seconds < 0.2


def test_times_are_those_that_were_measured():
    """A vowel with stress, between consonants: the table's own."""
    assert usual("sˈæt")[1] == pytest.approx(0.100)


def test_a_stressed_vowel_lasts_longer():
    assert usual("pˈɛt")[1] > 1.1 * usual("pɛt")[1]


def test_sounds_last_longer_before_a_pause_from_the_last_vowel_on():
    plain, final = usual("lˈɪsən"), usual("lˈɪsən", final=True)
    assert final[:3] == plain[:3]
    assert final[3] == pytest.approx(1.32 * plain[3])
    assert final[4] == pytest.approx(1.38 * plain[4])


def test_a_cluster_is_shorter_than_its_consonants_alone():
    assert usual("əstə")[1] < usual("əsə")[1]


def test_a_marked_length_counts_where_the_language_has_both():
    assert usual("laːl")[1] == pytest.approx(1.4 * usual("lal")[1])
    assert usual("liːl")[1] == usual("lil")[1]  # English has it long only
    assert usual("atːa")[1] == pytest.approx(1.6 * usual("ata")[1])


def test_a_diphthong_is_longer_than_a_vowel_and_shorter_than_two():
    whole = sum(usual("taɪt")[1:3])
    assert 1.2 * usual("tat")[1] < whole < 2 * usual("tat")[1]


def test_halves_of_diphthongs_and_affricates_are_known():
    (word,) = [[*normalise("tʃ"), *normalise("ˈaɪ"), *normalise("l"), *normalise("d")]]
    assert [is_second_half(word, at) for at in range(6)] == [
        False, True, False, True, False, False,
    ]  # fmt: skip
    assert nucleus_places(word) == [2]


def test_syllabic_consonants_carry_a_syllable():
    assert nucleus_places([*normalise("b"), *normalise("ˈʌ"), *normalise("n̩")]) == [
        1,
        2,
    ]


def test_a_known_time_is_shared_in_proportion():
    assert share_time([0.1, 0.3], 0.8) == pytest.approx([0.2, 0.6])
    assert share_time([0.1], 0.0) == [0.0]
    assert share_time([], 1.0) == []
