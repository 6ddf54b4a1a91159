"""An app of its own for every test."""

from __future__ import annotations

import pytest

from tests.web import Browser, app_of


@pytest.fixture
def app(database):
    """The app without second factor and without limits of rate."""
    return app_of(database)


@pytest.fixture
def browser(app):
    return Browser(app)
