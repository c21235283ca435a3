"""
PURE. The JSON of the wire protocol: messages to bytes and back.

A frame is one message or an array of them. Unknown types are left out, so
that either side may be newer than the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from streamer.events.messages import SUBPROTOCOL, ClientMessage, ServerMessage

__all__ = ["decode_client", "decode_server", "encode", "join", "json_schema"]

M = TypeVar("M")


class _AnyType(msgspec.Struct):
    """Looks at a message's type only."""

    type: str


_encoder = msgspec.json.Encoder()
_client: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)
_server: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)
_several: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(
    list[msgspec.Raw]
)
_any_type = msgspec.json.Decoder(_AnyType)


def _types(structs: tuple[Any, ...]) -> frozenset[str]:
    """Return the type names of the messages *structs*."""
    return frozenset(str(struct.__struct_config__.tag) for struct in structs)


_CLIENT_TYPES = _types(ClientMessage.__args__)
_SERVER_TYPES = _types(ServerMessage.__args__)


def encode(message: ClientMessage | ServerMessage) -> bytes:
    """Return *message* as JSON, UTF-8, without blanks."""
    return _encoder.encode(message)


def join(encoded: Iterable[bytes]) -> bytes:
    """Return one frame's text: the only message, or an array of them."""
    messages = tuple(encoded)
    return messages[0] if len(messages) == 1 else b"[" + b",".join(messages) + b"]"


def decode_client(data: bytes | str) -> list[ClientMessage]:
    """
    Return the messages of a frame from a client; unknown types are left out.

    Raises:
        ValueError: If it is not a message or an array of them; the sentence
            says which field is wrong.
    """
    return _decode(data, _client, _CLIENT_TYPES)


def decode_server(data: bytes | str) -> list[ServerMessage]:
    """
    Return the messages of a frame from a server; unknown types are left out.

    Raises:
        ValueError: If it is not a message or an array of them; the sentence
            says which field is wrong.
    """
    return _decode(data, _server, _SERVER_TYPES)


def _decode(
    data: bytes | str, decoder: msgspec.json.Decoder[M], known: frozenset[str]
) -> list[M]:
    raw = data.encode() if isinstance(data, str) else data
    try:
        if raw.lstrip()[:1] != b"[":
            return _decode_one(raw, decoder, known)
        parts = _several.decode(raw)
        return [m for part in parts for m in _decode_one(part, decoder, known)]
    except RecursionError as error:
        raise ValueError("JSON is nested too deeply") from error


def _decode_one(
    part: bytes | msgspec.Raw, decoder: msgspec.json.Decoder[M], known: frozenset[str]
) -> list[M]:
    try:
        return [decoder.decode(part)]
    except msgspec.ValidationError:
        if _any_type.decode(part).type in known:
            raise
        return []


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of every message, for other languages."""
    types: list[Any] = [*ClientMessage.__args__, *ServerMessage.__args__]
    references, definitions = msgspec.json.schema_components(
        types, ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": SUBPROTOCOL,
        "anyOf": list(references),
        "$defs": definitions,
    }
