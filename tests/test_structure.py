"""The rules that the tree keeps: who imports whom, and how long things are."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NAME = "streamer"
PACKAGE = ROOT / NAME

BASE = {"errors", "runner"}
PURE_ROOMS = {"audio", "timing", "lipsync", "text"}
IN_AND_OUT = {
    *("sources", "codecs", "voices", "providers", "events", "playback", "outputs"),
}

MAY_IMPORT = {
    "errors": set(),
    "runner": set(),
    "audio": {"errors"},
    "timing": {"errors"},
    "lipsync": {"errors", "audio"},
    "text": {"errors"},
    "playback": BASE | PURE_ROOMS,
    "outputs": BASE | PURE_ROOMS | {"playback"},
    "sources": BASE | PURE_ROOMS,
    "codecs": BASE | {"audio"},
    "voices": BASE | PURE_ROOMS,
    "providers": BASE | PURE_ROOMS | {"sources", "voices"},
    "events": BASE | PURE_ROOMS,
    "engine": BASE | PURE_ROOMS | IN_AND_OUT,
    "worker": BASE | PURE_ROOMS | IN_AND_OUT | {"engine"},
    "emulator": BASE | PURE_ROOMS | {"voices"},
    "testing": BASE | PURE_ROOMS | IN_AND_OUT,
    "cli": BASE | PURE_ROOMS | IN_AND_OUT | {"__init__", "engine", "emulator"},
    "__init__": BASE | PURE_ROOMS | IN_AND_OUT | {"engine", "worker"},
    "__main__": {"cli"},
}
"""Which rooms a room may import; itself always, and nothing that is not here."""

PURE_FILES = {
    *("events/codec.py", "events/frames.py", "events/log.py"),
    *("events/messages.py", "events/placing.py", "events/sheet.py"),
    "events/values.py",
}
"""Pure files of rooms that are not pure."""

IMPURE = {
    *("asyncio", "concurrent", "ctypes", "http", "io", "logging", "multiprocessing"),
    *("os", "pathlib", "queue", "random", "secrets", "select", "selectors", "shutil"),
    *("signal", "socket", "ssl", "subprocess", "sys", "tempfile", "threading"),
    *("time", "urllib"),
}
"""Parts of the standard library that a pure file does without."""

LIBRARIES = {
    "aiohttp": {"sources/http.py"},
    "aiohttp.web": {"events/server.py", "events/web.py", "emulator/server.py"},
    "av": {"codecs/libav.py"},
    "cffi": {"outputs/_build_callback.py"},
    "espeakng_loader": {"voices/library.py"},
    "matplotlib": {"cli/visemes_plot.py"},
    "msgspec": {
        *("events/codec.py", "events/messages.py", "events/session.py"),
        *("events/values.py", "events/web.py"),
    },
    "numpy": {"*"},
    "rich": {"cli/*"},
    "sentencex": {"text/*"},
    "sounddevice": {"outputs/portaudio.py"},
    "soxr": {"audio/resample.py"},
    "typer": {"cli/*"},
    "websockets": {"events/client.py", "events/websocket.py"},
}
"""The only files that import a library; everybody else asks them."""

AIOHTTP_WEB = ("aiohttp.web", "aiohttp.typedefs")
"""The server's half of aiohttp; the rest of it is the client's."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTION_LINES = 40
FILE_LINES = 400
CALLBACK_LINES = 300
PAGE_LINES = 600
PUBLIC_NAMES = 30
LAZY = ("sounddevice", "av", "typer", "rich", "espeakng_loader")


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules ask of a file; its tree is not kept."""

    imports: tuple[str, ...]
    """The modules that it imports, wherever in it, as dotted names."""
    long: tuple[str, ...]
    """Its functions that are too long."""


@cache
def facts(path: Path) -> Facts:
    nodes = statements(ast.parse(path.read_text("utf-8")))
    return Facts(tuple(imports(nodes)), tuple(too_long(path, nodes)))


def statements(tree: ast.Module) -> list[ast.AST]:
    """
    All statements, wherever in it.

    Expressions hold none and are nine nodes out of ten, so :func:`ast.walk` would
    take ten times as long.
    """
    found: list[ast.AST] = [tree]
    for node in found:
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, block, None)
            if isinstance(inside, list):  # a lambda's body is an expression
                found.extend(inside)
    return found


def imports(nodes: list[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            if module in {"streamer", "aiohttp"}:
                yield from (f"{module}.{alias.name}" for alias in node.names)
            else:
                yield module


def rooms_imported(path: Path) -> set[str]:
    """Rooms of streamer other than its own that *path* imports."""
    parts = [name.split(".") for name in facts(path).imports]
    rooms = {[*part, ""][1] for part in parts if part[0] == NAME}
    known = {room if room in MAY_IMPORT else "__init__" for room in rooms}
    return known - {room_of(path)}


def libraries_imported(path: Path) -> set[str]:
    """Third-party libraries that *path* imports."""
    names = set()
    for name in facts(path).imports:
        top = name.split(".")[0]
        if top in sys.stdlib_module_names or top == NAME:
            continue
        names.add("aiohttp.web" if name.startswith(AIOHTTP_WEB) else top)
    return names


def is_pure(path: Path) -> bool:
    return room_of(path) in PURE_ROOMS or name_of(path) in PURE_FILES


def may_import(path: Path, library: str) -> bool:
    name = name_of(path)
    allowed = LIBRARIES.get(library, set())
    return bool({name, f"{room_of(path)}/*", "*"} & allowed)


def offenders(
    paths: list[Path], wrong: Callable[[Path], set[str]]
) -> dict[str, set[str]]:
    """What is wrong, by the file that it is wrong in."""
    found = {name_of(path): wrong(path) for path in paths}
    return {name: what for name, what in found.items() if what}


def test_every_room_says_what_it_may_import():
    assert {room_of(path) for path in sources()} <= set(MAY_IMPORT)


def test_arrows_go_one_way():
    def wrong(path: Path) -> set[str]:
        return rooms_imported(path) - MAY_IMPORT[room_of(path)]

    assert offenders(sources(), wrong) == {}


def test_imports_say_the_whole_name():
    def wrong(path: Path) -> set[str]:
        return {name for name in facts(path).imports if name.startswith(".")}

    assert offenders(sources(), wrong) == {}


def test_pure_files_know_no_clock_no_loop_and_no_file():
    def wrong(path: Path) -> set[str]:
        return {name.split(".")[0] for name in facts(path).imports} & IMPURE

    assert offenders([*filter(is_pure, sources())], wrong) == {}


def test_a_library_is_imported_only_by_its_adapter():
    def wrong(path: Path) -> set[str]:
        return {name for name in libraries_imported(path) if not may_import(path, name)}

    assert offenders(sources(), wrong) == {}


def test_the_tables_name_only_what_there_is():
    """A table that names what is gone holds nothing."""
    files = {name_of(path) for path in sources()}
    named = set().union(PURE_FILES, *LIBRARIES.values())
    assert {name for name in named if "*" not in name} <= files
    assert {room_of(path) for path in sources()} == set(MAY_IMPORT)
    used = set().union(*map(libraries_imported, sources()))
    assert used == set(LIBRARIES)


def python_files() -> list[Path]:
    folders = ("streamer", "tests", "bench", "demos")
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def page_files() -> list[Path]:
    folders = ("streamer", "demos")
    kinds = ("*.js", "*.css", "*.html")
    return sorted(
        path
        for folder in folders
        for kind in kinds
        for path in (ROOT / folder).rglob(kind)
    )


def lines_of(function: Function, *, signature: bool = True) -> int:
    """Lines of a function without its docstring, with or without its signature."""
    body = function.body
    begin = function.lineno if signature else body[0].lineno
    lines = function.end_lineno - begin + 1
    if ast.get_docstring(function, clean=False) is not None:
        lines -= body[0].end_lineno - body[0].lineno + 1
    return lines


def too_long(path: Path, nodes: list[ast.AST]) -> Iterator[str]:
    """The functions of *path* that are; typer's signatures are tables of options."""
    signature = "cli" not in path.parts
    for node in nodes:
        if isinstance(node, Function):
            lines = lines_of(node, signature=signature)
            if lines > FUNCTION_LINES:
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines}"


