"""A real headless Chromium for tests: ``page``, ``watch``, ``axe``, ``serve``. Nothing leaves the machine.

The browser lives as long as the tests of this folder: while it does, its thread has a running event loop,
which tests elsewhere that start one of their own would stumble over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import watched
from tests.browser.chromium import find_chromium
from tests.browser.county import County, county_at_work
from tests.browser.serving import serving
from tests.servers import Servers

expect.set_options(timeout=watched.PATIENCE)


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The browser; where the machine has none, the tests fail and say what to install."""
    try:
        found = find_chromium(tmp_path_factory.mktemp("chromium"))
    except FileNotFoundError as missing:
        pytest.fail(str(missing), pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=found.path, args=list(found.arguments), env=dict(found.environment)
        )
        yield launched
        launched.close()


@pytest.fixture
def watch(browser: Browser) -> Iterator[watched.Watch]:
    """Opens watched pages, as ``watch.open(360, javascript=False)``; fails the test on what is wrong."""
    opened = watched.Watch(browser)
    yield opened
    assert opened.close() == []


@pytest.fixture
def page(watch: watched.Watch) -> Page:
    """A page as on an office desk: 1280 wide, Chinese."""
    return watch.open()


@pytest.fixture
def axe() -> watched.Axe:
    """``axe(page)`` fails on serious and critical faults of accessibility."""
    return watched.axe


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """``serve(app)`` gives the address at which the app is served until the end of the test."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(serving(app))


@pytest.fixture(scope="package")
def county(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county at work, one for all tests of this folder: each leaves it as the next may find it."""
    with county_at_work(servers, tmp_path_factory.mktemp("county")) as made:
        yield made
