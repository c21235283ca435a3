"""The line of each key, in both formats."""

from __future__ import annotations

import pytest

from streamer.lipsync.rigs.places import Places
from tests.tables import each

TOML = '''# comment with [brackets] and a = 1
name = "x = 1 # no comment"
"quo ted" = 'single'
many = [
  "a", { inner = 1 },
  2.5,
]
long = """
two = 2
"""

[channels]   # header
jaw.drop = 1.0
a = { "x * y" = 1.0, minus = { z = 2 } }
[channels."b c"]
tab\\t = 1
"\\u00e9" = 1
'''

JSON = """{
  "name": "a: { [ b",
  "list": [{"k": 1}, {"k": 2},
    3],
  "channels": {
    "a": {"x * y": -1.5e3,
      "minus": {"z": 2}},
    "caf\\u00e9": {}
  }
}"""


@each(
    [
        (("name",), 2),
        (("quo ted",), 3),
        (("many",), 4),
        (("long",), 8),
        (("channels",), 12),
        (("channels", "jaw"), 13),
        (("channels", "jaw", "drop"), 13),
        (("channels", "a"), 14),
        (("channels", "a", "x * y"), 14),
        (("channels", "a", "minus", "z"), 14),
        (("channels", "b c"), 15),
        (("channels", "b c", "é"), 17),
    ]
)
def test_keys_of_toml(path, line):
    assert Places(TOML, "toml").line(path) == line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 2),
        (("list",), 3),
        (("channels",), 5),
        (("channels", "a"), 6),
        (("channels", "a", "x * y"), 6),
        (("channels", "a", "minus"), 7),
        (("channels", "a", "minus", "z"), 7),
        (("channels", "café"), 8),
    ],
)
def test_keys_of_json(path, line):
    places = Places(JSON, "json")
    assert places.line(path) == line
    assert places.twice is None


def test_what_has_no_line_has_that_of_what_is_around_it():
    places = Places(TOML, "toml")
    assert places.line(("channels", "a", "nothing")) == 14
    assert places.line(("nothing", "at", "all")) is None
    assert places.line(()) is None


def test_a_key_that_is_given_twice_has_its_second_line():
    places = Places("[a]\nx = 1\ny = 2\nx = 3\n", "toml")
    assert places.twice == ("a", "x")
    assert places.line(("a", "x")) == 4


def test_the_same_key_in_two_tables_is_not_twice():
    assert Places("[a]\nx = 1\n[b]\nx = 1\n[a.c]\n", "toml").twice is None
    assert Places("a.x = 1\na.y = 2\n", "toml").twice is None


def test_line_ends_of_windows_count_once():
    assert Places("a = 1\r\n\r\nb = 2\r\n", "toml").line(("b",)) == 3


def test_the_longest_word_has_a_line():
    text = "# a long remark\na = '1234567890'\nb = [1,\n1_234]\nc = 12"
    assert Places(text, "toml").longest() == 4


@each(["{", "}", "[", "a", "a =", "= 1", "[[", "{a", ",", '"'])
def test_what_is_neither_ends_too(text):
    for format in ("toml", "json"):
        assert Places(text, format).line(("zz",)) is None
