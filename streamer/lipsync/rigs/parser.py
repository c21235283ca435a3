"""A rig's document becomes its table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from streamer.lipsync.rigs.document import Document, format_of, named, stem_of
from streamer.lipsync.rigs.places import Format, KeyPath
from streamer.lipsync.rigs.table import (
    INPUTS,
    Channel,
    Factor,
    Table,
    Term,
    find_cycle,
    plain,
)
from streamer.lipsync.rigs.wording import filled, section

__all__ = ["ReadRig", "parse_table"]

ReadRig = Callable[[str], str | bytes | None]
"""Gives the text of the rig file with that name, or None if there is none."""

_TOP = ("name", "extends", "send", "remainder", "channels", "added")
_OWN = ("minus", "offset", "range")
"""Keys of a channel that are no inputs."""
_ALTERNATIVES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A channel as the document has it."""

    name: str
    base: str | None
    """The channel that it replaces, under the name it then has; or None."""
    path: KeyPath
    side: int
    """Which of the alternatives in braces it is."""
    sides: int
    """How many there are; 1 without braces."""
    keys: Mapping[str, object]


def parse_table(
    document: Document,
    *,
    built_in: Mapping[str, Callable[[], Table]],
    others: ReadRig,
    chain: tuple[str, ...] = (),
) -> Table:
    """
    Understand a document.

    Args:
        document: A rig.
        built_in: The rigs that need no file, by name.
        others: Where ``extends`` finds a file.
        chain: The files that extend this one, outermost first.

    Raises:
        RigError: At the first mistake, also of a rig that it extends.
    """
    base = _base(document, built_in, others, (*chain, document.name))
    return _Parser(document, base).table()


def _base(
    document: Document,
    built_in: Mapping[str, Callable[[], Table]],
    others: ReadRig,
    chain: tuple[str, ...],
) -> Table | None:
    """Return the table that *document* extends, if it extends one."""
    if "extends" not in document.data:
        return None
    path = ("extends",)
    like = document.entry("extends", "arkit")
    name = document.word(document.data["extends"], path, like)
    if name in built_in:
        return built_in[name]()
    if name in chain:
        circle = " → ".join((*chain[chain.index(name) :], name))
        remedy = "take one extends out"
        raise document.error(f"rigs extend one another: {circle}", remedy, path)
    text = None
    format: Format = "toml"
    if name.lower().endswith((".toml", ".json")):
        format = format_of(name)
        text = others(name)
    if text is None:
        remedy = f"take {', '.join(built_in)} or a file that ends in .toml or .json"
        raise document.error(f"it extends {name!r}, which is no rig", remedy, path)
    inner = Document(name, text, format)
    return parse_table(inner, built_in=built_in, others=others, chain=chain)


