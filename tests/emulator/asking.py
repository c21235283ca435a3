"""How tests ask the emulator, and read its answers."""

from streamer.audio.format import TimedTexts
from streamer.audio.timed_text import joined
from streamer.audio.wav import WavParser

SENTENCE = "This is a streaming test."


def events_of(body):
    parser = WavParser()
    parser.receive_data(body)
    parser.receive_eof()
    return list(parser.events())


def texts_of(body, kind):
    texts = joined([each for each in events_of(body) if isinstance(each, TimedTexts)])
    return [text.text for text in texts if text.kind == kind]


async def ask(client, emulator, **fields):
    async with client.post(emulator.url, json={"data": SENTENCE, **fields}) as response:
        return response, await response.read()
