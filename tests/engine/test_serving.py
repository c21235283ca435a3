from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field

import numpy as np
import pytest

from streamer.engine.engine import Engine, EngineOptions
from streamer.engine.serving import EngineControl, serve
from streamer.errors import ContentError, PortInUse, UsageError
from streamer.events import TooMuchWaiting
from streamer.sources import Speech
from streamer.testing import RecordingOutput, ScriptedSource, run_inline, wav
from tests.engine.conftest import read_letters

TENTH = wav(np.full(800, 0.5, np.float32), 8_000)


@dataclass
class Voice:
    """Says each text in 0.1 s; what is called "bad" fails."""

    said: list[str] = field(default_factory=list)
    max_characters: int = 100
    language: str = "en"

    def speak(self, text):
        self.said.append(text)
        error = ContentError("a script", "nothing there")
        script = [error] if "bad" in text else [TENTH]
        return Speech(ScriptedSource(script), text, "en")


@pytest.fixture
async def engine(clock):
    options = EngineOptions(letter_to_sound=read_letters)
    output = RecordingOutput()
    async with Engine(output, clock=clock, run=run_inline, options=options) as engine:
        yield engine


async def test_it_speaks_and_names_the_turn(engine, clock):
    voice = Voice()
    control = EngineControl(engine, voice)

    turn = await control.speak("Hello.", "main")
    await clock.advance(1)

    assert turn == "t1"
    assert voice.said == ["Hello."]
    assert engine.main.waiting == 0
    await control.close()


async def test_turns_are_heard_one_after_the_other_never_mixed(engine, clock):
    voice = Voice()
    control = EngineControl(engine, voice)
    first = "One is a sentence of its own. Two is another sentence here."
    second = "Three is a sentence of its own. Four is another sentence here."

    await control.speak(first, "main")
    await control.speak(second, "main")
    await clock.advance(5)

    assert "".join(voice.said).replace(" ", "") == (first + second).replace(" ", "")
    await control.close()


async def test_a_turn_that_fails_is_noticed_and_the_next_one_is_heard(engine, clock):
    notices = []
    voice = Voice()
    control = EngineControl(engine, voice, notice=notices.append)

    await control.speak("bad", "main")
    await control.speak("Good.", "main")
    await clock.advance(3)

    assert [str(error) for error in notices] == [
        "a script sent no audio: nothing there"
    ]
    assert voice.said == ["bad", "Good."]
    await control.close()


@pytest.mark.parametrize("text", ["", "  "])
async def test_there_must_be_text(engine, text):
    with pytest.raises(UsageError, match="no text"):
        await EngineControl(engine, Voice()).speak(text, "main")


async def test_there_must_be_such_a_stream(engine):
    with pytest.raises(UsageError, match="'elsewhere'"):
        await EngineControl(engine, Voice()).speak("Hi.", "elsewhere")


async def test_only_so_many_turns_may_wait(engine, clock):
    control = EngineControl(engine, Voice())
    for _ in range(control.MAX_WAITING):
        await control.speak("Hello.", "main")

    with pytest.raises(TooMuchWaiting, match="32 turns wait"):
        await control.speak("Hello.", "main")

    await clock.advance(1)
    await control.speak("Hello.", "main")
    await control.close()


async def test_what_was_asked_for_is_spoken_also_after_close(engine, clock):
    voice = Voice()
    control = EngineControl(engine, voice)
    await control.speak("First.", "main")
    await control.speak("Second.", "main")
    await clock.advance(0.05)

    await control.close()
    await control.close()
    await clock.advance(3)

    assert voice.said == ["First.", "Second."]
    assert engine.main.waiting == 0


# -- commands -------------------------------------------------------------------

SECOND = wav(np.full(8_000, 0.5, np.float32), 8_000)


class SlowVoice(Voice):
    """Takes a second for each text."""

    def speak(self, text):
        self.said.append(text)
        return Speech(ScriptedSource([SECOND]), text, "en")


@pytest.fixture
async def talking(engine, clock):
    """A control, 0.5 s into the first of two turns."""
    control = EngineControl(engine, SlowVoice())
    await control.speak("One.", "main")
    await control.speak("Two.", "main")
    await clock.advance(0.5)
    yield control
    await control.close()


async def test_an_interrupt_tells_what_was_heard(engine, clock, talking):
    told = await clock.run(talking.interrupt("main"))

    assert 300_000 < told.media < 600_000
    assert told.frame == pytest.approx(told.media * 8_000 / 1e6, abs=1)
    assert told.tail >= 0
    assert told.word == "One"  # by the text, fitted to the sound
    assert told.phoneme in {"o", "ə"}
    assert engine.main.waiting == 0


