from __future__ import annotations

import pytest

from streamer.audio.sniff import describe, is_text

CODEC = ", which needs a codec; ask for WAV"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"", "it is empty"),
        (b"ID3\x04\0\0", "it is MP3" + CODEC),
        (b"\xff\xfb\x90\x64", "it is MP3" + CODEC),
        (b"\xff\xf3\x84\xc4", "it is MP3" + CODEC),
        (b"\xff\xf1\x50\x80", "it is AAC" + CODEC),
        (b"OggS\0\2", "it is Ogg" + CODEC),
        (b"fLaC\0\0", "it is FLAC" + CODEC),
        (b"\x1a\x45\xdf\xa3", "it is WebM or Matroska" + CODEC),
        (b"\0\0\0\x20ftypM4A ", "it is MP4" + CODEC),
        (
            b"RIFX\0\0\0\x24WAVE",
            "it is a big-endian WAV (RIFX), which is not supported",
        ),
        (b"FORM\0\0\0\0AIFF", "it is AIFF, which is not supported; ask for WAV"),
        (b".snd\0\0\0\x18", "it is Sun audio, which is not supported; ask for WAV"),
        (b"\xff\xd8\xff\xe0", "it is a JPEG picture"),
        (b"\x89PNG\r\n\x1a\n", "it is a PNG picture"),
        (b"GIF89a", "it is a GIF picture"),
        (b"%PDF-1.7", "it is a PDF document"),
        (b"PK\x03\x04\x14", "it is a ZIP archive"),
        (b"\x1f\x8b\x08", "it is compressed with gzip; it must be decoded first"),
        (
            b"RIFFabcdAVI LIST",
            "it is a RIFF file, but of the form 'AVI ', not 'WAVE'",
        ),
        (b'\xef\xbb\xbf {"a":\n 1}', 'it is JSON: {"a": 1}'),
        (b'["no"]', 'it is JSON: ["no"]'),
        (b"<!DOCTYPE HTML><p>", "it is HTML: <!DOCTYPE HTML><p>"),
        (b"<?xml version='1.0'?>", "it is XML: <?xml version='1.0'?>"),
        (b"upstream timed out", "it is text: upstream timed out"),
        ("où\N{RIGHT-TO-LEFT OVERRIDE}\x9b là".encode(), "it is text: où là"),
        ("voilà".encode()[:-1], "it is text: voil"),
        (b" \r\n", "it is only white space"),
        (b"\xff", "it begins with the bytes ff"),
        (b"a\x1b[2J", "it begins with the bytes 61 1b 5b 32 4a"),
        (bytes(range(200, 220)), "it begins with the bytes c8 c9 ca cb cc cd ce cf"),
    ],
)
def test_what_begins_so_is_named(head, said):
    assert describe(head) == said


@pytest.mark.parametrize(
    ("head", "worth"),
    [
        (b"no such voice", True),
        ("voilà".encode()[:-1], True),
        (b"\xff\xfb\x90\x64", False),
        (b"OggS", False),
        (b"RIFFabcdAVI ", False),
        (b"a\0b", False),
        (b"caf\xe9 noir", False),
    ],
)
def test_only_a_text_is_worth_quoting(head, worth):
    assert is_text(head) is worth
