from __future__ import annotations

from streamer.cli.emulate import FaultName
from streamer.emulator import Fault


def test_the_command_knows_every_fault_of_the_emulator():
    """Its own names, so that ``--help`` need not load the emulator."""
    assert {name.name: name.value for name in FaultName} == {
        fault.name: fault.value for fault in Fault
    }
