"""Take the pictures of docs/tour.md from the demo county: ``make run`` first, then ``make screenshots``.

Starts ``rollcall up`` on the state that ``make run`` filled, signs in as the roles of its list of sign-ins,
and writes ``docs/images/tour-*.png``. Chinese needs a font (Debian: ``fonts-noto-cjk``).
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
            _take(browser, f"http://127.0.0.1:{asked.port}", names)
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


def _keep(page: Page, name: str, whole: bool = False) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"tour-{name}.png", full_page=whole)


if __name__ == "__main__":
    main()
