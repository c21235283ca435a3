from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, strategies as st

from streamer.events.codec import (
    decode_client,
    decode_server,
    encode,
    join,
    json_schema,
)
from streamer.events.messages import Bye, Goaway, Hello, Time, TimeAnswer
from tests.tables import each


def test_one_message_is_a_frame_of_its_own():
    assert join([b"{}"]) == b"{}"


def test_several_messages_are_an_array():
    assert join([b"1", b"2"]) == b"[1,2]"


def test_reads_one_message_or_an_array():
    assert decode_client(b'{"type":"bye"}') == [Bye()]
    several = ' [{"type":"goaway","retry_ms":1},{"type":"time","t1":1,"t2":2,"t3":3}]'
    assert decode_server(several) == [Goaway(1), TimeAnswer(1, 2, 3)]


def test_unknown_fields_and_types_are_ignored():
    assert decode_client('{"type":"time","t1":3,"new":[1]}') == [Time(3)]
    assert decode_client('{"type":"newer","t1":"x"}') == []
    assert decode_client('[{"type":"newer"},{"type":"bye"}]') == [Bye()]


@each(
    [
        "",
        "x",
        "3",
        "{}",
        "[3]",
        '{"type":3}',
        '{"type":"time"}',
        '{"type":"time","t1":1.5}',
        '{"type":"time","t1":99999999999999999}',
        '{"type":"hello","mode":"backwards"}',
        '{"type":"hello","lead_ms":-1}',
        '{"type":"hello","streams":[]}',
        '[{"type":"bye"},',
        "[" * 100_000,
        '{"type":"bye","x":' + "[" * 100_000,
    ]
)
def test_refuses_what_is_no_message(text):
    with pytest.raises(ValueError, match=r"."):
        decode_client(text)


@given(st.binary())
def test_any_bytes_are_messages_or_a_value_error(data):
    with contextlib.suppress(ValueError):
        assert isinstance(decode_client(data), list)


def test_what_is_written_can_be_read():
    hello = Hello(streams=["a", "b"], token="t", client={"name": "x"})

    assert decode_client(encode(hello)) == [hello]


def test_the_schema_names_every_message():
    schema = json_schema()
    text = json.dumps(schema)

    kinds = {
        definition["properties"]["type"]["enum"][0]
        for definition in schema["$defs"].values()
        if "type" in definition["properties"]
    }
    assert kinds >= {"hello", "time", "stats", "bye"}
    assert kinds >= {"welcome", "start", "cues", "marks", "anchor", "cut", "end"}
    assert kinds >= {"viseme", "state", "recovered", "goaway", "error"}
    assert all(ref["$ref"][8:] in schema["$defs"] for ref in schema["anyOf"])
    assert "2020-12" in text
