from __future__ import annotations

import io
import json

import pytest


@pytest.fixture
def read(command, monkeypatch):
    """Reads lines of IPA."""

    def call(data, *options):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        return command("visemes", "--ipa", "-", *options)

    return call


def lines(result):
    return [json.loads(line) for line in result.out.splitlines()]


def test_each_token_is_a_line(read):
    result = read("ˈeɪ\ntʃ\r\n_\n".encode())

    assert (result.code, result.err) == (0, "")
    assert lines(result) == [
        {"token": "ˈeɪ", "phones": ["e", "ɪ"], "viseme": ["E", "I"], "unknown": []},
        {"token": "tʃ", "phones": ["t", "ʃ"], "viseme": ["CH"], "unknown": []},
        {"token": "_", "phones": [], "viseme": ["sil"], "unknown": []},
    ]


def test_the_set_and_the_language_are_chosen(read):
    options = ("--set", "azure", "--language", "de")
    assert lines(read("ɜ\n".encode(), *options))[0]["viseme"] == ["4"]


def test_an_empty_line_has_its_line_too(read):
    assert [line["token"] for line in lines(read(b"\xef\xbb\xbfa\n\nb"))] == [
        "a",
        "",
        "b",
    ]


def test_nothing_in_nothing_out(read):
    result = read(b"")
    assert (result.code, result.out, result.err) == (0, "", "")


def test_what_is_not_ipa_is_told_once_at_the_end(read):
    result = read("a\n你\n好\nb\n".encode())

    assert result.code == 1
    assert [line["unknown"] for line in lines(result)] == [[], ["你"], ["好"], []]
    assert result.err == (
        "streamer: standard input, line 2: '你' is not IPA (and 1 more like it); "
        "write one phoneme a line, as espeak-ng --ipa prints them\n"
    )


@pytest.mark.parametrize(
    ("token", "said"),
    [("a你", "'你' in 'a你' is"), ("a你i好", "'你', '好' in 'a你i好' are")],
)
def test_an_unknown_symbol_among_known_ones_is_told_too(read, token, said):
    result = read(f"a\n{token}\nb\n".encode())
    assert result.code == 1
    assert len(lines(result)) == 3
    assert result.err == (
        f"streamer: standard input, line 2: {said} not IPA; "
        "write one phoneme a line, as espeak-ng --ipa prints them\n"
    )


def test_what_is_not_utf_8(read):
    result = read(b"a\n\xff\n")
    assert result.code == 1
    assert len(lines(result)) == 1
    assert "standard input, line 2 is not UTF-8" in result.err


def test_a_file(command, tmp_path):
    path = tmp_path / "tokens.txt"
    path.write_text("a\n你\n", "utf-8")
    result = command("visemes", "--ipa", path)
    assert len(lines(result)) == 2
    assert f"{path}, line 2" in result.err


def test_a_file_that_is_missing(command):
    command("visemes", "--ipa", "none.txt").fails(1, "none.txt", "no such file")


def test_a_closed_standard_input(command, monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    command("visemes", "--ipa", "-").fails(2, "standard input is closed")
