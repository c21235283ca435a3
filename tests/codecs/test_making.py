"""What :func:`streamer.codecs.make_decoder` does where PyAV is, and where it isn't."""

from __future__ import annotations

import builtins
import sys

import pytest

from streamer import codecs
from streamer.audio.sniff import Kind
from streamer.errors import MissingComponent
from tests.codecs.making import inline


async def without(monkeypatch, name: str, kind: Kind):
    """Ask for a decoder where importing *name* fails."""
    real = builtins.__import__

    def fail(module, *args, **kwargs):
        if module.split(".")[0] == name:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return real(module, *args, **kwargs)

    for module in [m for m in sys.modules if m.startswith("streamer.codecs.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", fail)
    return await codecs.make_decoder(kind, inline)


@pytest.mark.parametrize("kind", [Kind.TAGGED, Kind.OGG, Kind.MP4])
async def test_without_pyav_it_is_named_with_what_installs_it(monkeypatch, kind):
    with pytest.raises(MissingComponent) as caught:
        await without(monkeypatch, "av", kind)
    assert str(caught.value) == (
        f"PyAV is not installed, and {kind.label} needs it; install it with: "
        f'{sys.executable} -m pip install "streamer[codecs]"'
    )


async def test_another_import_that_fails_is_not_taken_for_pyav(monkeypatch):
    with pytest.raises(ModuleNotFoundError):
        await without(monkeypatch, "functools", Kind.MP3)
