"""The real browser: the system's own Chromium, driven by Playwright, and what its pages complain about."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
# A test machine has no sandbox to offer (root, containers) and little shared memory; hinting would differ by machine.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--font-render-hinting=none")
# An office starts its display's browser with this (config/): nobody touches that screen before the first call.
SOUND_ALLOWED = "--autoplay-policy=no-user-gesture-required"

TELL_OF_POLICY = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy broken: ${event.violatedDirective} ${event.blockedURI}`));"""


def chromium_program() -> str | None:
    """The path of the system's Chromium, or None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def launched(playwright: Playwright, program: str, *arguments: str) -> Iterator[Browser]:
    """Run a browser until the block ends."""
    browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *arguments])
    try:
        yield browser
    finally:
        browser.close()


@dataclass
class Complaints:
    """What went wrong inside the pages: script errors, refused resources, broken content-security policy."""

    heard: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def listen(self, context: BrowserContext) -> None:
        """Hear of every page of this context from now on."""
        context.add_init_script(TELL_OF_POLICY)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._hear(f"script error: {error.error}"))

    def expect(self, *parts: str) -> None:
        """From now on, complaints with one of these in them are part of the story."""
        self.expected += parts

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._hear(f"{_where(message.page)}: {message.text}")

    def _hear(self, complaint: str) -> None:
        if not any(part in complaint for part in self.expected):
            self.heard.append(complaint)


def _where(page: Page | None) -> str:
    try:
        return page.url if page else "?"
    except Error:  # The page is closing.
        return "?"