class _Parser:
    """Understands one document on top of the table that it extends."""

    def __init__(self, document: Document, base: Table | None) -> None:
        self._document = document
        self._base = base
        self._data = document.data
        self._channels = dict(base.channels) if base else {}
        self._entries: dict[str, _Entry] = {}

    def table(self) -> Table:
        self._document.known_keys(self._data, _TOP)
        self._collect("channels")
        self._collect("added")
        if not self._channels:
            remedy = f"write {filled(self._document.format, 'channels')}"
            raise self._document.error("it has no channels", remedy)
        for entry in self._entries.values():
            self._read_range(entry)
        for entry in self._entries.values():
            self._channels[entry.name] = self._channel(entry)
        self._refuse_cycles()
        send = self._send()
        remainder = self._remainder(send)
        return Table(self._name(), self._channels, send, remainder)

    def _name(self) -> str:
        if "name" not in self._data:
            return stem_of(self._document.name)
        like = self._document.entry("name", "my-avatar")
        return self._document.word(self._data["name"], ("name",), like)

    def _collect(self, name: str) -> None:
        """Find out what the channels of a section are called."""
        path = (name,)
        like = filled(self._document.format, name)
        rows = self._document.table(self._data.get(name, {}), path, like)
        for key, value in rows.items():
            here = (name, key)
            like = self._document.entry(key, {"jaw": 0.7})
            keys = self._document.table(value, here, like)
            names = self._expanded(key, here)
            for side, channel in enumerate(names):
                self._check_name(channel, here)
                base = self._replaced(channel, here)
                entry = _Entry(channel, base, here, side, len(names), keys)
                self._entries[channel] = entry

    def _replaced(self, name: str, path: KeyPath) -> str | None:
        """Make room for the channel *name*; return what it replaces, if anything."""
        if name in self._entries:
            problem = f"channel {name!r} is given twice"
            raise self._document.error(problem, "keep one of them", path)
        inherited = self._base is not None and name in self._base.channels
        if self._base is not None and path[0] == "channels" and not inherited:
            problem = f"{self._base.name} has no channel {name!r} to change"
            theirs = [other for other in self._base.channels if other == plain(other)]
            added = section(self._document.format, "added")
            remedy = f"{named(name, theirs)} (a new channel goes under {added})"
            raise self._document.error(problem, remedy, path)
        if path[0] == "added" and inherited:
            problem = f"channel {name!r} is not new"
            remedy = f"put it under {section(self._document.format, 'channels')}"
            raise self._document.error(problem, remedy, path)
        if not inherited:
            self._channels[name] = Channel()
            return None
        hidden = name + "\n"
        while hidden in self._channels:
            hidden += "\n"
        self._channels[hidden] = self._channels[name]
        return hidden

    def _check_name(self, name: str, path: KeyPath) -> None:
        if name.strip() and name.isprintable() and "*" not in name and name[0] != "!":
            return
        problem = f"{name!r} cannot be the name of a channel"
        remedy = "use letters, figures and spaces, without '*' and without '!' in front"
        raise self._document.error(problem, remedy, path)

    def _expanded(self, key: str, path: KeyPath) -> Sequence[str]:
        """Return the names that *key* stands for, one for each alternative."""
        match = _ALTERNATIVES.search(key)
        rest = key if match is None else key[: match.start()] + key[match.end() :]
        if "{" in rest or "}" in rest:
            remedy = "write one group in braces, like mouthPress{Left,Right}"
            raise self._document.error(f"{key!r} has stray braces", remedy, path)
        if match is None:
            return [key]
        parts = [part.strip() for part in match[1].split(",")]
        if len(parts) < 2 or not all(parts):
            remedy = "write two or more names, like mouthPress{Left,Right}"
            problem = f"{key!r} has an empty place in its braces"
            raise self._document.error(problem, remedy, path)
        return [key[: match.start()] + part + key[match.end() :] for part in parts]

    def _read_range(self, entry: _Entry) -> None:
        """Note the range; whoever uses the channel asks for it."""
        old = self._channels[entry.name]
        if "range" not in entry.keys:
            self._channels[entry.name] = Channel(low=old.low, high=old.high)
            return
        path = (*entry.path, "range")
        value = entry.keys["range"]
        like = self._document.entry("range", [-1, 1])
        if not isinstance(value, list) or len(value) != 2:
            problem = f"the range of {entry.name} is not a list of two numbers"
            raise self._document.error(problem, f"write it like {like}", path)
        low, high = (self._document.number(bound, path, like) for bound in value)
        if low >= high:
            problem = f"the range of {entry.name} ends where it begins or before"
            raise self._document.error(problem, f"write it like {like}", path)
        self._channels[entry.name] = Channel(low=low, high=high)

    def _channel(self, entry: _Entry) -> Channel:
        path = entry.path
        plus = {key: value for key, value in entry.keys.items() if key not in _OWN}
        terms = [self._term(entry, key, plus[key], (*path, key)) for key in plus]
        path = (*path, "minus")
        like = self._document.entry("minus", {"narrow": 0.5})
        minus = self._document.table(entry.keys.get("minus", {}), path, like)
        for key, value in minus.items():
            term = self._term(entry, key, value, (*path, key))
            terms.append(replace(term, weight=-term.weight))
        path = (*entry.path, "offset")
        like = self._document.entry("offset", 0.5)
        offset = self._document.number(entry.keys.get("offset", 0.0), path, like)
        return replace(self._channels[entry.name], terms=tuple(terms), offset=offset)

    def _term(self, entry: _Entry, key: str, value: object, path: KeyPath) -> Term:
        like = self._document.entry(key, 0.5)
        if isinstance(value, dict) and self._document.format == "toml":
            like += "; a name with a dot in it goes in quotes"
        weight = self._document.number(value, path, like)
        if weight < 0:
            problem = f"{entry.name} has a negative weight, {weight:g}, for {key!r}"
            remedy = f"write {self._document.entry('minus', {key: -weight})}"
            if path[-2] == "minus":
                remedy = "leave the sign out, minus takes it away already"
            raise self._document.error(problem, remedy, path)
        factors = (self._factor(entry, part, path) for part in key.split("*"))
        return Term(weight, tuple(factors))

    def _factor(self, entry: _Entry, part: str, path: KeyPath) -> Factor:
        word = part.strip()
        inverted = word.startswith("!")
        name = self._sided(entry, word.removeprefix("!").strip(), path)
        if not name:
            problem = f"{path[-1]!r} lacks a name beside its '*' or '!'"
            remedy = f"write it like {self._document.entry('jaw * !seal', 0.5)}"
            raise self._document.error(problem, remedy, path)
        if name not in INPUTS and name == entry.name and entry.base is not None:
            name = entry.base
        if name not in INPUTS and name not in self._channels:
            problem = f"{entry.name} uses {name!r}, which is no input and no channel"
            known = [*INPUTS, *filter(str.isprintable, self._channels)]
            raise self._document.error(problem, named(name, known), path)
        self._check_inverted(name, path, inverted=inverted)
        return Factor(name, inverted)

    def _sided(self, entry: _Entry, word: str, path: KeyPath) -> str:
        """Return *word* with the alternative in place of its braces."""
        names = self._expanded(word, path)
        if len(names) not in {1, entry.sides}:
            problem = f"the braces of {word!r} do not match those of its channel"
            remedy = "give both the same number of alternatives"
            raise self._document.error(problem, remedy, path)
        return names[entry.side] if len(names) > 1 else names[0]

    def _check_inverted(self, name: str, path: KeyPath, *, inverted: bool) -> None:
        if name in INPUTS:
            low, high = INPUTS[name]
        else:
            low, high = self._channels[name].low, self._channels[name].high
        if inverted and (low < 0 or high > 1):
            problem = f"!{plain(name)} is 1 minus a value that is not between 0 and 1"
            within = self._document.entry("range", [0, 1])
            remedy = f"use spread or narrow, or a channel with {within}"
            raise self._document.error(problem, remedy, path)

    def _refuse_cycles(self) -> None:
        ring = [plain(name) for name in find_cycle(self._channels)][1:]
        if not ring:
            return
        first = next(name for name in self._entries if name in ring)
        at = ring.index(first)
        circle = " → ".join((*ring[at:], *ring[:at], first))
        problem = f"channels use one another in a circle: {circle}"
        remedy = "let one of them use inputs only"
        raise self._document.error(problem, remedy, self._entries[first].path)

    def _send(self) -> tuple[str, ...]:
        """Return the channels that go out."""
        if "send" not in self._data:
            theirs = self._base.send if self._base else ()
            own = (name for name in self._entries if name not in theirs)
            return (*theirs, *own)
        path = ("send",)
        like = self._document.entry("send", ["jawOpen", "mouthClose"])
        words = self._document.words(self._data["send"], path, like)
        names = [name for word in words for name in self._expanded(word, path)]
        known = [*filter(str.isprintable, self._channels)]
        for place, name in enumerate(names):
            if name not in known:
                problem = f"send names {name!r}, which is no channel"
                raise self._document.error(problem, named(name, known), path)
            if name in names[:place]:
                problem = f"send names {name!r} twice"
                raise self._document.error(problem, "keep one of them", path)
        if not names:
            remedy = f"write it like {like}, or leave it out to send every channel"
            raise self._document.error("send is empty", remedy, path)
        return tuple(names)

    def _remainder(self, send: tuple[str, ...]) -> str | None:
        """Return the channel that takes what is left of 1, if one does."""
        path = ("remainder",)
        name = self._base.remainder if self._base else None
        if "remainder" in self._data:
            like = self._document.entry("remainder", "sil")
            name = self._document.word(self._data["remainder"], path, like)
            if name not in send:
                problem = f"the remainder is {name!r}, which is not sent"
                raise self._document.error(problem, named(name, send), path)
        if name not in send:
            return None
        if self._channels[name] != Channel():
            problem = f"the remainder {name!r} has weights or a range of its own"
            remedy = f"write {self._document.entry(name, {})}"
            raise self._document.error(problem, remedy, path)
        for other in send:
            if self._channels[other].low < 0 or self._channels[other].high > 1:
                problem = f"{other} is not kept between 0 and 1, so no sum is 1"
                remedy = "take its range out, or don't send it"
                raise self._document.error(problem, remedy, path)
        return name
