"""
Is the mouth right: closed when it must be, never hectic, and what does it cost?

Spoken sentences go through the ``Mouth`` that the engine uses, and what comes out is
looked at from outside: ARKit's weights 60 times a second, and the cues of every set.
espeak-ng speaks six languages at 75, 100 and 150 % of its speed, flite's four voices
English. How each part measures stands at the top of its module:

E4     How much of what espeak-ng says is known?          lipsync_data/coverage.py
E5     Do the lips close for every p b m f v, and when?   lipsync_data/closure.py
E6     How long do shapes stay, and are they reached?     lipsync_data/shapes.py
E7     Does the jaw go with the loudness?                 lipsync_data/loudness.py
E8     What does a set lose as another one, and back?     lipsync_data/goldens.py
E9     Do the tables agree with the published ones?       lipsync_data/goldens.py
E10    What does a mouth cost?                            lipsync_data/cost.py
rungs  How far off are phones without phoneme times?      lipsync_data/rung_error.py

    python bench/lipsync.py [--only PART …] [--quick] [--work FOLDER] [--json]

Needs: apt-get install espeak-ng flite; without flite its lines are left out. E1 to
E3, times against the sound, are those of position.py and of the tests.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench.harness.machine import (  # noqa: E402 - after the path
    machine,
    print_head,
    print_json,
    say_wanted,
)
from bench.lipsync_data.corpus import WORK, Asked  # noqa: E402
from bench.lipsync_data.figures import Part  # noqa: E402
from bench.lipsync_data.parts import PARTS  # noqa: E402


def parsed() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().split("\n")[0])
    add = parser.add_argument
    add("--only", nargs="+", choices=PARTS, default=[*PARTS], help="these parts")
    add("--quick", action="store_true", help="a few utterances of each voice")
    add("--work", type=Path, default=WORK, help="keeps flite's sound")
    add("--json", action="store_true", help="print JSON")
    return parser.parse_args()


def show_part(part: Part) -> None:
    """Print one part."""
    print(f"\n{part.name}: {part.question}")
    for line in part.lines:
        print(line)
    sys.stdout.flush()


def main() -> None:
    """Measure, and say what came of it."""
    options = parsed()
    flite = shutil.which("flite") is not None
    about = {**machine(), "flite": "there" if flite else "not there: left out"}
    asked = Asked(options.quick, flite, options.work)
    if not options.json:
        print_head(__doc__, about)
    parts = []
    for name in dict.fromkeys(options.only):
        begun = time.perf_counter()
        print(f"{name} …", file=sys.stderr, flush=True)
        parts.append(PARTS[name](asked))
        spent = time.perf_counter() - begun
        print(f"{name} took {spent:.0f} s", file=sys.stderr, flush=True)
        if not options.json:
            show_part(parts[-1])
    wanted = [figure for part in parts for figure in part.wanted]
    if options.json:
        answers = [
            {"part": part.name, "question": part.question, "answers": part.answers}
            for part in parts
        ]
        print_json(__doc__, about, answers, wanted, quick=options.quick)
        return
    say_wanted(wanted)
    missed = sum(figure.held is False for figure in wanted)
    print(f"\n{len(wanted)} figures, {missed} not as wanted")


if __name__ == "__main__":
    main()
