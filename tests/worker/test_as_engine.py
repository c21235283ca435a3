"""What a program sees of an engine is the same, whoever runs it."""

from __future__ import annotations

import asyncio
import math
import threading

import numpy as np
import pytest

from streamer.engine import Engine
from streamer.engine.serving import serve
from streamer.errors import SourceLost, StreamerError, UsageError
from streamer.sources import FileSource, HttpRequest, HttpSource, RawSource, Speech
from streamer.sources.base import travels
from streamer.sources.pcm import pcm
from streamer.sources.raw import RawFormat
from streamer.testing import RecordingOutput, ScriptedSource, run_inline, wav
from streamer.worker import EngineProcess
from tests.worker.conftest import RATE, TIMED, TONE, played, turns


async def both(near, scenario):
    """What *scenario* returns with either engine, and what was heard of it."""
    apart = near()
    clock, output = apart.clock, RecordingOutput()

    async def run(engine):
        async with engine:
            return await scenario(engine)

    within = Engine(output, clock=clock, run=run_inline)
    first = await clock.run(run(within)), len(played(output))
    second = await clock.run(run(apart.engine)), len(played(apart.output))
    return first, second


class Voice:
    """Says something else than it was asked; each piece follows a script."""

    language = "en"
    max_characters = 200

    def __init__(self, *scripts) -> None:
        self.scripts = list(scripts)
        self.asked: list[str] = []

    def speak(self, text):
        self.asked.append(text)
        script = self.scripts.pop(0) if self.scripts else [data()]
        if isinstance(script, Exception):
            raise script
        return Speech(ScriptedSource(script, name="mine"), "said", "de")


def data() -> bytes:
    return wav(TONE, RATE, timed_text=TIMED)


async def outcome(saying):
    try:
        return [each.media for each in await saying.wait_ended()]
    except StreamerError as error:
        return str(error)


@pytest.mark.parametrize(
    "scripts",
    [
        [],
        [[SourceLost("mine", "it broke")]],
        [[data()], ValueError("x")],
        [[data()], [ValueError("x")]],
        [ValueError("x")],
    ],
    ids=["whole", "first breaks", "second unmade", "second odd", "first unmade"],
)
async def test_a_turn_of_a_voice_of_ones_own(near, scripts):
    asked = []

    async def scenario(engine):
        voice = Voice(*scripts)
        saying = await engine.say("Mama ma. Mama ma ma. Mama mam. Ma mama.", voice)
        found = await outcome(saying)
        await saying.wait_over()
        asked.append(voice.asked)
        return found

    first, second = await both(near, scenario)
    assert first == second
    assert asked[0] == asked[1]


async def test_the_text_and_the_language_are_those_of_what_the_voice_made(near):
    async def scenario(engine):
        saying = await engine.say("Mama ma.", Voice())
        pieces = {piece.text async for piece, _ in saying.cues()}
        return pieces, await saying.interrupt()

    first, second = await both(near, scenario)
    assert first == second
    assert first[0][0] == {"said"}


async def test_sound_alone_moves_the_mouth_from_its_beginning(near):
    """A source that is read at once, and nobody holds the utterance itself."""
    beat = np.abs(np.sin(np.arange(2 * RATE) * 4 * np.pi / RATE))
    sound = (np.resize(TONE, 2 * RATE) * beat**4).astype(np.float32)

    async def scenario(engine):
        found = (await engine.play(pcm(sound, RATE))).cues()
        return [(cue.frame, cue.viseme) async for cue in found]

    (first, _), (second, _) = await both(near, scenario)
    assert first == second
    assert len(first) > 3


async def test_what_is_asked_of_an_utterance_that_nobody_holds(near):
    async def scenario(engine):
        speech = pcm(TONE, RATE, timed_text=TIMED, text="mama")
        words = [w.text async for w in (await engine.play(speech)).words(lead=math.inf)]
        state = (await (await engine.play(speech)).wait_ended()).state
        pieces = [
            piece.id async for piece, _ in (await engine.say("Mama.", Voice())).cues()
        ]
        return words, state, set(pieces)

    first, second = await both(near, scenario)
    assert first == second


async def test_an_interrupt_says_what_was_heard(near):
    async def scenario(engine):
        utterance = await engine.play(Speech(ScriptedSource([data()]), "mama "))
        async for cue in utterance.cues():
            if cue.viseme == "aa":
                break
        return await utterance.interrupt()

    (first, _), (second, _) = await both(near, scenario)
    assert first == second
    assert (first.word, first.unheard) == ("mama", second.unheard)
    assert 0 < first.frame < len(TONE)


async def test_starved_sound_stops_the_mouth_and_starts_it_by_as_much_later(near):
    whole = data()
    # It is asked for while the first plays for 0.5 s, and its half lasts 0.25.
    script = [whole[:-8_000], 1.75, whole[-8_000:]]

    async def scenario(engine):
        await engine.play(Speech(ScriptedSource([data()])))  # the output is open then
        utterance = await engine.play(Speech(ScriptedSource(script)))
        await utterance.wait_started()
        begun = engine.clock.time()
        shown = [
            (cue.viseme, cue.frame / RATE, engine.clock.time() - begun)
            async for cue in utterance.cues()
        ]
        return shown, (await utterance.wait_ended()).starvation

    (first, _), (second, _) = await both(near, scenario)
    for shown, [gap] in (first, second):
        assert gap.duration == pytest.approx(1.0, abs=0.05)
        late = [time - media for _, media, time in shown]
        assert max(late[:2]) < 0.05
        assert late[-1] == pytest.approx(gap.duration, abs=0.05)
    assert [cue[:2] for cue in first[0]] == [cue[:2] for cue in second[0]]


