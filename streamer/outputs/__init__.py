"""Sound out: device, null, wav."""

from streamer.outputs.auto import AutoOutput
from streamer.outputs.base import Output, OutputFormat
from streamer.outputs.device import DeviceOutput
from streamer.outputs.null import NullOutput
from streamer.outputs.portaudio import DeviceInfo, list_devices
from streamer.outputs.wav import WavOutput

__all__ = [
    "AutoOutput",
    "DeviceInfo",
    "DeviceOutput",
    "NullOutput",
    "Output",
    "OutputFormat",
    "WavOutput",
    "list_devices",
]
