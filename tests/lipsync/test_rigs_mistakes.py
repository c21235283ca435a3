"""One sentence for each mistake in a user's rig: the file, the line, the remedy."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from streamer.errors import RigError, StreamerError
from streamer.lipsync.rigs import parse_rig
from tests.examples import examples
from tests.tables import each

EXAMPLE = (Path(__file__).parent / "data" / "my-avatar.toml").read_bytes()


def refused(text: str | bytes, name: str = "a.toml", **options) -> str:
    """The sentence with which a rig is refused."""
    with pytest.raises(RigError) as caught:
        parse_rig(text, name=name, **options)
    return str(caught.value)


def test_a_mistake_is_an_error_of_streamer_with_its_parts():
    with pytest.raises(StreamerError) as caught:
        parse_rig("[channels]\na = { jwa = 1.0 }", name="a.toml")
    error = caught.value
    assert isinstance(error, RigError)
    assert (error.rig, error.line, error.remedy) == ("a.toml", 2, "did you mean 'jaw'?")


ONE = "[channels]\na = { jaw = 1.0 }\n"

MISTAKES = {
    # nothing in it, or not what it says it is
    "": "a.toml: the file is empty; write [channels] and under it jawOpen = ",
    " \n\n": "a.toml: the file is empty; ",
    "# nothing\n": "a.toml: it has no channels; write [channels] and under it ",
    "name = 'x'\n[channels]\n": "a.toml: it has no channels; ",
    "[channels\n": "a.toml, line 1: it is not TOML: ",
    "a = 1\n\nb c\n": "a.toml, line 3: it is not TOML: ",
    "[channels]\nmouth{L,R} = {}\n": "a.toml, line 2: it is not TOML: expected '=' "
    "after a key in a key/value pair; mend this line: a name with other signs than "
    "letters, figures, - and _ goes in quotes, and { … } stays on one line",
    "[channels]\na = { jaw = 1.0": "a.toml, line 2: it is not TOML: ",
    '{"channels": {}}': "a.toml, line 1: it is not TOML: invalid statement; it looks "
    "like JSON: give it a name that ends in .json",
    b"[channels]\n\xff\xfe": "a.toml, line 2: it is not UTF-8 text; save it as UTF-8",
    "a = " + "[" * 5000: "a.toml: its brackets are nested too deep; a rig is tables ",
    "a = 1\nb = " + "9" * 5000: "a.toml, line 2: a number has more digits than can be "
    "read; write one between -1e6 and 1e6",
    # keys
    "chanels = {}\n": "a.toml, line 1: unknown key 'chanels'; did you mean 'channels'?",
    "\njawOpen = { jaw = 1.0 }\n": "a.toml, line 2: unknown key 'jawOpen'; a channel "
    "goes under [channels]",
    ONE + "[channels.b]\nbias = 1\n": "a.toml, line 4: b uses 'bias', which is no "
    "input and no channel; there are: a, b, jaw, narrow, opening, rounding, seal, ",
    # wrong types
    "channels = 3\n": "a.toml, line 1: channels is a number, not a table; write it "
    "like [channels] and under it jawOpen = { jaw = 0.7 }",
    "[channels]\n\na = 0.7\n": "a.toml, line 3: a is a number, not a table; write it "
    "like a = { jaw = 0.7 }",
    "[channels]\na = { jaw = 'wide' }\n": "a.toml, line 2: jaw is a text, not a "
    "number; write it like jaw = 0.5",
    "[channels]\na = { jaw = true }\n": "a.toml, line 2: jaw is true or false, not a ",
    "[channels]\na = { jaw = nan }\n": "a.toml, line 2: jaw is not a number between ",
    "[channels]\na = { jaw = inf }\n": "a.toml, line 2: jaw is not a number between ",
    "[channels]\na = { jaw = 2e6 }\n": "a.toml, line 2: jaw is not a number between "
    "-1e6 and 1e6; write it like jaw = 0.5",
    "[channels]\na = { jaw = 1979-05-27 }\n": "a.toml, line 2: jaw is a date, not a ",
    "[channels]\na = { jaw = [1.0] }\n": "a.toml, line 2: jaw is a list, not a number",
    "[channels]\nFace.jawOpen = { jaw = 1.0 }\n": "a.toml, line 2: jawOpen is a table, "
    "not a number; write it like jawOpen = 0.5; a name with a dot in it goes in quotes",
    "[channels]\na = { minus = 1.0 }\n": "a.toml, line 2: minus is a number, not a "
    "table; write it like minus = { narrow = 0.5 }",
    "[channels]\na = { offset = 'x' }\n": "a.toml, line 2: offset is a text, not a ",
    "[channels]\na = { range = 1 }\n": "a.toml, line 2: the range of a is not a list "
    "of two numbers; write it like range = [-1, 1]",
    "[channels]\na = { range = [1, 2, 3] }\n": "a.toml, line 2: the range of a is not ",
    "[channels]\na = { range = [0, 'x'] }\n": "a.toml, line 2: range is a text, not a ",
    "[channels]\na = { range = [1, 1] }\n": "a.toml, line 2: the range of a ends where "
    "it begins or before; write it like range = [-1, 1]",
    "name = 3\n" + ONE: "a.toml, line 1: name is a number, not a text; write it like ",
    "name = ' '\n" + ONE: 'a.toml, line 1: name is empty; write it like name = "my-',
    "extends = ['arkit']\n": "a.toml, line 1: extends is a list, not a text; ",
    "send = 'a'\n" + ONE: "a.toml, line 1: send is a text, not a list of texts; ",
    "send = [1]\n" + ONE: "a.toml, line 1: send is another list, not a list of texts; ",
    # weights
    "[channels]\na = { jaw = -0.5 }\n": "a.toml, line 2: a has a negative weight, "
    "-0.5, for 'jaw'; write minus = { jaw = 0.5 }",
    "[channels]\na = { 'jaw * seal' = -2 }\n": "a.toml, line 2: a has a negative "
    "weight, -2, for 'jaw * seal'; write minus = { \"jaw * seal\" = 2 }",
    "[channels.a]\njaw = 1.0\n[channels.a.minus]\nseal = -1.0\n": "a.toml, line 4: a "
    "has a negative weight, -1, for 'seal'; leave the sign out, minus takes it away ",
    # names
    "[channels]\na = { jwa = 1.0 }\n": "a.toml, line 2: a uses 'jwa', which is no "
    "input and no channel; did you mean 'jaw'?",
    "[channels]\na = { 'jaw * sael' = 1.0 }\n": "a.toml, line 2: a uses 'sael', which ",
    "[channels]\na = { 'jaw * ' = 1.0 }\n": "a.toml, line 2: 'jaw * ' lacks a name "
    "beside its '*' or '!'; write it like \"jaw * !seal\" = 0.5",
    "[channels]\na = { '!' = 1.0 }\n": "a.toml, line 2: '!' lacks a name ",
    "[channels]\na = { '!width' = 1.0 }\n": "a.toml, line 2: !width is 1 minus a value "
    "that is not between 0 and 1; use spread or narrow, or a channel with range = ",
    "[channels]\na = { '!b' = 1.0 }\nb = { range = [0, 2] }\n": "a.toml, line 2: !b ",
    "[channels]\n'' = {}\n": "a.toml, line 2: '' cannot be the name of a channel; ",
    "[channels]\n'!a' = {}\n": "a.toml, line 2: '!a' cannot be the name of a channel; ",
    "[channels]\n'a*b' = {}\n": "a.toml, line 2: 'a*b' cannot be the name of a channel",
    '[channels]\n"a\\n" = {}\n': "a.toml, line 2: 'a\\n' cannot be the name of a ",
    "[channels]\n'a{b' = {}\n": "a.toml, line 2: 'a{b' has stray braces; write one ",
    "[channels]\n'a{b,c}{d,e}' = {}\n": "a.toml, line 2: 'a{b,c}{d,e}' has stray ",
    "[channels]\n'a{b}' = {}\n": "a.toml, line 2: 'a{b}' has an empty place in its ",
    "[channels]\n'a{b,}' = {}\n": "a.toml, line 2: 'a{b,}' has an empty place in its ",
    "[channels]\na = { '{x,y}' = 1.0 }\n": "a.toml, line 2: the braces of '{x,y}' do "
    "not match those of its channel; give both the same number of alternatives",
    # twice
    "[channels]\na = {}\n\na = {}\n": "a.toml, line 4: channel 'a' is given twice; "
    "keep one of them",
    "[channels]\n'm{L,R}' = {}\n'mL' = {}\n": "a.toml, line 3: channel 'mL' is given "
    "twice; keep one of them",
    "[channels]\na = {}\n[added]\na = {}\n": "a.toml, line 4: channel 'a' is given ",
    "name = 'a'\nname = 'b'\n" + ONE: "a.toml, line 2: key 'name' is given twice; ",
    "[channels]\na = { jaw = 1.0, jaw = 1.0 }\n": "a.toml, line 2: key 'jaw' is given ",
    "[channels]\na = {}\n[channels]\nb = {}\n": "a.toml, line 3: key 'channels' is ",
    "[channels]\na.jaw = 1.0\n[channels.a]\nseal = 1.0\n": "a.toml, line 3: a table is "
    "given in two ways; keep one of them",
    "[channels]\na = { jaw = 1.0 }\na.seal = 1.0\n": "a.toml, line 3: a table is ",
    # circles
    "[channels]\na = { b = 1.0 }\nb = { c = 1.0 }\nc = { a = 1.0 }\n": "a.toml, line "
    "2: channels use one another in a circle: a → b → c → a; let one of them use ",
    "[channels]\na = { 'a * jaw' = 1.0 }\n": "a.toml, line 2: channels use one another "
    "in a circle: a → a; let one of them use inputs only",
    "extends = 'arkit'\n[channels]\njawOpen = { mouthClose = 1.0 }\n": "a.toml, line "
    "3: channels use one another in a circle: jawOpen → mouthClose → jawOpen; let one ",
    "extends = 'a.toml'\n": "a.toml, line 1: rigs extend one another: a.toml → a.toml; "
    "take one extends out",
    # other rigs
    "\nextends = 'arkti'\n": "a.toml, line 2: it extends 'arkti', which is no rig; "
    "take arkit, arkit-55, livelink, oculus, vrm, vrm0, live2d, vts or a file that ",
    "extends = 'b.toml'\n": "a.toml, line 1: it extends 'b.toml', which is no rig; ",
    "extends = 'arkit'\n[channels]\njawOpn = {}\n": "a.toml, line 3: arkit has no "
    "channel 'jawOpn' to change; did you mean 'jawOpen'? (a new channel goes under ",
    "extends = 'arkit'\n[added]\njawOpen = {}\n": "a.toml, line 3: channel 'jawOpen' "
    "is not new; put it under [channels]",
    # what is sent
    "send = ['b']\n" + ONE: "a.toml, line 1: send names 'b', which is no channel; ",
    "send = ['a', 'a']\n" + ONE: "a.toml, line 1: send names 'a' twice; keep one of ",
    "send = []\n" + ONE: "a.toml, line 1: send is empty; write it like ",
    "remainder = 'b'\n" + ONE: "a.toml, line 1: the remainder is 'b', which is not ",
    "remainder = 'a'\n" + ONE: "a.toml, line 1: the remainder 'a' has weights or a "
    "range of its own; write a = {}",
    "remainder = 'a'\n[channels]\na = {}\nb = { range = [-1, 1] }\n": "a.toml, line 1: "
    "b is not kept between 0 and 1, so no sum is 1; take its range out, or don't ",
}


@each([*MISTAKES])
def test_each_mistake_is_one_sentence_that_names_file_line_and_remedy(text):
    sentence = refused(text)
    assert sentence.startswith(MISTAKES[text])
    assert "\n" not in sentence
    assert "; " in sentence


IN_JSON = {
    "": 'a.json: the file is empty; write {"channels": {"jawOpen": {"jaw": 0.7}}}',
    "{": "a.json, line 1: it is not JSON: expecting property name enclosed in double ",
    '{\n "channels": {,}}': "a.json, line 2: it is not JSON: ",
    "[channels]\n": "a.json, line 1: it is not JSON: expecting value; mend this line: ",
    "3": "a.json: the file is a number, not a table; write it like "
    '{"channels": {"jawOpen": {"jaw": 0.7}}}',
    "null": 'a.json: the file is null, not a table; write it like {"channels": {"ja',
    "[]": 'a.json: the file is a list, not a table; write it like {"channels": {"ja',
    "{}": 'a.json: it has no channels; write "channels": {"jawOpen": {"jaw": 0.7}}',
    "[" * 100_000: "a.json: its brackets are nested too deep; ",
    '{"channels": {\n"a": {},\n"a": {}}}': "a.json, line 3: channel 'a' is given twice",
    '{"channels": {"b": {},\n"a": {"jaw":\n-1}}}': "a.json, line 2: a has a negative "
    'weight, -1, for \'jaw\'; write "minus": {"jaw": 1}',
    '{"channels": {\n"a": {"jaw": null}}}': "a.json, line 2: jaw is null, not a "
    'number; write it like "jaw": 0.5',
    '{"channels": {\n"a": {"jaw": 1e999}}}': "a.json, line 2: jaw is not a number ",
    '{"channels": {"a": {\n"jaw": '
    + "9" * 5000
    + "}}}": "a.json, line 2: jaw is not a "
    'number between -1e6 and 1e6; write it like "jaw": 0.5',
    '{"channels": {"a": {}}, "name":\n' + "9" * 5000 + "}": "a.json, line 1: name is a "
    "number, not a text; "
    'write it like "name": "my-avatar"',
    '{"channels": {\n"a": {"jaw": [{"x": 1}, {"x": 1}]}}}': "a.json, line 2: jaw is a ",
    '{"channels": {\n"a": {"jaw": {"x": 1}}}}': "a.json, line 2: jaw is a table, not a "
    'number; write it like "jaw": 0.5',
    '{"channels": {\n"a": {"jaw * ": 1}}}': "a.json, line 2: 'jaw * ' lacks a name "
    "beside its '*' or '!'; write it like \"jaw * !seal\": 0.5",
    '{"channels": {\n"a": {"!width": 1}}}': "a.json, line 2: !width is 1 minus a value "
    "that is not between 0 and 1; use spread or narrow, or a channel with "
    '"range": [0, 1]',
    '{"channels": 3}': "a.json, line 1: channels is a number, not a table; write it "
    'like "channels": {"jawOpen": {"jaw": 0.7}}',
    '{"channels": {"a": 3}}': "a.json, line 1: a is a number, not a table; write it "
    'like "a": {"jaw": 0.7}',
    '{"channels": {"a": {"minus": 1}}}': "a.json, line 1: minus is a number, not a "
    'table; write it like "minus": {"narrow": 0.5}',
    '{"channels": {"a": {"offset": "x"}}}': "a.json, line 1: offset is a text, not a "
    'number; write it like "offset": 0.5',
    '{"channels": {"a": {"range": 1}}}': "a.json, line 1: the range of a is not a list "
    'of two numbers; write it like "range": [-1, 1]',
    '{"jawOpen": {"jaw": 1}}': "a.json, line 1: unknown key 'jawOpen'; a channel goes "
    'under "channels"',
    '{"extends": 3}': "a.json, line 1: extends is a number, not a text; write it like "
    '"extends": "arkit"',
    '{"extends": "arkit",\n"channels": {"jawOpn": {}}}': "a.json, line 2: arkit has no "
    "channel 'jawOpn' to change; did you mean 'jawOpen'? (a new channel goes under "
    '"added")',
    '{"extends": "arkit",\n"added": {"jawOpen": {}}}': "a.json, line 2: channel "
    "'jawOpen' is not new; put it under \"channels\"",
    '{"send": [], "channels": {"a": {}}}': "a.json, line 1: send is empty; write it "
    'like "send": ["jawOpen", "mouthClose"], or leave it out to send every channel',
    '{"remainder": 3, "channels": {"a": {}}}': "a.json, line 1: remainder is a number, "
    'not a text; write it like "remainder": "sil"',
    '{"remainder": "a", "channels": {"a": {"jaw": 1}}}': "a.json, line 1: the "
    "remainder 'a' has weights or a range of its own; write \"a\": {}",
}


@each([*IN_JSON])
def test_each_mistake_in_json(text):
    sentence = refused(text, "a.json")
    assert sentence.startswith(IN_JSON[text])
    assert "\n" not in sentence


def as_json(text):
    """A text of TOML as JSON; None where it is none, or holds what JSON has not."""
    try:
        return json.dumps(tomllib.loads(text))
    except (RecursionError, TypeError, ValueError):
        return None


@each(filter(None, map(as_json, (text for text in MISTAKES if isinstance(text, str)))))
def test_no_remedy_of_json_is_in_toml(text):
    sentence = refused(text, "a.json")
    for sign in (" = ", "[channels]", "[added]"):
        assert sign not in sentence


def test_a_circle_of_files_is_named_whole():
    files = {
        "b.toml": "extends = 'c.json'",
        "c.json": '{\n\n"extends": "a.toml"}',
        "a.toml": "extends = 'b.toml'",
    }
    assert refused(files["a.toml"], others=files.get) == (
        "c.json, line 3: rigs extend one another: a.toml → b.toml → c.json → a.toml; "
        "take one extends out"
    )


def test_a_mistake_in_a_rig_that_is_extended_names_that_file():
    files = {"b.toml": "\n\n[channels]\na = 3"}
    sentence = refused("extends = 'b.toml'", others=files.get)
    assert sentence.startswith("b.toml, line 4: a is a number, not a table; ")


def test_a_file_without_a_known_ending_is_refused():
    assert refused("[channels]\na = {}", "avatar.yaml") == (
        "avatar.yaml: the format of the rig is not known; "
        "give it a name that ends in .toml or .json"
    )


def test_a_circle_begins_with_its_first_channel_in_the_file():
    text = "[channels]\nx = { b = 1.0 }\na = { b = 1.0 }\nb = { a = 1.0 }\n"
    assert refused(text).startswith("a.toml, line 3: channels use one another in a ")


@examples(300, deadline=None)
@given(
    cut=st.integers(0, len(EXAMPLE)),
    stop=st.integers(0, 12),
    junk=st.sampled_from(
        [b"", b"{", b"}", b'"', b"=", b"\n", b"[", b"]", b"-", b"\xff"]
    ),
)
def test_any_damage_gives_a_rig_or_one_sentence(cut, stop, junk):
    text = EXAMPLE[:cut] + junk + EXAMPLE[cut + stop :]
    for name in ("my-avatar.toml", "my-avatar.json"):
        try:
            rig = parse_rig(text, name=name)
        except RigError as error:
            assert "\n" not in str(error)  # noqa: PT017  # either is right
        else:
            assert rig.project(np.zeros((1, 7), np.float32)).shape[1] > 0
