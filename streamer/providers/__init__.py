"""Who speaks: Resemble and the local voice."""

from streamer.providers import espeak, resemble
from streamer.providers.base import Voice
from streamer.providers.espeak import EspeakVoice
from streamer.providers.resemble import Account, ResembleVoice

__all__ = ["Account", "EspeakVoice", "ResembleVoice", "Voice", "espeak", "resemble"]
