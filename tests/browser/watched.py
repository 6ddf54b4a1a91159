"""Pages that are watched: what leaves the machine, what the console complains of, what the CSP stops."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect

from tests.browser.chromium import INSTALLED

VIOLATED = """document.addEventListener("securitypolicyviolation", (event) => console.error(
  `CSP: ${event.violatedDirective} stopped ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""
AXE = INSTALLED / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE = 30_000
"""Milliseconds after which a page does not answer any more, on a machine that has other things to do."""

GRAVE = ("serious", "critical")


@dataclass
class Watch:
    """Opens pages and keeps what is wrong with them in ``faults``.

    ``allow(pattern)`` lets a complaint pass that a test means to provoke, such as ``status of 403``.
    """

    browser: Browser
    faults: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def allow(self, pattern: str) -> None:
        """Let complaints pass in which this regular expression is found."""
        self.allowed.append(pattern)

    def open(self, width: int = 1280, *, javascript: bool = True, language: str = "zh-CN") -> Page:
        """Open a page in a context of its own: no cookie of another, Beijing's clock."""
        context = self.browser.new_context(
            locale=language,
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": 800},
            java_script_enabled=javascript,
            reduced_motion="reduce",
        )
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(VIOLATED)
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.faults.append(f"error in a script: {error.error}"))
        return context.new_page()

    def close(self) -> list[str]:
        """Close the pages and give what was wrong with them, less what was allowed."""
        for context in self.contexts:
            context.close()
        return [fault for fault in self.faults if not any(re.search(each, fault) for each in self.allowed)]

    def _asked(self, request: Request) -> None:
        if urlsplit(request.url).hostname != "127.0.0.1":
            self.faults.append(f"a request that leaves the machine: {request.url[:200]}")

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")


def go(by: Locator) -> None:
    """Click what leads to another page and wait until that one has loaded.

    A click alone waits only for what the browser begins at once: on a busy machine it returns while the old
    page still stands, and what is looked at next may be that one, or a page half replaced.
    """
    by.page.wait_for_load_state()
    with by.page.expect_event("load"):
        by.click()


def settled(page: Page) -> None:
    """Wait until the page has all that belongs to it, and no part of it is being fetched or replaced.

    What is to be seen shows before the rest has come: who reads a page at one moment reads it then.
    """
    page.wait_for_load_state()
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


Axe = Callable[[Page], None]


def axe(page: Page) -> None:
    """Fail on every serious or critical fault of accessibility (WCAG 2.2 A and AA, and good practice)."""
    settled(page)
    page.evaluate(AXE.read_text("utf-8") + ";0")
    found = page.evaluate("async () => (await axe.run({resultTypes: ['violations']})).violations")
    grave = [
        f"{each['impact']} {each['id']}: {each['help']}\n"
        + "\n".join(f"    {node['html'][:160]}" for node in each["nodes"][:5])
        for each in found
        if each["impact"] in GRAVE
    ]
    assert grave == [], "\n".join(grave)


def too_wide(page: Page) -> str:
    """What is wider than the window, or "" when the page does not scroll sideways."""
    settled(page)
    found = page.evaluate(
        """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
          [...document.querySelectorAll("body *")]
          .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
          .slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""
    )
    return json.dumps(found, ensure_ascii=False) if found else ""
