"""The measurement of coverage can fail, and does not on four languages."""

from __future__ import annotations

from bench.lipsync_data.coverage import (
    LanguageCoverage,
    measure,
    read_texts,
    summary,
)


def test_there_are_texts_and_lists_in_more_than_30_languages():
    texts = read_texts()
    assert len(texts) >= 30
    assert all(len(lines) >= 2 for lines in texts.values())


def test_all_that_espeak_says_is_known_and_sounds():
    found = measure(["en-us", "da", "cmn", "hi"])
    assert [one.language for one in found] == ["en-us", "da", "cmn", "hi"]
    assert all(one.tokens > 150 and one.sounding > 150 for one in found)
    assert all(not one.unknown and not one.silent for one in found)
    assert summary(found)["met"]


def test_an_unknown_token_counts():
    half = LanguageCoverage("x", 4, {"ж": 2}, 4, {})
    assert half.known == 0.5
    assert not summary([half])["met"]


def test_one_silent_entry_is_too_many():
    assert not summary([LanguageCoverage("x", 9999, {}, 9999, {"s": 1})])["met"]