def test_no_function_is_longer_than_a_screen():
    assert [line for path in python_files() for line in facts(path).long] == []


@pytest.mark.parametrize(
    ("files", "limit"),
    [(python_files, FILE_LINES), (page_files, PAGE_LINES)],
    ids=["python", "pages"],
)
def test_no_file_is_too_long(files, limit):
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in files()
    }
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > limit} == {}


def test_what_runs_on_the_audio_thread_fits_in_a_head():
    folder = PACKAGE / "outputs"
    lengths = {
        path.name: len(path.read_text("utf-8").splitlines())
        for path in folder.glob("*.[ch]")
        if not path.name.startswith("_native")  # made by the build
    }
    assert lengths["_callback.c"] <= CALLBACK_LINES
    assert max(lengths.values()) <= FILE_LINES


def test_names_of_the_package_are_few_and_there():
    import streamer

    assert len(streamer.__all__) <= PUBLIC_NAMES
    assert list(streamer.__all__) == sorted(streamer.__all__)
    assert all(hasattr(streamer, name) for name in streamer.__all__)


@pytest.mark.program
def test_importing_a_room_imports_no_sound_library_and_no_command():
    """They can be imported where PortAudio, espeak-ng or the extras are missing."""
    rooms = sorted(f"{NAME}.{room}" for room in IN_AND_OUT | {"engine"})
    code = (
        f"import {NAME}, {', '.join(rooms)}, sys; "
        f"print([name for name in {LAZY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    assert done.stderr == ""
    assert done.stdout.strip() == "[]"


def test_functions_are_measured_without_their_docstring():
    """The rule above would hold of anything if this counted nothing."""
    code = 'def f():\n    """\n    Two.\n    """\n    a = 1\n    return a\n'
    function = ast.parse(code).body[0]
    assert lines_of(function) == 3
    assert lines_of(function, signature=False) == 2


INSIDE = """
def a():
    if b:
        import c
    elif d:
        import e
    for f in g:
        import h
    else:
        import i
    try:
        import j
    except K:
        import l
    else:
        import m
    finally:
        import n
    match o:
        case 1:
            import p
    with q:
        async def r():
            class S:
                import t
    while u:
        import v
"""


def test_statements_are_found_wherever_they_stand():
    """The rules above would hold of anything that these did not see."""
    found = statements(ast.parse(INSIDE))
    everything = ast.walk(ast.parse(INSIDE))
    kinds = ast.Import | Function
    names = [ast.unparse(node) for node in found if isinstance(node, kinds)]
    assert len(names) == 13
    assert sorted(names) == sorted(
        ast.unparse(node) for node in everything if isinstance(node, kinds)
    )
