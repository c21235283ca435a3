"""What bytes that are no WAV seem to be, in words for a person."""

from __future__ import annotations

__all__ = ["EXCERPT_BYTES", "RIFF_IDS", "describe", "is_text"]

RIFF_IDS = (b"RIFF", b"RF64", b"BW64")
"""What a file may begin with that is a WAV if ``WAVE`` follows the size."""

EXCERPT_BYTES = 200
"""How much of a text, an error message as a rule, is worth quoting."""

_SHOWN_BYTES = 8

_NEEDS_CODEC = ", which needs a codec; ask for WAV"

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"RIFX", "a big-endian WAV (RIFX), which is not supported"),
    (0, b"ID3", "MP3" + _NEEDS_CODEC),
    (0, b"OggS", "Ogg" + _NEEDS_CODEC),
    (0, b"fLaC", "FLAC" + _NEEDS_CODEC),
    (0, b"\x1a\x45\xdf\xa3", "WebM or Matroska" + _NEEDS_CODEC),
    (4, b"ftyp", "MP4" + _NEEDS_CODEC),
    (0, b"FORM", "AIFF, which is not supported; ask for WAV"),
    (0, b".snd", "Sun audio, which is not supported; ask for WAV"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "compressed with gzip; it must be decoded first"),
)
"""(offset, bytes there, what has them); each format's own specification."""

_NOT_TEXT = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})
"""ASCII's control characters, but for tab, line feed and carriage return."""


def is_text(head: bytes) -> bool:
    """Tell whether bytes that begin so are worth quoting as a text."""
    signed = any(head[at:].startswith(sign) for at, sign, _ in _SIGNATURES)
    return (
        not signed
        and head[:4] not in RIFF_IDS
        and head.translate(None, _NOT_TEXT) == head
        and _is_utf8(head)
    )


def describe(head: bytes) -> str:
    """
    Name what begins with these bytes; never raises.

    Args:
        head: The first bytes, :data:`EXCERPT_BYTES` where it is a text.

    Returns:
        A phrase such as ``it is JSON: {"success": false}``.
    """
    if not head:
        return "it is empty"
    if is_text(head):
        return _describe_text(head)
    for at, signature, name in _SIGNATURES:
        if head[at:].startswith(signature):
            return f"it is {name}"
    if _is_mpeg(head):
        # ADTS has layer 0, which MPEG audio reserves (ISO/IEC 13818-7, 6.2.1).
        return f"it is {'AAC' if head[1] & 0x06 == 0 else 'MP3'}{_NEEDS_CODEC}"
    if head[:4] in RIFF_IDS:
        return _describe_riff(head)
    return f"it begins with the bytes {head[:_SHOWN_BYTES].hex(' ')}"


def _is_mpeg(head: bytes) -> bool:
    """Tell whether eleven or twelve bits of frame sync are there."""
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0


def _is_utf8(head: bytes) -> bool:
    # Up to three bytes of a character may be cut off at the end.
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def _describe_text(head: bytes) -> str:
    text = head.decode("utf-8", "ignore").lstrip("\ufeff")
    # What is not printable could steer the terminal that shows the error.
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not text:
        return "it is only white space"
    if text[0] in "{[":
        return f"it is JSON: {text}"
    if text[0] == "<":
        kind = "HTML" if "html" in text.lower() else "XML"
        return f"it is {kind}: {text}"
    return f"it is text: {text}"


def _describe_riff(head: bytes) -> str:
    form = head[8:12].decode("ascii", "replace")
    return f"it is a {head[:4].decode()} file, but of the form {form!r}, not 'WAVE'"
