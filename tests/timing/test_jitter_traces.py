"""The trace files of ``bench/jitter.py``, and what it says of them."""

from __future__ import annotations

import json

import pytest

from bench.jitter import (
    CURVES,
    PREFILLS,
    TRACES,
    cross,
    height,
    hull,
    measure,
    read_half,
)
from bench.traces.make_traces import FAMILIES, half_of, make_all
from bench.traces.replay import FixedPrefill, Replay, Trace, read_trace
from tests.examples import stride

PATHS = sorted(TRACES.glob("*.json"))


def test_the_generator_makes_the_files_that_are_there():
    made = make_all()
    there = {path.name: path.read_text(encoding="utf-8") for path in PATHS}

    assert {name: there.get(name) for name in made} == made


def test_the_files_are_small():
    assert sum(path.stat().st_size for path in PATHS) < 10**6


@pytest.fixture(scope="module")
def reports():
    return {path: json.loads(path.read_text(encoding="utf-8")) for path in PATHS}


def test_the_files_have_the_fields_that_a_report_has(reports):
    from streamer.engine.report import Report

    nothing = (None,) * 6
    known = Report("", "", None, (), *nothing, 0.0, (), None).to_json()
    for report in reports.values():
        assert set(report) <= set(known)
        assert report["streamer_report"] == Report.VERSION


def test_the_files_say_what_a_report_says(reports):
    for path, report in reports.items():
        assert set(report["format"]) == {"encoding", "rate", "channels"}, path
        assert report["bytes"] == sum(size for _, size in report["arrivals"])
        times = [time for time, _ in report["arrivals"]]
        assert times == sorted(times)
        media = read_trace(path).arrivals[-1][1]
        assert media == pytest.approx(report["media_ms"] / 1000, abs=1e-3)


def test_each_family_has_two_senders_in_each_half():
    for half in ("tuning", "test"):
        endpoints = {
            (trace.family, trace.endpoint) for trace in read_half(TRACES, half)
        }
        for family in FAMILIES:
            assert sum(family == of for of, _ in endpoints) >= 2


def test_an_endpoint_s_files_are_in_one_half():
    assert {half_of(f"near-a-{number}") for number in range(9)} == {half_of("near-a-0")}


def trace_of(*arrivals, duration=None):
    return Trace("a-b-0", "somewhere", arrivals, duration)


def test_the_oracle_starts_so_that_each_chunk_is_just_in_time():
    assert trace_of((1.0, 0.1), (1.3, 0.2), (1.35, 0.5)).oracle == pytest.approx(0.2)


def test_a_prefill_starts_when_it_is_in_hand_and_refills_as_much():
    trace = trace_of((1.0, 0.05), (1.05, 0.1), (1.25, 0.15), (1.3, 0.2), (1.35, 0.3))
    outcome = Replay(trace, FixedPrefill(0.1)).run()

    assert outcome.delay == pytest.approx(0.05)
    assert outcome.gaps == 1
    assert outcome.silent == pytest.approx(1.3 - 1.15, abs=0.006)


def test_an_end_is_no_silence():
    outcome = Replay(trace_of((1.0, 0.05), (1.01, 0.1)), FixedPrefill(0.02)).run()

    assert (outcome.silent, outcome.gaps) == (0.0, 0)


def test_a_header_and_compressed_sound_are_taken_for_what_they_are(tmp_path):
    path = tmp_path / "mine.json"
    report = {
        "streamer_report": 1,
        "source": "x",
        "format": {"encoding": "PCM_16", "rate": 1000, "channels": 1},
        "arrivals": [[0, 44], [1, 200], [2, 200]],
        "bytes": 444,
        "media_ms": 200,
    }
    path.write_text(json.dumps(report))
    assert read_trace(path).arrivals == ((0.001, 0.1), (0.002, 0.2))

    path.write_text(json.dumps({**report, "media_ms": 2000}))
    assert read_trace(path).arrivals[-1] == (0.002, 2.0)

    path.write_text(json.dumps({**report, "arrivals": [], "bytes": 0}))
    assert read_trace(path) is None


def test_the_line_is_convex_and_read_both_ways():
    line = hull([(0, 10), (1, 9), (2, 2), (3, 3), (4, 0)])

    assert line == [(0, 10), (2, 2), (4, 0)]
    assert height(line, 1) == 6
    assert height(line, -1) is None
    assert height(line, 5) == 0
    assert cross(line, 6) == 1
    assert cross(line, 11) is None


def test_on_the_test_half_what_ships_is_no_worse_than_any_prefill(monkeypatch):
    """
    Or than every third of them, in a quick run.

    All traces are played even then: what is said is said of their mean, and does
    not hold for every half of them.
    """
    monkeypatch.setattr("bench.jitter.PREFILLS", PREFILLS[:: stride(3)])

    found = measure(read_half(TRACES, "test"))

    held = {verdict.name: verdict.holds for verdict in found["verdicts"]}
    assert held == dict.fromkeys(CURVES, True)
    cold = next(row for row in found["rows"] if row.name == "latency, cold")
    assert cold.delay_ms < 12.5
    assert cold.gaps < 5.5
    assert found["guarantee"]["cold"][0] > 0
    assert found["guarantee"]["cold"][1] == found["guarantee"]["learned"][1] == 0
