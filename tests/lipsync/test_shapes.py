from __future__ import annotations

from streamer.lipsync.articulation import Articulator
from streamer.lipsync.phonemes import Phone
from streamer.lipsync.shapes import SetCues
from streamer.lipsync.timeline import TimedPhone
from streamer.lipsync.visemes import OCULUS

RATE = 1_000


def gestures():
    articulator = Articulator(RATE)
    articulator.receive(
        [
            TimedPhone(0, 200, Phone("a", stress=1)),
            TimedPhone(200, 100, Phone("m")),
            TimedPhone(300, 600, Phone("a", stress=1)),
        ]
    )
    return articulator.settle(None)


def test_parts_of_a_shape_are_told_as_one():
    made = SetCues(OCULUS, RATE)
    made.receive(gestures()[:-1], 500)
    made.receive((), 600)
    made.receive((), 700)
    assert made.front(0) < made.front(500) == 640
    told = made.take(made.front(0))
    assert [cue.viseme for cue in told] == ["aa", "PP"]
    made.receive(gestures()[-1:], None)
    rest = made.take(made.front(0))
    assert [cue.viseme for cue in rest] == ["aa", "sil"]
    assert rest[0].frame == told[-1].frame + told[-1].frames
    assert rest[0].phones == ("a",)


def test_a_shape_that_is_due_is_told_in_parts():
    made = SetCues(OCULUS, RATE)
    made.receive(gestures()[:-1], 600)
    first = made.take(made.front(1_000))
    made.receive(gestures()[-1:], None)
    second = made.take(made.front(1_000))
    assert first[-1].viseme == second[0].viseme == "aa"
    assert second[0].frame == first[-1].frame + first[-1].frames
    assert second[0].phones == ()


def test_shapes_stay_for_as_long_as_is_asked():
    def held(hold):
        made = SetCues(OCULUS, RATE, hold=hold)
        made.receive(gestures(), None)
        return [cue.frames for cue in made.take(made.front(0))]

    assert held(None) == held(0.050)
    assert min(held(None)) < 150 <= min(held(0.150))
