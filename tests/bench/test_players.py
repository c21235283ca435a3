"""Players in processes of their own."""

from __future__ import annotations

import os
import sys

import pytest

from bench.peers.players import Kept, Once, PlayerFailed

ECHO = """
import json, sys
print("{}", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if asked.get("url") == "fail":
        sys.exit("it is broken")
    print(json.dumps({"asked": asked}), flush=True)
"""


@pytest.fixture
async def player():
    kept = Kept("echo", [sys.executable, "-c", ECHO])
    await kept.open(dict(os.environ))
    yield kept
    await kept.close()


async def test_a_question_is_answered_and_a_url_comes_with_its_load(player):
    assert await player.ask({"do": "it"}) == {"asked": {"do": "it"}}
    await player.play("http://there", "spin")


async def test_a_player_that_ends_says_why_and_can_be_opened_again(player):
    with pytest.raises(PlayerFailed, match="echo failed:\nit is broken"):
        await player.play("fail")
    await player.reopen()
    assert await player.ask({}) == {"asked": {}}


async def test_a_program_that_fails_says_with_which_code():
    once = Once("false", [sys.executable, "-c", "raise SystemExit(3)"])
    await once.open(dict(os.environ))
    with pytest.raises(PlayerFailed, match="false failed with code 3"):
        await once.play("http://there")
