import pytest

from streamer.audio.format import Encoding, Format
from streamer.emulator.cutting import Cut
from streamer.emulator.options import Fault

FORMAT = Format(Encoding.PCM_16, 1000, 1)


def sent(fault, parts, *, after=0.01, header=b"H" * 44, format=FORMAT):
    cut = Cut(fault, format, after)
    out = [cut.header(header), *(cut.sound(part) for part in parts), cut.end()]
    return b"".join(out), cut.is_over


def test_without_a_fault_all_passes():
    assert sent(None, [b"ab", b"cd"]) == (b"H" * 44 + b"abcd", False)


def test_cut_within_the_header():
    assert sent(Fault.CUT_HEADER, [b"ab"]) == (b"H" * 22, True)


@pytest.mark.parametrize("size", [2, 6, 20, 22, 60])
def test_cut_within_a_frame_whatever_the_parts(size):
    sound = bytes(range(60))
    parts = [sound[i : i + size] for i in range(0, 60, size)]
    assert sent(Fault.CUT_FRAME, parts) == (b"H" * 44 + sound[:21], True)


def test_a_short_stream_is_cut_within_its_last_frame():
    assert sent(Fault.CUT_FRAME, [b"abcd", b"ef"]) == (b"H" * 44 + b"abcde", False)


def test_stall_and_reset_come_after_some_sound():
    for fault in (Fault.STALL, Fault.RESET):
        assert sent(fault, [b"x" * 100]) == (b"H" * 44 + b"x" * 20, True)


def test_one_byte_samples_have_no_middle():
    format = Format(Encoding.MULAW, 1000, 1)
    assert sent(Fault.CUT_FRAME, [b"x" * 30], format=format)[0][44:] == b"x" * 10


def test_each_fault_has_a_sentence():
    assert all(fault.summary for fault in Fault)
