"""
An engine in a process of its own, for programs that keep the interpreter busy.

A thread that serialises, tokenises or computes in one long call in C holds back
every other thread of its process, whoever wrote it. :class:`EngineProcess` has the
same verbs as :class:`streamer.Engine`, and nothing of the program's stands between
its network and its sound.
"""

from streamer.worker.engine import EngineProcess
from streamer.worker.remote import RemoteSaying, RemoteUtterance

__all__ = ["EngineProcess", "RemoteSaying", "RemoteUtterance"]
