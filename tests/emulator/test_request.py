import json

import pytest

from streamer.audio.format import Encoding, Format
from streamer.emulator.request import RequestError, check_token, read_request
from tests.tables import each


def read(**fields):
    return read_request(json.dumps(fields).encode())


def test_the_defaults_are_those_documented():
    asked = read(data="Hello")
    assert asked.format == Format(Encoding.PCM_32, 22_050, 1)
    assert asked.timestamps is False
    assert asked.voice == ""
    assert asked.script.text == "Hello"


def test_every_field_is_read():
    asked = read(
        data="<speak>Hi</speak>",
        project_uuid="p",
        voice_uuid="en-gb",
        quality="x-high",
        precision="MULAW",
        sample_rate=8000,
        wav_encoded_timestamps=True,
        model="anything",
    )
    assert asked.format == Format(Encoding.MULAW, 8000, 1)
    assert (asked.voice, asked.timestamps, asked.script.text) == ("en-gb", True, "Hi")


@each(
    [
        ({}, "'data' is missing or empty"),
        ({"data": " \n"}, "'data' is missing or empty"),
        ({"data": 5}, "'data' must be a string"),
        ({"data": "x" * 3001}, "3001 characters without tags; at most 3000"),
        ({"data": "<b>x</b>"}, "must be <speak>"),
        ({"data": "<speak> </speak>"}, "nothing to speak"),
        ({"data": "x", "precision": "PCM_8"}, "'precision' is 'PCM_8'"),
        ({"data": "x", "precision": ["PCM_16"]}, "'precision' is"),
        ({"data": "x", "quality": "best"}, "'quality' is 'best'"),
        ({"data": "x", "sample_rate": 11025}, "'sample_rate' is 11025"),
        ({"data": "x", "sample_rate": "22050"}, "'sample_rate' is '22050'"),
        ({"data": "x", "sample_rate": True}, "'sample_rate' is True"),
        ({"data": "x", "wav_encoded_timestamps": "yes"}, "must be true or false"),
        ({"data": "x", "voice_uuid": 1}, "'voice_uuid' must be a string"),
        ({"data": "x", "project_uuid": {}}, "'project_uuid' must be a string"),
    ]
)
def test_a_bad_request_names_its_field(fields, problem):
    with pytest.raises(RequestError) as error:
        read(**fields)
    assert error.value.status == 400
    assert problem in error.value.message


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_a_body_that_is_no_json_object(body):
    with pytest.raises(RequestError) as error:
        read_request(body)
    assert error.value.status == 400


def test_tags_do_not_count_as_characters():
    inside = '<emphasis level="strong">' + "x" * 2999 + "</emphasis>"
    assert len(read(data=f"<speak>{inside}</speak>").script.text) == 2999


@pytest.mark.parametrize(
    "headers",
    [
        {"x-access-token": "T"},
        {"Authorization": "Bearer T"},
        {"Authorization": "bearer  T "},
    ],
)
def test_both_ways_of_sending_a_token(headers):
    check_token(headers, None)
    check_token(headers, "T")
    with pytest.raises(RequestError) as error:
        check_token(headers, "another")
    assert error.value.status == 401


@pytest.mark.parametrize(
    "headers", [{}, {"x-access-token": ""}, {"Authorization": "Token token=T"}]
)
def test_no_token(headers):
    with pytest.raises(RequestError) as error:
        check_token(headers, None)
    assert error.value.status == 401
