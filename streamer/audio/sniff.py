"""What bytes are by their beginning: which decoder they need, or what they seem."""

from __future__ import annotations

from enum import Enum

__all__ = ["EXCERPT_BYTES", "RIFF_IDS", "Kind", "describe", "is_text", "recognise"]


class Kind(Enum):
    """What a stream begins as."""

    WAV = "WAV"
    """A WAV, or nothing that is known: the WAV parser says which."""
    TAGGED = "ID3"
    """An ID3v2 tag; MP3 behind it as a rule, AAC or FLAC now and then."""
    MP3 = "MP3"
    """MPEG audio of layer III, from its first frame on."""
    AAC = "AAC"
    """AAC in ADTS frames."""
    OGG = "Ogg"
    """Ogg pages: Opus, Vorbis or FLAC."""
    FLAC = "FLAC"
    """FLAC's own frames."""
    MP4 = "MP4"
    """MP4, M4A and what else is made of boxes."""
    WEBM = "WebM"
    """WebM, Matroska and what else is EBML."""

    @property
    def label(self) -> str:
        """Its name for a person."""
        return "MP3" if self is Kind.TAGGED else self.value


RIFF_IDS = (b"RIFF", b"RF64", b"BW64")
"""What a file may begin with that is a WAV if ``WAVE`` follows the size."""

EXCERPT_BYTES = 200
"""How much of a text, an error message as a rule, is worth quoting."""

_SHOWN_BYTES = 8

_NEEDS_CODEC = ", which needs a codec; ask for WAV"

_CODECS: tuple[tuple[int, bytes, Kind, str], ...] = (
    (0, b"ID3", Kind.TAGGED, "MP3"),
    (0, b"OggS", Kind.OGG, "Ogg"),
    (0, b"fLaC", Kind.FLAC, "FLAC"),
    (0, b"\x1a\x45\xdf\xa3", Kind.WEBM, "WebM or Matroska"),
    (4, b"ftyp", Kind.MP4, "MP4"),
    (4, b"styp", Kind.MP4, "MP4"),
)
"""(offset, bytes there, what has them, its name); each format's specification."""

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"RIFX", "a big-endian WAV (RIFX), which is not supported"),
    *((at, sign, name + _NEEDS_CODEC) for at, sign, _, name in _CODECS),
    (0, b"FORM", "AIFF, which is not supported; ask for WAV"),
    (0, b".snd", "Sun audio, which is not supported; ask for WAV"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"GIF8", "a GIF picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b", "compressed with gzip; it must be decoded first"),
)

_NOT_TEXT = bytes({*range(0x20), 0x7F} - {0x09, 0x0A, 0x0D})
"""ASCII's control characters, but for tab, line feed and carriage return."""

_HEADER_BYTES = 4
"""An MPEG audio frame's header, and as much of an ADTS frame's as is looked at."""


def recognise(head: bytes) -> Kind | None:
    """
    Tell which decoder a stream that begins with *head* needs.

    It is :attr:`Kind.WAV` also for what nobody can decode: the WAV parser
    refuses it, in words. The ``Content-Type`` has no say: it is often wrong.

    Args:
        head: The first bytes; 8 are always enough.

    Returns:
        None where the bytes so far could become one thing or another.
    """
    undecided = False
    for at, sign, kind, _ in _CODECS:
        here = head[at : at + len(sign)]
        if here == sign:
            return kind
        undecided |= sign.startswith(here) and head[:4] not in RIFF_IDS
    if head[:1] == b"\xff":
        if len(head) < _HEADER_BYTES:
            return None
        return _recognise_mpeg(head) or (None if undecided else Kind.WAV)
    return None if undecided else Kind.WAV


def _recognise_mpeg(head: bytes) -> Kind | None:
    """
    Tell MP3 from AAC where a frame of one of them begins.

    Sources:
        ISO/IEC 11172-3, 2.4.2.3 (layer 01 is III; bitrate 15, bitrate 0 and
        rate 3 are forbidden or "free"); ISO/IEC 13818-7, 6.2.1: ADTS has the
        layer 00 that MPEG audio reserves, and a rate index of at most 12.
    """
    if not _is_mpeg(head):
        return None
    layer = head[1] >> 1 & 3
    if layer == 0:
        adts = head[1] & 0xF0 == 0xF0 and head[2] >> 2 & 15 <= 12
        return Kind.AAC if adts else None
    version, bitrate, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    whole = version != 1 and 0 < bitrate < 15 and rate != 3
    return Kind.MP3 if layer == 1 and whole else None


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
