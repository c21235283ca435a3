from __future__ import annotations

import json

import pytest

from streamer.errors import UsageError
from streamer.providers import Account, ResembleVoice, resemble
from streamer.sources import HttpSource

KEY = "s3cr3t-key-0123456789"


@pytest.fixture
def account():
    return Account(KEY, url="http://127.0.0.1:9/stream")


def body_of(speech) -> dict:
    assert isinstance(speech.source, HttpSource)
    return json.loads(speech.source.request.body)


def test_the_request_is_the_documented_one(account):
    speech = ResembleVoice("v-1", account).speak("Grüße")
    request = speech.source.request
    assert (request.method, request.url) == ("POST", account.url)
    assert request.headers == {"Authorization": f"Bearer {KEY}"}
    assert body_of(speech) == {
        "voice_uuid": "v-1",
        "data": "Grüße",
        "precision": "PCM_32",
        "wav_encoded_timestamps": True,
    }
    assert (speech.text, speech.language) == ("Grüße", "en")


def test_rate_and_project_are_sent_where_they_are_known():
    account = Account(KEY, authorization="x-access-token", project="p-1")
    voice = ResembleVoice("v-1", account, precision="PCM_16", sample_rate=16_000)
    speech = voice.speak("Hi")
    assert speech.source.request.headers == {"x-access-token": KEY}
    body = body_of(speech)
    assert (body["sample_rate"], body["project_uuid"]) == (16_000, "p-1")
    assert body["precision"] == "PCM_16"


@pytest.mark.parametrize("text", ["", " \n"])
def test_no_text_is_wrong_usage(account, text):
    with pytest.raises(UsageError, match="no text"):
        ResembleVoice("v-1", account).speak(text)


def test_the_key_is_shown_nowhere(account):
    voice = ResembleVoice("v-1", account)
    speech = voice.speak("Hi")
    for shown in (account, voice, speech, speech.source.request, speech.source):
        assert KEY not in repr(shown)


def test_the_environment_describes_the_account():
    found = Account.from_environment(
        {
            "RESEMBLE_API_KEY": KEY,
            "RESEMBLE_STREAM_URL": "http://127.0.0.1:1/stream",
            "RESEMBLE_AUTHORIZATION": "x-access-token",
            "RESEMBLE_PROJECT_UUID": "p-1",
        }
    )
    assert found == Account(KEY, "http://127.0.0.1:1/stream", "x-access-token", "p-1")
    assert Account.from_environment({"RESEMBLE_API_KEY": KEY}) == Account(KEY)


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "set RESEMBLE_API_KEY"),
        ({"RESEMBLE_API_KEY": KEY, "RESEMBLE_AUTHORIZATION": "basic"}, "'basic'"),
    ],
)
def test_what_is_missing_is_named(environment, said):
    with pytest.raises(UsageError, match=said):
        Account.from_environment(environment)


def test_voice_and_key_come_from_the_environment(monkeypatch, account):
    with pytest.raises(UsageError, match="RESEMBLE_API_KEY"):
        resemble.speak("Hi")
    with pytest.raises(UsageError, match="RESEMBLE_VOICE_UUID"):
        resemble.speak("Hi", account=account)
    monkeypatch.setenv("RESEMBLE_API_KEY", KEY)
    monkeypatch.setenv("RESEMBLE_VOICE_UUID", "v-2")
    assert body_of(resemble.speak("Hi"))["voice_uuid"] == "v-2"
    assert body_of(resemble.speak("Hi", voice="v-3"))["voice_uuid"] == "v-3"
