"""
Make docs/face.png: the real page, speaking the local voice, in Chromium.

    python tools/picture.py
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

TEXT = "Speech is heard from its first bytes, and the mouth moves with what is heard."
SHAPES = ("aa", "O")
"""Shapes worth a picture: plainly not at rest."""


async def main() -> None:
    """Speak, wait for a shape, and take the picture."""
    import streamer
    from tests.real.browser import chromium, open_page, wait_until

    async with (
        streamer.Engine(streamer.NullOutput()) as engine,
        streamer.serve(engine, "127.0.0.1", 0) as server,
        chromium() as browser,
        open_page(
            browser, "http://{}:{}/".format(*server.address), size=(800, 860)
        ) as page,
    ):
        await wait_until(page, "streamerFace.client.filter.samples.length > 20")
        await engine.play(streamer.espeak.speak(TEXT))
        await wait_until(page, "streamerFace.client.sample().main.media > 1e6")
        await wait_until(
            page, f"{list(SHAPES)}.includes(streamerFace.log.at(-1).viseme)"
        )
        await page.screenshot(path=ROOT / "docs" / "face.png")


if __name__ == "__main__":
    asyncio.run(main())
