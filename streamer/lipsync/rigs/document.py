"""A rig's text becomes tables of keys; every mistake becomes one sentence."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from math import isfinite

from streamer.errors import RigError
from streamer.lipsync.rigs.places import Format, KeyPath, Places
from streamer.lipsync.rigs.wording import Value, entry, example, section

__all__ = ["Document", "format_of", "named", "stem_of"]

_AT_LINE = re.compile(r"\s*\(at (?:line (\d+), column \d+|end of document)\)$")
_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate")
"""How tomllib begins what it says of a key that is given twice."""
_LARGEST = 1e6
"""The largest number a rig may hold; the range of VTube Studio's parameters."""
_MEND = {
    "toml": "mend this line: a name with other signs than letters, figures, - and _ "
    "goes in quotes, and { … } stays on one line",
    "json": "mend this line: names go in double quotes, there are no comments, and "
    "no comma stands behind the last entry",
}
_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"),
    (str, "a text"),
    (int, "a number"),
    (float, "a number"),
    (list, "a list"),
    (dict, "a table"),
    (type(None), "null"),
)


def format_of(name: str) -> Format:
    """
    Return the format that a file's *name* says.

    Raises:
        RigError: If it ends neither in ``.toml`` nor in ``.json``.
    """
    lower = name.lower()
    if lower.endswith(".toml"):
        return "toml"
    if lower.endswith(".json"):
        return "json"
    remedy = "give it a name that ends in .toml or .json"
    raise RigError(name, "the format of the rig is not known", remedy=remedy)


def stem_of(name: str) -> str:
    """Return a file's *name* without its folders and its ending."""
    last = re.split(r"[/\\]", name)[-1]
    return re.sub(r"\.(toml|json)$", "", last, flags=re.IGNORECASE)