async def test_a_skip_leaves_the_next_turn(engine, clock, talking):
    told = await clock.run(talking.skip("main"))

    assert 300_000 < told.media < 600_000
    await clock.advance(0.2)
    assert engine.main.waiting == 1


async def test_where_nothing_is_heard_nothing_was(engine, clock):
    control = EngineControl(engine, Voice())
    assert await clock.run(control.interrupt("main")) is None
    assert await clock.run(control.skip("main")) is None


async def test_a_pause_holds_and_a_resume_lets_go(engine, clock, talking):
    await clock.run(talking.pause("main"))
    await clock.advance(5)
    assert engine.main.waiting == 2
    await clock.run(talking.resume("main"))
    await clock.advance(3)
    assert engine.main.waiting == 0


async def test_loudness_reaches_the_output(engine, clock, talking):
    output = engine.main.output
    await clock.run(talking.set_gain("main", 0.5))
    await clock.advance(0.1)
    assert output.frames[-1, 0] == pytest.approx(0.25)
    await clock.run(talking.mute("main", True))
    await clock.advance(0.1)
    assert output.frames[-1, 0] == 0
    await clock.run(talking.mute("main", False))
    await clock.advance(0.1)
    assert output.frames[-1, 0] == pytest.approx(0.25)


async def test_what_waits_can_be_dropped(engine, clock, talking):
    await clock.run(talking.stop_after_current("main"))
    await clock.advance(1)
    assert engine.main.waiting == 0
    heard = np.count_nonzero(engine.main.output.frames)
    assert heard == pytest.approx(8_000, abs=100)


async def test_a_gain_that_is_none(engine):
    with pytest.raises(UsageError, match="a gain is from 0 to 8"):
        await EngineControl(engine).set_gain("main", -1)


@pytest.mark.parametrize(
    "ask",
    [
        lambda control: control.interrupt("x"),
        lambda control: control.skip("x"),
        lambda control: control.pause("x"),
        lambda control: control.resume("x"),
        lambda control: control.set_gain("x", 1.0),
        lambda control: control.mute("x", True),
        lambda control: control.stop_after_current("x"),
    ],
)
async def test_a_command_wants_a_stream_there_is(engine, ask):
    with pytest.raises(UsageError, match="no stream 'x'; there are: 'main'"):
        await ask(EngineControl(engine))


# -- over HTTP ------------------------------------------------------------------


def ask(address, body=None, command="speak"):
    host, port = address
    url = f"http://{host}:{port}" + ("/healthz" if body is None else f"/v1/{command}")
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data, headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


async def test_a_request_is_spoken(engine, clock):
    voice = Voice()
    async with serve(engine, port=0, voice=voice) as server:
        answer = await asyncio.to_thread(ask, server.address, {"text": "Hello."})
        await clock.advance(1)

    assert answer == (202, {"turn": "t1"})
    assert voice.said == ["Hello."]


async def test_a_command_is_carried_out(engine, clock, talking):
    async with serve(engine, port=0) as server:
        request = asyncio.to_thread(ask, server.address, {}, "interrupt")
        asking = asyncio.ensure_future(request)
        while not asking.done():  # the device answers as its clock goes on
            await clock.advance(0.001)
            await asyncio.sleep(0.001)
        status, answer = await asking

    assert status == 200
    assert set(answer["heard"]) == {
        *("media", "frame", "word", "phoneme", "tail", "unheard")
    }


async def test_streams_made_later_are_published(engine):
    async with serve(engine, port=0, voice=Voice()) as server:
        await engine.stream("guide", output=RecordingOutput())
        _, health = await asyncio.to_thread(ask, server.address)

    assert health["streams"] == ["main", "guide"]


async def test_a_wrong_request_is_a_sentence(engine):
    async with serve(engine, port=0, voice=Voice()) as server:
        status, said = await asyncio.to_thread(ask, server.address, {"text": ""})

    assert status == 400
    assert "no text" in said["error"]


async def test_one_turn_too_many_is_429(engine, monkeypatch):
    monkeypatch.setattr(EngineControl, "MAX_WAITING", 1)
    async with serve(engine, port=0, voice=Voice()) as server:
        await asyncio.to_thread(ask, server.address, {"text": "Hello."})
        status, said = await asyncio.to_thread(ask, server.address, {"text": "Hello."})

    assert status == 429
    assert "1 turns wait on the stream 'main' already; try again" in said["error"]


async def test_a_port_in_use(engine):
    async with serve(engine, port=0) as server:
        with pytest.raises(PortInUse):
            async with serve(engine, port=server.address[1]):
                pass
