from __future__ import annotations

from streamer.events.codec import encode
from streamer.events.messages import (
    Anchor,
    AnchorAt,
    Bye,
    Cue,
    Cues,
    Cut,
    End,
    Error,
    Frames,
    FramesGiven,
    FramesWanted,
    Goaway,
    Hello,
    Mark,
    Marks,
    Position,
    Recovered,
    Start,
    State,
    Stats,
    Time,
    TimeAnswer,
    Turn,
    UtteranceState,
    Viseme,
    Welcome,
)
from tests.tables import each

CUE = Cue(11_600, 34_800, "TH", ("ð",), 0.8)
CUE_JSON = '{"t":11600,"d":34800,"v":"TH","p":["ð"],"w":0.8}'
MARK = Mark(11_600, 139_300, "word", "This")
MARK_JSON = '{"t":11600,"d":139300,"kind":"word","text":"This"}'
TURN = Turn("t3", 0, last=False)
TURN_JSON = '{"id":"t3","index":0,"last":false}'
AT = AnchorAt(0, 81_723_400, 1.0, "measured", 10_667)
AT_JSON = '"media":0,"at":81723400,"rate":1.0,"quality":"measured","latency":10667'

AS_DESIGNED = [
    (Hello(), '{"type":"hello","streams":["main"]}'),
    (
        Hello(mode="live", resume={"main": Position("e", 41)}),
        (
            '{"type":"hello","streams":["main"],"mode":"live",'
            '"resume":{"main":{"epoch":"e","seq":41}}}'
        ),
    ),
    (Time(5), '{"type":"time","t1":5}'),
    (Stats(dropped=2), '{"type":"stats","dropped":2}'),
    (Bye(), '{"type":"bye"}'),
    (
        Welcome("s", "c", {"main": Position("e", 41)}, "oculus", ("sil", "PP"), 2500),
        (
            '{"type":"welcome","session":"s","clock":"c",'
            '"streams":{"main":{"epoch":"e","seq":41}},'
            '"visemes":"oculus","names":["sil","PP"],"heartbeat_ms":2500,'
            '"frames":null}'
        ),
    ),
    (
        Hello(frames=FramesWanted("vrm", 30)),
        '{"type":"hello","streams":["main"],"frames":{"rig":"vrm","fps":30}}',
    ),
    (
        Welcome(
            "s",
            "c",
            {},
            "oculus",
            ("sil",),
            2500,
            FramesGiven("vrm", 30, ("aa", "ih"), (0.0, 0.5)),
        ),
        (
            '{"type":"welcome","session":"s","clock":"c","streams":{},'
            '"visemes":"oculus","names":["sil"],"heartbeat_ms":2500,"frames":'
            '{"rig":"vrm","fps":30,"names":["aa","ih"],"neutral":[0.0,0.5]}}'
        ),
    ),
    (
        Frames("main", "u7", -33_333, [(0, 0.25), (0.3, 1)]),
        (
            '{"type":"frames","stream":"main","utterance":"u7","t":-33333,'
            '"weights":[[0,0.25],[0.3,1]]}'
        ),
    ),
    (TimeAnswer(1, 2, 3), '{"type":"time","t1":1,"t2":2,"t3":3}'),
    (
        Start("main", 1, "u7", TURN, "Hi", "phonemes", None),
        (
            '{"type":"start","stream":"main","seq":1,"utterance":"u7",'
            f'"turn":{TURN_JSON},"text":"Hi","timing":"phonemes","duration":null}}'
        ),
    ),
    (
        Cues("main", 2, "u7", 2_400_000, [CUE]),
        (
            '{"type":"cues","stream":"main","seq":2,"utterance":"u7",'
            f'"until":2400000,"cues":[{CUE_JSON}]}}'
        ),
    ),
    (
        Marks("main", 3, "u7", [MARK]),
        (
            '{"type":"marks","stream":"main","seq":3,"utterance":"u7",'
            f'"marks":[{MARK_JSON}]}}'
        ),
    ),
    (
        Anchor("main", 4, "u7", 0, 81_723_400, 1.0, "measured", 10_667),
        f'{{"type":"anchor","stream":"main","seq":4,"utterance":"u7",{AT_JSON}}}',
    ),
    (
        Cut("main", 9, "u7", 1_430_000, 83_153_400),
        (
            '{"type":"cut","stream":"main","seq":9,"utterance":"u7",'
            '"media":1430000,"at":83153400}'
        ),
    ),
    (
        End("main", 9, "u7", 5_993_100, 87_716_500, None),
        (
            '{"type":"end","stream":"main","seq":9,"utterance":"u7",'
            '"media":5993100,"at":87716500,"error":null}'
        ),
    ),
    (
        Viseme("main", "u7", "aa", ("ɑ",), 0.8, 80_000),
        (
            '{"type":"viseme","stream":"main","utterance":"u7","v":"aa","p":["ɑ"],'
            '"w":0.8,"d":80000}'
        ),
    ),
    (
        State(
            "main",
            "e",
            41,
            [
                UtteranceState(
                    "u7", TURN, "Hi", "phonemes", None, AT, 2_400_000, [CUE], [MARK]
                ),
                UtteranceState("u8", None, None, "none", 5, None, 0, [], []),
            ],
        ),
        (
            '{"type":"state","stream":"main","epoch":"e","seq":41,"utterances":['
            f'{{"utterance":"u7","turn":{TURN_JSON},"text":"Hi","timing":"phonemes",'
            f'"duration":null,"anchor":{{{AT_JSON}}},"until":2400000,'
            f'"cues":[{CUE_JSON}],"marks":[{MARK_JSON}]}},'
            '{"utterance":"u8","turn":null,"text":null,"timing":"none","duration":5,'
            '"anchor":null,"until":0,"cues":[],"marks":[]}]}'
        ),
    ),
    (
        Recovered("main", ok=True, from_=42, to=57),
        '{"type":"recovered","stream":"main","ok":true,"from":42,"to":57}',
    ),
    (Goaway(800), '{"type":"goaway","retry_ms":800}'),
    (
        Error("unsupported", "No.", retry=True),
        '{"type":"error","code":"unsupported","message":"No.","retry":true}',
    ),
]


@each(AS_DESIGNED)
def test_is_written_as_designed(message, json):
    """To the byte: other languages read it by this."""
    assert encode(message).decode() == json


def test_an_anchor_maps_media_to_time_and_back():
    anchor = AnchorAt(1_000, 50_000, 0.5, "paced", 0)

    assert anchor.due(2_000) == 52_000
    assert anchor.heard(52_000) == 2_000


def test_an_anchor_that_stands_holds_back_what_follows():
    anchor = AnchorAt(1_000, 50_000, 0.0, "paced", 0)

    assert anchor.heard(99_000) == 1_000
    assert anchor.due(1_000) == 50_000
    assert anchor.due(1_001) is None
