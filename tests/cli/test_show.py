from __future__ import annotations

from streamer.cli.show import Held


def test_what_is_held_is_said_once_it_is_released(capfd):
    held = Held()
    held.say("one")
    held.say("two")
    assert capfd.readouterr().err == ""

    held.release()
    held.release()
    assert capfd.readouterr().err == "streamer: one\nstreamer: two\n"

    held.say("three")
    assert capfd.readouterr().err == "streamer: three\n"
