"""Every documented tag, and what is refused."""

import pytest

from streamer.emulator.script import Segment, SsmlError, plain
from streamer.emulator.ssml import parse
from tests.tables import each


def only(document):
    (segment,) = parse(document).segments
    return segment


def test_plain_text_is_one_segment():
    assert plain("a < b").segments == (Segment("a < b"),)


def test_speak_holds_the_text_with_its_entities_resolved():
    script = parse("<speak>Tom &amp; Jerry &lt;3 &#233;</speak>")
    assert script.segments == (Segment("Tom & Jerry <3 é"),)
    assert script.text == "Tom & Jerry <3 é"


def test_the_root_may_say_its_version_schema_and_language():
    document = (
        '<speak version="1.1" xmlns="http://www.w3.org/TR/2010/" '
        'xmlns:resemble="urn:x" xml:lang="en-GB">Hi</speak>'
    )
    assert only(document) == Segment("Hi", language="en-GB")


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("2s", 2.0), ("1.5s", 1.5), ("500ms", 0.5), (" .25s ", 0.25)],
)
def test_break(written, seconds):
    script = parse(f'<speak>long <break time="{written}"/>pause</speak>')
    assert script.segments == (
        Segment("long "),
        Segment(silence=seconds),
        Segment("pause"),
    )


def test_sub_is_read_out_in_place_of_its_text():
    script = parse('<speak>Hi <sub alias="Joe">Jim</sub>, bye</speak>')
    assert script.segments[1] == Segment("Jim", alias="Joe")
    assert script.text == "Hi Jim, bye"


def test_phoneme_and_say_as():
    assert only('<speak><phoneme ph="laɪn">word</phoneme></speak>').ipa == "laɪn"
    spelled = '<speak><say-as interpret-as="characters">SSML</say-as></speak>'
    assert only(spelled) == Segment("SSML", spelled=True)


def test_prosody():
    document = (
        '<speak><prosody pitch="x-Low" rate="150%" volume="soft">a</prosody></speak>'
    )
    assert only(document) == Segment("a", rate_percent=150.0, pitch=10, volume=60)
    assert only('<speak><prosody volume="silent">a</prosody></speak>').volume == 0


def test_rates_multiply_and_labels_replace():
    document = (
        '<speak><prosody rate="200%" pitch="low"><prosody rate="50%" pitch="high">'
        "a</prosody></prosody></speak>"
    )
    assert only(document) == Segment("a", rate_percent=100.0, pitch=70)


def test_emphasis():
    strong = only('<speak><emphasis level="strong">a</emphasis></speak>')
    reduced = only('<speak><emphasis level="reduced">a</emphasis></speak>')
    assert strong.volume > 100 > reduced.volume
    assert strong.pitch > 50 > reduced.pitch
    assert only("<speak><emphasis>a</emphasis></speak>") == Segment("a")


def test_language_reaches_to_the_end_of_its_tag():
    script = parse('<speak>uno <lang xml:lang="en-us">two</lang> tres</speak>')
    assert [s.language for s in script.segments] == [None, "en-us", None]


def test_emotion_as_numbers():
    document = (
        '<speak><resemble:emotion pitch="0.9" intensity="1" pace="0.9">a'
        "</resemble:emotion></speak>"
    )
    segment = only(document)
    assert (segment.pitch_range, segment.volume) == (90, 140)
    assert segment.rate_percent == pytest.approx(140.0)
    assert parse(document).issues == ()


def test_neutral_numbers_change_nothing():
    document = (
        '<speak><resemble:emotion pitch="0.5" intensity="0.5" pace="0.5">a'
        "</resemble:emotion></speak>"
    )
    assert only(document) == Segment("a")


def test_emotion_with_numbers_left_out_is_an_issue():
    """The documents forbid it and give it as a valid example, with rate for pace."""
    script = parse(
        '<speak><resemble:emotion pitch="0.5" rate="0.80"><sub alias="b">a</sub>'
        "</resemble:emotion></speak>"
    )
    assert script.segments[0].rate_percent == pytest.approx(130.0)
    assert len(script.issues) == 1


@pytest.mark.parametrize(
    "emotion", ["neutral", "angry", "annoyed", "question", "happy"]
)
def test_emotions_by_name(emotion):
    segment = only(
        f'<speak><resemble:emotion emotions="{emotion}">a</resemble:emotion></speak>'
    )
    assert (segment == Segment("a")) == (emotion == "neutral")


