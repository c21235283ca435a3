"""A real Chromium for tests: plain functions and context managers."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright

__all__ = ["chromium", "chromium_path", "open_page", "wait_until"]

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
]


def chromium_path() -> str:
    """Return the browser to use: ``$CHROMIUM``, or Debian's; it must exist."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "these tests need Chromium: apt-get install chromium"
    return path


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run a headless Chromium with a profile of its own; it ends with the block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium_path(), args=ARGUMENTS
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_page(
    browser: Browser,
    url: str,
    *,
    size: tuple[int, int] = (1280, 800),
    dark: bool = False,
    still: bool = False,
) -> AsyncIterator[Page]:
    """
    Show *url* in a fresh context; what the page complains of fails the test.

    Args:
        browser: As :func:`chromium` gives it.
        url: What to open.
        size: Width and height of the viewport in CSS pixels.
        dark: The user prefers dark colours.
        still: The user prefers reduced motion.
    """
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce" if still else "no-preference",
    )
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: complaints.append(line.text) if _counts(line.text) else None,
    )
    try:
        await page.goto(url)
        yield page
    finally:
        await context.close()
    assert not complaints, complaints


async def wait_until(page: Page, expression: str, *, timeout_s: float = 10) -> None:
    """
    Return once the JavaScript *expression* is true in *page*.

    Playwright's own ``wait_for_function`` needs ``eval`` in the page, which the
    page's policy forbids.
    """
    try:
        async with asyncio.timeout(timeout_s):
            while not await page.evaluate(expression):
                await page.wait_for_timeout(25)
    except TimeoutError:
        raise AssertionError(f"never became true: {expression}") from None


def _counts(line: str) -> bool:
    """Tell a broken rule of the page from a server that is away, as tests have it."""
    return "Content Security Policy" in line or "Uncaught" in line
