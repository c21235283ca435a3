"""
Resemble's streaming endpoint.

Address, path and way of showing the key are settings, because they differ
between the provider's eras: the key goes as ``x-access-token`` (the v1
document and the SDKs) or as ``Authorization: Bearer`` (the current pages).
Timestamps are asked for with ``wav_encoded_timestamps``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from streamer.errors import UsageError
from streamer.sources import HttpOptions, HttpRequest, HttpSource, Speech

__all__ = ["Account", "ResembleVoice", "speak"]

DEFAULT_URL = "https://f.cluster.resemble.ai/stream"
"""The current pages' streaming endpoint."""
MAX_CHARACTERS = 2000
"""Longest ``data`` that the pages allow over HTTP."""

Authorization = Literal["bearer", "x-access-token"]
Precision = Literal["PCM_32", "PCM_24", "PCM_16", "MULAW"]


@dataclass(frozen=True, slots=True)
class Account:
    """Who asks, and where."""

    token: str = field(repr=False)
    """The API key; shown nowhere."""
    url: str = DEFAULT_URL
    """The streaming endpoint."""
    authorization: Authorization = "bearer"
    """How the key is shown."""
    project: str | None = None
    """``project_uuid``; required by the v1 beta."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Account:
        """
        Return the account that the environment describes.

        ``RESEMBLE_API_KEY`` is the key; ``RESEMBLE_STREAM_URL``,
        ``RESEMBLE_AUTHORIZATION`` and ``RESEMBLE_PROJECT_UUID`` change the rest.

        Raises:
            UsageError: There is no key, or an unknown way of showing it.
        """
        found = os.environ if environment is None else environment
        token = found.get("RESEMBLE_API_KEY", "")
        if not token:
            raise UsageError(
                "no Resemble API key: set RESEMBLE_API_KEY (and RESEMBLE_STREAM_URL "
                "for an endpoint of your own, such as that of `streamer emulate "
                "resemble`)"
            )
        way = found.get("RESEMBLE_AUTHORIZATION", "bearer")
        if way not in ("bearer", "x-access-token"):
            raise UsageError(
                f"RESEMBLE_AUTHORIZATION is {way!r}; "
                "it can be 'bearer' or 'x-access-token'"
            )
        return cls(
            token=token,
            url=found.get("RESEMBLE_STREAM_URL", DEFAULT_URL),
            authorization="bearer" if way == "bearer" else "x-access-token",
            project=found.get("RESEMBLE_PROJECT_UUID"),
        )

    def headers(self) -> dict[str, str]:
        """Return the header that shows the key."""
        if self.authorization == "bearer":
            return {"Authorization": f"Bearer {self.token}"}
        return {"x-access-token": self.token}


@dataclass(frozen=True, slots=True)
class ResembleVoice:
    """A voice of one account."""

    uuid: str
    """``voice_uuid``."""
    account: Account
    """Who asks."""
    precision: Precision = "PCM_32"
    """How samples are to be written."""
    sample_rate: int | None = None
    """Frames a second; None leaves it to the server."""
    language: str = "en"
    """BCP 47 tag of what it speaks."""
    max_characters: int = MAX_CHARACTERS
    """Longest text it takes at once."""
    http: HttpOptions = field(default_factory=HttpOptions)
    """Patience of its requests."""
    travels: ClassVar[bool] = True

    def speak(self, text: str) -> Speech:
        """
        Return the speech of *text*, plain or SSML.

        Raises:
            UsageError: There is nothing to speak.
        """
        if not text.strip():
            raise UsageError("there is no text to speak")
        body: dict[str, object] = {
            "voice_uuid": self.uuid,
            "data": text,
            "precision": self.precision,
            "wav_encoded_timestamps": True,
        }
        if self.sample_rate is not None:
            body["sample_rate"] = self.sample_rate
        if self.account.project is not None:
            body["project_uuid"] = self.account.project
        request = HttpRequest(
            url=self.account.url,
            method="POST",
            headers=self.account.headers(),
            body=json.dumps(body, ensure_ascii=False).encode(),
        )
        return Speech(HttpSource(request, self.http), text, self.language)


def speak(
    text: str, *, voice: str | None = None, account: Account | None = None
) -> Speech:
    """
    Return the speech of *text* by Resemble.

    Args:
        text: Plain text or SSML, up to 2,000 characters; longer ones are for
            :meth:`streamer.Engine.say`, which cuts them.
        voice: ``voice_uuid``; ``RESEMBLE_VOICE_UUID`` of the environment where
            it is None.
        account: Key and endpoint; those of the environment where it is None.

    Raises:
        UsageError: There is no text, no voice or no key.
    """
    return voice_of(voice, account=account).speak(text)


def voice_of(
    uuid: str | None = None, *, account: Account | None = None
) -> ResembleVoice:
    """
    Return the voice *uuid*, filled in from the environment as :func:`speak` does.

    Raises:
        UsageError: There is no voice or no key.
    """
    account = account or Account.from_environment()
    uuid = uuid or os.environ.get("RESEMBLE_VOICE_UUID", "")
    if not uuid:
        raise UsageError("no Resemble voice: name one, or set RESEMBLE_VOICE_UUID")
    return ResembleVoice(uuid, account)
