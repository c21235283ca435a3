"""A test of sound or time counts unless the machine stood still."""

from __future__ import annotations

import pytest

from bench.harness.bystander import Woken
from tests.real import stalls
from tests.real.stalls import RUNS, undisturbed


@pytest.fixture
def machine(monkeypatch):
    """What a sleeper says of each run, in ms by which it was late at worst."""
    late: list[float] = []

    class Bystander:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.woken = Woken(1_000, 1, late.pop(0), realtime=True)

    monkeypatch.setattr(stalls, "Bystander", Bystander)
    return late


@pytest.mark.parametrize(
    ("late", "fails", "runs", "fails_at_all"),
    [
        ([0.1], 0, 1, False),
        ([0.1], 1, 1, True),
        ([200.0], 0, 1, False),
        ([200.0, 0.1], 1, 2, False),
        ([200.0, 0.1], 2, 2, True),
        ([200.0] * RUNS, RUNS, RUNS, True),
    ],
)
async def test_a_failure_counts_where_the_machine_ran(
    machine, late, fails, runs, fails_at_all
):
    machine += late
    ran = 0

    @undisturbed
    async def test() -> None:
        nonlocal ran
        ran += 1
        assert ran > fails

    if fails_at_all:
        with pytest.raises(AssertionError):
            await test()
    else:
        await test()
    assert (ran, machine) == (runs, [])