async def test_skipping_a_turn_leaves_what_waits_behind_it(near):
    async def scenario(engine):
        saying = await engine.say("Mama ma. Mama ma ma. Mama mam.", Voice())
        async for _ in saying.cues():
            break
        behind = await engine.play(Speech(ScriptedSource([data()])))
        heard = await saying.skip()
        assert await saying.skip() is None
        return heard.pieces[0].media_time < 0.4, (await behind.wait_ended()).media

    first, second = await both(near, scenario)
    assert first[0] == second[0] == (True, 0.5)


@pytest.mark.parametrize("count", range(0, 40, 4))
async def test_a_say_that_is_cancelled_leaves_what_waits_behind_it(near, count):
    apart = near()

    async def run():
        async with apart.engine as engine:
            await engine.open()
            saying = asyncio.create_task(engine.say("Mama ma. Mam.", Voice()))
            await turns(count)
            playing = asyncio.create_task(engine.play(Speech(ScriptedSource([data()]))))
            await asyncio.sleep(0)
            saying.cancel()
            utterance = await playing
            assert (await utterance.wait_ended()).media == 0.5
            await turns(30)
            if saying.cancelled():
                await engine.wait_drained()

    await apart.run(run())


@pytest.mark.parametrize("count", range(0, 40, 4))
async def test_a_stream_that_nobody_waited_for_can_be_made_again(near, count):
    apart = near()

    async def run():
        async with apart.engine as engine:
            await engine.open()
            adding = asyncio.create_task(
                engine.stream("guide", output=RecordingOutput())
            )
            await turns(count)
            adding.cancel()
            [made] = await asyncio.gather(adding, return_exceptions=True)
            if isinstance(made, asyncio.CancelledError):
                await apart.clock.sleep_until(apart.clock.time() + 0.1)
                await engine.stream("guide", output=RecordingOutput())

    await apart.run(run())


class Counting(HttpSource):
    """Does more than what it inherits."""


class Locked:
    """Says that it travels, and cannot."""

    name = "locked"
    travels = True

    def __init__(self) -> None:
        self.lock = threading.Lock()

    async def stream(self, facilities):
        yield data()


async def test_what_cannot_be_copied_is_asked_where_it_is(near, tmp_path):
    request = HttpRequest("http://127.0.0.1:1/x")
    raw = RawFormat("s16le", RATE)
    (tmp_path / "here.wav").write_bytes(data())
    assert travels(HttpSource(request))
    assert travels(RawSource(HttpSource(request), raw))
    assert travels(FileSource(tmp_path / "here.wav"))
    assert travels(pcm(TONE, RATE).source)
    for each in (
        Counting(request),
        RawSource(Counting(request), raw),
        FileSource("here.wav"),
        FileSource("/dev/stdin"),
        FileSource("/proc/self/fd/0"),
        FileSource(tmp_path),
        pcm(np.zeros(RATE * 60, np.float32), RATE).source,
        pcm(iter([TONE]), RATE).source,
    ):
        assert not travels(each), each

    async def scenario(engine):
        return (await (await engine.play(Speech(Locked()))).wait_ended()).media

    first, second = await both(near, scenario)
    assert first == second


async def test_an_engine_process_is_entered_once_at_a_time(near):
    apart = near()
    for _ in range(2):
        async with apart.engine as engine:
            with pytest.raises(StreamerError, match="runs already"):
                await engine.__aenter__()
            await engine.open()


class Mute:
    """Nearly a voice."""

    language = "en"
    max_characters = 200

    def speak(self, text):
        return text.encode()


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (
            lambda engine: engine.play("hello"),
            "takes a streamer.Speech, not a str",
        ),
        (lambda engine: engine.say(42), "say takes a text .* not a int"),
        (lambda engine: engine.say(["a"]), "not a list"),
        (lambda engine: engine.say("a", "en-us"), "str is no voice: it has no speak"),
        (lambda engine: engine.say("a", Mute()), r"speak\(\) returned a bytes, not a"),
        (
            lambda engine: engine.say("a.", Voice(ValueError("no"))),
            r"the voice could not speak 'a\.': ValueError\('no'\)",
        ),
    ],
)
async def test_what_is_no_speech_text_or_voice_is_refused(near, ask, said):
    async def scenario(engine):
        with pytest.raises(StreamerError, match=said) as raised:
            await (await ask(engine)).wait_ended()
        return type(raised.value), str(raised.value)

    first, second = await both(near, scenario)
    assert first == second


async def test_what_is_no_output_is_refused(near):
    """Before anything begins."""
    for make in (Engine, EngineProcess):
        with pytest.raises(UsageError, match="int is no output: it has no name"):
            make(42)

    async def scenario(engine):
        with pytest.raises(UsageError, match="str is no output") as raised:
            await engine.stream("second", output="null")
        return str(raised.value)

    first, second = await both(near, scenario)
    assert first == second


async def test_the_cause_is_the_programs_own_error(near):
    async def write():
        yield "Mama. "
        raise ConnectionError("quota exceeded")

    async def scenario(engine):
        saying = await engine.say(write(), Voice())
        with pytest.raises(StreamerError, match="the text could not be read") as raised:
            await saying.wait_ended()
        return raised.value.__cause__

    (first, _), (second, _) = await both(near, scenario)
    assert (type(first), str(first)) == (type(second), str(second))
    assert "test_as_engine.py" in second.__notes__[0]
    assert "in write" in second.__notes__[0]


async def test_what_another_engine_serves_is_said(near):
    with pytest.raises(StreamerError, match=r"an EngineProcess serves itself"):
        async with serve(near().engine):
            pass
    async with Engine(RecordingOutput(), clock=near().clock) as engine:
        with pytest.raises(StreamerError, match="from 0 to 65535, not 99999"):
            async with serve(engine, port=99_999):
                pass
