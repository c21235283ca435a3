"""PURE. A request to Resemble's streaming endpoint, read and checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from streamer.audio.format import Encoding, Format
from streamer.emulator.script import Script, SsmlError, plain
from streamer.emulator.ssml import parse

__all__ = ["RequestError", "SpeechRequest", "check_token", "read_request"]

_LONGEST_TEXT = 3_000
_RATES = (8_000, 16_000, 22_050, 32_000, 44_100, 48_000)
_PRECISIONS = {
    "PCM_32": Encoding.PCM_32,
    "PCM_24": Encoding.PCM_24,
    "PCM_16": Encoding.PCM_16,
    "MULAW": Encoding.MULAW,
}
_QUALITIES = ("x-high", "high", "medium", "low")


class RequestError(Exception):
    """The request is refused; :attr:`status` is the HTTP status of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """What a client asked for."""

    script: Script
    """What to speak."""
    voice: str
    """The ``voice_uuid`` as it was sent; empty if it was not."""
    format: Format
    """How the sound is to be written; mono."""
    timestamps: bool
    """Whether times are to stand in the header."""


def check_token(headers: Mapping[str, str], expected: str | None) -> None:
    """
    See that a request carries the token, in either of the documented ways.

    Args:
        headers: The request's headers; names in any case.
        expected: The one token, or None for any.

    Raises:
        RequestError: 401.
    """
    given = headers.get("x-access-token", "").strip()
    scheme, _, credential = headers.get("Authorization", "").partition(" ")
    if not given and scheme.lower() == "bearer":
        given = credential.strip()
    if not given:
        raise RequestError(
            401,
            "no API token: send it as 'x-access-token' or 'Authorization: Bearer'",
        )
    if expected is not None and given != expected:
        raise RequestError(401, "the API token is wrong")


def read_request(body: bytes) -> SpeechRequest:
    """
    Read and check a body.

    Fields that are not documented are ignored, as the provider does;
    ``project_uuid`` and ``voice_uuid`` may be missing. ``quality`` changes
    nothing: there is one.

    Raises:
        RequestError: 400, with a sentence that names the field.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RequestError(400, f"the body is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise RequestError(400, "the body must be a JSON object")
    _text(fields, "project_uuid")
    _choice(fields, "quality", _QUALITIES, "high")
    precision = _choice(fields, "precision", tuple(_PRECISIONS), "PCM_32")
    return SpeechRequest(
        script=_script(_text(fields, "data")),
        voice=_text(fields, "voice_uuid"),
        format=Format(_PRECISIONS[precision], _rate(fields), 1),
        timestamps=_flag(fields, "wav_encoded_timestamps"),
    )


def _script(data: str) -> Script:
    if not data.strip():
        raise RequestError(400, "'data' is missing or empty: it is what to speak")
    try:
        script = parse(data) if data.lstrip().startswith("<") else plain(data)
    except SsmlError as error:
        raise RequestError(400, str(error)) from error
    spoken = sum(len(s.alias or s.text) for s in script.segments)
    if spoken > _LONGEST_TEXT:
        raise RequestError(
            400,
            f"'data' has {spoken} characters without tags; "
            f"at most {_LONGEST_TEXT} can be spoken at once",
        )
    if not any(s.text.strip() or s.silence for s in script.segments):
        raise RequestError(400, "'data' holds nothing to speak")
    return script


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RequestError(400, f"{name!r} must be a string")
    return value


def _choice(
    fields: Mapping[str, object], name: str, values: tuple[str, ...], default: str
) -> str:
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or value not in values:
        raise RequestError(
            400, f"{name!r} is {value!r}; it must be one of {', '.join(values)}"
        )
    return value


def _rate(fields: Mapping[str, object]) -> int:
    value = fields.get("sample_rate")
    if value is None:
        return 22_050
    if isinstance(value, int) and not isinstance(value, bool) and value in _RATES:
        return value
    rates = ", ".join(str(rate) for rate in _RATES)
    raise RequestError(400, f"'sample_rate' is {value!r}; it must be one of {rates}")


def _flag(fields: Mapping[str, object], name: str) -> bool:
    value = fields.get(name, False)
    if not isinstance(value, bool):
        raise RequestError(400, f"{name!r} must be true or false")
    return value
