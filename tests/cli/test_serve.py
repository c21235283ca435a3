from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from streamer.cli.serve import _stay
from streamer.cli.stage import Stage
from streamer.events.options import ServerOptions
from streamer.outputs import NullOutput


class Reached(Exception):
    """The server is up."""


@pytest.fixture
def stage(command, monkeypatch):
    """Gives what a command line would put up."""
    stages = []

    async def note(stage):
        stages.append(stage)
        return 0

    monkeypatch.setattr("streamer.cli.serve._stay", note)

    def of(*arguments):
        result = command("serve", *arguments)
        assert (result.code, result.err) == (0, "")
        return stages[-1]

    return of


@pytest.fixture
def options(stage):
    """Gives whom its server would let in."""
    return lambda *arguments: stage(*arguments).options


def test_names_and_pages_are_allowed(options):
    told = options(
        *("--allow-host", "speaker.local", "--allow-host", "tunnel.example:443"),
        *("--allow-origin", "https://avatar.example"),
    )

    assert told.allow_hosts == ("speaker.local", "tunnel.example:443")
    assert told.allow_origins == ("https://avatar.example",)
    assert not told.public


@pytest.mark.parametrize(("value", "token"), [("t0ken", "t0ken"), ("", None)])
def test_the_token_is_that_of_the_environment(options, monkeypatch, value, token):
    monkeypatch.setenv("STREAMER_TOKEN", value)
    told = options("--public")

    assert told.token == token
    assert told.public
    assert "t0ken" not in repr(told)


@pytest.mark.parametrize("value", ["two words", "wörd", "a\tb"])
def test_a_token_that_no_header_can_hold(command, monkeypatch, value):
    monkeypatch.setenv("STREAMER_TOKEN", value)
    result = command("serve", "-o", "null")

    result.fails(2, "STREAMER_TOKEN")
    assert value not in result.err


def rig_file(path, name):
    path.write_text(f'name = "{name}"\nextends = "arkit"\n')
    return str(path)


def test_rigs_of_one_s_own_are_asked_for_by_their_names(stage, tmp_path):
    files = [rig_file(tmp_path / f"{name}.toml", name) for name in ("my-cat", "dog")]
    told = stage("--rig", files[0], "--rig", files[1], "--rig", "arkit")

    assert list(told.rigs) == ["my-cat", "dog"]
    assert told.rigs["my-cat"].channels[0] == "eyeBlinkLeft"


def test_a_rig_that_nobody_could_ask_for(command, tmp_path):
    taken = rig_file(tmp_path / "mine.toml", "arkit")
    command("serve", "-o", "null", "--rig", taken).fails(2, "built in", "mine.toml")
    twice = rig_file(tmp_path / "cat.toml", "cat")
    arguments = ["--rig", twice, "--rig", twice]
    command("serve", "-o", "null", *arguments).fails(2, "given before", "cat.toml")
    command("serve", "-o", "null", "--rig", "none.toml").fails(1, "none.toml")


def test_it_is_public_only_on_request(command):
    command("serve", "--host", "0.0.0.0", "-o", "null").fails(2, "add --public")


def test_what_is_no_name(command):
    arguments = ["--allow-host", "http://speaker.local", "--port", "0", "-o", "null"]
    command("serve", *arguments).fails(2, "NAME or NAME:PORT", "speaker.local")


def test_what_is_no_page(command):
    arguments = ["--allow-origin", "127.0.0.1:9000", "--port", "0", "-o", "null"]
    command("serve", *arguments).fails(2, "https://NAME", "127.0.0.1:9000")


def test_a_voice_that_nobody_could_hear(command):
    result = command("serve", "--voice", "klingon", "-o", "null")
    result.fails(2, "klingon", "behind --voice")


def test_what_it_advises_can_be_followed(options):
    advice = options().advice

    assert "--allow-host" in advice.host
    assert "--allow-origin" in advice.origin
    assert "--public" in advice.public


@pytest.mark.parametrize(
    ("public", "token", "said"), [(True, None, 1), (True, "t", 0), (False, None, 0)]
)
async def test_a_server_open_to_everybody_is_pointed_out(
    monkeypatch, capfd, public, token, said
):
    @asynccontextmanager
    async def watched(_engine):
        raise Reached
        yield

    monkeypatch.setattr("streamer.cli.stage.watched", watched)
    options = ServerOptions(public=public, token=token)
    stage = Stage(NullOutput(), serve_at=("127.0.0.1", 0), options=options)

    with pytest.raises(Reached):
        await _stay(stage)

    assert capfd.readouterr().err.count("set STREAMER_TOKEN") == said
