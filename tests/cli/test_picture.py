from __future__ import annotations

import pytest
from rich.console import Console

from streamer.cli.mouth import NEUTRAL
from streamer.cli.picture import Picture
from streamer.events.messages import Anchor, Cue, Cues, Error, Start
from streamer.timing.clock_filter import ClockFilter


class Client:
    """A client whose clock is set by hand."""

    def __init__(self):
        self.now = 1_000_000.0
        self.anchor = None
        self.clocks = ClockFilter()
        self.bound = 500.0

    def due(self, message):
        return None if self.anchor is None else self.anchor + message.cues[0].t


CUES = Cues(
    stream="main",
    seq=2,
    utterance="u1",
    until=2_000_000,
    cues=[Cue(t=0, d=2_000_000, v="aa")],
)
START = Start(
    stream="main",
    seq=1,
    utterance="u1",
    turn=None,
    text="Ah.",
    timing="phonemes",
    duration=None,
)
ANCHOR = Anchor(
    stream="main",
    seq=3,
    utterance="u1",
    media=0,
    at=1_250_000,
    rate=1.0,
    quality="measured",
    latency=0,
)


@pytest.fixture
def client():
    return Client()


@pytest.fixture
def picture(client):
    return Picture(client, "ws://h:1/")


def test_the_lead_is_known_once_the_anchor_is(picture, client):
    picture.receive(START)
    picture.receive(CUES)
    assert picture.lead_ms is None

    client.now, client.anchor = 1_100_000.0, 1_250_000
    picture.receive(ANCHOR)

    assert picture.lead_ms == 250
    assert picture.early == []


def test_cues_that_wait_for_their_time_are_bounded(picture):
    for _ in range(200):
        picture.receive(CUES)
    assert len(picture.early) == Picture.EARLY


def test_the_mouth_moves_towards_its_shape(picture, client):
    for message in (START, CUES, ANCHOR):
        picture.receive(message)
    client.now = 1_500_000.0
    console = Console(width=80, height=24)

    picture.draw(console)
    first = picture.shape.open
    picture.draw(console)

    assert NEUTRAL.open < first < picture.shape.open < 1


def test_what_the_server_complains_of_is_said(picture, capsys):
    picture.receive(Error(code="unsupported", message="not yet", retry=False))
    assert capsys.readouterr().err == "streamer: not yet\n"
