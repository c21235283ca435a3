"""
PURE. The part of SSML that Resemble documents, read into segments to be spoken.

Source:
    Resemble's API page, "Speech Synthesis Markup Language (SSML) Reference".
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NoReturn

# Declarations end the parse, so that no entity is ever made or expanded.
from xml.parsers import expat

from streamer.emulator.script import Script, Segment, SsmlError
from streamer.emulator.ssml_tags import RULES, TEXT_ONLY, WHOLE_WORDS, Element

__all__ = ["parse"]

_LONGEST_BREAK = 60.0
_MOST_BREAKS = 300.0
_DEEPEST = 32


def parse(document: str) -> Script:
    """
    Read an SSML document.

    Raises:
        SsmlError: If it is not well-formed, declares anything, or holds a tag,
            attribute or value that is not documented.
    """
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    try:
        parser.Parse(document.strip().encode("utf-8", "replace"), True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise SsmlError(f"the SSML is not well-formed: {error}") from error
    return Script(tuple(reader.segments), tuple(reader.issues))


def _refuse_declaration(*_: object) -> NoReturn:
    raise SsmlError("the SSML declares a document type; declarations are not read")


@dataclass(slots=True)
class _Reader:
    """Holds the manner of each open element; what is read becomes segments."""

    segments: list[Segment] = field(default_factory=list)
    issues: list[str] = field(default_factory=list)
    manners: list[Segment] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    breaks: float = 0.0
    boundary: bool = False  # a tag stands between the last segment and the next

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self.names and name != "speak":
            raise SsmlError(f"the root element is <{name}>; it must be <speak>")
        if len(self.names) >= _DEEPEST:
            raise SsmlError(f"more than {_DEEPEST} elements stand inside each other")
        self._check_place(name)
        manner = self.manners[-1] if self.manners else Segment()
        element = Element(name, attributes, self.issues)
        element.check()
        if name == "break":
            self._add_break(element.seconds())
        elif name in RULES:
            manner = RULES[name](element, manner)
        self.names.append(name)
        self.manners.append(manner)
        self.boundary = self.boundary or name in WHOLE_WORDS

    def end(self, name: str) -> None:
        self.names.pop()
        self.manners.pop()
        self.boundary = self.boundary or name in WHOLE_WORDS
        if name in {"p", "s"}:
            self._add_stop()

    def characters(self, text: str) -> None:
        if self.names[-1] == "break":
            raise SsmlError("<break> holds text; it must be empty")
        before = self.segments[-1].text[-1:] if self.segments else ""
        if self.boundary and before.isalnum() and text[0].isalnum():
            raise SsmlError(
                f"a tag stands within a word, between {before!r} and {text[0]!r}; "
                "tags must be applied to whole words"
            )
        segment = replace(self.manners[-1], text=text)
        last = self.segments[-1] if self.segments else None
        # Text of one manner is one segment, however the parser split it.
        if last is not None and replace(last, text=text) == segment and _joins(last):
            segment = replace(last, text=last.text + text)
            self.segments.pop()
        self.segments.append(segment)
        self.boundary = False

    def _check_place(self, name: str) -> None:
        if self.names and self.names[-1] in TEXT_ONLY:
            raise SsmlError(
                f"<{name}> stands inside <{self.names[-1]}>, which may only hold text"
            )
        if name == "speak" and self.names:
            raise SsmlError("<speak> stands inside another element")

    def _add_break(self, seconds: float) -> None:
        self.breaks += seconds
        if seconds > _LONGEST_BREAK or self.breaks > _MOST_BREAKS:
            raise SsmlError(
                f"a break may last {_LONGEST_BREAK:g} s, and all of them together "
                f"{_MOST_BREAKS:g} s"
            )
        if seconds:
            self.segments.append(Segment(silence=seconds))
        self.boundary = False

    def _add_stop(self) -> None:
        """Let a paragraph end in a pause even without a full stop."""
        if self.segments and self.segments[-1].text.rstrip()[-1:].isalnum():
            self.segments.append(Segment(silence=0.3))


def _joins(segment: Segment) -> bool:
    return segment.alias is None and segment.ipa is None and not segment.spelled
