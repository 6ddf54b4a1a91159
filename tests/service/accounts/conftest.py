"""A database of its own for every test; the app is the same one as long as it is only asked."""

from __future__ import annotations

import pytest

from tests.web import Browser, kept_app


@pytest.fixture
def app(database):
    """The app without second factor and without limits of rate."""
    return kept_app(database)


@pytest.fixture
def browser(app):
    return Browser(app)
