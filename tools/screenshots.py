"""Take the pictures of the documents: ``make run`` first, then ``make screenshots`` and ``make guide``.

Starts ``rollcall up`` on a state, signs in as its roles, and writes ``docs/images/tour-*.png`` from the
county of ``make run``, or with ``--guide`` ``docs/images/guide-*.png`` from one of
``rollcall demo --quarters 2 --begin``. Chinese needs a font (Debian: ``fonts-noto-cjk``).
"""

from __future__ import annotations

import argparse
import http.client
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 360, "height": 740}


def main() -> None:
    """Start the service, take each picture, stop it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--state", type=Path, default=ROOT / "out" / "state")
    parser.add_argument("--port", type=int, default=8096)
    parser.add_argument("--guide", action="store_true", help="the pictures of docs/user-guide.zh-CN.md")
    asked = parser.parse_args()
    names = {
        line.split()[0]: line.split()[1]
        for line in (asked.state / "demo-sign-in.txt").read_text("utf-8").splitlines()
        if re.match(r"[a-z]", line)
    }
    program = shutil.which("chromium")
    if program is None:
        sys.exit("a Chromium on the path is needed (Debian: apt-get install chromium)")
    command = [Path(sys.executable).with_name("rollcall"), "up", "--port", str(asked.port)]
    up = subprocess.Popen([*command, "--state", asked.state])  # noqa: S603 (our own command)
    try:
        _wait(asked.port)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
            take = _guide if asked.guide else _take
            take(browser, f"http://127.0.0.1:{asked.port}", names)
            browser.close()
    finally:
        up.send_signal(signal.SIGINT)
        up.wait(60)


def _wait(port: int) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(1)
    sys.exit("the service did not answer: see the logs in its state folder")


def _take(browser: Browser, base: str, names: dict[str, str]) -> None:
    """Every picture, by who sees it."""
    page = browser.new_page(viewport=WIDE, locale="zh-CN")
    page.goto(f"{base}/login")
    _sign_in(page, base, "police", names["police"])
    page.goto(f"{base}/lists")
    page.locator("main table a").first.click()
    _keep(page, "list")
    page = _person(browser, base, "officer", names)
    page.goto(f"{base}/rounds/1")
    _keep(page, "board")
    page.goto(f"{base}/runs/1")
    _keep(page, "run")
    page.goto(f"{base}/runs/1/children?enrolment=review")
    _keep(page, "children")
    page.locator("main table a").first.click()
    _keep(page, "child", whole=True)
    page = _person(browser, base, "auditor", names)
    page.goto(f"{base}/audit/")
    _keep(page, "audit")
    page = _person(browser, base, "township", names, PHONE)
    page.goto(f"{base}/children")
    _keep(page, "phone")


GUIDE = (
    ("officer", "/rounds", "officer-rounds"),
    ("officer", "/reviews", "officer-reviews"),
    ("officer", "/cases", "officer-cases"),
    ("officer", "/cases?state=persuading", "officer-case>"),
    ("officer", "/ledgers", "officer-ledgers"),
    ("officer", "/corrections", "officer-corrections"),
    ("police", "/lists", "clerk-lists"),
    ("police", "/corrections", "clerk-corrections"),
    ("township", "/cases", "township-cases"),
    ("township", "/cases?state=persuading", "township-case>"),
    ("leader", "/figures", "leader-figures"),
    ("auditor", "/audit/", "auditor-audit"),
)
"""Login, path, picture; with ``>`` the picture is of the first entry of the list there."""


def _guide(browser: Browser, base: str, names: dict[str, str]) -> None:
    """Every picture of the user guide; verifiers see theirs on a phone."""
    pages: dict[str, Page] = {}
    for login, path, name in GUIDE:
        if login not in pages:
            pages[login] = _person(browser, base, login, names, PHONE if login == "township" else WIDE)
        page = pages[login]
        page.goto(f"{base}{path}")
        if name.endswith(">"):
            page.locator("main table a").first.click()
        _keep(page, name.rstrip(">"), of="guide")
    page = _person(browser, base, "member", names)
    page.goto(f"{base}/meetings")
    page.locator("main table a").last.click()
    page.wait_for_load_state("networkidle")
    meeting = page.url.rstrip("/")
    _keep(page, "member-meeting", of="guide")
    page.goto(f"{meeting}/signing")
    _keep(page, "member-signing", of="guide")
    page.goto(f"{meeting}/show/1")
    _keep(page, "member-projector", of="guide")


def _person(
    browser: Browser, base: str, login: str, names: dict[str, str], size: dict[str, int] = WIDE
) -> Page:
    page = browser.new_context(viewport=size, locale="zh-CN").new_page()
    _sign_in(page, base, login, names[login])
    return page


def _sign_in(page: Page, base: str, login: str, password: str) -> None:
    page.goto(f"{base}/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.locator("main button[type=submit], form button[type=submit]").first.click()
    page.wait_for_load_state()


def _keep(page: Page, name: str, whole: bool = False, of: str = "tour") -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{of}-{name}.png", full_page=whole)


if __name__ == "__main__":
    main()