def named(word: str, known: Collection[str]) -> str:
    """Return the remedy for a *word* that is not among the *known* ones."""
    near = get_close_matches(word, known, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    some = sorted(known)
    more = ", …" if len(some) > 12 else ""
    return f"there are: {', '.join(some[:12])}{more}"


class Document:
    """
    A rig's text, read but not yet understood.

    Args:
        name: What errors call it, usually the file's name.
        text: The whole text; bytes are UTF-8.
        format: Which of the two it is in.

    Raises:
        RigError: If it is empty, not UTF-8, not in its format, or gives a key
            twice.
    """

    def __init__(self, name: str, text: str | bytes, format: Format) -> None:
        self.name = name
        self.format = format
        self._places: Places | None = None
        content = self._decoded(text)
        if not content.strip():
            raise self.error("the file is empty", f"write {example(format)}")
        self.data = self._parsed(content)

    def error(self, problem: str, remedy: str, path: KeyPath = ()) -> RigError:
        """Return the error for what stands at *path*."""
        line = self._places.line(path) if self._places else None
        return RigError(self.name, problem, remedy=remedy, line=line)

    def entry(self, key: str, value: Value) -> str:
        """Return how *key* with its *value* has to be written in this document."""
        return entry(self.format, key, value)

    def known_keys(self, keys: Mapping[str, object], known: Collection[str]) -> None:
        """Raise if the outermost table has a key that is not *known*."""
        for key, value in keys.items():
            if key not in known:
                remedy = named(key, known)
                if isinstance(value, dict) and "did you mean" not in remedy:
                    remedy = f"a channel goes under {section(self.format, 'channels')}"
                raise self.error(f"unknown key {key!r}", remedy, (key,))

    def table(self, value: object, path: KeyPath, like: str) -> Mapping[str, object]:
        """Return *value* if it is a table; *like* shows how to write it."""
        if isinstance(value, dict):
            return value
        raise self._wrong(value, "a table", path, f"write it like {like}")

    def word(self, value: object, path: KeyPath, like: str) -> str:
        """Return *value* if it is a text that says something."""
        if not isinstance(value, str):
            raise self._wrong(value, "a text", path, f"write it like {like}")
        if not value.strip():
            raise self.error(f"{path[-1]} is empty", f"write it like {like}", path)
        return value

    def words(self, value: object, path: KeyPath, like: str) -> Sequence[str]:
        """Return *value* if it is a list of texts."""
        if isinstance(value, list) and all(isinstance(word, str) for word in value):
            return value
        raise self._wrong(value, "a list of texts", path, f"write it like {like}")

    def number(self, value: object, path: KeyPath, like: str) -> float:
        """Return *value* if it is a number that arithmetic can be done with."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(value, "a number", path, f"write it like {like}")
        if not -_LARGEST <= value <= _LARGEST or not isfinite(value):
            problem = f"{path[-1]} is not a number between -1e6 and 1e6"
            raise self.error(problem, f"write it like {like}", path)
        return float(value)

    def _wrong(
        self, value: object, wanted: str, path: KeyPath, remedy: str
    ) -> RigError:
        kind = next((name for kind, name in _KINDS if isinstance(value, kind)), None)
        found = kind or f"a {type(value).__name__}"
        if found == "a list":
            found = "another list" if wanted.startswith("a list") else found
        what = f"{path[-1]} is {found}, not {wanted}"
        return self.error(what, remedy, path)

    def _decoded(self, text: str | bytes) -> str:
        if isinstance(text, str):
            return text.removeprefix("\ufeff")
        try:
            return text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = text.count(b"\n", 0, error.start) + 1
            remedy = "save it as UTF-8 text"
            raise RigError(
                self.name, "it is not UTF-8 text", remedy=remedy, line=line
            ) from error

    def _parsed(self, text: str) -> Mapping[str, object]:
        try:
            data = self._loaded(text)
            self._places = Places(text, self.format)
        except RecursionError as error:
            remedy = "a rig is tables in tables, three deep"
            raise self.error("its brackets are nested too deep", remedy) from error
        if self.format == "json" and self._places.twice:
            raise self._twice(self._places.twice)
        return self.table(data, ("the file",), example(self.format))

    def _loaded(self, text: str) -> object:
        try:
            if self.format == "toml":
                return tomllib.loads(text)
            # Digits without end are too many for an int; as a float they are a number
            # that is too large, and whoever wants it says where it stands.
            return json.loads(text, parse_int=float)
        except tomllib.TOMLDecodeError as error:
            raise self._not_toml(text, str(error)) from error
        except json.JSONDecodeError as error:
            problem = f"it is not JSON: {_begun_small(error.msg)}"
            raise RigError(
                self.name, problem, remedy=_MEND["json"], line=error.lineno
            ) from error
        except ValueError as error:  # the same of TOML, which knows no parse_int
            line = Places(text, "toml").longest()
            problem = "a number has more digits than can be read"
            remedy = "write one between -1e6 and 1e6"
            raise RigError(self.name, problem, remedy=remedy, line=line) from error

    def _not_toml(self, text: str, said: str) -> RigError:
        match = _AT_LINE.search(said)
        line = text.count("\n") + 1 if match is None else int(match[1] or 0)
        line = line or len(text.rstrip().splitlines())
        why = _AT_LINE.sub("", said)
        if why.startswith(_TWICE):
            self._places = Places(text, "toml")
            if self._places.twice:
                return self._twice(self._places.twice)
            problem, remedy = "a table is given in two ways", "keep one of them"
            return RigError(self.name, problem, remedy=remedy, line=line)
        remedy = _MEND["toml"]
        if text.lstrip().startswith("{"):
            remedy = "it looks like JSON: give it a name that ends in .json"
        problem = f"it is not TOML: {_begun_small(why)}"
        return RigError(self.name, problem, remedy=remedy, line=line)

    def _twice(self, path: KeyPath) -> RigError:
        kind = "channel" if path[:-1] in {("channels",), ("added",)} else "key"
        problem = f"{kind} {path[-1]!r} is given twice"
        return self.error(problem, "keep one of them", path)


def _begun_small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
