"""
What is seen: messages, the log, the server, the client, the page.

The engine writes into a :class:`StreamLog`, one a stream; an
:class:`EventServer` publishes the logs to browsers and to
:class:`EventClient`, over the protocol that :mod:`streamer.events.messages`
lists. Who only needs the messages imports that module; it opens nothing.
"""

from __future__ import annotations

from streamer.events.client import ClientOptions, EventClient
from streamer.events.frames import FrameSource, RigLook
from streamer.events.log import StreamLog
from streamer.events.messages import Cue, Mark, Turn
from streamer.events.options import Advice, ServerOptions
from streamer.events.server import EventServer
from streamer.events.web import Control, TooMuchWaiting

__all__ = [
    "Advice",
    "ClientOptions",
    "Control",
    "Cue",
    "EventClient",
    "EventServer",
    "FrameSource",
    "Mark",
    "RigLook",
    "ServerOptions",
    "StreamLog",
    "TooMuchWaiting",
    "Turn",
]
