"""How tests ask the emulator, and read its answers."""

from streamer.audio.format import TimedText
from streamer.audio.wav import WavParser

SENTENCE = "This is a streaming test."


def events_of(body):
    parser = WavParser()
    parser.receive_data(body)
    parser.receive_eof()
    return list(parser.events())


def texts_of(body, kind):
    return [
        e.text for e in events_of(body) if isinstance(e, TimedText) and e.kind == kind
    ]


async def ask(client, emulator, **fields):
    async with client.post(emulator.url, json={"data": SENTENCE, **fields}) as response:
        return response, await response.read()
