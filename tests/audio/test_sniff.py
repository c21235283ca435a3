from __future__ import annotations

import pytest

from streamer.audio.sniff import Kind, describe, is_text, recognise

CODEC = ", which needs a codec; ask for WAV"


NAMED = {
    b"": "it is empty",
    b"ID3\x04\0\0": "it is MP3" + CODEC,
    b"\xff\xfb\x90\x64": "it is MP3" + CODEC,
    b"\xff\xf3\x84\xc4": "it is MP3" + CODEC,
    b"\xff\xf1\x50\x80": "it is AAC" + CODEC,
    b"OggS\0\2": "it is Ogg" + CODEC,
    b"fLaC\0\0": "it is FLAC" + CODEC,
    b"\x1a\x45\xdf\xa3": "it is WebM or Matroska" + CODEC,
    b"\0\0\0\x20ftypM4A ": "it is MP4" + CODEC,
    b"RIFX\0\0\0\x24WAVE": "it is a big-endian WAV (RIFX), which is not supported",
    b"FORM\0\0\0\0AIFF": "it is AIFF, which is not supported; ask for WAV",
    b".snd\0\0\0\x18": "it is Sun audio, which is not supported; ask for WAV",
    b"\xff\xd8\xff\xe0": "it is a JPEG picture",
    b"\x89PNG\r\n\x1a\n": "it is a PNG picture",
    b"GIF89a": "it is a GIF picture",
    b"%PDF-1.7": "it is a PDF document",
    b"PK\x03\x04\x14": "it is a ZIP archive",
    b"\x1f\x8b\x08": "it is compressed with gzip; it must be decoded first",
    b"RIFFabcdAVI LIST": "it is a RIFF file, but of the form 'AVI ', not 'WAVE'",
    b'\xef\xbb\xbf {"a":\n 1}': 'it is JSON: {"a": 1}',
    b'["no"]': 'it is JSON: ["no"]',
    b"<!DOCTYPE HTML><p>": "it is HTML: <!DOCTYPE HTML><p>",
    b"<?xml version='1.0'?>": "it is XML: <?xml version='1.0'?>",
    b"upstream timed out": "it is text: upstream timed out",
    "où\N{RIGHT-TO-LEFT OVERRIDE}\x9b là".encode(): "it is text: où là",
    "voilà".encode()[:-1]: "it is text: voil",
    b" \r\n": "it is only white space",
    b"\xff": "it begins with the bytes ff",
    b"a\x1b[2J": "it begins with the bytes 61 1b 5b 32 4a",
    bytes(range(200, 220)): "it begins with the bytes c8 c9 ca cb cc cd ce cf",
}


def test_what_begins_so_is_named():
    assert {head: describe(head) for head in NAMED} == NAMED


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


RECOGNISED = {
    b"RIFFabcdWAVE": Kind.WAV,
    b"RF64\xff\xff\xff\xffWAVE": Kind.WAV,
    b"ID3\x04\0\0\0\0": Kind.TAGGED,
    b"\xff\xfb\x90\x64": Kind.MP3,
    b"\xff\xf3\x84\xc4": Kind.MP3,
    b"\xff\xe3\x18\xc4": Kind.MP3,
    b"\xff\xf1\x50\x80": Kind.AAC,
    b"\xff\xf9\x5c\x40": Kind.AAC,
    b"OggS\0\2\0\0": Kind.OGG,
    b"fLaC\0\0\0\x22": Kind.FLAC,
    b"\0\0\0\x20ftypM4A ": Kind.MP4,
    b"\0\0\0\x18stypmsdh": Kind.MP4,
    b"\x1a\x45\xdf\xa3": Kind.WEBM,
    # What nobody decodes is the WAV parser's to refuse.
    b'{"error": 1}': Kind.WAV,
    b"<html><body>": Kind.WAV,
    b"\xff\xfe{\0}\0\0\0": Kind.WAV,  # UTF-16
    b"\xff\xd8\xff\xe0\0\x10JF": Kind.WAV,  # JPEG
    b"\xff\xfd\x90\x64\0\0\0\0": Kind.WAV,  # MPEG audio, layer II
    b"\xff\xfb\xf0\x64\0\0\0\0": Kind.WAV,  # a bitrate that is forbidden
    b"\xff\xfb\x9c\x64\0\0\0\0": Kind.WAV,  # a rate that is reserved
    b"\xff\xeb\x90\x64\0\0\0\0": Kind.WAV,  # a version that is reserved
    b"\xff\xf1\x7c\x80\0\0\0\0": Kind.WAV,  # an ADTS rate that is reserved
    bytes(8): Kind.WAV,
}


def test_the_first_bytes_decide():
    assert {head: recognise(head) for head in RECOGNISED} == RECOGNISED


def test_fewer_bytes_never_say_something_else():
    """Eight are always enough, and what is decided stays so."""
    for head, kind in RECOGNISED.items():
        said = [recognise(head[:count]) for count in range(len(head) + 1)]
        assert {answer for answer in said if answer is not None} == {kind}, head
        assert None not in said[8:], head
        assert said[0] is None


def test_a_wav_is_known_as_soon_as_it_can_be_nothing_else():
    assert recognise(b"RIFF") is Kind.WAV
    assert recognise(b"RIF") is None


def test_each_kind_has_a_name_for_a_person():
    assert Kind.OGG.label == "Ogg"
    assert Kind.TAGGED.label == Kind.MP3.label == "MP3"  # as a rule