def test_the_deprecated_style_is_understood():
    triple = "expressiveness:0.5 aggressiveness:0.6 pace:0.7"
    old = only(f'<speak><style emotions="{triple}">a</style></speak>')
    new = only(
        '<speak><resemble:style expressiveness="0.5" aggressiveness="0.6" pace="0.7">'
        "a</resemble:style></speak>"
    )
    assert old == new
    assert old.rate_percent == pytest.approx(120.0)
    assert only('<speak><style emotions="angry">a</style></speak>').volume == 140


def test_tags_combine():
    document = (
        '<speak><emphasis level="strong">Hey! Welcome to '
        '<phoneme ph="ɹɪsɛmbəl" alphabet="ipa">Resemble</phoneme>.</emphasis></speak>'
    )
    script = parse(document)
    assert [s.ipa for s in script.segments] == [None, "ɹɪsɛmbəl", None]
    assert len({s.volume for s in script.segments}) == 1


def test_paragraphs_and_sentences_end_in_a_pause():
    assert [s.silence > 0 for s in parse("<speak><p>one</p>two</speak>").segments] == [
        False,
        True,
        False,
    ]
    assert len(parse("<speak><s>one.</s><s>two.</s></speak>").segments) == 1


@each(
    [
        ("<speak>a", "not well-formed"),
        ("<speak>a</speak>b", "not well-formed"),
        ("<speak>&nope;</speak>", "not well-formed"),
        ("<p>a</p>", "must be <speak>"),
        ("<speak><speak>a</speak></speak>", "<speak> stands inside"),
        ("<speak><audio>a</audio></speak>", "<audio> is not supported"),
        ('<speak><break strength="weak"/></speak>', "no attribute 'strength'"),
        ("<speak><break/></speak>", "needs the attribute 'time'"),
        ('<speak><break time="soon"/></speak>', "write it as '2s'"),
        ('<speak><break time="-1s"/></speak>', "write it as '2s'"),
        ('<speak><break time="61s"/></speak>', "may last 60 s"),
        ("<speak>" + '<break time="50s"/>' * 7 + "</speak>", "300 s"),
        ('<speak><break time="1s">a</break></speak>', "must be empty"),
        ('<speak><prosody rate="fast">a</prosody></speak>', "write it as '150%'"),
        ('<speak><prosody rate="0%">a</prosody></speak>', "write it as '150%'"),
        ('<speak><prosody pitch="up">a</prosody></speak>', "must be one of x-low"),
        ('<speak><prosody volume="9">a</prosody></speak>', "must be one of silent"),
        ('<speak><emphasis level="x">a</emphasis></speak>', "reduced, strong"),
        ("<speak><phoneme>a</phoneme></speak>", "needs the attribute 'ph'"),
        (
            '<speak><phoneme ph="a" alphabet="x-sampa">a</phoneme></speak>',
            "must be one of ipa",
        ),
        (
            '<speak><phoneme ph="a"><emphasis>a</emphasis></phoneme></speak>',
            "may only hold text",
        ),
        ('<speak><sub alias="b"><p>a</p></sub></speak>', "may only hold text"),
        ("<speak><sub>a</sub></speak>", "needs the attribute 'alias'"),
        ("<speak><say-as>a</say-as></speak>", "needs the attribute 'interpret-as'"),
        (
            '<speak><say-as interpret-as="date">a</say-as></speak>',
            "must be one of characters",
        ),
        ("<speak><lang>a</lang></speak>", "needs the attribute 'xml:lang'"),
        (
            '<speak><resemble:emotion pitch="2">a</resemble:emotion></speak>',
            "must be in 0 to 1",
        ),
        (
            '<speak><resemble:emotion pitch="high">a</resemble:emotion></speak>',
            "must be in 0 to 1",
        ),
        (
            '<speak><resemble:emotion pitch="nan">a</resemble:emotion></speak>',
            "must be in 0 to 1",
        ),
        (
            '<speak><resemble:emotion emotions="sad">a</resemble:emotion></speak>',
            "must be one of neutral",
        ),
        (
            '<speak>ch<emphasis level="strong">aracters</emphasis></speak>',
            "within a word",
        ),
        ("<speak>" + "<p>" * 40 + "a" + "</p>" * 40 + "</speak>", "more than 32"),
        (
            '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><speak>&b;</speak>',
            "declarations are not read",
        ),
        (
            '<!DOCTYPE x SYSTEM "file:///etc/passwd"><speak>a</speak>',
            "declarations are not read",
        ),
    ]
)
def test_what_is_not_documented_is_refused_in_a_sentence(document, problem):
    with pytest.raises(SsmlError) as error:
        parse(document)
    assert problem in str(error.value)
